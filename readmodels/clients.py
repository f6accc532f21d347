"""Credentials by themselves, before any product: whether one works at all, what it opens, and the OAuth client that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from readmodels.access import AccessAnswer, may_call
from readmodels.question import Question

NO_PRODUCT: Final = "product_unknown"
"""What `may_call` says of a credential that works when it is asked about no product: the first reason that is not about itself."""

_OPENS: Final[LiteralString] = """
SELECT product_id FROM access.subscription JOIN access.product USING (product_id)
WHERE app_id = %(app_id)s AND subscription.status = 'approved' AND product.status = 'offered'
ORDER BY product_id
"""
_IS_CALLED_BACK: Final[LiteralString] = "SELECT EXISTS (SELECT FROM access.revoked_token WHERE jti = %(jti)s) AS revoked"
_CALL_BACK: Final[LiteralString] = """
WITH over AS (DELETE FROM access.revoked_token WHERE expires_at < clock_timestamp() - interval '1 hour')
INSERT INTO access.revoked_token (jti, expires_at) VALUES (%(jti)s, %(expires_at)s) ON CONFLICT DO NOTHING
RETURNING jti
"""
_CLIENT: Final[LiteralString] = """
SELECT
    credential.client_id,
    app.app_id,
    app.name,
    app.callback_urls,
    app.owner_kind,
    app.owner_id,
    app.status AS app_status,
    min(credentials.issued_at) AS issued_at,
    bool_or(credentials.state IN ('active', 'retiring')) AND app.status = 'active' AS active
FROM dashboard.credential
JOIN dashboard.app USING (app_id)
JOIN dashboard.credentials ON credentials.app_id = app.app_id AND credentials.client_id = credential.client_id
WHERE credential.credential_id = %(credential_id)s AND credential.client_id = %(client_id)s
GROUP BY credential.client_id, app.app_id
"""


@dataclass(frozen=True, slots=True)
class OpenedProduct:
    """A product that an app's credentials open."""

    product_id: UUID


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """Whether an access token was revoked by its client."""

    revoked: bool


@dataclass(frozen=True, slots=True)
class RevokedToken:
    """An access token that was revoked just now."""

    jti: UUID


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client, as the dashboard knows it."""

    client_id: str
    app_id: UUID
    name: str
    callback_urls: tuple[str, ...]
    owner_kind: str
    owner_id: UUID
    app_status: str
    issued_at: datetime
    active: bool


def works(credential_id: UUID) -> Question[AccessAnswer]:
    """Ask whether a credential works now, for whatever it opens: then the reason is NO_PRODUCT."""
    return may_call(credential_id, None)


def opens(app_id: UUID) -> Question[OpenedProduct]:
    """Ask which products an app's credentials open now."""
    return Question(_OPENS, OpenedProduct, {"app_id": app_id})


def token_is_revoked(jti: UUID) -> Question[TokenRevoked]:
    """Ask whether an access token was revoked; always one row."""
    return Question(_IS_CALLED_BACK, TokenRevoked, {"jti": jti})


def revoke_token(jti: UUID, expires_at: datetime) -> Question[RevokedToken]:
    """Note that an access token was revoked; those that have expired are forgotten. No row: it was revoked before."""
    return Question(_CALL_BACK, RevokedToken, {"jti": jti, "expires_at": expires_at})


def one_client(client_id: str) -> Question[Client] | None:
    """Look at one OAuth client; none where that can't be a client's id."""
    try:
        credential_id = UUID(client_id.removeprefix("client-"))
    except ValueError:
        return None
    return Question(_CLIENT, Client, {"credential_id": credential_id, "client_id": client_id})
