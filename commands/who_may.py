"""Who may do what. Deny is the default; this is the one check, made before any decision."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from commands.accept_transfer import AcceptTransfer
from commands.command import AppCommand, Command, Envelope, TeamCommand
from commands.create_app import CreateApp
from commands.create_team import CreateTeam
from commands.decline_transfer import DeclineTransfer
from commands.found import Found
from commands.owning import must_own, stream_of_owner, team_that_owns
from commands.principal import Principal, Role
from commands.work import Work
from domain.app import App
from domain.developer import Developer, DeveloperStatus
from domain.owner import Owner, OwnerKind
from domain.refused import Refused
from domain.state import Stream
from domain.team import Team

if TYPE_CHECKING:
    from commands.catalogue import Entry


class Who(Enum):
    """What somebody is to the thing that a command is about."""

    SELF = auto()
    """The developer whom the command is about."""
    OWNER = auto()
    """The developer who owns the app, himself or through a service that may act for him."""
    TEAM_ADMIN = auto()
    """An admin of the team that the command is about, or that owns the app."""
    TEAM_MEMBER = auto()
    """Any member of that team; what he may beyond seeing, the command itself knows."""
    NEW_OWNER = auto()
    """The developer whom an app is offered to, or an admin of the team that it is offered to."""
    PORTAL_ADMIN = auto()
    SYSTEM = auto()


SELF, OWNER, PORTAL_ADMIN, SYSTEM = Who.SELF, Who.OWNER, Who.PORTAL_ADMIN, Who.SYSTEM
TEAM_ADMIN, TEAM_MEMBER, NEW_OWNER = Who.TEAM_ADMIN, Who.TEAM_MEMBER, Who.NEW_OWNER

ROLES = ((PORTAL_ADMIN, Role.PORTAL_ADMIN), (SYSTEM, Role.SYSTEM))


def reads_of_actor(envelope: Envelope) -> list[Stream]:
    """Whom the check must know of before anything is loaded: the developer whose rights count, and a new app's owner."""
    person = envelope.person
    streams = [] if person is None else [Developer.at(person)]
    if isinstance(envelope.command, CreateApp):
        streams.append(stream_of_owner(envelope.command.owner))
    return streams


def reads_of_owner(command: Command, found: Found) -> list[Stream]:
    """Whom it must know of once the app is loaded: its owner, a developer or a team."""
    if not isinstance(command, AppCommand):
        return []
    owner = found.state(App, command.app_id).owner
    return [] if owner is None else [stream_of_owner(owner)]


def check(envelope: Envelope, entry: Entry, work: Work) -> None:
    """Refuse whoever may not send this command, with the authority that is recorded now, not the one of a moment ago."""
    principal, command, person = envelope.principal, envelope.command, envelope.person
    if envelope.on_behalf_of is not None and not principal.may_act_for(envelope.on_behalf_of):
        raise Refused("may_not_act_for", "the token does not allow to act for this developer")
    if person is not None and work.load(Developer, person).state.status is DeveloperStatus.DEACTIVATED:
        raise Refused("deactivated", "the developer who acts was deactivated")
    owner = _owner(command, work)
    if owner is None and isinstance(command, AppCommand):
        raise Refused("app_unknown", "there is no app with this id")
    if not _is_allowed(envelope, entry, _About(owner, _team(command, owner, work)), work):
        raise Refused("not_allowed", f"{principal.kind} may not do this: it is for {_named(entry)}")
    if owner is not None and entry.opens:
        must_own(work, owner)


class _About(NamedTuple):
    """Whose the thing is that a command is about, and the team that is concerned."""

    owner: Owner | None
    team: Team | None


def _owner(command: Command, work: Work) -> Owner | None:
    if isinstance(command, CreateApp):
        return command.owner
    return work.load(App, command.app_id).state.owner if isinstance(command, AppCommand) else None


def _team(command: Command, owner: Owner | None, work: Work) -> Team | None:
    """The team that the command is about, as it is now: the one that it names, or the one that owns the app."""
    if isinstance(command, TeamCommand):
        named = work.load(Team, command.team_id).state
        if not isinstance(command, CreateTeam):
            named.must_exist()
        return named
    owning = team_that_owns(work, owner)
    if owning is not None:
        owning.must_own()
    return owning


def _is_allowed(envelope: Envelope, entry: Entry, about: _About, work: Work) -> bool:
    person = envelope.person
    if person is not None and _is_allowed_as(person, envelope.command, entry.who, about, work):
        return True
    if envelope.on_behalf_of is not None:  # Acting for somebody gives that person's rights, and none of one's own.
        return False
    return any(each in entry.who and envelope.principal.has(role) for each, role in ROLES)


def _is_allowed_as(person: UUID, command: Command, who: frozenset[Who], about: _About, work: Work) -> bool:
    """Whether what this developer is to the thing is enough, whatever roles his token lists."""
    owner, team = about
    if OWNER in who and owner is not None and owner.id == person and owner.kind is OwnerKind.DEVELOPER:
        return True
    if SELF in who and command.himself == person:
        return True
    if team is not None and ((TEAM_ADMIN in who and team.is_admin(person)) or (TEAM_MEMBER in who and team.is_member(person))):
        return True
    return NEW_OWNER in who and isinstance(command, AcceptTransfer | DeclineTransfer) and _may_answer(person, command.to, work)


def _may_answer(person: UUID, to: Owner, work: Work) -> bool:
    team = team_that_owns(work, to)
    return to.id == person if team is None else team.is_admin(person)


def _named(entry: Entry) -> str:
    return ", ".join(sorted(who.name.lower().replace("_", " ") for who in entry.who))


SEES_ALL_APPS = frozenset({Role.PORTAL_ADMIN, Role.AUDITOR, Role.ANALYST})


def may_see_all_apps(principal: Principal) -> bool:
    """Whether this principal sees every app; others see their own."""
    return not SEES_ALL_APPS.isdisjoint(principal.roles)
