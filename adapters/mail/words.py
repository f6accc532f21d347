"""What a notice says in words: a line for the subject, and a sentence or two. Texts of people are data here, never markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.logging import masked
from domain.notice_kind import NoticeKind
from readmodels.deliveries import DueDelivery

UNNAMED: Final = "an app"


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called."""

    apps: Mapping[UUID, str]
    teams: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in words."""

    subject: str
    text: str
    reason: str | None
    ids: str
    """What to look it up by."""
    told: str
    """When, in UTC."""


def words_of(notice: DueDelivery, names: Names) -> Words:
    """Say it. A kind that this version has no words for is told by its name."""
    app = names.apps.get(notice.app_id, UNNAMED) if notice.app_id else names.teams.get(notice.team_id, "a team") if notice.team_id else ""
    say = SAYS.get(notice.kind)
    subject, text = (
        (f"{notice.kind.replace('_', ' ')}: {app}", f"{notice.kind.replace('_', ' ')}: {app}.") if say is None else say(app, notice)
    )
    ids = [
        f"{name} {value}"
        for name, value in (
            ("app", notice.app_id),
            ("approval", notice.approval_id),
            ("credential", notice.credential_id.hex if notice.credential_id else None),
            ("team", notice.team_id),
            ("developer", notice.developer_id),
        )
        if value
    ]
    reason = None if notice.reason is None else str(masked(notice.reason))  # Somebody may have quoted the key that was leaked.
    return Words(subject, text, reason, ", ".join(ids), f"{notice.told_at:%Y-%m-%d %H:%M} UTC")


def _until(notice: DueDelivery) -> str:
    return f"{notice.at:%Y-%m-%d %H:%M} UTC" if notice.at else "the deadline"


def _in_days(notice: DueDelivery) -> str:
    return "in a day" if notice.days == 1 else f"in {notice.days} days"


Says = Callable[[str, DueDelivery], tuple[str, str]]
SAYS: Final[Mapping[str, Says]] = {
    NoticeKind.APPROVAL_WAITS: lambda app, _: (
        f"A request of {app} waits for you",
        f"The app {app} asks for products that need an approval. It waits for a decision.",
    ),
    NoticeKind.APPROVAL_GRANTED: lambda app, _: (
        f"{app}: your request was granted",
        f"The request of {app} was decided, and at least one product was granted. The app's page says which.",
    ),
    NoticeKind.APPROVAL_REJECTED: lambda app, _: (
        f"{app}: your request was rejected",
        f"The request of {app} was decided, and no product was granted. The app's page gives the reasons; you may ask again.",
    ),
    NoticeKind.APP_SUSPENDED: lambda app, _: (
        f"{app} was suspended",
        f"The app {app} was suspended: its credentials open nothing until it is reinstated.",
    ),
    NoticeKind.APP_REINSTATED: lambda app, _: (f"{app} works again", f"The app {app} was reinstated: its credentials work as before."),
    NoticeKind.APP_DELETED: lambda app, _: (
        f"{app} was deleted",
        f"The app {app} was deleted by somebody else than you. Its credentials were revoked, for good.",
    ),
    NoticeKind.ROTATION_DEMANDED: lambda app, notice: (
        f"{app}: rotate a credential by {_until(notice)}",
        f"A credential of {app} must be rotated by {_until(notice)}. Make its successor yourself: nobody else can.",
    ),
    NoticeKind.ROTATION_MISSED: lambda app, notice: (
        f"{app}: a credential was not rotated in time",
        f"A credential of {app} was not rotated by {_until(notice)}. It may have been cut off; the app's page says so.",
    ),
    NoticeKind.CREDENTIAL_EXPIRES: lambda app, notice: (
        f"{app}: a credential expires {_in_days(notice)}",
        f"A credential of {app} expires at {_until(notice)}. Rotate it before: both work for a while.",
    ),
    NoticeKind.TEAM_INVITED: lambda team, _: (f"{team}: an invitation", f"The team {team} has invited a developer to join it."),
    NoticeKind.TEAM_INVITATION_WITHDRAWN: lambda team, _: (
        f"{team}: an invitation was withdrawn",
        f"An invitation to the team {team} does not hold any more.",
    ),
    NoticeKind.TEAM_JOINED: lambda team, _: (f"{team} has a new member", f"A developer has joined the team {team}."),
    NoticeKind.TEAM_LEFT: lambda team, _: (f"{team}: a member has left", f"A member has left the team {team}."),
    NoticeKind.TEAM_REMOVED: lambda team, _: (f"{team}: a member was removed", f"A member was removed from the team {team}."),
    NoticeKind.TEAM_PROMOTED: lambda team, _: (f"{team} has a new admin", f"A member of the team {team} is one of its admins now."),
    NoticeKind.TEAM_DEMOTED: lambda team, _: (f"{team}: an admin less", f"An admin of the team {team} is an ordinary member now."),
}
