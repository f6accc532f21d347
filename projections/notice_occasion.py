"""Occasions: what happened that people are to be told of. A row goes away when it is noted that they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.app import AppDeleted, AppReinstated, AppSuspended, AppTransferOffered
from domain.approval import ApprovalGranted, ApprovalProductAsked, ApprovalRejected, ApprovalWithdrawn
from domain.approval_rules import PolicyAnswer
from domain.credential import RotationDemanded, RotationMissed
from domain.event import Event
from domain.notice_kind import NoticeKind
from domain.occasion import OccasionNoted
from domain.recorded import Recorded
from domain.team import (
    TeamInvitationWithdrawn,
    TeamMemberDemoted,
    TeamMemberInvited,
    TeamMemberJoined,
    TeamMemberLeft,
    TeamMemberPromoted,
    TeamMemberRemoved,
)
from projections.projection import Projection
from readmodels.notices import OccasionRow

Row = OccasionRow | None

KIND_OF: Final[Mapping[type[Event], NoticeKind]] = {
    ApprovalGranted: NoticeKind.APPROVAL_GRANTED,
    ApprovalRejected: NoticeKind.APPROVAL_REJECTED,
    AppSuspended: NoticeKind.APP_SUSPENDED,
    AppReinstated: NoticeKind.APP_REINSTATED,
    AppDeleted: NoticeKind.APP_DELETED,
    AppTransferOffered: NoticeKind.APP_TRANSFER_OFFERED,
    RotationDemanded: NoticeKind.ROTATION_DEMANDED,
    RotationMissed: NoticeKind.ROTATION_MISSED,
    TeamMemberInvited: NoticeKind.TEAM_INVITED,
    TeamInvitationWithdrawn: NoticeKind.TEAM_INVITATION_WITHDRAWN,
    TeamMemberJoined: NoticeKind.TEAM_JOINED,
    TeamMemberLeft: NoticeKind.TEAM_LEFT,
    TeamMemberRemoved: NoticeKind.TEAM_REMOVED,
    TeamMemberPromoted: NoticeKind.TEAM_PROMOTED,
    TeamMemberDemoted: NoticeKind.TEAM_DEMOTED,
}
"""Each of these is an occasion by itself."""
CLOSES: Final = frozenset[type[Event]]({ApprovalGranted, ApprovalRejected, ApprovalWithdrawn})


def occasion(recorded: Recorded[Any], kind: NoticeKind) -> OccasionRow:
    """Make the row of an occasion that is this event itself."""
    return OccasionRow(
        concerns=recorded.id_text if kind is NoticeKind.APPROVAL_WAITS else str(recorded.event_id),
        occasion_id=recorded.event_id,
        kind=kind.value,
        days=None,
        app_id=recorded.app_id,
        stream=recorded.stream,
        version=recorded.version,
        position=recorded.position,
        due_at=recorded.recorded_at,
    )


def keys_of_requests(recorded: Recorded[Any]) -> Sequence[str]:
    """A request concerns its approval: while nobody was told, further products of it are no news of their own."""
    match recorded.event:
        case ApprovalProductAsked(answer=PolicyAnswer.REVIEW) | ApprovalGranted() | ApprovalRejected() | ApprovalWithdrawn():
            return (recorded.id_text,)
        case OccasionNoted(kind=NoticeKind.APPROVAL_WAITS, concerns=concerns):
            return (str(concerns),)
        case _:
            return ()


def fold_requests(row: Row, recorded: Recorded[Any]) -> Row:
    if not isinstance(recorded.event, ApprovalProductAsked):
        return None
    if row is not None:
        return row
    return occasion(recorded, NoticeKind.APPROVAL_WAITS)


def keys_of_decisions(recorded: Recorded[Any]) -> Sequence[str]:
    match recorded.event:
        case OccasionNoted(kind=NoticeKind.APPROVAL_WAITS | NoticeKind.CREDENTIAL_EXPIRES):
            return ()
        case OccasionNoted(concerns=concerns):
            return (str(concerns),)
        case _:
            return (str(recorded.event_id),)


def fold_decisions(row: Row, recorded: Recorded[Any]) -> Row:
    del row  # An event happens once, and is noted once.
    kind = KIND_OF.get(type(recorded.event))
    return None if kind is None else occasion(recorded, kind)


requests = Projection(
    name="occasion", row=OccasionRow, events=CLOSES | {ApprovalProductAsked, OccasionNoted}, keys=keys_of_requests, fold=fold_requests
)
decisions = Projection(
    name="occasion", row=OccasionRow, events=frozenset({*KIND_OF, OccasionNoted}), keys=keys_of_decisions, fold=fold_decisions
)
