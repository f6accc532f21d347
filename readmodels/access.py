"""Access: what a gateway may be told, written in the transaction of the events that it follows from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from readmodels.question import Question

MAY_CALL: Final[LiteralString] = """
SELECT
    clock.now,
    credential.app_id,
    app.name,
    app.owner_kind,
    app.owner_id,
    app.attributes,
    credential.kind,
    credential.digest,
    credential.client_id,
    CASE
        WHEN credential.credential_id IS NULL THEN 'unknown'
        WHEN credential.status = 'revoked' OR credential.cut_off_at <= clock.now OR revoked_token.jti IS NOT NULL THEN 'revoked'
        WHEN credential.status = 'expired' OR credential.expires_at <= clock.now THEN 'expired'
        WHEN credential.status = 'overlap_ended' OR credential.status = 'retiring' AND credential.retires_at <= clock.now
            THEN 'overlap_ended'
        WHEN credential.status = 'pending' THEN 'credential_pending'
        WHEN app.status IN ('pending', 'rejected', 'suspended', 'deleted') THEN 'app_' || app.status
        WHEN product.product_id IS NULL THEN 'product_unknown'
        WHEN product.status = 'retired' THEN 'product_retired'
        WHEN subscription.status IS DISTINCT FROM 'approved' THEN 'product_not_approved'
        -- Allowed only by what is known to allow.
        WHEN credential.status IN ('active', 'retiring') AND app.status = 'active' AND product.status = 'offered' THEN NULL
        ELSE 'unknown'
    END AS reason,
    least(
        credential.expires_at,
        credential.cut_off_at,
        CASE WHEN credential.status = 'retiring' THEN credential.retires_at END
    ) AS ends_at
FROM (SELECT clock_timestamp() AS now OFFSET 0) AS clock
CROSS JOIN unnest(%(credential_ids)s::uuid[], %(product_ids)s::uuid[], %(token_ids)s::uuid[], %(digests)s::text[]) WITH ORDINALITY
    AS asked (credential_id, product_id, token_id, digest, place)
LEFT JOIN access.revoked_token ON revoked_token.jti = asked.token_id
LEFT JOIN access.credential ON credential.credential_id = asked.credential_id
-- For a wrong secret no more is looked at than for an id that nobody has: the time it takes would tell that the id exists.
LEFT JOIN access.app ON app.app_id = CASE WHEN coalesce(asked.digest = credential.digest, asked.digest IS NULL) THEN credential.app_id END
LEFT JOIN access.product ON product.product_id = asked.product_id
LEFT JOIN access.subscription ON subscription.app_id = app.app_id AND subscription.product_id = asked.product_id
ORDER BY asked.place
"""
"""One question for one check as for many: there is one wording of what opens a product."""

REASONS: Final = frozenset(
    {
        "unknown",
        "revoked",
        "expired",
        "overlap_ended",
        "credential_pending",
        "app_pending",
        "app_rejected",
        "app_suspended",
        "app_deleted",
        "product_unknown",
        "product_retired",
        "product_not_approved",
    }
)
"""Every reason that the question knows; what is not even a credential is `malformed`, and never asked about."""


class AccessAnswer(NamedTuple):
    """The answer to `may_call`. No reason means: yes; else the first reason against it."""

    now: datetime
    """What the database's clock said."""
    app_id: UUID | None
    name: str | None
    owner_kind: str | None
    owner_id: UUID | None
    attributes: dict[str, str] | None
    kind: str | None
    digest: str | None
    client_id: str | None
    reason: str | None
    ends_at: datetime | None
    """When time will end a credential that works now."""

    @property
    def allowed(self) -> bool:
        """Whether the credential opens the product, once its digest was compared."""
        return self.reason is None


def may_call(credential_id: UUID, product_id: UUID | None, digest: str | None = None) -> Question[AccessAnswer]:
    """May this credential call this product now? Always one row, by the database's clock; the caller still compares the digest."""
    return may_call_all([Asked(credential_id, product_id, digest=digest)])


class Asked(NamedTuple):
    """One check."""

    credential_id: UUID
    product_id: UUID | None
    """Without one the answer is about the credential and its app alone, and `product_unknown` at best."""
    token_id: UUID | None = None
    """The access token that was presented for the credential, which its client may have revoked."""
    digest: str | None = None
    """That of the text that was presented: of another one's app nothing is told. Without one the answer tells of the app in any case."""


def may_call_all(asked: Sequence[Asked]) -> Question[AccessAnswer]:
    """The same of many: a row for each, in their order."""
    parameters = {
        "credential_ids": [each.credential_id for each in asked],
        "product_ids": [each.product_id for each in asked],
        "token_ids": [each.token_id for each in asked],
        "digests": [each.digest for each in asked],
    }
    return Question(MAY_CALL, AccessAnswer, parameters)


class AppAccess(NamedTuple):
    """A row of access.app."""

    app_id: UUID
    status: str
    owner_kind: str
    owner_id: UUID
    name: str
    attributes: Mapping[str, str]


class SubscriptionAccess(NamedTuple):
    """A row of access.subscription."""

    app_id: UUID
    product_id: UUID
    status: str


class CredentialAccess(NamedTuple):
    """A row of access.credential."""

    credential_id: UUID
    app_id: UUID
    kind: str
    digest: str | None
    client_id: str | None
    status: str
    expires_at: datetime | None = None
    retires_at: datetime | None = None
    cut_off_at: datetime | None = None


class ProductAccess(NamedTuple):
    """A row of access.product."""

    product_id: UUID
    status: str
