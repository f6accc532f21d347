"""What OAuth's addresses answer, as it stands in OpenAPI: the words are those of the RFCs."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.http.described import REFS
from adapters.http.problems import MEDIA_TYPE


class TokenOut(BaseModel):
    """An access token (RFC 6749, section 5.1)."""

    model_config = ConfigDict(title="AccessToken", extra="forbid")

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(ge=0, description="Seconds.")


class IntrospectionOut(BaseModel):
    """How a token stands now (RFC 7662, section 2.2). Of one that does not work nothing but `active` is told."""

    model_config = ConfigDict(title="Introspection", extra="forbid")

    active: bool
    token_type: Literal["Bearer", "api_key"] | None = None
    app_id: str | None = None
    credential_id: str | None = None
    products: list[str] | None = Field(None, description="Those that the app may call, of which the gateway may ask.")
    iss: str | None = None
    sub: str | None = None
    aud: str | None = None
    jti: str | None = None
    iat: int | None = None
    exp: int | None = None
    client_id: str | None = None


class Revoked(BaseModel):
    """Nothing: it works no longer, or never did (RFC 7009, section 2.2)."""

    model_config = ConfigDict(title="Revoked", extra="forbid")


class ServerMetadata(BaseModel):
    """Our addresses (RFC 8414)."""

    model_config = ConfigDict(title="ServerMetadata", extra="forbid")

    issuer: str
    token_endpoint: str
    jwks_uri: str
    introspection_endpoint: str
    revocation_endpoint: str
    service_documentation: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]


class KeySet(BaseModel):
    """Public keys (RFC 7517)."""

    model_config = ConfigDict(title="KeySet", extra="forbid")

    keys: list[dict[str, Any]]


class ClientOut(BaseModel):
    """A client's metadata (RFC 7591), and how it stands."""

    model_config = ConfigDict(title="Client", extra="forbid")

    client_id: str
    client_id_issued_at: int
    client_name: str
    redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    token_endpoint_auth_method: str
    app_id: str
    app_status: str
    active: bool


class OAuthErrorOut(BaseModel):
    """An error (RFC 6749, section 5.2)."""

    model_config = ConfigDict(title="OAuthError", extra="forbid")

    error: str
    error_description: str


ERROR_EXAMPLE: Final = {"error": "invalid_client", "error_description": "the client's id or secret is wrong"}
_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": REFS.format(model="Problem")}}}
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": OAuthErrorOut, "description": "An error, in the form that OAuth's clients read."} for status in (400, 401, 413)
}
ERRORS_OR_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {status: {**each, "content": _PROBLEM} for status, each in ERRORS.items()}
"""A gateway is no OAuth client, and reads problems."""
CLIENT: Final[dict[str, list[str]]] = {"ClientSecret": []}
SCHEMES: Final[dict[str, Any]] = {
    "ClientSecret": {"type": "http", "scheme": "basic", "description": "client_id and client_secret (RFC 6749, section 2.3.1)."}
}
