"""App data as a list to take away: one flat row for each app. Never a secret, nor a secret's digest."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from readmodels.question import Question
from readmodels.seeing import SEES_APP


class ExportedApp(NamedTuple):
    """One app. Products and credentials are told in counts and names; the dashboard has them whole."""

    app_id: UUID
    name: str
    description: str
    status: str
    status_reason: str | None
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    created_at: datetime
    changed_at: datetime
    callback_urls: tuple[str, ...]
    attributes: dict[str, str]
    products_approved: tuple[str, ...]
    products_pending: tuple[str, ...]
    credentials_live: int
    next_expiry_at: datetime | None


def exported_apps(
    *, owner_id: UUID | None = None, seen_by: UUID | None = None, status: str | None = None, product_id: UUID | None = None
) -> Question[ExportedApp]:
    """Every app but deleted ones, the oldest first, to be read row by row; an owner's, what a developer sees, of a status or product."""
    return Question(_APPS, ExportedApp, {"owner_id": owner_id, "seen_by": seen_by, "status": status, "product_id": product_id})


_SELECT: Final = """
SELECT app.app_id, app.name, app.description, app.status, app.status_reason, app.owner_kind, app.owner_id, owner.name AS owner_name,
    app.created_at, app.changed_at, app.callback_urls, app.attributes, products.approved AS products_approved,
    products.pending AS products_pending, credentials.live AS credentials_live, credentials.next_expiry_at
FROM dashboard.app
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(named.name ORDER BY named.name) FILTER (WHERE named.status = 'approved'), '{}') AS approved,
        coalesce(array_agg(named.name ORDER BY named.name) FILTER (WHERE named.status = 'pending'), '{}') AS pending
    FROM (
        SELECT coalesce(product.name, subscription.product_id::text) AS name, subscription.status
        FROM dashboard.subscription LEFT JOIN dashboard.product USING (product_id)
        WHERE subscription.app_id = app.app_id
    ) AS named
) AS products
CROSS JOIN LATERAL (
    SELECT count(*) AS live, min(expires_at) AS next_expiry_at
    FROM dashboard.credentials WHERE credentials.app_id = app.app_id AND credentials.state IN ('active', 'retiring')
) AS credentials
WHERE (%(status)s::text IS NULL AND app.status <> 'deleted' OR app.status = %(status)s::text)
    AND (%(owner_id)s::uuid IS NULL OR app.owner_id = %(owner_id)s::uuid)
    AND (
        %(product_id)s::uuid IS NULL
        OR EXISTS (
            SELECT FROM dashboard.subscription
            WHERE subscription.app_id = app.app_id AND subscription.product_id = %(product_id)s::uuid
                AND subscription.status IN ('approved', 'pending')
        )
    )
    AND """
_APPS: Final = _SELECT + SEES_APP + " ORDER BY app.created_at, app.app_id"
