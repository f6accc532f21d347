"""The row of dashboard.credential."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class CredentialRow(NamedTuple):
    """One credential, as far as events have recorded it; the columns are described in 0006_dashboard.sql."""

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
