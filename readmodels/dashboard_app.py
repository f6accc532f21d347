"""The row of dashboard.app. Ids are text, as in streams' names: a follower holds hundreds of thousands, and UUID objects cost more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple


class AppRow(NamedTuple):
    """One app; the columns are described in 0006_dashboard.sql."""

    app_id: str
    owner_kind: str
    owner_id: str
    name: str
    description: str
    callback_urls: Sequence[str]
    attributes: Mapping[str, str]
    status: str
    status_reason: str | None
    created_at: datetime
    changed_at: datetime
