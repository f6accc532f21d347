"""The row of dashboard.credential."""

from datetime import datetime
from typing import NamedTuple


class CredentialRow(NamedTuple):
    """One credential, as far as events have recorded it; the columns are described in 0006_dashboard.sql."""

    credential_id: str
    app_id: str
    kind: str
    state: str
    client_id: str | None
    issued_at: datetime
    activated_at: datetime | None = None
    expires_at: datetime | None = None
    retires_at: datetime | None = None
    replaces: str | None = None
    successor_id: str | None = None
    ended_at: datetime | None = None
    ended_reason: str | None = None
