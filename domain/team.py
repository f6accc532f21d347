"""A team: developers who own apps together. Its admins manage the apps and the members; there is always at least one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, assert_never
from uuid import UUID

from domain.event import Event
from domain.limits import TEAM_MEMBERS_MAX
from domain.refused import Refused
from domain.state import State


class TeamCreated(Event):
    """`admin` is its first member."""

    name: str
    admin: UUID


class TeamRenamed(Event):
    name: str


class TeamMemberInvited(Event):
    developer_id: UUID
    as_admin: bool


class TeamInvitationWithdrawn(Event):
    """By the team, or by the one who was invited."""

    developer_id: UUID


class TeamMemberJoined(Event):
    developer_id: UUID


class TeamMemberLeft(Event):
    developer_id: UUID


class TeamMemberRemoved(Event):
    developer_id: UUID


class TeamMemberPromoted(Event):
    developer_id: UUID


class TeamMemberDemoted(Event):
    developer_id: UUID


class TeamRejectionsRemembered(Event):
    """An app of the team was deleted whose products had been rejected so often: a deletion does not wipe that out."""

    rejections: int


TeamEvent = (
    TeamCreated
    | TeamRenamed
    | TeamMemberInvited
    | TeamInvitationWithdrawn
    | TeamMemberJoined
    | TeamMemberLeft
    | TeamMemberRemoved
    | TeamMemberPromoted
    | TeamMemberDemoted
    | TeamRejectionsRemembered
)


class TeamRole(StrEnum):
    """What a member may: see the team's apps, or manage them and the members too."""

    MEMBER = "member"
    ADMIN = "admin"


@dataclass(frozen=True)
class Team(State):
    """What past events make true of a team."""

    KIND: ClassVar[str] = "team"

    name: str = ""
    members: Mapping[UUID, TeamRole] = field(default_factory=dict)
    invited: Mapping[UUID, TeamRole] = field(default_factory=dict)
    joined: Mapping[UUID, int] = field(default_factory=dict)
    """How many times each has joined: what was offered to a member dies when he leaves, also where he comes back."""
    rejections: int = 0
    """Those of deleted apps."""

    @property
    def exists(self) -> bool:
        """Whether it was ever created."""
        return bool(self.name)

    def is_admin(self, developer_id: UUID | None) -> bool:
        """Whether this developer manages the team."""
        return developer_id is not None and self.members.get(developer_id) is TeamRole.ADMIN

    def is_member(self, developer_id: UUID | None) -> bool:
        """Whether this developer belongs to the team, as an admin or not."""
        return developer_id in self.members

    def must_own(self) -> None:
        """Refuse a team that is not there: it can't own an app."""
        if not self.exists:
            raise Refused("owner_unknown", "there is no team with this id")

    def must_exist(self) -> None:
        """Refuse an id under which there is no team."""
        if not self.exists:
            raise Refused("team_unknown", "there is no team with this id")

    def create(self, name: str, admin: UUID) -> list[TeamEvent]:
        if not self.exists:
            return [TeamCreated(name=name, admin=admin)]
        if self.name == name and self.is_admin(admin):
            return []
        raise Refused("id_used", "this id belongs to an earlier team; ids are never used again")

    def rename(self, name: str) -> list[TeamEvent]:
        return [] if name == self.name else [TeamRenamed(name=name)]

    def invite(self, developer_id: UUID, role: TeamRole) -> list[TeamEvent]:
        """Ask somebody to join; a later invitation takes the place of an open one."""
        if self.is_member(developer_id):
            raise Refused("already_member", "this developer belongs to the team already")
        if self.invited.get(developer_id) is role:
            return []
        if developer_id not in self.invited and len(self.members) + len(self.invited) >= TEAM_MEMBERS_MAX:
            raise Refused("too_many_members", f"a team has at most {TEAM_MEMBERS_MAX} members and invitations; remove one first")
        return [TeamMemberInvited(developer_id=developer_id, as_admin=role is TeamRole.ADMIN)]

    def withdraw_invitation(self, developer_id: UUID) -> list[TeamEvent]:
        if self.is_member(developer_id):
            raise Refused("already_member", "this developer has joined the team already; remove him instead")
        return [TeamInvitationWithdrawn(developer_id=developer_id)] if developer_id in self.invited else []

    def join(self, developer_id: UUID) -> list[TeamEvent]:
        if self.is_member(developer_id):
            return []
        if developer_id not in self.invited:
            raise Refused("not_invited", "only those join whom the team has invited")
        return [TeamMemberJoined(developer_id=developer_id)]

    def leave(self, developer_id: UUID) -> list[TeamEvent]:
        if not self.is_member(developer_id):
            return []
        self._must_keep_an_admin_without(developer_id)
        return [TeamMemberLeft(developer_id=developer_id)]

    def remove(self, developer_id: UUID) -> list[TeamEvent]:
        """Let somebody be out, a member or one who was only invited."""
        if not self.is_member(developer_id):
            return self.withdraw_invitation(developer_id)
        self._must_keep_an_admin_without(developer_id)
        return [TeamMemberRemoved(developer_id=developer_id)]

    def promote(self, developer_id: UUID) -> list[TeamEvent]:
        self._must_be_member(developer_id)
        return [] if self.is_admin(developer_id) else [TeamMemberPromoted(developer_id=developer_id)]

    def demote(self, developer_id: UUID) -> list[TeamEvent]:
        self._must_be_member(developer_id)
        if not self.is_admin(developer_id):
            return []
        self._must_keep_an_admin_without(developer_id)
        return [TeamMemberDemoted(developer_id=developer_id)]

    def remember_rejections(self, rejections: int) -> list[TeamEvent]:
        """Keep those of an app that is deleted, for what the team asks next."""
        return [TeamRejectionsRemembered(rejections=rejections)] if rejections else []

    def _must_be_member(self, developer_id: UUID) -> None:
        if not self.is_member(developer_id):
            raise Refused("not_a_member", "this developer does not belong to the team")

    def _must_keep_an_admin_without(self, developer_id: UUID) -> None:
        if not any(role is TeamRole.ADMIN for member, role in self.members.items() if member != developer_id):
            raise Refused("last_admin", "this is the team's last admin; promote another member first")

    def evolve(self, event: TeamEvent) -> Team:
        """History is never refused: no rule may be checked here."""
        match event:
            case TeamCreated(name=name, admin=admin):
                return Team(name, {admin: TeamRole.ADMIN}, joined={admin: 1})
            case TeamRenamed(name=name):
                return self.but(name=name)
            case TeamMemberInvited(developer_id=who, as_admin=as_admin):
                return self.but(invited={**self.invited, who: TeamRole.ADMIN if as_admin else TeamRole.MEMBER})
            case TeamInvitationWithdrawn(developer_id=who):
                return self.but(invited=_without(self.invited, who))
            case TeamMemberJoined(developer_id=who):
                role = self.invited.get(who, TeamRole.MEMBER)
                joined = {**self.joined, who: self.joined.get(who, 0) + 1}
                return self.but(members={**self.members, who: role}, invited=_without(self.invited, who), joined=joined)
            case TeamMemberLeft(developer_id=who) | TeamMemberRemoved(developer_id=who):
                return self.but(members=_without(self.members, who))
            case TeamMemberPromoted(developer_id=who):
                return self.but(members={**self.members, who: TeamRole.ADMIN})
            case TeamMemberDemoted(developer_id=who):
                return self.but(members={**self.members, who: TeamRole.MEMBER})
            case TeamRejectionsRemembered(rejections=rejections):
                return self.but(rejections=self.rejections + rejections)
        assert_never(event)


def _without(roles: Mapping[UUID, TeamRole], who: UUID) -> Mapping[UUID, TeamRole]:
    return {developer_id: role for developer_id, role in roles.items() if developer_id != who}
