"""The row of dashboard.app. In all rows the key's ids are text, as in streams' names: UUID objects are slow keys of a dict."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class AppRow(NamedTuple):
    """One app; 0006, 0009 and 0013 of these files describe the columns."""

    app_id: str
    owner_kind: str
    owner_id: UUID
    name: str
    description: str
    callback_urls: Sequence[str]
    attributes: Mapping[str, str]
    status: str
    status_reason: str | None
    created_at: datetime
    changed_at: datetime
    version: int
    offered_to_kind: str | None = None
    offered_to_id: UUID | None = None
