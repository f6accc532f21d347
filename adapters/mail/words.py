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


def _member(notice: DueDelivery, otherwise: str) -> str:
    """Whom it is about, to whom it is told: people are named by nobody else than themselves."""
    return "you" if notice.developer_id == notice.recipient_id else otherwise


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
    NoticeKind.APP_TRANSFER_OFFERED: lambda app, _: (
        f"{app} is offered to you",
        f"The app {app} shall be yours, or your team's, with its history and its credentials. Accept it or decline.",
    ),
    NoticeKind.TEAM_INVITED: lambda team, notice: (
        f"{team}: an invitation",
        f"The team {team} has invited {_member(notice, 'a developer')} to join it.",
    ),
    NoticeKind.TEAM_INVITATION_WITHDRAWN: lambda team, notice: (
        f"{team}: an invitation was withdrawn",
        f"The invitation of {_member(notice, 'a developer')} to the team {team} does not hold any more.",
    ),
    NoticeKind.TEAM_JOINED: lambda team, notice: (
        f"{team} has a new member",
        f"{_member(notice, 'a developer').capitalize()} joined the team {team}.",
    ),
    NoticeKind.TEAM_LEFT: lambda team, notice: (
        f"{team}: a member has left",
        f"{_member(notice, 'a member').capitalize()} left the team {team}.",
    ),
    NoticeKind.TEAM_REMOVED: lambda team, notice: (
        f"{team}: a member was removed",
        f"The team {team} goes on without {_member(notice, 'a member')}: its admins say so.",
    ),
    NoticeKind.TEAM_PROMOTED: lambda team, notice: (
        f"{team} has a new admin",
        f"From now on {_member(notice, 'another member')} can manage the apps and the members of the team {team}.",
    ),
    NoticeKind.TEAM_DEMOTED: lambda team, notice: (
        f"{team}: an admin less",
        f"From now on {_member(notice, 'an admin')} can see the apps of the team {team}, and not manage them any more.",
    ),
}
