"""The row of dashboard.subscription."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class SubscriptionRow(NamedTuple):
    """One product that an app asked for, as its last request stands; the columns are described in 0006_dashboard.sql."""

    app_id: str
    product_id: str
    status: str
    reason: str | None
    approval_id: UUID | None
    requested_at: datetime
    decided_at: datetime | None = None
    removed_at: datetime | None = None
