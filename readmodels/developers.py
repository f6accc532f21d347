"""Developers as portal admins see them; e-mail addresses are not shown in lists."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from readmodels.question import Question


class ShownDeveloper(BaseModel):
    """A developer, and how many apps he has that were not deleted. The name is personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    developer_id: UUID
    name: str
    status: str
    apps: int


class AfterDeveloper(NamedTuple):
    """Where a page ended: the next one begins after this developer."""

    developer_id: UUID


THE_FIRST: Final = AfterDeveloper(UUID(int=0))


def page_of_developers(*, status: str | None = None, after: AfterDeveloper = THE_FIRST, limit: int) -> Question[ShownDeveloper]:
    """List developers by id: names change, and sorting by them would tell them."""
    return Question(_PAGE, ShownDeveloper, {"status": status, "developer_id": after.developer_id, "limit": limit})


_PAGE: Final = """
SELECT
    owner.owner_id AS developer_id,
    owner.name,
    owner.status,
    (
        SELECT count(*) FROM dashboard.app
        WHERE app.owner_kind = owner.owner_kind AND app.owner_id = owner.owner_id AND app.status <> 'deleted'
    ) AS apps
FROM dashboard.owner
WHERE owner.owner_kind = 'developer'
    AND (%(status)s::text IS NULL OR owner.status = %(status)s::text)
    AND owner.owner_id > %(developer_id)s
ORDER BY owner.owner_id
LIMIT %(limit)s
"""
