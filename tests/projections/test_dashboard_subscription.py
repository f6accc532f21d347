"""What the dashboard says of an app's products, told as examples."""

import pytest

from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.set_attributes import SetAttributes
from domain.app import SubscriptionApproved, SubscriptionRejected, SubscriptionRemoved, SubscriptionRequested, SubscriptionReturned
from projections.dashboard_subscription import fold, subscription
from projections.projection import OutOfPlace
from readmodels.dashboard_subscription import SubscriptionRow
from tests.examples import ACTIVE, APP, FREE, GUARDED, PENDING, REJECTED, SCENE, approvals, ask, create, decide, grant, policy, reject
from tests.given import given
from tests.projections.folded import only_row, recorded, row_of, time_of


def test_a_product_under_review_is_pending_and_names_its_approval() -> None:
    there = given(PENDING)
    assert only_row(subscription, there) == SubscriptionRow(
        app_id=str(APP),
        product_id=str(GUARDED),
        status="pending",
        reason=None,
        approval_id=approvals(there)[0],
        requested_at=time_of(there, SubscriptionRequested),
    )


def test_a_product_that_needs_no_approval_is_approved_at_once_and_names_none() -> None:
    there = given(ACTIVE, ask(FREE))
    row = only_row(subscription, there)
    assert (row.status, row.approval_id, row.decided_at) == ("approved", None, time_of(there, SubscriptionApproved))


def test_a_granted_product_is_approved() -> None:
    there = given(PENDING, decide(grant(GUARDED)))
    row = only_row(subscription, there)
    assert (row.status, row.reason, row.decided_at) == ("approved", None, time_of(there, SubscriptionApproved))


def test_a_rejected_product_says_why() -> None:
    there = given(PENDING, decide(reject(GUARDED, "no contract")))
    row = only_row(subscription, there)
    assert (row.status, row.reason, row.decided_at) == ("rejected", "no contract", time_of(there, SubscriptionRejected))


def test_a_product_that_is_asked_for_again_waits_anew() -> None:
    there = given(REJECTED, ResubmitApp(app_id=APP))
    row = only_row(subscription, there)
    assert (row.status, row.reason, row.decided_at) == ("pending", None, None)
    assert row.requested_at == time_of(there, SubscriptionRequested, -1) > time_of(there, SubscriptionRequested)
    assert row.approval_id == approvals(there)[-1]


def test_a_product_that_returned_to_review_is_pending_again_and_names_the_new_approval() -> None:
    approve_a = policy({"name": "a", "when": {"attributes": {"a": "b"}}, "then": "approve"})
    there = given(SCENE, approve_a, create(), attribute("b"), ask(GUARDED), attribute("c"))
    row = only_row(subscription, there)
    assert (row.status, row.reason, row.decided_at, row.approval_id) == ("pending", None, None, approvals(there)[-1])
    assert row.requested_at == time_of(there, SubscriptionReturned) > time_of(there, SubscriptionApproved)
    assert approvals(there)[-1] != approvals(there)[0]


def attribute(value: str) -> SetAttributes:
    return SetAttributes(app_id=APP, attributes={"a": value})


def test_a_removed_product_stays_as_removed() -> None:
    there = given(ACTIVE, ask(FREE), RemoveProducts(app_id=APP, products=(FREE,)))
    row = only_row(subscription, there)
    assert (row.status, row.removed_at) == ("removed", time_of(there, SubscriptionRemoved))


def test_each_product_is_a_row_of_its_own() -> None:
    there = given(ACTIVE, ask(FREE, GUARDED))
    assert row_of(subscription, there, APP, FREE).status == "approved"
    assert row_of(subscription, there, APP, GUARDED).status == "pending"


def test_an_approval_of_what_nobody_asked_for_is_out_of_place() -> None:
    events = recorded(given(ACTIVE, ask(FREE)).log.appended)
    approved = next(each for each in events if isinstance(each.event, SubscriptionApproved))
    with pytest.raises(OutOfPlace):
        fold(None, approved)
