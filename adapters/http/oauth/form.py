"""The form that OAuth's requests carry in their body."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect

from adapters.http.oauth.bodies import CLIENT
from adapters.http.oauth.errors import OAuthError

FORM_BYTES_MAX: Final = 16 * 1024
"""Twice the largest token."""
FIELDS_MAX: Final = 50
MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
EXAMPLES: Final = {"grant_type": "client_credentials", "token": "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9..."}


def described(required: str, *security: dict[str, list[str]]) -> dict[str, Any]:
    """Such a form, as it stands in OpenAPI: a client may authenticate in the header instead, and a gateway as `security` says."""
    credentials = {name: {"type": "string"} for name in ("client_id", "client_secret")}
    asked = {"grant_type": {"type": "string", "enum": ["client_credentials"]}, "token": {"type": "string", "minLength": 1}}
    schema = {"type": "object", "required": [required], "properties": {required: asked[required], **credentials}}
    content = {MEDIA_TYPE: {"schema": schema, "examples": {required: {"value": {required: EXAMPLES[required]}}}}}
    return {"requestBody": {"required": True, "content": content}, "security": [CLIENT, *security, {}]}


async def form_of(request: Request) -> dict[str, str]:
    """The parameters of the body, none given twice, empty ones left out (RFC 6749, section 3.2). Raises OAuthError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise OAuthError("invalid_request", f"send the parameters as {MEDIA_TYPE}")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_BYTES_MAX:
                raise OAuthError("invalid_request", f"larger than {FORM_BYTES_MAX} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except ClientDisconnect:
        raise OAuthError("invalid_request", "the sender hung up") from None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise OAuthError("invalid_request", "the parameters can't be read") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "a parameter is given twice")
    return {name: value for name, value in form.items() if value}
