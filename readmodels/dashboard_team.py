"""The rows of dashboard.team, dashboard.team_member and dashboard.credential_offer; 0013_teams.sql describes the columns."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class TeamRow(NamedTuple):
    """One team."""

    team_id: str
    name: str
    created_at: datetime
    version: int


class TeamMemberRow(NamedTuple):
    """One who belongs to a team, or is invited."""

    team_id: str
    developer_id: str
    role: str
    invited_at: datetime | None = None
    joined_at: datetime | None = None


class CredentialOfferRow(NamedTuple):
    """One credential that a team's admin let a member make."""

    offer_id: str
    app_id: UUID
    team_id: UUID
    member: UUID
    kind: str | None
    rotates: UUID | None
    expires_at: datetime | None
    until: datetime
    state: str
    offered_at: datetime
    offered_by: UUID | None
    credential_id: UUID | None = None
    ended_at: datetime | None = None
