"""Asking for products: by rule or by a person, into one open approval, and what removing them brings."""

import pytest

from commands.change_product import ChangeProduct
from commands.edit_app import EditApp
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.retire_product import RetireProduct
from commands.set_approval_policy import SetApprovalPolicy
from commands.set_attributes import SetAttributes
from domain.app import (
    App,
    AppApproved,
    AppRejected,
    AppResubmitted,
    SubscriptionApproved,
    SubscriptionRejected,
    SubscriptionRemoved,
    SubscriptionRequested,
)
from domain.approval import (
    Approval,
    ApprovalGranted,
    ApprovalOpened,
    ApprovalProductAsked,
    ApprovalProductWithdrawn,
    ApprovalWithdrawn,
)
from domain.approval_policy import PolicyMode
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.credential import Credential, CredentialActivated
from domain.derived_ids import approval_id
from domain.limits import APP_PRODUCTS_MAX
from domain.owner import Owner
from tests.examples import (
    ACTIVE,
    ALSO_FREE,
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    KEY,
    PENDING,
    REJECTED,
    SCENE,
    an_id,
    approvals,
    ask,
    create,
    decide,
    grant,
    issue,
    policy,
    product,
    reject,
    withdraw,
)
from tests.given import ADMIN, OLGA, by, given

AUTO = SetApprovalPolicy(mode=PolicyMode.AUTO)
MANUAL = SetApprovalPolicy(mode=PolicyMode.MANUAL)


def asked(product_id: object, answer: PolicyAnswer = PolicyAnswer.REVIEW, *, version: int = 0, by: str = f"person:{OLGA}") -> object:
    looked_at = PolicyInput.model_validate(
        {
            "product_id": product_id,
            "category": "money",
            "owner": Owner(id=OLGA),
            "attributes": {},
            "callback_hosts": (),
            "earlier_rejections": 0,
        }
    )
    rule = "auto" if answer is PolicyAnswer.APPROVE else "manual"
    return ApprovalProductAsked.model_validate(
        {
            "product_id": product_id,
            "asked_by": by,
            "answer": answer,
            "policy_version": version,
            "rule": rule,
            "reason": None,
            "input": looked_at,
        }
    )


def test_a_product_that_needs_approval_waits_and_so_does_the_app() -> None:
    done = given(*SCENE).when(create(GUARDED))
    review = approval_id(done.envelopes[0].command_id)
    assert [new.event for new in done.appended][2:] == [
        SubscriptionRequested(product_id=GUARDED, approval_id=review),
        ApprovalOpened(),
        asked(GUARDED),
    ]
    done.then_in(Approval, review, ApprovalOpened(), asked(GUARDED))  # type: ignore[arg-type]


def test_one_product_of_several_that_needs_no_approval_makes_the_app_active_while_the_others_wait() -> None:
    there = given(*SCENE, create(GUARDED, FREE))
    assert [new.event for new in there.when(issue()).appended][-1] == CredentialActivated()
    there.when(withdraw()).then_in(App, APP, SubscriptionRemoved(product_id=GUARDED))


def test_an_app_active_already_stays_so_while_a_product_waits() -> None:
    done = given(*ACTIVE).when(ask(GUARDED))
    review = approval_id(done.envelopes[0].command_id)
    done.then_in(App, APP, SubscriptionRequested(product_id=GUARDED, approval_id=review))


def test_every_request_goes_into_the_open_approval() -> None:
    there = given(*PENDING)
    (review,) = approvals(there)
    done = there.when(ask(ALSO_GUARDED))
    done.then_in(App, APP, SubscriptionRequested(product_id=ALSO_GUARDED, approval_id=review))
    done.then_in(Approval, review, asked(ALSO_GUARDED))  # type: ignore[arg-type]
    assert len(approvals(there)) == 1


def test_a_request_after_the_approval_was_decided_opens_a_new_one() -> None:
    there = given(*PENDING, decide(grant(GUARDED)), ask(ALSO_GUARDED))
    assert len(approvals(there)) == 2


def test_asking_for_what_is_subscribed_or_waits_changes_nothing() -> None:
    given(*SCENE, create(FREE, GUARDED)).when(ask(FREE, GUARDED)).then()


def test_what_was_removed_or_rejected_may_be_asked_for_again() -> None:
    given(*SCENE, create(FREE, GUARDED), RemoveProducts(app_id=APP, products=(FREE,))).when(ask(FREE)).then(
        SubscriptionRequested(product_id=FREE, approval_id=None), SubscriptionApproved(product_id=FREE)
    )
    there = given(*SCENE, create(FREE, GUARDED), decide(reject(GUARDED)), ask(GUARDED))
    assert len(approvals(there)) == 2


def test_a_product_that_needs_no_approval_makes_a_pending_app_active_with_its_pending_credentials() -> None:
    done = given(*PENDING, issue()).when(ask(FREE))
    done.then(
        SubscriptionRequested(product_id=FREE, approval_id=None),
        SubscriptionApproved(product_id=FREE),
        AppApproved(),
        CredentialActivated(),
    )
    done.then_in(Credential, KEY, CredentialActivated())


def test_with_the_policy_on_auto_everything_is_approved_at_once_and_recorded_with_version_rule_and_input() -> None:
    done = given(*SCENE, AUTO).when(create(GUARDED))
    review = approval_id(done.envelopes[0].command_id)
    done.then_in(Approval, review, ApprovalOpened(), asked(GUARDED, PolicyAnswer.APPROVE, version=1), ApprovalGranted())  # type: ignore[arg-type]
    assert [new.event for new in done.appended if new.stream == App.at(APP)][1:] == [
        SubscriptionRequested(product_id=GUARDED, approval_id=review),
        SubscriptionApproved(product_id=GUARDED),
        AppApproved(),
    ]


def test_the_policy_sees_category_owner_attributes_callback_hosts_and_earlier_rejections() -> None:
    there = given(
        *SCENE,
        create(FREE, GUARDED),
        SetAttributes(app_id=APP, attributes={"tier": "gold"}),
        EditApp(app_id=APP, callback_urls=("https://b.example/x", "https://A.example/", "https://a.example/y")),
        decide(reject(GUARDED)),
    )
    done = there.when(ask(GUARDED))
    (request,) = [new.event for new in done.appended if isinstance(new.event, ApprovalProductAsked)]
    assert request.input == PolicyInput(
        product_id=GUARDED,
        category="money",
        owner=Owner(id=OLGA),
        attributes={"tier": "gold"},
        callback_hosts=("a.example", "b.example"),
        earlier_rejections=1,
    )


def test_what_waits_already_waits_on_when_the_policy_changes() -> None:
    there = given(*PENDING, AUTO)
    there.when(decide(grant(GUARDED))).then_accepted()


def test_what_the_new_policy_decides_goes_into_the_open_approval_which_stays_open() -> None:
    there = given(*PENDING, AUTO)
    (review,) = approvals(there)
    there.when(ask(ALSO_GUARDED)).then_in(Approval, review, asked(ALSO_GUARDED, PolicyAnswer.APPROVE, version=1))  # type: ignore[arg-type]
    given(*PENDING, AUTO, ask(ALSO_GUARDED)).when(decide(reject(GUARDED))).then_accepted()


def test_back_to_manual_a_person_decides_again() -> None:
    done = given(*SCENE, AUTO, MANUAL).when(create(GUARDED))
    assert asked(GUARDED, version=2) in [new.event for new in done.appended]


def test_a_product_that_no_longer_needs_approval_is_approved_at_once() -> None:
    given(*ACTIVE, ChangeProduct(product_id=GUARDED, needs_approval=False)).when(ask(GUARDED)).then(
        SubscriptionRequested(product_id=GUARDED, approval_id=None), SubscriptionApproved(product_id=GUARDED)
    )


@pytest.mark.parametrize("wanted", [(an_id("no product"),), (FREE, an_id("no product"))], ids=len)
def test_a_product_that_is_not_there_is_refused_whole(wanted: tuple[object, ...]) -> None:
    given(*ACTIVE).when(ask(*wanted)).then_refused("product_unknown")  # type: ignore[arg-type]


def test_a_retired_product_cannot_be_asked_for() -> None:
    given(*ACTIVE, RetireProduct(product_id=FREE, reason="old")).when(ask(FREE)).then_refused("product_retired")


def test_an_app_has_at_most_50_products_waiting_or_approved() -> None:
    some = [an_id(f"product {n}") for n in range(APP_PRODUCTS_MAX + 1)]
    catalogue = [product(each, needs_approval=n % 2 == 0) for n, each in enumerate(some)]
    almost = given(*SCENE, catalogue, create(*some[: APP_PRODUCTS_MAX - 1]))
    almost.when(ask(*some[-2:])).then_refused("too_many_products")
    almost.when(ask(some[-2])).then_accepted()
    almost.when(ask(some[-1])).then_refused("too_many_products")
    almost.when(RemoveProducts(app_id=APP, products=(some[0],))).then_accepted()
    almost.when(ask(some[-1])).then_accepted()


def test_too_many_are_refused_whatever_the_policy_would_make_of_each() -> None:
    some = [an_id(f"product {n}") for n in range(APP_PRODUCTS_MAX - 1)]
    no = {"name": "no", "when": {"products": [str(GUARDED)]}, "then": "reject", "reason": "no"}
    almost = given(*SCENE, [product(each, needs_approval=False) for each in some], create(*some), policy(no))
    almost.when(ask(GUARDED, ALSO_GUARDED)).then_refused("too_many_products")
    almost.when(ask(ALSO_GUARDED, GUARDED)).then_refused("too_many_products")


def test_removing_one_of_several_waiting_products_leaves_the_approval_open() -> None:
    there = given(*SCENE, create(GUARDED, ALSO_GUARDED))
    (review,) = approvals(there)
    done = there.when(RemoveProducts(app_id=APP, products=(GUARDED,)))
    done.then_in(Approval, review, ApprovalProductWithdrawn(product_id=GUARDED))
    done.then_in(App, APP, SubscriptionRemoved(product_id=GUARDED))
    there.when(decide(grant(ALSO_GUARDED))).then_accepted()


def test_removing_the_last_waiting_product_withdraws_and_rejects_a_pending_app() -> None:
    there = given(*PENDING)
    done = there.when(RemoveProducts(app_id=APP, products=(GUARDED,)))
    done.then_in(Approval, approvals(there)[0], ApprovalProductWithdrawn(product_id=GUARDED), ApprovalWithdrawn())
    done.then_in(App, APP, SubscriptionRemoved(product_id=GUARDED), AppRejected())


def test_removing_all_waiting_products_at_once_withdraws_once() -> None:
    there = given(*SCENE, create(GUARDED, ALSO_GUARDED))
    done = there.when(RemoveProducts(app_id=APP, products=(GUARDED, ALSO_GUARDED)))
    assert [new.event for new in done.appended].count(ApprovalWithdrawn()) == 1


def test_an_active_app_never_becomes_rejected_not_even_without_products() -> None:
    given(*SCENE, create(FREE)).when(RemoveProducts(app_id=APP, products=(FREE,))).then(SubscriptionRemoved(product_id=FREE))


def test_removing_what_was_removed_changes_nothing_and_what_never_was_is_refused() -> None:
    there = (*SCENE, create(FREE), RemoveProducts(app_id=APP, products=(FREE,)))
    given(*there).when(RemoveProducts(app_id=APP, products=(FREE,))).then()
    given(*there).when(RemoveProducts(app_id=APP, products=(FREE, ALSO_FREE))).then_refused("product_not_subscribed")


def test_withdrawing_removes_the_waiting_products_and_rejects_a_pending_app() -> None:
    there = given(*SCENE, create(GUARDED, ALSO_GUARDED))
    done = there.when(withdraw())
    removed = [SubscriptionRemoved(product_id=GUARDED), SubscriptionRemoved(product_id=ALSO_GUARDED)]
    done.then_in(App, APP, *removed, AppRejected())
    done.then_in(Approval, approvals(there)[0], ApprovalWithdrawn())


def test_withdrawing_leaves_an_active_app_active_with_what_was_approved() -> None:
    given(*SCENE, create(FREE, GUARDED)).when(withdraw()).then_in(App, APP, SubscriptionRemoved(product_id=GUARDED))


def test_resubmitting_asks_anew_for_all_rejected_products() -> None:
    there = given(*SCENE, create(GUARDED, ALSO_GUARDED), decide(reject(GUARDED), reject(ALSO_GUARDED)))
    done = there.when(ResubmitApp(app_id=APP))
    review = approval_id(done.envelopes[0].command_id)
    done.then_in(
        App,
        APP,
        AppResubmitted(),
        SubscriptionRequested(product_id=GUARDED, approval_id=review),
        SubscriptionRequested(product_id=ALSO_GUARDED, approval_id=review),
    )
    there.when(decide(grant(GUARDED), grant(ALSO_GUARDED))).then_accepted()


def test_resubmitting_asks_for_the_products_it_names() -> None:
    there = given(*REJECTED)
    there.when(ResubmitApp(app_id=APP, products=(FREE,))).then_in(
        App,
        APP,
        AppResubmitted(),
        SubscriptionRequested(product_id=FREE, approval_id=None),
        SubscriptionApproved(product_id=FREE),
        AppApproved(),
    )


def test_resubmitting_for_what_needs_no_approval_makes_the_pending_credentials_work() -> None:
    there = given(*PENDING, issue(), decide(reject(GUARDED)))
    there.when(ResubmitApp(app_id=APP, products=(FREE,))).then_in(Credential, KEY, CredentialActivated())


def test_resubmitting_without_anything_to_ask_for_is_refused() -> None:
    given(*PENDING, withdraw()).when(ResubmitApp(app_id=APP)).then_refused("no_products")


def test_who_asked_is_recorded_also_when_it_was_an_admin() -> None:
    done = given(*ACTIVE).when(by(ADMIN, ask(GUARDED)))
    assert asked(GUARDED, by=ADMIN.text) in [new.event for new in done.appended]


def test_products_that_are_asked_for_together_see_the_same_rejections() -> None:
    once = {"name": "once", "when": {"products": [str(GUARDED)]}, "then": "reject", "reason": "no"}
    first = {"name": "first", "when": {"earlier_rejections": {"at_most": 0}}, "then": "approve"}
    done = given(*SCENE, policy(once, first)).when(create(GUARDED, ALSO_GUARDED))
    answers = [each.event.answer for each in done.appended if isinstance(each.event, ApprovalProductAsked)]
    assert answers == [PolicyAnswer.REJECT, PolicyAnswer.APPROVE]
    assert SubscriptionApproved(product_id=ALSO_GUARDED) in [each.event for each in done.appended]


def test_a_rule_rejects_with_the_reason_that_it_gives() -> None:
    no = {"name": "no", "then": "reject", "reason": "not while the service moves"}
    done = given(*SCENE, policy(no)).when(create(GUARDED))
    assert SubscriptionRejected(product_id=GUARDED, reason="not while the service moves") in [each.event for each in done.appended]
    assert AppRejected() in [each.event for each in done.appended]


def test_a_product_that_needs_no_approval_wins_over_a_rule_that_rejects() -> None:
    no = {"name": "no", "then": "reject", "reason": "no"}
    done = given(*SCENE, policy(no)).when(create(FREE))
    assert SubscriptionApproved(product_id=FREE) in [each.event for each in done.appended]
