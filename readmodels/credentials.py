"""Credentials of an app as people see them, a page at a time; never a secret, nor a secret's digest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from readmodels.apps import ShownCredential
from readmodels.question import Question


class AfterCredential(NamedTuple):
    """Where a page ended: the next one begins after this credential."""

    issued_at: datetime
    credential_id: UUID


THE_NEWEST: Final = AfterCredential(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


def one_credential(app_id: UUID, credential_id: UUID) -> Question[ShownCredential]:
    """Look at one credential of that app."""
    return Question(_ONE, ShownCredential, {"app_id": app_id, "credential_id": credential_id})


def page_of_credentials(
    app_id: UUID, *, state: str | None = None, kind: str | None = None, after: AfterCredential = THE_NEWEST, limit: int
) -> Question[ShownCredential]:
    """List an app's credentials, the newest first; those in one state, or of one kind."""
    parameters = {
        "app_id": app_id,
        "state": state,
        "kind": kind,
        "issued_at": after.issued_at,
        "credential_id": after.credential_id,
        "limit": limit,
    }
    return Question(_PAGE, ShownCredential, parameters)


_PAGE: Final = """
SELECT
    credential_id, key_id, kind, state, client_id, issued_at, activated_at, expires_at, retires_at, replaces, successor_id, ended_at,
    ended_reason, claimed_at, rotation_due_at, rotation_then, rotation_reason, rotation_missed_at, shown_to
FROM dashboard.credentials
WHERE app_id = %(app_id)s
    AND (%(state)s::text IS NULL OR state = %(state)s::text)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
    AND (issued_at, credential_id) < (%(issued_at)s, %(credential_id)s)
ORDER BY issued_at DESC, credential_id DESC
LIMIT %(limit)s
"""
_ONE: Final = """
SELECT
    credential_id, key_id, kind, state, client_id, issued_at, activated_at, expires_at, retires_at, replaces, successor_id, ended_at,
    ended_reason, claimed_at, rotation_due_at, rotation_then, rotation_reason, rotation_missed_at, shown_to
FROM dashboard.credentials
WHERE app_id = %(app_id)s AND credential_id = %(credential_id)s
"""
