"""The targets of a bulk run, and what would happen to each, as the dashboard has it now: the same rules as the commands', once more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from domain.bulk_order import BulkAction, BulkCriteria, BulkOrder
from readmodels.question import Question


class FoundTarget(NamedTuple):
    """A target with what was foreseen of it: would_do, already_so or would_be_refused, and then its code."""

    app_id: UUID | None
    id: UUID
    version: int | None
    products: tuple[UUID, ...]
    foreseen: str
    code: str | None


def find_targets(order: BulkOrder, criteria: BulkCriteria) -> Question[FoundTarget]:
    """Find what an order is about, in a lasting order; run it in a transaction, row by row."""
    if order.undoes is not None:
        return Question(_UNDO, FoundTarget, {"undoes": order.undoes})
    parameters = {
        "statuses": list(criteria.statuses),
        "product_id": criteria.product_id,
        "standing": _STANDING[order.action],
        "owner_id": criteria.owner_id,
        "team_id": criteria.team_id,
        "attribute_names": list(criteria.attributes),
        "attributes": json.dumps({name: value for name, value in criteria.attributes.items() if value is not None}),
        "created_before": criteria.created_before,
        "created_after": criteria.created_after,
        "ids": list(criteria.ids),
        "deadline": order.deadline,
        "then": order.then,
        "reason": order.reason,
    }
    return Question(_FIND[order.action], FoundTarget, parameters)


_STANDING: Final[dict[BulkAction, Sequence[str]]] = {
    BulkAction.APPROVE: ["pending"],
    BulkAction.SUSPEND: ["approved", "pending"],
    BulkAction.REINSTATE: ["approved", "pending"],
    BulkAction.DEMAND_ROTATION: ["approved"],
}
"""How an app must stand to a product that is named: what it waits for where this is approved, what it may use where it is to be rotated."""

_FITS: Final = """
    (cardinality(%(statuses)s::text[]) = 0 OR app.status = ANY (%(statuses)s::text[]))
    AND (%(owner_id)s::uuid IS NULL OR app.owner_kind = 'developer' AND app.owner_id = %(owner_id)s::uuid)
    AND (%(team_id)s::uuid IS NULL OR app.owner_kind = 'team' AND app.owner_id = %(team_id)s::uuid)
    AND (
        %(product_id)s::uuid IS NULL
        OR EXISTS (
            SELECT FROM dashboard.subscription
            WHERE subscription.app_id = app.app_id AND subscription.product_id = %(product_id)s::uuid
                AND subscription.status = ANY (%(standing)s::text[])
        )
    )
    AND app.attributes ?& %(attribute_names)s::text[]
    AND app.attributes @> %(attributes)s::text::jsonb
    AND (%(created_before)s::timestamptz IS NULL OR app.created_at < %(created_before)s::timestamptz)
    AND (%(created_after)s::timestamptz IS NULL OR app.created_at >= %(created_after)s::timestamptz)
"""
_LISTED: Final = "(app.status <> 'deleted' AND cardinality(%(ids)s::uuid[]) = 0 OR app.app_id = ANY (%(ids)s::uuid[]))"
_OWNER: Final = "LEFT JOIN dashboard.owner ON owner.owner_kind = app.owner_kind AND owner.owner_id = app.owner_id"
_OWNER_CODE: Final = """
    CASE WHEN app.owner_kind <> 'developer' THEN NULL WHEN owner.status IS NULL THEN 'owner_unknown'
        WHEN owner.status = 'deactivated' THEN 'deactivated' END
"""


def _apps(does: LiteralString, is_so: LiteralString, owner_code: LiteralString) -> LiteralString:
    """Apps: `does` is the status that the action changes, `is_so` the one that it brings."""
    return (
        """
SELECT app_id, id, NULL::bigint AS version, '{}'::uuid[] AS products,
    CASE WHEN code IS NOT NULL THEN 'would_be_refused' WHEN status = '"""  # noqa: S608 - our own text
        + does
        + """' THEN 'would_do' ELSE 'already_so' END AS foreseen, code
FROM (
    SELECT app.app_id, app.app_id AS id, app.status, app.created_at,
        coalesce("""
        + owner_code
        + """, CASE WHEN app.status NOT IN ('"""
        + does
        + "', '"
        + is_so
        + """') THEN 'app_' || app.status END) AS code
    FROM dashboard.app """
        + _OWNER
        + " WHERE "
        + _LISTED
        + " AND "
        + _FITS
        + """
    UNION ALL
    SELECT unknown, unknown, 'absent', 'infinity'::timestamptz, 'app_unknown' FROM unnest(%(ids)s::uuid[]) AS unknown
    WHERE NOT EXISTS (SELECT FROM dashboard.app WHERE app.app_id = unknown)
) AS found ORDER BY created_at, app_id
"""
    )


_CREDENTIALS: Final = (
    """
SELECT app.app_id, credentials.credential_id AS id, NULL::bigint AS version, '{}'::uuid[] AS products,
    CASE
        WHEN (credentials.rotation_due_at, credentials.rotation_then, credentials.rotation_reason)
            IS NOT DISTINCT FROM (%(deadline)s::timestamptz, %(then)s::text, %(reason)s::text)
            AND credentials.rotation_missed_at IS NULL THEN 'already_so'
        WHEN %(deadline)s::timestamptz <= now() THEN 'would_be_refused'
        ELSE 'would_do'
    END AS foreseen,
    CASE WHEN %(deadline)s::timestamptz <= now() THEN 'deadline_past' END AS code
FROM dashboard.app JOIN dashboard.credentials ON credentials.app_id = app.app_id AND credentials.state = 'active'
WHERE """
    + _LISTED
    + " AND app.status <> 'deleted' AND "
    + _FITS
    + " ORDER BY app.created_at, app.app_id, credentials.issued_at, credentials.credential_id"
)
_APPROVALS: Final = (
    """
SELECT * FROM (
    SELECT app.app_id, subscription.approval_id AS id, NULL::bigint AS version,
        array_agg(subscription.product_id ORDER BY subscription.product_id) AS products, 'would_do' AS foreseen, NULL AS code
    FROM dashboard.subscription JOIN dashboard.app ON app.app_id = subscription.app_id
    WHERE subscription.status = 'pending' AND subscription.approval_id IS NOT NULL AND app.status <> 'deleted'
        AND (cardinality(%(ids)s::uuid[]) = 0 OR subscription.approval_id = ANY (%(ids)s::uuid[])) AND """  # noqa: S608 - our own text
    + _FITS
    + """
    GROUP BY app.app_id, subscription.approval_id, app.created_at ORDER BY app.created_at, app.app_id
) AS waiting
UNION ALL
SELECT NULL, unknown, NULL, '{}', 'would_be_refused',
    CASE WHEN EXISTS (SELECT FROM dashboard.subscription WHERE approval_id = unknown) THEN 'already_decided' ELSE 'approval_unknown' END
FROM unnest(%(ids)s::uuid[]) AS unknown
WHERE NOT EXISTS (SELECT FROM dashboard.subscription WHERE approval_id = unknown AND status = 'pending')
"""
)
_UNDO: Final = (
    """
SELECT app_id, id, version, '{}'::uuid[] AS products, CASE WHEN code IS NULL THEN 'would_do' ELSE 'would_be_refused' END AS foreseen, code
FROM (
    SELECT items.app_id, items.id, items.version, items.number, items.place,
        coalesce("""  # noqa: S608 - our own text
    + _OWNER_CODE
    + """, CASE WHEN app.version <> items.version THEN 'changed_meanwhile' END) AS code
    FROM bulk.items JOIN dashboard.app ON app.app_id = items.app_id """
    + _OWNER
    + """
    WHERE items.bulk_id = %(undoes)s AND items.result = 'done'
) AS undone ORDER BY number, place
"""
)
_FIND: Final[dict[BulkAction, LiteralString]] = {
    BulkAction.APPROVE: _APPROVALS,
    BulkAction.SUSPEND: _apps("active", "suspended", "NULL::text"),
    BulkAction.REINSTATE: _apps("suspended", "active", _OWNER_CODE),
    BulkAction.DEMAND_ROTATION: _CREDENTIALS,
}
