"""The OpenAPI document: what FastAPI knows, with every command of the catalogue and the one form of all errors."""

from __future__ import annotations

from sys import modules
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from adapters.http.answers import show_answers
from adapters.http.bodies import CommandIn, ProblemOut
from adapters.http.commands_in import LIST_COMMANDS_MAX
from adapters.http.described import REFS
from adapters.http.examples import DATA, EXAMPLES
from adapters.http.links import link
from adapters.http.oauth.bodies import SCHEMES
from adapters.http.problems import MEDIA_TYPE
from adapters.http.rotation_demands import DemandIn
from adapters.http.teams import RotateShown
from adapters.http.verify_described import add_schemas, describe_verify
from commands.catalogue import CATALOGUE, Entry

VERSION: Final = "1"
SUMMARY: Final = "Developer apps, their credentials and approvals."
DESCRIPTION: Final = (
    "Commands change things, and each has an outcome; questions show how things stand, moments later. A token of a trusted issuer says"
    " who asks. Every error is a problem (RFC 9457) with a stable `code`."
)
PROBLEM: Final = {"description": "A problem.", "content": {MEDIA_TYPE: {"schema": {"$ref": REFS.format(model="Problem")}}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the document; it says only what the code says."""
    document = get_openapi(title="Launchpad Apps", version=VERSION, summary=SUMMARY, description=DESCRIPTION, routes=app.routes)
    schemas = document["components"]["schemas"]
    describe_verify(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)  # FastAPI's own form of it; ours is the default.
            operation["responses"]["default"] = PROBLEM
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = ProblemOut.model_json_schema(ref_template=REFS)
    demand = DemandIn.model_json_schema(ref_template=REFS)
    add_schemas(document, problem.pop("$defs") | {"Problem": problem})
    add_schemas(document, _commands())
    add_schemas(document, demand.pop("$defs") | {"RotationDemand": demand})
    shown = RotateShown.model_json_schema(ref_template=REFS)
    add_schemas(document, shown.pop("$defs") | {"RotateShown": shown})
    post = document["paths"]["/v1/commands"]["post"]
    command = {"$ref": REFS.format(model="Command")}
    many = {"type": "array", "items": command, "minItems": 1, "maxItems": LIST_COMMANDS_MAX}
    post["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"oneOf": [command, many]}, "examples": EXAMPLES}}}
    post["security"] = [{"HTTPBearer": []}]
    document["components"]["securitySchemes"] |= SCHEMES
    show_answers(document)
    link(document)
    return document


def _commands() -> dict[str, Any]:
    """Each command as a schema of its own name, and `Command`, which is one of them."""
    _, defined = models_json_schema([(entry.command, "validation") for entry in CATALOGUE.values()], ref_template=REFS)
    schemas: dict[str, Any] = defined["$defs"]
    attributes = CommandIn.model_json_schema(ref_template=REFS)
    for name, entry in CATALOGUE.items():
        said = attributes["properties"] | {
            "type": {"const": name, "type": "string"},
            "data": {"$ref": REFS.format(model=entry.command.__name__)},
        }
        schemas[name] = attributes | {"title": name, "description": sentence(entry), "properties": said}
        schemas[entry.command.__name__]["examples"] = [DATA[name]]
    mapping = {name: REFS.format(model=name) for name in CATALOGUE}
    schemas["Command"] = {
        "title": "Command",
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    return schemas


def sentence(entry: Entry) -> str:
    """What a command does: its file says it first."""
    return (modules[entry.command.__module__].__doc__ or "").strip()
