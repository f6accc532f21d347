"""A reviewer's decision, and what follows from it in the same transaction."""

import pytest

from commands.decide_approval import DecideApproval
from commands.principal import Role, person, service
from commands.resubmit_app import ResubmitApp
from commands.revoke_credential import RevokeCredential
from commands.suspend_app import SuspendApp
from domain.app import App, AppApproved, AppRejected, SubscriptionApproved, SubscriptionRejected
from domain.approval import Approval, ApprovalDecided, ApprovalGranted, ApprovalRejected, ProductVerdict, Verdict
from domain.credential import Credential, CredentialActivated
from tests.commands.test_asking_for_products import AUTO
from tests.examples import (
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    ONE_DAY,
    PENDING,
    REJECTED,
    SCENE,
    TOMORROW,
    an_id,
    approvals,
    ask,
    create,
    decide,
    grant,
    issue,
    reject,
    withdraw,
)
from tests.given import ADMIN, OLGA, Sent, by, given
from tests.memory_log import NOW

OTHER_ADMIN = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))
GRANTED = ProductVerdict(product_id=GUARDED, verdict=Verdict.GRANT)
REFUSED = ProductVerdict(product_id=GUARDED, verdict=Verdict.REJECT, reason="not yet")


def test_granting_makes_the_app_active_with_its_pending_credentials_in_one_transaction() -> None:
    there = given(*PENDING, issue(), issue(NEW_KEY))
    decided = ApprovalDecided(verdicts=(GRANTED,), comment="fine", decided_by=ADMIN.text, decided_at=NOW)
    done = there.when(decide(grant(GUARDED), comment="fine"))
    done.then(
        decided,
        ApprovalGranted(),
        SubscriptionApproved(product_id=GUARDED),
        AppApproved(),
        CredentialActivated(),
        CredentialActivated(),
    )
    done.then_in(Approval, approvals(there)[0], decided, ApprovalGranted())
    done.then_in(Credential, KEY, CredentialActivated())
    done.then_in(Credential, NEW_KEY, CredentialActivated())


def test_rejecting_everything_rejects_a_pending_app_with_the_reasons() -> None:
    done = given(*PENDING, issue()).when(decide(reject(GUARDED)))
    decided = ApprovalDecided(verdicts=(REFUSED,), comment=None, decided_by=ADMIN.text, decided_at=NOW)
    done.then(decided, ApprovalRejected(), SubscriptionRejected(product_id=GUARDED, reason="not yet"), AppRejected())


def test_granting_some_and_rejecting_others_grants_the_approval_and_approves_the_app() -> None:
    done = given(*SCENE, create(GUARDED, ALSO_GUARDED)).when(decide(grant(ALSO_GUARDED), reject(GUARDED)))
    events = [new.event for new in done.then_accepted().appended]
    assert ApprovalGranted() in events
    assert [type(event) for event in events if event == AppApproved() or isinstance(event, AppRejected)] == [AppApproved]


def test_rejecting_leaves_an_active_app_active() -> None:
    given(*SCENE, create(FREE, GUARDED)).when(decide(reject(GUARDED))).then_in(
        App, APP, SubscriptionRejected(product_id=GUARDED, reason="not yet")
    )


def test_a_suspended_app_s_approval_can_be_decided_and_the_app_stays_suspended() -> None:
    suspended = SuspendApp(app_id=APP, reason="abuse")
    given(*SCENE, create(FREE, GUARDED), suspended).when(decide(grant(GUARDED))).then_in(App, APP, SubscriptionApproved(product_id=GUARDED))


def test_a_credential_that_ended_before_the_approval_is_not_activated() -> None:
    revoked = RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")
    given(*PENDING, issue(), revoked).when(decide(grant(GUARDED))).then_in(Credential, KEY)


def test_a_credential_whose_expiry_passed_while_it_waited_is_not_activated() -> None:
    given(*PENDING, issue(expires_at=TOMORROW), ONE_DAY).when(decide(grant(GUARDED))).then_in(Credential, KEY)


def test_a_rejected_app_s_credentials_become_active_when_it_is_approved_after_all() -> None:
    there = given(*PENDING, issue(), decide(reject(GUARDED)), ResubmitApp(app_id=APP))
    there.when(decide(grant(GUARDED))).then_in(Credential, KEY, CredentialActivated())


@pytest.mark.parametrize(
    "decisions",
    [(grant(GUARDED),), (grant(GUARDED), grant(ALSO_GUARDED), grant(FREE)), (grant(GUARDED), grant(FREE)), (grant(FREE),)],
    ids=["one is missing", "one too many", "another", "only another"],
)
def test_a_decision_that_does_not_name_every_waiting_product_is_refused(decisions: tuple[object, ...]) -> None:
    given(*SCENE, create(GUARDED, ALSO_GUARDED)).when(decide(*decisions)).then_refused("products_changed")  # type: ignore[arg-type]


def test_a_decision_on_what_has_changed_since_the_reviewer_looked_is_refused() -> None:
    given(*PENDING, ask(ALSO_GUARDED)).when(decide(grant(GUARDED))).then_refused("products_changed")


def test_the_same_decision_by_the_same_person_again_changes_nothing() -> None:
    given(*PENDING, decide(grant(GUARDED))).when(decide(grant(GUARDED))).then()
    given(*REJECTED).when(decide(reject(GUARDED))).then()


@pytest.mark.parametrize(
    "again",
    [
        decide(grant(GUARDED), by=OTHER_ADMIN),
        decide(reject(GUARDED)),
        decide(grant(GUARDED), comment="why not"),
        decide(grant(GUARDED), grant(ALSO_GUARDED)),
    ],
    ids=["another person", "another verdict", "another comment", "other products"],
)
def test_any_other_decision_is_refused_and_told_who_decided_and_when(again: object) -> None:
    sentence = given(*PENDING, decide(grant(GUARDED)), ONE_DAY).when(again).then_refused("already_decided")  # type: ignore[arg-type]
    assert ADMIN.text in sentence
    assert NOW.isoformat() in sentence


def test_a_rejected_app_s_second_reviewer_is_told_who_decided() -> None:
    assert ADMIN.text in given(*REJECTED).when(decide(grant(GUARDED), by=OTHER_ADMIN)).then_refused("already_decided")


def test_what_the_policy_decided_or_was_withdrawn_cannot_be_decided() -> None:
    given(*SCENE, AUTO, create(GUARDED)).when(decide(grant(GUARDED))).then_refused("already_decided")
    given(*SCENE, create(FREE, GUARDED), withdraw()).when(decide(grant(GUARDED))).then_refused("already_decided")


def test_who_asked_cannot_decide_another_admin_must() -> None:
    there = given(*SCENE, create(FREE), by(ADMIN, ask(GUARDED)))
    there.when(decide(grant(GUARDED))).then_refused("own_request")
    there.when(decide(grant(GUARDED), by=OTHER_ADMIN)).then_accepted()


def test_an_admin_who_owns_the_app_cannot_decide_though_another_asked() -> None:
    owner_and_admin = person(OLGA, frozenset({Role.PORTAL_ADMIN}))
    there = given(*SCENE, create(FREE), by(ADMIN, ask(GUARDED)))
    there.when(decide(grant(GUARDED), by=owner_and_admin)).then_refused("own_request")


def test_a_service_that_asked_by_its_own_right_cannot_decide() -> None:
    robot = service("robot", frozenset({Role.PORTAL_ADMIN}))
    there = given(*SCENE, create(FREE), by(robot, ask(GUARDED)))
    there.when(decide(grant(GUARDED), by=robot)).then_refused("own_request")
    there.when(decide(grant(GUARDED), by=service("other robot", frozenset({Role.PORTAL_ADMIN})))).then_accepted()


def test_an_approval_of_another_app_is_unknown_here() -> None:
    there = given(*PENDING, create(GUARDED, app_id=an_id("second"), name="Second"))
    first, second = approvals(there)
    foreign = DecideApproval(app_id=APP, approval_id=second, decisions=(grant(GUARDED),))
    there.when(Sent(foreign, ADMIN)).then_refused("approval_unknown")
    there.when(withdraw()).then_refused("approval_unknown")
    assert first != second
