"""Who may do what. Deny is the default; this is the one check, made before any decision."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING
from uuid import UUID

from commands.command import AppCommand, Command, Envelope
from commands.create_app import CreateApp
from commands.found import Found
from commands.principal import Principal, Role
from commands.work import Work
from domain.app import App
from domain.bulk_run import BulkRun
from domain.developer import Developer, DeveloperStatus
from domain.owner import Owner, OwnerKind
from domain.refused import Refused
from domain.state import Stream

if TYPE_CHECKING:
    from commands.catalogue import Entry


class Who(Enum):
    """What somebody is to the thing that a command is about."""

    SELF = auto()
    """The developer whom the command is about."""
    OWNER = auto()
    """The developer who owns the app, himself or through a service that may act for him."""
    PORTAL_ADMIN = auto()
    SYSTEM = auto()


SELF, OWNER, PORTAL_ADMIN, SYSTEM = Who.SELF, Who.OWNER, Who.PORTAL_ADMIN, Who.SYSTEM

ROLES = ((PORTAL_ADMIN, Role.PORTAL_ADMIN), (SYSTEM, Role.SYSTEM))


def reads_of_actor(envelope: Envelope) -> list[Stream]:
    """Whom the check must know of before anything is loaded: the developer whose rights count, and a new app's owner."""
    person = envelope.person
    streams = [] if person is None else [Developer.at(person)]
    if isinstance(envelope.command, CreateApp):
        streams += _developer_of(envelope.command.owner)
    if envelope.principal.run_id is not None:
        streams.append(BulkRun.at(envelope.principal.run_id))
    return streams


def reads_of_owner(command: Command, found: Found) -> list[Stream]:
    """Whom it must know of once the app is loaded: its owner."""
    if not isinstance(command, AppCommand):
        return []
    owner = found.state(App, command.app_id).owner
    return [] if owner is None else _developer_of(owner)


def _developer_of(owner: Owner) -> list[Stream]:
    return [Developer.at(owner.id)] if owner.kind is OwnerKind.DEVELOPER else []


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
    if owner is not None and owner.kind is OwnerKind.TEAM:
        raise Refused("owner_unknown", "there is no team with this id")
    if not (_is_allowed(envelope, entry, owner) if principal.run_id is None else _is_item_of_run(principal.run_id, envelope, entry, work)):
        raise Refused("not_allowed", f"{principal.kind} may not do this: it is for {_named(entry)}")
    if owner is not None and entry.opens:
        work.load(Developer, owner.id).state.must_own()


def _owner(command: Command, work: Work) -> Owner | None:
    if isinstance(command, CreateApp):
        return command.owner
    return work.load(App, command.app_id).state.owner if isinstance(command, AppCommand) else None


def _is_allowed(envelope: Envelope, entry: Entry, owner: Owner | None) -> bool:
    who, person = entry.who, envelope.person
    if person is not None:
        if OWNER in who and owner is not None and owner.id == person:
            return True
        if SELF in who and envelope.command.target == person:
            return True
    if envelope.on_behalf_of is not None:  # Acting for somebody gives that person's rights, and none of one's own.
        return False
    return any(each in who and envelope.principal.has(role) for each, role in ROLES)


def _is_item_of_run(run_id: UUID, envelope: Envelope, entry: Entry, work: Work) -> bool:
    """Acting for somebody brings his role in this case alone: an item of a bulk run that he started, with the role recorded then.

    The run is read with each item: once it is stopped, nothing more is accepted for it, whoever sends it.
    """
    run = work.load(BulkRun, run_id).state
    run.must_be_running()
    recorded = run.started is not None and run.started.started_by == envelope.on_behalf_of and run.started.role == Role.PORTAL_ADMIN
    return recorded and PORTAL_ADMIN in entry.who


def _named(entry: Entry) -> str:
    return ", ".join(sorted(who.name.lower().replace("_", " ") for who in entry.who))


SEES_ALL_APPS = frozenset({Role.PORTAL_ADMIN, Role.AUDITOR, Role.ANALYST})


def may_see_all_apps(principal: Principal) -> bool:
    """Whether this principal sees every app; others see their own."""
    return not SEES_ALL_APPS.isdisjoint(principal.roles)
