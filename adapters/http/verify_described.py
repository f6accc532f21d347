"""The gateway's routes in OpenAPI: they are plain ones, of which FastAPI knows nothing."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from adapters.http.forward_auth import HEADERS, PATH
from adapters.http.verify_bodies import EXAMPLE_KEY, EXAMPLE_PRODUCT, CheckIn, ChecksIn, VerdictOut, VerdictsOut

REFS: Final = "#/components/schemas/{model}"
METHODS: Final = ("get", "head", "options", "post", "put", "patch", "delete")
ALLOWED: Final = {
    "allowed": True,
    "reason": None,
    "app": {"id": "3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21", "name": "Tram Times", "attributes": {"tier": "gold"}},
    "owner": {"kind": "developer", "id": "0f4ce0e4-2f0b-5bd0-8a5e-5d6f8b3e7a10"},
    "credential_id": "7e9c0f3a-52c1-4d0b-9d3a-0f6f4a1f3a11",
    "kind": "api_key",
    "expires_at": None,
}
ASKED: Final = {"credential": EXAMPLE_KEY, "product_id": EXAMPLE_PRODUCT, "client_address": "203.0.113.7"}
TAG: Final = "gateways"


def describe_verify(document: dict[str, Any]) -> None:
    """Add the routes and their schemas."""
    _, defined = models_json_schema([(CheckIn, "validation"), (ChecksIn, "validation")], ref_template=REFS)
    _, told = models_json_schema([(VerdictOut, "serialization"), (VerdictsOut, "serialization")], ref_template=REFS)
    add_schemas(document, defined["$defs"] | told["$defs"])
    document["paths"]["/v1/verify"] = {"post": _asks("Whether a credential opens a product now", CheckIn, VerdictOut, ASKED, ALLOWED)}
    many = _asks("Whether many do, each its product", ChecksIn, VerdictsOut, {"checks": [ASKED]}, {"verdicts": [ALLOWED]})
    document["paths"]["/v1/verify/batch"] = {"post": many}
    document["paths"][PATH + "{product_id}"] = {method: _forward_auth(method) for method in METHODS}


def add_schemas(document: dict[str, Any], more: dict[str, Any]) -> None:
    """Add schemas. Raises ValueError where another one has a name already: each reference to it would lie."""
    schemas = document["components"]["schemas"]
    if twice := [name for name in more.keys() & schemas.keys() if more[name] != schemas[name]]:
        raise ValueError(f"two schemas are called {', '.join(twice)}")
    schemas |= more


def _asks(summary: str, asks: type, tells: type, asked: Any, example: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    schemas = [{"$ref": REFS.format(model=model.__name__)} for model in (asks, tells)]
    return {
        "tags": [TAG],
        "summary": summary,
        "description": "For gateways, about their own products. Asked of the primary, by its clock: what was closed opens nothing.",
        "operationId": asks.__name__,
        "security": [{"HTTPBearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schemas[0], "example": asked}}},
        "responses": {"200": {"description": "The verdict.", "content": {"application/json": {"schema": schemas[1], "example": example}}}},
    }


def _forward_auth(method: str) -> dict[str, Any]:
    headers = {name: {"schema": {"type": "string"}} for name in HEADERS}
    parameters = [
        {
            "name": "product_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "description": "The product that is called.",
            "example": EXAMPLE_PRODUCT,
        },
        *(
            {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": about}
            for name, about in (
                ("X-Launchpad-Gateway", "The gateway's own token: `Bearer` and the token."),
                ("X-API-Key", "The client's credential; or `Authorization: Bearer`, which is the client's here."),
                ("X-Forwarded-For", "Its last address is the client's; failures are counted by it."),
            )
        ),
    ]
    return {
        "tags": [TAG],
        "summary": "The same for proxies, which obey the status",
        "description": "Any method; the body is not read, and whatever follows the product in the path is passed over.",
        "operationId": f"forward_auth_{method}",
        "parameters": parameters,
        "responses": {
            "200": {"description": "Allowed; whose call it is stands in the headers.", "headers": headers},
            "401": {"description": "Another credential may help.", "headers": headers},
            "403": {"description": "The credential is known and may not; or who asks is no gateway to this product.", "headers": headers},
            "503": {"description": "Nobody can tell now; nothing was allowed."},
        },
    }
