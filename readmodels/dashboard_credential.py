"""The row of dashboard.credential."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class CredentialRow(NamedTuple):
    """One credential, as far as events have recorded it; 0006, 0009 and 0013 of these files describe the columns."""

    credential_id: str
    app_id: UUID | None
    kind: str
    state: str
    client_id: str | None
    issued_at: datetime
    activated_at: datetime | None = None
    expires_at: datetime | None = None
    retires_at: datetime | None = None
    replaces: UUID | None = None
    successor_id: UUID | None = None
    ended_at: datetime | None = None
    ended_reason: str | None = None
    claimed_at: datetime | None = None
    rotation_due_at: datetime | None = None
    rotation_then: str | None = None
    rotation_reason: str | None = None
    rotation_missed_at: datetime | None = None
    shown_to: UUID | None = None
