"""Teams as people see them: one, a page of them, the credentials that a member was shown, what is offered to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from readmodels.question import Question


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ShownMember(_Shown):
    """One who belongs to a team, or is invited: then he has not joined. The name is personal data."""

    developer_id: UUID
    name: str | None
    status: str | None
    role: str
    invited_at: AwareDatetime | None
    joined_at: AwareDatetime | None


class ShownTeam(_Shown):
    """A row of the view dashboard.teams, where the columns are described."""

    team_id: UUID
    name: str
    created_at: AwareDatetime
    version: int
    members: tuple[ShownMember, ...]
    apps: int

    def role_of(self, developer_id: UUID) -> str | None:
        """What this developer is in the team; none where he has not joined."""
        return next((each.role for each in self.members if each.developer_id == developer_id and each.joined_at is not None), None)


class ShownOffer(_Shown):
    """A row of the view dashboard.credential_offers, where the columns are described."""

    offer_id: UUID
    app_id: UUID
    app_name: str | None
    team_id: UUID
    member: UUID
    member_name: str | None
    kind: str | None
    rotates: UUID | None
    expires_at: AwareDatetime | None
    until: AwareDatetime
    state: str
    offered_at: AwareDatetime
    offered_by: UUID | None
    credential_id: UUID | None
    ended_at: AwareDatetime | None


class ShownSecret(_Shown):
    """A credential of a team's app whose secret somebody was shown."""

    app_id: UUID
    app_name: str
    credential_id: UUID
    key_id: str
    kind: str
    state: str
    issued_at: AwareDatetime
    rotation_due_at: AwareDatetime | None
    rotation_then: str | None


class OfferedApp(_Shown):
    """An app that is offered to somebody, or to a team whose admin he is."""

    app_id: UUID
    name: str
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    to_kind: str
    to_id: UUID
    to_name: str | None


class AfterTeam(NamedTuple):
    """Where a page ended: the next one begins after this team."""

    name: str
    team_id: UUID


class AfterSecret(NamedTuple):
    """Where a page ended: the next one begins after this credential."""

    issued_at: datetime
    credential_id: UUID


class AfterOffer(NamedTuple):
    """Where a page ended: the next one begins after this offer."""

    offered_at: datetime
    offer_id: UUID


class AfterOfferedApp(NamedTuple):
    """Where a page ended: the next one begins after this app."""

    app_id: UUID


THE_FIRST: Final = AfterTeam("", UUID(int=0))
THE_NEWEST: Final = AfterSecret(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
THE_NEWEST_OFFER: Final = AfterOffer(*THE_NEWEST)
THE_FIRST_APP: Final = AfterOfferedApp(UUID(int=0))


def one_team(team_id: UUID) -> Question[ShownTeam]:
    """Look at one team."""
    return Question("SELECT * FROM dashboard.teams WHERE team_id = %(team_id)s", ShownTeam, {"team_id": team_id})


def page_of_teams(*, of: UUID | None = None, after: AfterTeam = THE_FIRST, limit: int) -> Question[ShownTeam]:
    """List teams by name: all of them, or those that a developer belongs or is invited to."""
    return Question(_TEAMS, ShownTeam, {"of": of, "name": after.name, "team_id": after.team_id, "limit": limit})


def secrets_shown_to(
    developer_id: UUID, team_id: UUID, *, after: AfterSecret = THE_NEWEST, living: bool = False, limit: int
) -> Question[ShownSecret]:
    """List the credentials of a team's apps whose secrets this developer was shown, the newest first; perhaps those alone that work."""
    parameters = {"developer_id": developer_id, "team_id": team_id, "living": living, "limit": limit, **after._asdict()}
    return Question(_SHOWN_TO, ShownSecret, parameters)


def page_of_offers(
    *, app_id: UUID | None = None, member: UUID | None = None, after: AfterOffer = THE_NEWEST_OFFER, limit: int
) -> Question[ShownOffer]:
    """List offers of credentials, the newest first: an app's, or those to one member that he can still take."""
    return Question(_OFFERS, ShownOffer, {"app_id": app_id, "member": member, "limit": limit, **after._asdict()})


def one_offer(app_id: UUID, offer_id: UUID) -> Question[ShownOffer]:
    """Look at one offer of that app."""
    text = "SELECT * FROM dashboard.credential_offers WHERE app_id = %(app_id)s AND offer_id = %(offer_id)s"
    return Question(text, ShownOffer, {"app_id": app_id, "offer_id": offer_id})


def page_of_apps_offered_to(developer_id: UUID, *, after: AfterOfferedApp = THE_FIRST_APP, limit: int) -> Question[OfferedApp]:
    """List the apps that a developer may accept, for himself or for a team."""
    return Question(_OFFERED_APPS, OfferedApp, {"developer_id": developer_id, "limit": limit, **after._asdict()})


_TEAMS: Final = """
SELECT teams.* FROM dashboard.teams
WHERE (%(of)s::uuid IS NULL OR team_id IN (SELECT team_id FROM dashboard.team_member WHERE developer_id = %(of)s::uuid))
    AND (name, team_id) > (%(name)s, %(team_id)s)
ORDER BY name, team_id
LIMIT %(limit)s
"""
_SHOWN_TO: Final = """
SELECT app.app_id, app.name AS app_name, credentials.credential_id, credentials.key_id, credentials.kind, credentials.state,
    credentials.issued_at, credentials.rotation_due_at, credentials.rotation_then
FROM dashboard.credentials
JOIN dashboard.app USING (app_id)
WHERE credentials.shown_to = %(developer_id)s
    AND app.owner_kind = 'team' AND app.owner_id = %(team_id)s
    AND (NOT %(living)s::boolean OR credentials.state = 'active' AND app.status <> 'deleted')
    AND (credentials.issued_at, credentials.credential_id) < (%(issued_at)s, %(credential_id)s)
ORDER BY credentials.issued_at DESC, credentials.credential_id DESC
LIMIT %(limit)s
"""
_OFFERS: Final = """
SELECT * FROM dashboard.credential_offers
WHERE (%(app_id)s::uuid IS NULL OR app_id = %(app_id)s::uuid)
    AND (%(member)s::uuid IS NULL OR member = %(member)s::uuid AND state = 'open')
    AND (offered_at, offer_id) < (%(offered_at)s, %(offer_id)s)
ORDER BY offered_at DESC, offer_id DESC
LIMIT %(limit)s
"""
_OFFERED_APPS: Final = """
SELECT app.app_id, app.name, app.owner_kind, app.owner_id, owner.name AS owner_name, app.offered_to_kind AS to_kind,
    app.offered_to_id AS to_id, receiver.name AS to_name
FROM dashboard.app
LEFT JOIN dashboard.owner USING (owner_kind, owner_id)
LEFT JOIN dashboard.owner AS receiver ON receiver.owner_kind = app.offered_to_kind AND receiver.owner_id = app.offered_to_id
WHERE app.offered_to_id IS NOT NULL AND app.status <> 'deleted'
    AND (app.offered_to_kind, app.offered_to_id) IN (
        SELECT 'developer', %(developer_id)s::uuid
        UNION ALL
        SELECT 'team', team_id FROM dashboard.team_member
        WHERE developer_id = %(developer_id)s::uuid AND role = 'admin' AND joined_at IS NOT NULL
    )
    AND app.app_id > %(app_id)s
ORDER BY app.app_id
LIMIT %(limit)s
"""
