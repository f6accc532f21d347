"""A team's admin offers a credential to one named member, who alone takes it: as long as it stands, and once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from commands.delete_app import DeleteApp
from commands.demote_member import DemoteMember
from commands.offer_credential import OfferCredential
from commands.offer_transfer import OfferTransfer
from commands.principal import EVERYONE, Principal, person, service
from commands.promote_member import PromoteMember
from commands.remove_member import RemoveMember
from commands.take_offered_credential import TakeOfferedCredential
from commands.withdraw_credential_offer import WithdrawCredentialOffer
from domain.app import App, AppCredentialAdded
from domain.credential import Credential, CredentialActivated, CredentialIssued, CredentialKind, CredentialRotated
from domain.credential_offer import CredentialOffer, CredentialOffered, CredentialOfferTaken, CredentialOfferWithdrawn, Offered
from domain.limits import CREDENTIAL_OFFER_LIFETIME_MAX
from tests.examples import (
    ACTIVE,
    APP,
    INGA,
    KEY,
    MIA,
    NEW_KEY,
    OF_OTTO,
    OFFER,
    ONE_DAY,
    ONE_HOUR,
    OTHER_APP,
    OTTO,
    OWNER,
    REJECTED,
    SECOND,
    SUSPENDED,
    TEAM,
    TOMORROW,
    WITH_KEY,
    an_id,
    create,
    digest,
    invite,
    issue,
    join,
    joined,
    leave,
    of_team,
    rotate,
)
from tests.given import ADMIN, OLGA, Sent, given
from tests.memory_log import NOW

API_KEY = CredentialKind.API_KEY


def offer(*, by: Principal = OWNER, **said: object) -> Sent:
    told = {"app_id": APP, "offer_id": OFFER, "member": MIA, "kind": API_KEY, "until": TOMORROW} | said
    return Sent(OfferCredential.model_validate(told), by)


def take(by: UUID = MIA, **said: object) -> Sent:
    told = {"app_id": APP, "offer_id": OFFER, "credential_id": NEW_KEY, "secret_digest": digest(NEW_KEY)} | said
    return Sent(TakeOfferedCredential.model_validate(told), person(by))


WITHDRAW = Sent(WithdrawCredentialOffer(app_id=APP, offer_id=OFFER), OWNER)
OFFERED = (*of_team(ACTIVE), offer())
TO_ROTATE = (*of_team(WITH_KEY), offer(kind=None, rotates=KEY, overlap=ONE_HOUR))


def test_a_member_takes_a_new_credential_that_was_offered_to_him() -> None:
    offered = Offered(member=MIA, kind=API_KEY, rotates=None, expires_at=None, overlap=ONE_DAY, until=TOMORROW)
    given(*of_team(ACTIVE)).when(offer()).then(CredentialOffered(app_id=APP, team_id=TEAM, joined=1, offered=offered))
    when = given(*OFFERED).when(take())
    when.then_in(CredentialOffer, OFFER, CredentialOfferTaken(credential_id=NEW_KEY))
    when.then_in(App, APP, AppCredentialAdded(credential_id=NEW_KEY, replaces=None))
    issued = CredentialIssued(kind=API_KEY, secret_digest=digest(NEW_KEY), client_id=None, issued_at=NOW, expires_at=None, replaces=None)
    when.then_in(Credential, NEW_KEY, issued, CredentialActivated())


def test_a_member_rotates_the_one_that_was_offered_to_him_with_the_overlap_of_the_offer() -> None:
    when = given(*TO_ROTATE).when(take(rotates=KEY))
    when.then_in(Credential, KEY, CredentialRotated(successor_id=NEW_KEY, retires_at=NOW + ONE_HOUR))
    when.then_in(CredentialOffer, OFFER, CredentialOfferTaken(credential_id=NEW_KEY))


def test_an_offer_is_for_one_member_alone_whatever_the_others_are() -> None:
    there = given(*OFFERED, *joined(INGA), *joined(OTTO, as_admin=True))
    for other in (INGA, OTTO, OLGA):
        there.when(take(other)).then_refused("not_allowed")
    there.when(Sent(take().command, ADMIN)).then_refused("not_allowed")
    there.when(Sent(take().command, service("portal", may_act=EVERYONE), MIA)).then_accepted()


def test_a_member_has_no_other_right_to_make_credentials() -> None:
    there = given(*TO_ROTATE)
    there.when(Sent(issue(NEW_KEY), person(MIA))).then_refused("not_allowed")
    there.when(Sent(rotate(), person(MIA))).then_refused("not_allowed")
    there.when(take()).then_refused("offer_differs")
    given(*of_team(WITH_KEY), offer()).when(take(rotates=KEY)).then_refused("offer_differs")


def test_an_offer_is_taken_once() -> None:
    given(*OFFERED, take()).when(take()).then()
    other = an_id("another key")
    given(*OFFERED, take()).when(take(credential_id=other, secret_digest=digest(other))).then_refused("offer_taken")


def test_an_offer_ends_by_itself() -> None:
    given(*OFFERED, ONE_DAY - SECOND).when(take()).then_accepted()
    given(*OFFERED, ONE_DAY).when(take()).then_refused("offer_expired")


def test_an_offer_is_withdrawn() -> None:
    given(*OFFERED).when(WITHDRAW).then(CredentialOfferWithdrawn())
    given(*OFFERED, WITHDRAW).when(WITHDRAW).then()
    given(*OFFERED, WITHDRAW).when(take()).then_refused("offer_withdrawn")
    given(*OFFERED, take()).when(WITHDRAW).then_refused("offer_taken")


def test_an_offer_dies_when_the_member_leaves_also_if_he_comes_back() -> None:
    removed = Sent(RemoveMember(team_id=TEAM, developer_id=MIA), OWNER)
    for gone in (leave(MIA), removed):
        given(*OFFERED, gone).when(take()).then_refused("not_allowed")
        given(*OFFERED, gone, invite(MIA), join(MIA)).when(take()).then_refused("offer_over")
    promoted = Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER)
    demoted = Sent(DemoteMember(team_id=TEAM, developer_id=MIA), OWNER)
    given(*OFFERED, promoted, demoted).when(take()).then_accepted()


def test_an_offer_dies_when_the_app_goes_to_another_owner() -> None:
    gone = Sent(OfferTransfer(app_id=APP, to=OF_OTTO, at_once=True), ADMIN)
    given(*OFFERED, gone).when(take()).then_refused("not_allowed")
    given(*OFFERED, gone).when(Sent(take().command, person(OTTO))).then_refused("not_allowed")


def test_a_credential_is_offered_to_members_of_the_team_that_owns_the_app() -> None:
    given(*of_team(ACTIVE)).when(offer(member=INGA)).then_refused("not_a_member")
    given(*of_team(ACTIVE)).when(offer(member=an_id("nobody"))).then_refused("not_a_member")
    given(*ACTIVE).when(offer(by=ADMIN)).then_refused("no_team")
    given(*ACTIVE).when(offer()).then_refused("not_allowed")


def test_an_offer_lies_in_the_near_future() -> None:
    for until in (NOW, NOW - SECOND, NOW + CREDENTIAL_OFFER_LIFETIME_MAX + SECOND):
        given(*of_team(ACTIVE)).when(offer(until=until)).then_refused("until_out_of_range")
    given(*of_team(ACTIVE)).when(offer(until=NOW + CREDENTIAL_OFFER_LIFETIME_MAX)).then_accepted()


def test_the_same_offer_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    given(*OFFERED).when(offer()).then()
    given(*OFFERED).when(offer(until=TOMORROW - SECOND)).then_refused("id_used")
    given(*OFFERED, take()).when(offer()).then_refused("id_used")


def test_an_offer_names_a_kind_or_what_it_rotates() -> None:
    for said in ({"kind": API_KEY, "rotates": KEY}, {"kind": None}, {"kind": CredentialKind.JWT}):
        with pytest.raises(ValueError, match=r"kind|expires_at"):
            offer(**said)
    given(*of_team(ACTIVE)).when(offer(kind=None, rotates=KEY)).then_refused("credential_unknown")


def test_an_offer_is_of_one_app() -> None:
    there = given(*OFFERED, *of_team((create(app_id=OTHER_APP, name="Second"),), among=()))
    there.when(take(app_id=OTHER_APP)).then_refused("offer_unknown")
    there.when(Sent(WithdrawCredentialOffer(app_id=OTHER_APP, offer_id=OFFER), OWNER)).then_refused("offer_unknown")
    there.when(take(offer_id=an_id("no offer"))).then_refused("offer_unknown")


def test_what_the_app_s_status_does_not_allow_is_not_offered_nor_taken() -> None:
    given(*of_team(REJECTED)).when(offer()).then_refused("app_rejected")
    given(*of_team(SUSPENDED)).when(offer()).then_refused("app_suspended")
    given(*OFFERED, Sent(DeleteApp(app_id=APP), OWNER)).when(take()).then_refused("app_deleted")


def test_a_jwt_s_expiry_is_the_offer_s() -> None:
    there = given(*of_team(ACTIVE), offer(kind=CredentialKind.JWT, expires_at=NOW + timedelta(days=30)))
    (issued,) = [new.event for new in there.when(take()).appended if isinstance(new.event, CredentialIssued)]
    assert (issued.kind, issued.expires_at) == (CredentialKind.JWT, NOW + timedelta(days=30))
