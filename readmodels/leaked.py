"""A credential that turned up somewhere: whose it is, what it opens and how it stands, by the rows that are never behind the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question

_LEAKED: Final[LiteralString] = """
SELECT
    credential.kind,
    credential.digest,
    credential.client_id,
    credential.expires_at,
    app.app_id,
    app.name AS app_name,
    app.status AS app_status,
    app.owner_kind,
    app.owner_id,
    owner.name AS owner_name,
    CASE
        WHEN credential.status IN ('revoked', 'overlap_ended') OR credential.cut_off_at <= clock.now THEN 'revoked'
        WHEN credential.status = 'expired' OR credential.expires_at <= clock.now THEN 'expired'
        WHEN credential.status = 'retiring' AND credential.retires_at <= clock.now THEN 'revoked'
        ELSE credential.status
    END AS state,
    CASE
        WHEN credential.status = 'revoked' OR credential.cut_off_at <= clock.now THEN 'revoked'
        WHEN credential.status = 'expired' OR credential.expires_at <= clock.now THEN 'expired'
        WHEN credential.status = 'overlap_ended' OR credential.status = 'retiring' AND credential.retires_at <= clock.now
            THEN 'overlap_ended'
        WHEN credential.status = 'pending' THEN 'credential_pending'
        WHEN app.status <> 'active' THEN 'app_' || app.status
    END AS reason,
    shown.issued_at,
    shown.successor_id,
    shown.ended_at,
    shown.ended_reason,
    clock.now,
    (
        SELECT coalesce(
            jsonb_agg(
                jsonb_build_object('product_id', subscription.product_id, 'name', product.name) ORDER BY product.name, product_id
            ), '[]'
        )
        FROM access.subscription
        JOIN access.product AS offered USING (product_id)
        LEFT JOIN dashboard.product USING (product_id)
        WHERE subscription.app_id = app.app_id AND subscription.status = 'approved' AND offered.status = 'offered'
    ) AS products
FROM (SELECT clock_timestamp() AS now OFFSET 0) AS clock
LEFT JOIN access.credential ON credential.credential_id = %(credential_id)s
LEFT JOIN access.app USING (app_id)
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
LEFT JOIN dashboard.credentials AS shown ON shown.credential_id = credential.credential_id
"""


class OpenedProduct(BaseModel):
    """A product that the app may call."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class Leaked:
    """What is known of a credential. Of one that nobody has, everything is null but the time."""

    kind: str | None
    digest: str | None
    client_id: str | None
    expires_at: AwareDatetime | None
    app_id: UUID | None
    app_name: str | None
    app_status: str | None
    owner_kind: str | None
    owner_id: UUID | None
    owner_name: str | None
    state: str | None
    reason: str | None
    """Why it opens nothing now; none: it opens its products."""
    issued_at: AwareDatetime | None
    successor_id: UUID | None
    ended_at: AwareDatetime | None
    ended_reason: str | None
    now: AwareDatetime
    """The database's time."""
    products: tuple[OpenedProduct, ...]


def leaked(credential_id: UUID) -> Question[Leaked]:
    """Look a credential up by its id. Always one row; the caller compares the digest."""
    return Question(_LEAKED, Leaked, {"credential_id": credential_id})
