"""Who may do what: the design's table, row by row, against every command of the catalogue."""

from __future__ import annotations

import pytest

from commands.accept_transfer import AcceptTransfer
from commands.catalogue import CATALOGUE, NAME_OF
from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.claim_credential import ClaimCredential
from commands.command import Command
from commands.deactivate_developer import DeactivateDeveloper
from commands.decline_transfer import DeclineTransfer
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.finish_bulk_run import FinishBulkRun
from commands.freeze_bulk_part import FreezeBulkPart
from commands.freeze_bulk_run import FreezeBulkRun
from commands.mark_read import MarkRead
from commands.miss_rotation import MissRotation
from commands.offer_transfer import OfferTransfer
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import EVERYONE, SYSTEM, Principal, Role, person, service
from commands.raise_notice import Addressed, RaiseNotice
from commands.record_delivery import RecordDelivery
from commands.record_failure import Attempt, RecordFailure
from commands.redeliver_notice import RedeliverNotice
from commands.register_webhook import RegisterWebhook
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.remove_webhook import RemoveWebhook
from commands.report_bulk_part import ReportBulkPart
from commands.resubmit_app import ResubmitApp
from commands.retire_product import RetireProduct
from commands.revoke_credential import RevokeCredential
from commands.set_approval_policy import SetApprovalPolicy
from commands.set_attributes import SetAttributes
from commands.set_preferences import SetPreferences
from commands.start_bulk_run import StartBulkRun
from commands.stop_bulk_run import StopBulkRun
from commands.suspend_app import SuspendApp
from commands.withdraw_transfer import WithdrawTransfer
from domain.app import App, AppSuspended
from domain.approval import ApprovalProductAsked
from domain.approval_policy import PolicyMode
from domain.bulk_order import BulkAction
from domain.bulk_part import BulkOutcome, BulkResult, BulkTarget, Foreseen, part_id
from domain.credential import CredentialKind
from domain.derived_ids import notice_id
from domain.notice import About
from domain.notice_kind import Channel, NoticeKind
from tests.examples import (
    ACTIVE,
    ALSO_FREE,
    APP,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    OF_OTTO,
    ONE_DAY,
    OTHER_APP,
    PENDING,
    REJECTED,
    SCENE,
    STRANGER,
    SUSPENDED,
    TOMORROW,
    WITH_KEY,
    an_id,
    ask,
    assign,
    comment,
    create,
    decide,
    demand,
    digest,
    grant,
    issue,
    product,
    reevaluate,
    register,
    rotate,
    withdraw,
)
from tests.given import ADMIN, OLGA, Request, Sent, Step, given
from tests.memory_log import NOW

NEWCOMER = an_id("newcomer")
JWT = issue(kind=CredentialKind.JWT)
OFFERED = (*ACTIVE, OfferTransfer(app_id=APP, to=OF_OTTO))
OVERLAP = (*WITH_KEY, rotate(), ONE_DAY)
RUN, ATTEMPT = an_id("bulk run"), an_id("attempt")
PART = part_id(ATTEMPT, 0)
DONE = BulkOutcome(result=BulkResult.DONE)
PREPARE = PrepareBulkRun(bulk_id=RUN, action=BulkAction.SUSPEND, criteria=Criteria(owner_id=OLGA), reason="spam")
TARGET = BulkTarget(app_id=APP, id=APP, foreseen=Foreseen.WOULD_DO)
FREEZE_PART = FreezeBulkPart(part_id=PART, bulk_id=RUN, attempt=ATTEMPT, number=0, targets=(TARGET,))
FREEZE = FreezeBulkRun(bulk_id=RUN, attempt=ATTEMPT, parts=1, as_of=1, would_do=1, already_so=0, would_be_refused={})
PREPARED = (*ACTIVE, PREPARE, FREEZE_PART, FREEZE)

OCCASION, HOOK, MESSAGE = an_id("occasion"), an_id("hook"), an_id("message")
INBOX, MAIL = (notice_id(OCCASION, OLGA, channel, None) for channel in Channel if channel is not Channel.WEBHOOK)
RAISED = RaiseNotice(
    occasion_id=OCCASION,
    kind=NoticeKind.APP_SUSPENDED,
    concerns=OCCASION,
    about=About(),
    to=tuple(Addressed(recipient_id=OLGA, channel=channel, due_at=NOW) for channel in (Channel.INBOX, Channel.EMAIL)),
)
REGISTERED = RegisterWebhook(recipient_id=OLGA, webhook_id=HOOK, url="https://example.com/hook")
NOTICED: tuple[Step, ...] = (*SCENE, RAISED, Sent(REGISTERED, person(OLGA)))
ABOUT_NOTICES: dict[str, Command] = {
    "notice.raise.v1": RAISED.model_copy(update={"occasion_id": an_id("another"), "to": ()}),
    "notice.record_delivery.v1": RecordDelivery(message_id=MESSAGE, notices=(MAIL,)),
    "notice.record_failure.v1": RecordFailure(
        message_id=MESSAGE, notices=(Attempt(notice_id=MAIL, attempt=1, wait=ONE_DAY),), reason="smtp 450"
    ),
    "notice.redeliver.v1": RedeliverNotice(recipient_id=OLGA, notice_id=MAIL),
    "notice.mark_read.v1": MarkRead(recipient_id=OLGA, notices=(INBOX,)),
    "preferences.set.v1": SetPreferences(recipient_id=OLGA, timings={}, digest_hour=6),
    "webhook.register.v1": REGISTERED.model_copy(update={"webhook_id": an_id("another")}),
    "webhook.remove.v1": RemoveWebhook(recipient_id=OLGA, webhook_id=HOOK),
}

SCENES: dict[str, tuple[tuple[Step, ...], Request]] = {
    "developer.register.v1": (SCENE, register(NEWCOMER)),
    "developer.change.v1": (SCENE, ChangeDeveloper(developer_id=OLGA, name="Olga")),
    "developer.deactivate.v1": (SCENE, DeactivateDeveloper(developer_id=an_id("otto"), reason="left")),
    "product.add.v1": (SCENE, product(an_id("new product"), needs_approval=True)),
    "product.change.v1": (SCENE, ChangeProduct(product_id=FREE, name="Other")),
    "product.retire.v1": (SCENE, RetireProduct(product_id=FREE, reason="old")),
    "policy.set.v1": (SCENE, SetApprovalPolicy(mode=PolicyMode.AUTO)),
    "app.create.v1": (ACTIVE, create(app_id=OTHER_APP, name="Second")),
    "app.edit.v1": (ACTIVE, EditApp(app_id=APP, description="new")),
    "app.add_products.v1": (ACTIVE, ask(ALSO_FREE)),
    "app.remove_products.v1": ((*SCENE, create(FREE)), RemoveProducts(app_id=APP, products=(FREE,))),
    "app.set_attributes.v1": (ACTIVE, SetAttributes(app_id=APP, attributes={"a": "b"})),
    "app.remove_attributes.v1": (ACTIVE, RemoveAttributes(app_id=APP, names=("a",))),
    "app.resubmit.v1": (REJECTED, ResubmitApp(app_id=APP)),
    "app.suspend.v1": (ACTIVE, SuspendApp(app_id=APP, reason="abuse")),
    "app.reinstate.v1": (SUSPENDED, ReinstateApp(app_id=APP)),
    "app.delete.v1": (ACTIVE, DeleteApp(app_id=APP)),
    "credential.issue.v1": (ACTIVE, issue()),
    "credential.rotate.v1": (WITH_KEY, rotate(to=NEW_KEY)),
    "credential.end_overlap.v1": (OVERLAP, EndOverlap(app_id=APP, credential_id=KEY)),
    "credential.revoke.v1": (WITH_KEY, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")),
    "credential.expire.v1": ((*ACTIVE, issue(expires_at=TOMORROW), ONE_DAY), ExpireCredential(app_id=APP, credential_id=KEY)),
    "credential.claim.v1": ((*ACTIVE, JWT), ClaimCredential(app_id=APP, credential_id=KEY, secret_digest=digest(KEY))),
    "credential.demand_rotation.v1": (WITH_KEY, demand()),
    "credential.miss_rotation.v1": ((*WITH_KEY, demand(), ONE_DAY), MissRotation(app_id=APP, credential_id=KEY)),
    "app.offer_transfer.v1": (ACTIVE, OfferTransfer(app_id=APP, to=OF_OTTO)),
    "app.withdraw_transfer.v1": (OFFERED, WithdrawTransfer(app_id=APP)),
    "app.accept_transfer.v1": (OFFERED, AcceptTransfer(app_id=APP, to=OF_OTTO)),
    "app.decline_transfer.v1": (OFFERED, DeclineTransfer(app_id=APP, to=OF_OTTO)),
    "approval.assign.v1": (PENDING, assign()),
    "approval.comment.v1": (PENDING, comment()),
    "approval.decide.v1": (PENDING, decide(grant(GUARDED))),
    "approval.reevaluate.v1": (PENDING, reevaluate()),
    "approval.withdraw.v1": (PENDING, withdraw()),
    "bulk.prepare.v1": (ACTIVE, PREPARE),
    "bulk.freeze_part.v1": ((*ACTIVE, PREPARE), FREEZE_PART),
    "bulk.freeze.v1": ((*ACTIVE, PREPARE, FREEZE_PART), FREEZE),
    "bulk.start.v1": (PREPARED, StartBulkRun(bulk_id=RUN)),
    "bulk.report_part.v1": (PREPARED, ReportBulkPart(part_id=PART, bulk_id=RUN, first=0, outcomes=(DONE,))),
    "bulk.stop.v1": (PREPARED, StopBulkRun(bulk_id=RUN)),
    "bulk.finish.v1": ((*PREPARED, StartBulkRun(bulk_id=RUN)), FinishBulkRun(bulk_id=RUN, done=1, already_so=0, refused={}, not_sent=0)),
    **{name: (NOTICED, command) for name, command in ABOUT_NOTICES.items()},
}
"""Of Olga's own; what a team has is shown in test_who_may_in_teams."""

ON_BEHALF = service("portal", may_act=frozenset({str(OLGA)}))
PEOPLE: dict[str, tuple[Principal, object]] = {
    "the owner": (person(OLGA), None),
    "a service on behalf of the owner": (ON_BEHALF, OLGA),
    "a service that may act for everyone, on behalf of the owner": (service("portal", may_act=EVERYONE), OLGA),
    "another developer": (STRANGER, None),
    "a person nobody registered": (person(an_id("nobody")), None),
    "an admin": (ADMIN, None),
    "a service with the admin's role": (service("backoffice", frozenset({Role.PORTAL_ADMIN})), None),
    "an auditor": (person(an_id("auditor"), frozenset({Role.AUDITOR})), None),
    "an analyst": (person(an_id("analyst"), frozenset({Role.ANALYST})), None),
    "a gateway": (service("gateway", frozenset({Role.GATEWAY})), None),
    "a service without roles": (service("plain", may_act=EVERYONE), None),
    "the system": (SYSTEM, None),
    "a service with the system's role": (service("runner", frozenset({Role.SYSTEM})), None),
    "an admin's service on behalf of another developer": (
        service("mixed", frozenset({Role.PORTAL_ADMIN, Role.SYSTEM}), may_act=EVERYONE),
        an_id("otto"),
    ),
}
OWNERS = {"the owner", "a service on behalf of the owner", "a service that may act for everyone, on behalf of the owner"}
ADMINS = {"an admin", "a service with the admin's role"}
SYSTEMS = {"the system", "a service with the system's role"}
NEW_OWNERS = {"another developer", "an admin's service on behalf of another developer"}
OWNER_OR_ADMIN = OWNERS | ADMINS
ALLOWED: dict[str, set[str]] = {
    "developer.register.v1": ADMINS | SYSTEMS,  # and the newcomer himself, below
    "developer.change.v1": OWNERS | ADMINS | SYSTEMS,  # of his own registration
    "developer.deactivate.v1": ADMINS,
    "product.add.v1": ADMINS,
    "product.change.v1": ADMINS,
    "product.retire.v1": ADMINS,
    "policy.set.v1": ADMINS,
    "app.create.v1": OWNER_OR_ADMIN,
    "app.edit.v1": OWNER_OR_ADMIN,
    "app.add_products.v1": OWNER_OR_ADMIN,
    "app.remove_products.v1": OWNER_OR_ADMIN,
    "app.set_attributes.v1": OWNER_OR_ADMIN,
    "app.remove_attributes.v1": OWNER_OR_ADMIN,
    "app.resubmit.v1": OWNER_OR_ADMIN,
    "app.suspend.v1": ADMINS | SYSTEMS,
    "app.reinstate.v1": ADMINS,
    "app.delete.v1": OWNER_OR_ADMIN,
    "credential.issue.v1": OWNER_OR_ADMIN,
    "credential.rotate.v1": OWNER_OR_ADMIN,
    "credential.end_overlap.v1": OWNER_OR_ADMIN | SYSTEMS,
    "credential.revoke.v1": OWNER_OR_ADMIN,
    "credential.expire.v1": SYSTEMS,
    "credential.claim.v1": OWNER_OR_ADMIN,
    "credential.demand_rotation.v1": ADMINS,
    "credential.miss_rotation.v1": SYSTEMS,
    "app.offer_transfer.v1": OWNER_OR_ADMIN,
    "app.withdraw_transfer.v1": OWNER_OR_ADMIN,
    "app.accept_transfer.v1": ADMINS | NEW_OWNERS,
    "app.decline_transfer.v1": ADMINS | NEW_OWNERS,
    "approval.assign.v1": ADMINS,
    "approval.comment.v1": ADMINS,
    "approval.decide.v1": ADMINS,
    "approval.reevaluate.v1": ADMINS,
    "approval.withdraw.v1": OWNER_OR_ADMIN,
    "bulk.prepare.v1": ADMINS,
    "bulk.freeze_part.v1": SYSTEMS,
    "bulk.freeze.v1": SYSTEMS,
    "bulk.start.v1": {"an admin"},  # Items act on behalf of a person.
    "bulk.report_part.v1": SYSTEMS,
    "bulk.stop.v1": ADMINS | SYSTEMS,
    "bulk.finish.v1": SYSTEMS,
    "notice.raise.v1": SYSTEMS,
    "notice.record_delivery.v1": SYSTEMS,
    "notice.record_failure.v1": SYSTEMS,
    "notice.redeliver.v1": OWNER_OR_ADMIN,
    "notice.mark_read.v1": OWNER_OR_ADMIN,
    "preferences.set.v1": OWNER_OR_ADMIN | SYSTEMS,  # the system, for whoever follows the link in his mail
    "webhook.register.v1": OWNER_OR_ADMIN,
    "webhook.remove.v1": OWNER_OR_ADMIN,
}
OF_TEAMS_ALONE = {name for name in CATALOGUE if name.startswith("team.")} | {
    "credential.offer.v1",
    "credential.take_offer.v1",
    "credential.withdraw_offer.v1",
}
CASES = [(name, who) for name in SCENES for who in PEOPLE]


def test_the_table_covers_the_catalogue() -> None:
    assert ALLOWED.keys() == SCENES.keys()
    assert ALLOWED.keys() | OF_TEAMS_ALONE == CATALOGUE.keys() == set(NAME_OF.values())
    assert len(CATALOGUE) == 61


@pytest.mark.parametrize(("name", "who"), CASES, ids=[f"{name} by {who}" for name, who in CASES])
def test_each_command_is_for_whom_the_table_says_and_for_nobody_else(name: str, who: str) -> None:
    scene, request = SCENES[name]
    principal, on_behalf_of = PEOPLE[who]
    if name == "app.suspend.v1" and who in SYSTEMS:
        scene = (*scene, DEACTIVATED)  # Before that it is not due.
    there = given(*scene)
    made = request(there) if callable(request) else request
    command = made.command if isinstance(made, Sent) else made
    assert on_behalf_of is None or isinstance(on_behalf_of, type(OLGA))
    done = there.when(Sent(command, principal, on_behalf_of))
    if who in ALLOWED[name]:
        done.then_accepted()
    else:
        done.then_refused("not_allowed")


def test_a_person_registers_himself_and_nobody_else() -> None:
    given(*SCENE).when(Sent(register(NEWCOMER), person(NEWCOMER))).then_accepted()
    given(*SCENE).when(Sent(register(NEWCOMER), service("portal", may_act=EVERYONE), NEWCOMER)).then_accepted()
    given(*SCENE).when(Sent(register(NEWCOMER), person(an_id("nobody")))).then_refused("not_allowed")


def test_who_is_not_registered_owns_nothing() -> None:
    given(*SCENE).when(Sent(create(owner=NEWCOMER), person(NEWCOMER))).then_refused("owner_unknown")
    given(*SCENE).when(Sent(create(owner=NEWCOMER), service("portal", may_act=EVERYONE), NEWCOMER)).then_refused("owner_unknown")


def test_acting_for_somebody_needs_the_token_s_consent() -> None:
    edit = EditApp(app_id=APP, description="new")
    for principal in (service("portal", may_act=frozenset({str(NEWCOMER)})), service("portal"), STRANGER, ADMIN):
        given(*ACTIVE).when(Sent(edit, principal, OLGA)).then_refused("may_not_act_for")


DEACTIVATED = DeactivateDeveloper(developer_id=OLGA, reason="left")
OPENING = {name for name, entry in CATALOGUE.items() if entry.opens}


@pytest.mark.parametrize("name", sorted(name for name in SCENES if "the owner" in ALLOWED[name]))
def test_nothing_goes_on_the_authority_of_a_developer_who_was_deactivated(name: str) -> None:
    scene, request = SCENES[name]
    for principal, on_behalf_of in ((person(OLGA), None), (ON_BEHALF, OLGA)):
        there = given(*scene, DEACTIVATED)
        made = request(there) if callable(request) else request
        there.when(Sent(made.command if isinstance(made, Sent) else made, principal, on_behalf_of)).then_refused("deactivated")


@pytest.mark.parametrize("name", sorted(name for name in SCENES if name.startswith(("app.", "credential.", "approval."))))
def test_for_a_deactivated_owner_s_app_an_admin_and_the_system_may_only_close(name: str) -> None:
    scene, request = SCENES[name]
    there = given(*scene, DEACTIVATED)
    made = request(there) if callable(request) else request
    command = made.command if isinstance(made, Sent) else made
    done = there.when(Sent(command, ADMIN if "an admin" in ALLOWED[name] else SYSTEM))
    if name in OPENING:
        done.then_refused("deactivated")
    else:
        done.then_accepted()


SUSPEND = SuspendApp(app_id=APP, reason="the owner was deactivated")


@pytest.mark.parametrize("who", sorted(SYSTEMS))
def test_the_system_suspends_the_apps_of_whom_was_deactivated_and_no_others(who: str) -> None:
    system, _ = PEOPLE[who]
    said = given(*ACTIVE).when(Sent(SUSPEND, system)).then_refused("not_due")
    assert "owner of this app was not deactivated" in said
    given(*ACTIVE, DeactivateDeveloper(developer_id=an_id("otto"), reason="left")).when(Sent(SUSPEND, system)).then_refused("not_due")
    given(*SUSPENDED).when(Sent(SUSPEND, system)).then_refused("not_due")
    given(*ACTIVE, DEACTIVATED).when(Sent(SUSPEND, system)).then(AppSuspended(reason="the owner was deactivated"))
    given(*PENDING, DEACTIVATED).when(Sent(SUSPEND, system)).then_refused("app_pending")
    given(*ACTIVE).when(DEACTIVATED, Sent(SUSPEND, system)).then_in(App, APP, AppSuspended(reason="the owner was deactivated"))


def test_an_admin_who_has_the_system_s_role_as_well_needs_no_such_reason() -> None:
    both = service("mixed", frozenset({Role.PORTAL_ADMIN, Role.SYSTEM}))
    given(*ACTIVE).when(Sent(SUSPEND, both)).then_accepted()


CLOSING = {
    "developer.deactivate.v1",
    "product.retire.v1",
    "app.remove_products.v1",
    "app.suspend.v1",
    "app.delete.v1",
    "credential.end_overlap.v1",
    "credential.revoke.v1",
    "credential.expire.v1",
    "credential.demand_rotation.v1",
    "credential.miss_rotation.v1",
    "approval.assign.v1",
    "approval.comment.v1",
    "approval.withdraw.v1",
    "app.offer_transfer.v1",
    "app.withdraw_transfer.v1",
    "app.accept_transfer.v1",
    "app.decline_transfer.v1",
    "credential.withdraw_offer.v1",
    *ABOUT_NOTICES,
    "team.withdraw_invitation.v1",
    "team.leave.v1",
    "team.demote.v1",
    "team.remove.v1",
    "bulk.prepare.v1",
    "bulk.freeze_part.v1",
    "bulk.freeze.v1",
    "bulk.start.v1",
    "bulk.report_part.v1",
    "bulk.stop.v1",
    "bulk.finish.v1",
}


def test_what_closes_is_known_by_name() -> None:
    assert CATALOGUE.keys() - CLOSING == OPENING


def test_a_deactivated_admin_may_nothing() -> None:
    there = given(*ACTIVE, DeactivateDeveloper(developer_id=an_id("otto"), reason="left"))
    otto_as_admin = person(an_id("otto"), frozenset({Role.PORTAL_ADMIN}))
    there.when(Sent(SuspendApp(app_id=APP, reason="abuse"), otto_as_admin)).then_refused("deactivated")
    there.when(Sent(register(an_id("otto")), otto_as_admin)).then_refused("deactivated")


def test_an_approval_s_asker_is_the_person_acted_for() -> None:
    there = given(*ACTIVE, Sent(ask(GUARDED), ON_BEHALF, OLGA))
    assert [new.event.asked_by for new in there.log.appended if isinstance(new.event, ApprovalProductAsked)] == [f"person:{OLGA}"]
    there.when(decide(grant(GUARDED), by=person(OLGA, frozenset({Role.PORTAL_ADMIN})))).then_refused("own_request")
