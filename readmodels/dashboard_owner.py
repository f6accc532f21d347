"""The row of dashboard.owner."""

from typing import NamedTuple


class OwnerRow(NamedTuple):
    """One possible owner of apps, with the name to show; the columns are described in 0006_dashboard.sql."""

    owner_kind: str
    owner_id: str
    name: str
    status: str

    def __repr__(self) -> str:
        """Hide the name: reprs end up in logs."""
        return f"OwnerRow({self.owner_kind}, {self.owner_id}, ***, {self.status})"
