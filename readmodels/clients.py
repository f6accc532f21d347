"""Credentials by themselves, before any product: whether one works at all, what it opens, and access tokens that were called back."""

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
_OPENS_NOW: Final[LiteralString] = """
SELECT
    clock_timestamp() AS now,
    ARRAY(
        SELECT product_id FROM access.subscription JOIN access.product USING (product_id)
        WHERE app_id = %(app_id)s AND subscription.status = 'approved' AND product.status = 'offered'
        ORDER BY product_id
    ) AS products
"""
_IS_CALLED_BACK: Final[LiteralString] = "SELECT EXISTS (SELECT FROM access.revoked_token WHERE jti = %(jti)s) AS revoked"
_CALL_BACK: Final[LiteralString] = """
WITH over AS (DELETE FROM access.revoked_token WHERE expires_at < clock_timestamp() - interval '1 hour')
INSERT INTO access.revoked_token (jti, expires_at) VALUES (%(jti)s, %(expires_at)s) ON CONFLICT DO NOTHING
RETURNING jti
"""


@dataclass(frozen=True, slots=True)
class OpenedProduct:
    """A product that an app's credentials open."""

    product_id: UUID


@dataclass(frozen=True, slots=True)
class OpenedNow:
    """Every product that an app's credentials open, and when that was so, by the database's clock."""

    now: datetime
    products: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """Whether an access token was revoked by its client."""

    revoked: bool


@dataclass(frozen=True, slots=True)
class RevokedToken:
    """An access token that was revoked just now."""

    jti: UUID


def works(credential_id: UUID, digest: str | None = None) -> Question[AccessAnswer]:
    """Ask whether a credential works now, for whatever it opens: then the reason is NO_PRODUCT. With the digest that was presented."""
    return may_call(credential_id, None, digest)


def opens(app_id: UUID) -> Question[OpenedProduct]:
    """Ask which products an app's credentials open now."""
    return Question(_OPENS, OpenedProduct, {"app_id": app_id})


def opens_now(app_id: UUID) -> Question[OpenedNow]:
    """Ask which products an app's credentials open, and what time it is; always one row."""
    return Question(_OPENS_NOW, OpenedNow, {"app_id": app_id})


def token_is_revoked(jti: UUID) -> Question[TokenRevoked]:
    """Ask whether an access token was revoked; always one row."""
    return Question(_IS_CALLED_BACK, TokenRevoked, {"jti": jti})


def revoke_token(jti: UUID, expires_at: datetime) -> Question[RevokedToken]:
    """Note that an access token was revoked; those that have expired are forgotten. No row: it was revoked before."""
    return Question(_CALL_BACK, RevokedToken, {"jti": jti, "expires_at": expires_at})
