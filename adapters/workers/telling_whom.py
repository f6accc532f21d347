"""Whom an occasion is told to: the portal admins, an app's owner, the people of a team. Nobody is told what he did himself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.workers.states import States
from domain.app import App, AppDeleted, AppSuspended, AppTransferOffered
from domain.approval import Approval, ApprovalProductAsked, ApprovalStatus
from domain.approval_rules import PolicyAnswer
from domain.credential import Credential, CredentialStatus, RotationDemanded, RotationMissed
from domain.notice import PORTAL_ADMINS, About
from domain.notice_kind import EXPIRY_WARNING_DAYS, NoticeKind
from domain.owner import Owner, OwnerKind
from domain.state import Stream, id_in
from domain.team import (
    Team,
    TeamInvitationWithdrawn,
    TeamMemberDemoted,
    TeamMemberInvited,
    TeamMemberJoined,
    TeamMemberLeft,
    TeamMemberPromoted,
    TeamMemberRemoved,
    TeamRole,
)
from readmodels.notices import Doer, DueOccasion

TEAM_EVENTS = (
    TeamMemberInvited,
    TeamInvitationWithdrawn,
    TeamMemberJoined,
    TeamMemberLeft,
    TeamMemberRemoved,
    TeamMemberPromoted,
    TeamMemberDemoted,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told, and to whom; nobody, where it is no news any more."""

    occasion: DueOccasion
    about: About
    recipients: Sequence[UUID]


def streams_of(due: DueOccasion) -> list[Stream]:
    """What must be known to say whom it is told to."""
    app = [] if due.app_id is None else [App.at(due.app_id)]
    return [Stream(due.stream), *app]


def teams_of(due: DueOccasion, states: States) -> list[Stream]:
    """And the team, where one owns the app or shall own it."""
    owner = _owner(due, states)
    return [Team.at(owner.id)] if owner is not None and owner.kind is OwnerKind.TEAM else []


def telling(due: DueOccasion, states: States, doer: Doer | None) -> Telling:
    """Say what is told and to whom, as things stand now."""
    about = _about(due, states)
    if not _is_news(due, states):
        return Telling(due, about, ())
    if due.kind == NoticeKind.APPROVAL_WAITS:
        return Telling(due, about, (PORTAL_ADMINS,))
    # That a credential expires is nobody's doing, least of all of whoever issued it.
    himself = None if due.kind == NoticeKind.CREDENTIAL_EXPIRES else _person_of(doer)
    return Telling(due, about, [each for each in _people(due, states) if each != himself])


def _people(due: DueOccasion, states: States) -> list[UUID]:
    """Whom it concerns: the owner, of a team its admins; of a membership also the member himself."""
    event = states.event(due.stream, due.version)
    if isinstance(event, TEAM_EVENTS):
        return list(dict.fromkeys([event.developer_id, *_admins(states.of(Team, id_in(due.stream)))]))
    owner = _owner(due, states)
    if owner is None:
        return []
    return [owner.id] if owner.kind is OwnerKind.DEVELOPER else _admins(states.of(Team, owner.id))


def _owner(due: DueOccasion, states: States) -> Owner | None:
    """Who owns the app now, or is asked to take it over."""
    if due.app_id is None:
        return None
    event = states.event(due.stream, due.version)
    return event.to if isinstance(event, AppTransferOffered) else states.of(App, due.app_id).owner


def _admins(team: Team) -> list[UUID]:
    return [member for member, role in team.members.items() if role is TeamRole.ADMIN]


def _about(due: DueOccasion, states: States) -> About:
    id_ = id_in(due.stream)
    event = states.event(due.stream, due.version)
    if isinstance(event, TEAM_EVENTS):
        return About(team_id=id_, developer_id=event.developer_id)
    if due.stream.startswith(f"{Approval.KIND}-"):
        return About(app_id=due.app_id, approval_id=id_)
    if due.stream.startswith(f"{Credential.KIND}-"):
        about = About(app_id=due.app_id, credential_id=id_)
        match event:
            case RotationDemanded(deadline=deadline, reason=reason):
                return about.model_copy(update={"at": deadline, "reason": reason})
            case RotationMissed(deadline=deadline):
                return about.model_copy(update={"at": deadline})
            case _:
                return about.model_copy(update={"at": states.of(Credential, id_).expires_at, "days": due.days})
    return About(app_id=due.app_id, reason=event.reason if isinstance(event, AppSuspended | AppDeleted) else None)


def _is_news(due: DueOccasion, states: States) -> bool:
    """Whether it still is: a request may be decided by now, a credential replaced, and a decision by rule surprises nobody."""
    id_ = id_in(due.stream)
    match due.kind:
        case NoticeKind.APPROVAL_WAITS:
            return states.of(Approval, id_).status is ApprovalStatus.OPEN
        case NoticeKind.APPROVAL_GRANTED:
            asked = (event for event in states.events(due.stream) if isinstance(event, ApprovalProductAsked))
            return any(event.answer is PolicyAnswer.REVIEW for event in asked)
        case NoticeKind.APP_TRANSFER_OFFERED:
            event = states.event(due.stream, due.version)
            return isinstance(event, AppTransferOffered) and states.of(App, id_).offered_to == event.to
        case NoticeKind.CREDENTIAL_EXPIRES:
            credential = states.of(Credential, id_)
            lives = credential.status in {CredentialStatus.PENDING, CredentialStatus.ACTIVE} and not credential.is_over(states.now)
            return lives and not _is_overtaken(due.days or 0, credential, states)
        case _:
            return True


def _is_overtaken(days: int, credential: Credential, states: States) -> bool:
    """Whether a later warning is due as well, because nobody was told for a while: then that one is enough."""
    if credential.expires_at is None:
        return True
    later = [each for each in EXPIRY_WARNING_DAYS if each < days]
    return any(credential.expires_at - timedelta(days=each) <= states.now for each in later)


def _person_of(doer: Doer | None) -> UUID | None:
    """The developer who did it, himself or through a service that acted for him."""
    if doer is None:
        return None
    if doer.on_behalf_of is not None:
        return doer.on_behalf_of
    kind, _, id_ = doer.principal.partition(":")
    return UUID(id_) if kind == "person" else None
