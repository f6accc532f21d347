"""What the dashboard says of teams, of who belongs to them, of what is offered to whom, and of whose an app is; told as examples."""

from __future__ import annotations

from uuid import UUID

import pytest

from commands.accept_transfer import AcceptTransfer
from commands.demote_member import DemoteMember
from commands.offer_credential import OfferCredential
from commands.offer_transfer import OfferTransfer
from commands.principal import person
from commands.promote_member import PromoteMember
from commands.rename_team import RenameTeam
from commands.take_offered_credential import TakeOfferedCredential
from commands.withdraw_credential_offer import WithdrawCredentialOffer
from domain.credential import CredentialClaimed, CredentialIssued, CredentialKind
from domain.credential_offer import CredentialOffered, CredentialOfferTaken, CredentialOfferWithdrawn
from domain.recorded import Recorded
from domain.team import TeamMemberInvited, TeamMemberJoined, TeamMemberLeft, TeamRenamed
from projections.access_app import access_app
from projections.dashboard_app import app
from projections.dashboard_credential import fold as fold_credential
from projections.dashboard_credential_offer import credential_offer
from projections.dashboard_owner import owner
from projections.dashboard_team import fold as fold_team
from projections.dashboard_team import team
from projections.dashboard_team_member import fold as fold_member
from projections.dashboard_team_member import team_member
from projections.projection import OutOfPlace
from readmodels.dashboard_team import CredentialOfferRow, TeamMemberRow
from tests.examples import (
    ACTIVE,
    APP,
    FRED,
    INGA,
    KEY,
    MIA,
    OF_OTTO,
    OFFER,
    ONE_DAY,
    OTTO,
    OWNER,
    TEAM,
    TEAM_SCENE,
    TOMORROW,
    digest,
    of_team,
)
from tests.given import OLGA, Sent, given
from tests.memory_log import NOW
from tests.projections.folded import only_row, recorded, row_of, rows, time_of

OFFERED = Sent(OfferCredential(app_id=APP, offer_id=OFFER, member=MIA, kind=CredentialKind.API_KEY, until=TOMORROW), OWNER)


def test_a_team_has_its_name_and_counts_its_events() -> None:
    there = given(*TEAM_SCENE, Sent(RenameTeam(team_id=TEAM, name="Cellar"), OWNER))
    row = row_of(team, there, TEAM)
    assert (row.name, row.version) == ("Cellar", 8)
    assert rows(owner, recorded(there.log.appended))["team", str(TEAM)][2:] == ("Cellar", "registered")


def test_whoever_belongs_to_a_team_or_is_invited_has_a_row_and_who_has_left_has_none() -> None:
    there = given(*TEAM_SCENE)
    assert row_of(team_member, there, TEAM, OLGA).role == "admin"
    joined = TeamMemberRow(str(TEAM), str(MIA), "member", time_of(there, TeamMemberInvited), time_of(there, TeamMemberJoined))
    assert row_of(team_member, there, TEAM, MIA) == joined
    assert row_of(team_member, there, TEAM, INGA).joined_at is None
    assert row_of(team_member, there, TEAM, FRED) is None


def test_a_member_s_role_changes() -> None:
    promoted = (*TEAM_SCENE, Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER))
    assert row_of(team_member, given(*promoted), TEAM, MIA).role == "admin"
    demoted = Sent(DemoteMember(team_id=TEAM, developer_id=MIA), OWNER)
    assert row_of(team_member, given(*promoted, demoted), TEAM, MIA).role == "member"


def test_an_app_is_whose_it_was_handed_to_also_for_gateways() -> None:
    offered = (*of_team(ACTIVE), Sent(OfferTransfer(app_id=APP, to=OF_OTTO), OWNER))
    row = only_row(app, given(*offered))
    assert (row.owner_kind, row.owner_id, row.offered_to_kind, row.offered_to_id) == ("team", TEAM, "developer", OTTO)
    there = given(*offered, Sent(AcceptTransfer(app_id=APP, to=OF_OTTO), person(OTTO)))
    row = only_row(app, there)
    assert (row.owner_kind, row.owner_id, row.offered_to_kind, row.offered_to_id) == ("developer", OTTO, None, None)
    access = only_row(access_app, there)
    assert (access.owner_kind, access.owner_id, access.status) == ("developer", OTTO, "active")


def test_an_offer_is_open_until_it_is_taken_or_withdrawn() -> None:
    there = given(*of_team(ACTIVE), OFFERED)
    assert only_row(credential_offer, there) == CredentialOfferRow(
        offer_id=str(OFFER),
        app_id=APP,
        team_id=TEAM,
        member=MIA,
        kind="api_key",
        rotates=None,
        expires_at=None,
        until=NOW + ONE_DAY,
        state="open",
        offered_at=time_of(there, CredentialOffered),
        offered_by=None,
    )
    take = TakeOfferedCredential(app_id=APP, offer_id=OFFER, credential_id=KEY, secret_digest=digest(KEY))
    taken = given(*of_team(ACTIVE), OFFERED, Sent(take, person(MIA)))
    row = only_row(credential_offer, taken)
    assert (row.state, row.credential_id, row.ended_at) == ("taken", KEY, time_of(taken, CredentialOfferTaken))
    withdrawn = given(*of_team(ACTIVE), OFFERED, Sent(WithdrawCredentialOffer(app_id=APP, offer_id=OFFER), OWNER))
    row = only_row(credential_offer, withdrawn)
    assert (row.state, row.ended_at) == ("withdrawn", time_of(withdrawn, CredentialOfferWithdrawn))


def issued(secret_digest: str | None) -> CredentialIssued:
    kind = CredentialKind.API_KEY if secret_digest else CredentialKind.JWT
    return CredentialIssued(kind=kind, secret_digest=secret_digest, client_id=None, issued_at=NOW, expires_at=None, replaces=None)


@pytest.mark.parametrize(
    ("principal", "on_behalf_of", "shown_to"),
    [
        (f"person:{MIA}", None, MIA),
        ("service:portal@issuer", MIA, MIA),
        ("service:portal@issuer", None, None),
        ("system", None, None),
    ],
)
def test_a_secret_was_shown_to_the_developer_for_whom_it_was_made(principal: str, on_behalf_of: UUID | None, shown_to: UUID | None) -> None:
    def by(event: CredentialIssued | CredentialClaimed) -> Recorded[CredentialIssued | CredentialClaimed]:
        return Recorded(1, f"credential-{KEY}", 1, NOW, APP, event, principal, on_behalf_of)

    assert fold_credential(None, by(issued(digest(KEY)))).shown_to == shown_to
    unclaimed = fold_credential(None, by(issued(None)))
    assert unclaimed.shown_to is None
    assert fold_credential(unclaimed, by(CredentialClaimed(secret_digest=digest(KEY)))).shown_to == shown_to


def test_what_does_not_fit_is_not_passed_over() -> None:
    left = Recorded(1, f"team-{TEAM}", 2, NOW, None, TeamMemberLeft(developer_id=MIA))
    renamed = Recorded(1, f"team-{TEAM}", 2, NOW, None, TeamRenamed(name="Cellar"))
    with pytest.raises(OutOfPlace):
        fold_member(None, left)
    with pytest.raises(OutOfPlace):
        fold_team(None, renamed)
