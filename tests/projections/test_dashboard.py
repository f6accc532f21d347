"""The dashboard as a whole: its projections fold every event that they ask for."""

from datetime import timedelta
from uuid import UUID

from commands.accept_transfer import AcceptTransfer
from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.claim_credential import ClaimCredential
from commands.deactivate_developer import DeactivateDeveloper
from commands.decline_transfer import DeclineTransfer
from commands.delete_app import DeleteApp
from commands.demote_member import DemoteMember
from commands.edit_app import EditApp
from commands.expire_credential import ExpireCredential
from commands.miss_rotation import MissRotation
from commands.offer_credential import OfferCredential
from commands.offer_transfer import OfferTransfer
from commands.principal import person
from commands.promote_member import PromoteMember
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_member import RemoveMember
from commands.remove_products import RemoveProducts
from commands.rename_team import RenameTeam
from commands.resubmit_app import ResubmitApp
from commands.retire_product import RetireProduct
from commands.set_attributes import SetAttributes
from commands.take_offered_credential import TakeOfferedCredential
from commands.withdraw_credential_offer import WithdrawCredentialOffer
from commands.withdraw_team_invitation import WithdrawTeamInvitation
from commands.withdraw_transfer import WithdrawTransfer
from domain.credential import CredentialKind
from projections.dashboard import DASHBOARD
from tests.examples import (
    ACTIVE,
    APP,
    FREE,
    GUARDED,
    INGA,
    KEY,
    MIA,
    OF_OTTO,
    OFFER,
    ONE_DAY,
    OTHER_KEY,
    OTTO,
    OWNER,
    REJECTED,
    SCENE,
    SUSPENDED,
    TEAM,
    TEAM_SCENE,
    TOMORROW,
    ask,
    create,
    demand,
    digest,
    issue,
    joined,
    of_team,
    policy,
    rotate,
)
from tests.given import OLGA, Sent, given
from tests.projections.folded import recorded, rows

RENAMED = Sent(RenameTeam(team_id=TEAM, name="Cellar"), OWNER)


def offer_transfer() -> Sent:
    return Sent(OfferTransfer(app_id=APP, to=OF_OTTO), OWNER)


def offer_credential(offer_id: UUID) -> Sent:
    return Sent(OfferCredential(app_id=APP, offer_id=offer_id, member=MIA, kind=CredentialKind.API_KEY, until=TOMORROW), OWNER)


APPROVE_A = policy({"name": "a", "when": {"attributes": {"a": {"present": True}}}, "then": "approve"})
EVERYTHING = (
    given(REJECTED, ResubmitApp(app_id=APP)),
    given(of_team((*REJECTED, DeleteApp(app_id=APP)))),
    given(SUSPENDED, ReinstateApp(app_id=APP), EditApp(app_id=APP, name="New")),
    given(ACTIVE, ask(FREE), RemoveProducts(app_id=APP, products=(FREE,)), DeleteApp(app_id=APP)),
    given(
        SCENE,
        APPROVE_A,
        create(),
        SetAttributes(app_id=APP, attributes={"a": "b"}),
        ask(GUARDED),
        RemoveAttributes(app_id=APP, names=("a",)),
    ),
    given(ACTIVE, issue(expires_at=TOMORROW), timedelta(days=2), ExpireCredential(app_id=APP, credential_id=KEY)),
    given(ACTIVE, issue(), rotate(overlap=timedelta(0))),
    given(ACTIVE, issue(), demand(), ONE_DAY, MissRotation(app_id=APP, credential_id=KEY)),
    given(ACTIVE, issue(kind=CredentialKind.JWT), ClaimCredential(app_id=APP, credential_id=KEY, secret_digest=digest(KEY))),
    given(
        TEAM_SCENE,
        of_team(ACTIVE, among=()),
        RENAMED,
        *joined(OTTO, as_admin=True),
        Sent(DemoteMember(team_id=TEAM, developer_id=OTTO), OWNER),
        Sent(PromoteMember(team_id=TEAM, developer_id=MIA), OWNER),
        offer_transfer(),
        Sent(WithdrawTransfer(app_id=APP), OWNER),
        offer_transfer(),
        Sent(DeclineTransfer(app_id=APP, to=OF_OTTO), person(OTTO)),
        offer_credential(OFFER),
        Sent(TakeOfferedCredential(app_id=APP, offer_id=OFFER, credential_id=KEY, secret_digest=digest(KEY)), person(MIA)),
        offer_credential(OTHER_KEY),
        Sent(WithdrawCredentialOffer(app_id=APP, offer_id=OTHER_KEY), OWNER),
        offer_transfer(),
        Sent(AcceptTransfer(app_id=APP, to=OF_OTTO), person(OTTO)),
        Sent(WithdrawTeamInvitation(team_id=TEAM, developer_id=INGA), OWNER),
        Sent(RemoveMember(team_id=TEAM, developer_id=MIA), OWNER),
    ),
    given(ACTIVE, ChangeProduct(product_id=FREE, name="Pay"), RetireProduct(product_id=FREE, reason="old")),
    given(ACTIVE, ChangeDeveloper(developer_id=OLGA, name="New"), DeactivateDeveloper(developer_id=OLGA, reason="left")),
)
"""Histories in which every event of the dashboard happens."""


def test_every_event_that_a_projection_asks_for_is_folded() -> None:
    happened = {type(each.event) for there in EVERYTHING for each in there.log.appended}
    for projection in DASHBOARD.projections:
        assert projection.events <= happened, f"no example shows what {projection.name} does with all its events"
        for there in EVERYTHING:
            rows(projection, recorded(there.log.appended))  # Raises OutOfPlace where a case is missing.


def test_no_two_projections_fill_the_same_table() -> None:
    names = [projection.name for projection in DASHBOARD.projections]
    assert len(set(names)) == len(names)
