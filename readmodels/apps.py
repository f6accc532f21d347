"""Apps as people see them: one, a page of them, how many there are of each status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question
from readmodels.seeing import SEES_APP

APPS_PAGE_MAX: Final = 200
"""An app with all its products and credentials has some 20 KB at most."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShownProduct(_Shown):
    """A product of an app."""

    product_id: UUID
    name: str | None
    category: str | None
    product_status: str | None
    status: str
    reason: str | None
    requested_at: AwareDatetime
    decided_at: AwareDatetime | None


class ShownCredential(_Shown):
    """A credential of an app, as of now: never its secret, nor the secret's digest."""

    credential_id: UUID
    key_id: str
    kind: str
    state: str
    client_id: str | None
    issued_at: AwareDatetime
    activated_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    retires_at: AwareDatetime | None
    replaces: UUID | None
    successor_id: UUID | None
    ended_at: AwareDatetime | None
    ended_reason: str | None
    claimed_at: AwareDatetime | None
    rotation_due_at: AwareDatetime | None
    rotation_then: str | None
    rotation_reason: str | None
    rotation_missed_at: AwareDatetime | None
    shown_to: UUID | None


class ShownOwner(_Shown):
    """A developer or a team, by id."""

    kind: str
    id: UUID


class ShownApp(_Shown):
    """A row of the view dashboard.apps, where the columns are described."""

    app_id: UUID
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    name: str
    description: str
    callback_urls: tuple[str, ...]
    attributes: dict[str, str]
    status: str
    status_reason: str | None
    created_at: AwareDatetime
    changed_at: AwareDatetime
    version: int
    open_approval_id: UUID | None
    products: tuple[ShownProduct, ...]
    credentials: tuple[ShownCredential, ...]
    offered_to: ShownOwner | None


class AppsOfStatus(_Shown):
    """How many apps have a status."""

    status: str
    apps: int


class AfterApp(NamedTuple):
    """Where a page ended: the next one begins after this app."""

    created_at: datetime
    app_id: UUID


THE_NEWEST: Final = AfterApp(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before every app: with it the first page needs no text of its own, and every page walks the index."""


def one_app(app_id: UUID, *, seen_by: UUID | None = None) -> Question[ShownApp]:
    """Look at one app, whatever its status; where a developer looks, only if it is his or his team's."""
    text = "SELECT * FROM dashboard.apps WHERE app_id = %(app_id)s AND " + SEES_APP  # noqa: S608 - both are written here
    return Question(text, ShownApp, {"app_id": app_id, "seen_by": seen_by})


def page_of_apps(
    *,
    owner_id: UUID | None = None,
    seen_by: UUID | None = None,
    status: str | None = None,
    after: AfterApp = THE_NEWEST,
    limit: int = APPS_PAGE_MAX,
) -> Question[ShownApp]:
    """List apps, the newest first; of an owner, of those that a developer sees, of one status. Without one, deleted ones are left out."""
    parameters = {
        "owner_id": owner_id,
        "seen_by": seen_by,
        "status": status,
        "created_at": after.created_at,
        "app_id": after.app_id,
        "limit": min(limit, APPS_PAGE_MAX),
    }
    return Question(_PAGE_OF_AN_OWNER if owner_id else _PAGE, ShownApp, parameters)


def apps_by_status(*, owner_id: UUID | None = None) -> Question[AppsOfStatus]:
    """Count apps by status; all of them, or an owner's."""
    return Question(_BY_STATUS, AppsOfStatus, {"owner_id": owner_id})


_PAGE: Final = (
    """
SELECT apps.* FROM dashboard.apps
WHERE """
    + SEES_APP
    + """
    AND (%(status)s::text IS NULL AND status <> 'deleted' OR status = %(status)s::text)
    AND (created_at, app_id) < (%(created_at)s, %(app_id)s)
ORDER BY created_at DESC, app_id DESC
LIMIT %(limit)s
"""
)
_PAGE_OF_AN_OWNER: Final = (
    """
SELECT apps.* FROM dashboard.apps
WHERE owner_kind IN ('developer', 'team') AND owner_id = %(owner_id)s
    AND """
    + SEES_APP
    + """
    AND (%(status)s::text IS NULL AND status <> 'deleted' OR status = %(status)s::text)
    AND (created_at, app_id) < (%(created_at)s, %(app_id)s)
ORDER BY created_at DESC, app_id DESC
LIMIT %(limit)s
"""
)
_BY_STATUS: Final = """
SELECT status, count(*) AS apps FROM dashboard.app
WHERE %(owner_id)s::uuid IS NULL OR owner_kind IN ('developer', 'team') AND owner_id = %(owner_id)s::uuid
GROUP BY status ORDER BY status
"""
