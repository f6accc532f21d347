"""Re-evaluating: a new policy leaves what waits alone, until somebody asks it about that."""

from commands.change_product import ChangeProduct
from commands.reevaluate_approval import ReevaluateApproval
from commands.set_approval_policy import SetApprovalPolicy
from domain.app import App, AppApproved, AppRejected, SubscriptionApproved, SubscriptionRejected
from domain.approval import Approval, ApprovalGranted, ApprovalProductReevaluated
from domain.approval_policy import NEEDS_NO_APPROVAL, PolicyMode
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.credential import Credential, CredentialActivated
from domain.owner import Owner
from tests.examples import (
    ALSO_GUARDED,
    APP,
    GUARDED,
    KEY,
    OTHER_APP,
    PENDING,
    SCENE,
    an_id,
    approvals,
    create,
    decide,
    grant,
    issue,
    policy,
    reevaluate,
    withdraw,
)
from tests.given import ADMIN, OLGA, When, by, given

AUTO = SetApprovalPolicy(mode=PolicyMode.AUTO)
ONE = {"name": "one", "when": {"products": [str(GUARDED)]}, "then": "approve"}
OTHER = {"name": "other", "when": {"products": [str(ALSO_GUARDED)]}, "then": "reject", "reason": "not that one"}
BOTH = (*SCENE, create(GUARDED, ALSO_GUARDED))


def re_evaluated(done: When) -> list[tuple[PolicyAnswer, str]]:
    return [(e.answer, e.rule) for e in (new.event for new in done.appended) if isinstance(e, ApprovalProductReevaluated)]


def test_a_new_policy_leaves_alone_what_waits() -> None:
    done = given(PENDING).when(AUTO)
    assert {new.stream.partition("-")[0] for new in done.appended} == {"policy"}


def test_what_waits_is_approved_and_the_whole_record_kept() -> None:
    there = given(PENDING, issue(), AUTO)
    (approval,) = approvals(there)
    seen = PolicyInput(product_id=GUARDED, category="money", owner=Owner(id=OLGA), attributes={}, callback_hosts=(), earlier_rejections=0)
    said = ApprovalProductReevaluated(
        product_id=GUARDED, answer=PolicyAnswer.APPROVE, policy_version=1, rule="auto", reason=None, input=seen
    )
    done = there.when(reevaluate())
    done.then_in(Approval, approval, said, ApprovalGranted())
    done.then_in(App, APP, SubscriptionApproved(product_id=GUARDED), AppApproved())
    done.then_in(Credential, KEY, CredentialActivated())


def test_each_product_gets_its_own_answer_and_the_rest_waits_on() -> None:
    there = given(BOTH, policy(OTHER))
    done = there.when(reevaluate())
    assert re_evaluated(done) == [(PolicyAnswer.REVIEW, "no_rule_held"), (PolicyAnswer.REJECT, "other")]
    done.then_in(App, APP, SubscriptionRejected(product_id=ALSO_GUARDED, reason="not that one"))
    there.when(decide(grant(GUARDED))).then_in(App, APP, SubscriptionApproved(product_id=GUARDED), AppApproved())


def test_what_is_rejected_whole_ends_the_app() -> None:
    done = given(*SCENE, create(ALSO_GUARDED), policy(OTHER)).when(reevaluate())
    done.then_in(App, APP, SubscriptionRejected(product_id=ALSO_GUARDED, reason="not that one"), AppRejected())


def test_what_is_rejected_beside_it_counts_against_no_other() -> None:
    first = {"name": "first", "when": {"earlier_rejections": {"at_most": 0}}, "then": "approve"}
    there = given(*SCENE, create(ALSO_GUARDED, GUARDED), policy(OTHER, first))
    assert re_evaluated(there.when(reevaluate())) == [(PolicyAnswer.REJECT, "other"), (PolicyAnswer.APPROVE, "first")]


def test_the_same_answer_by_the_same_version_is_not_recorded_again() -> None:
    there = given(BOTH, policy(ONE, OTHER), policy({**ONE, "then": "review"}), reevaluate())
    there.when(reevaluate()).then()


def test_a_product_that_has_come_to_need_no_approval_is_approved() -> None:
    there = given(PENDING, ChangeProduct(product_id=GUARDED, needs_approval=False))
    assert re_evaluated(there.when(reevaluate())) == [(PolicyAnswer.APPROVE, NEEDS_NO_APPROVAL)]


def test_who_re_evaluates_may_decide_what_waits_on() -> None:
    given(BOTH, policy(OTHER), by(ADMIN, policy(ONE)), reevaluate()).when(decide(grant(ALSO_GUARDED))).then_accepted()


def test_what_is_over_is_not_re_evaluated() -> None:
    assert "over" in given(PENDING, decide(grant(GUARDED))).when(reevaluate()).then_refused("already_decided")
    given(PENDING, withdraw()).when(reevaluate()).then_refused("app_rejected")


def test_an_approval_of_another_app_is_not_re_evaluated() -> None:
    there = given(PENDING, create(app_id=OTHER_APP, name="Rain"))
    (approval,) = approvals(there)
    there.when(ReevaluateApproval(app_id=OTHER_APP, approval_id=approval)).then_refused("approval_unknown")
    there.when(ReevaluateApproval(app_id=APP, approval_id=an_id("none"))).then_refused("approval_unknown")
