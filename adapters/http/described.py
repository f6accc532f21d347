"""Bodies of resources in OpenAPI: a command's own fields, less those that the path names or that are made here."""

from __future__ import annotations

from typing import Any, Final

from adapters.http.examples import DATA
from commands.catalogue import CATALOGUE

REFS: Final = "#/components/schemas/{model}"


def takes(name: str, *made: str, optional: tuple[str, ...] = (), required: bool = True) -> dict[str, Any]:
    """Say of a route that its body is that command's data without the fields that are `made`."""
    schema = CATALOGUE[name].command.model_json_schema(ref_template=REFS)
    properties = {field: said for field, said in schema["properties"].items() if field not in made}
    needed = [field for field in schema.get("required", ()) if field in properties and field not in optional]
    body: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False, "title": name}
    if needed:
        body["required"] = needed
    example = {field: said for field, said in DATA[name].items() if field in properties}
    return body_of(body, example, required=required and bool(needed))


def body_of(schema: dict[str, Any], example: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    """Say of a route what its body is."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema, "example": example}}}}
