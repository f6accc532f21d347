"""Owning: the stream of whoever owns apps, and whether he may."""

from commands.work import Work
from domain.developer import Developer
from domain.owner import Owner, OwnerKind
from domain.state import Stream
from domain.team import Team


def stream_of_owner(owner: Owner) -> Stream:
    """The stream that tells whether an owner is there: the developer's, or the team's."""
    return Team.at(owner.id) if owner.kind is OwnerKind.TEAM else Developer.at(owner.id)


def must_own(work: Work, owner: Owner) -> None:
    """Refuse an owner who is not there, or not any more."""
    if owner.kind is OwnerKind.TEAM:
        work.load(Team, owner.id).state.must_own()
    else:
        work.load(Developer, owner.id).state.must_own()


def team_that_owns(work: Work, owner: Owner | None) -> Team | None:
    """The team that an owner is; none where it is a developer."""
    return work.load(Team, owner.id).state if owner is not None and owner.kind is OwnerKind.TEAM else None


def rejections_of_deleted_apps(work: Work, owner: Owner) -> int:
    """How often products of apps were rejected that this owner has deleted since."""
    team = team_that_owns(work, owner)
    return work.load(Developer, owner.id).state.rejections if team is None else team.rejections


def remember_rejections(work: Work, owner: Owner, rejections: int) -> None:
    """Keep the rejections of an app that is deleted, with whoever owned it."""
    if owner.kind is OwnerKind.TEAM:
        team = work.load(Team, owner.id)
        work.record(team, team.state.remember_rejections(rejections))
    else:
        developer = work.load(Developer, owner.id)
        work.record(developer, developer.state.remember_rejections(rejections))


def is_one_s_own(work: Work, owner: Owner) -> bool:
    """Whether the person who acts is the owner, or a member of the team that is."""
    team = team_that_owns(work, owner)
    person = work.envelope.person
    return owner.id == person if team is None else team.is_member(person)
