"""What the queue keeps of approvals, of the apps that ask, and of the policy's answers, told as examples."""

from __future__ import annotations

from typing import Any

import pytest

from commands.edit_app import EditApp
from commands.reinstate_app import ReinstateApp
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.suspend_app import SuspendApp
from domain.approval import ApprovalCommented, ApprovalDecided, ApprovalGranted, ApprovalOpened, ApprovalProductAsked, ApprovalWithdrawn
from domain.event import Event
from projections.projection import OutOfPlace, Projection
from projections.queue import QUEUE
from projections.queue_answer import answer
from projections.queue_app import app
from projections.queue_approval import approval
from projections.queue_comment import comment as comments
from projections.queue_reviewed_product import reviewed_product
from readmodels.queue_rows import ApprovalRow, CommentRow, ReviewedProductRow
from tests.examples import (
    ALSO_GUARDED,
    APP,
    GUARDED,
    PENDING,
    SCENE,
    approvals,
    ask,
    assign,
    comment,
    create,
    decide,
    grant,
    policy,
    reevaluate,
    reject,
    withdraw,
)
from tests.given import ADMIN, ANNA, OLGA, Given, given
from tests.projections.folded import only_row, recorded, row_of, rows, time_of

REJECTING = policy({"name": "never", "when": {"categories": ["money"]}, "then": "reject", "reason": "never"})
BOTH = (*SCENE, create(GUARDED, ALSO_GUARDED))


def test_an_approval_is_open_from_the_first_request_on() -> None:
    there = given(PENDING)
    assert only_row(approval, there) == ApprovalRow(
        approval_id=str(approvals(there)[0]), app_id=APP, status="open", opened_at=time_of(there, ApprovalOpened)
    )


def test_it_knows_who_looks_after_it() -> None:
    assert only_row(approval, given(PENDING, assign())).assignee == ANNA
    assert only_row(approval, given(PENDING, assign(), assign(None))).assignee is None


def test_a_decision_tells_who_when_and_why() -> None:
    there = given(PENDING, decide(grant(GUARDED), comment="fine"))
    row = only_row(approval, there)
    assert (row.status, row.decided_by, row.decision_comment) == ("granted", ADMIN.text, "fine")
    assert row.closed_at == time_of(there, ApprovalGranted)
    assert only_row(approval, given(PENDING, decide(reject(GUARDED)))).status == "rejected"


def test_a_withdrawn_one_was_decided_by_nobody() -> None:
    there = given(PENDING, withdraw())
    row = only_row(approval, there)
    assert (row.status, row.closed_at, row.decided_by) == ("withdrawn", time_of(there, ApprovalWithdrawn), None)


def test_each_note_is_a_row_of_its_own() -> None:
    there = given(PENDING, comment("first"), comment("second"))
    first, second = sorted(rows(comments, recorded(there.log.appended)).values())
    assert first == CommentRow(str(approvals(there)[0]), 3, "first", ADMIN.text, time_of(there, ApprovalCommented))
    assert (second.version, second.text) == (4, "second")


def test_a_product_waits_and_is_decided_by_a_person() -> None:
    there = given(PENDING)
    asked = time_of(there, ApprovalProductAsked)
    waiting = ReviewedProductRow(str(approvals(there)[0]), str(GUARDED), 2, "waiting", None, None, asked, None)
    assert only_row(reviewed_product, there) == waiting
    there = given(BOTH, decide(grant(GUARDED), reject(ALSO_GUARDED, "no contract")))
    granted, rejected = (row_of(reviewed_product, there, approvals(there)[0], each) for each in (GUARDED, ALSO_GUARDED))
    assert (granted.status, granted.decided_by, granted.reason) == ("approved", "person", None)
    assert (rejected.status, rejected.decided_by, rejected.reason) == ("rejected", "person", "no contract")
    assert granted.ended_at == time_of(there, ApprovalDecided)


def test_a_rule_decides_at_once_or_when_what_waits_is_re_evaluated() -> None:
    at_once, later = given(SCENE, REJECTING, create(GUARDED)), given(PENDING, REJECTING, reevaluate())
    for there in (at_once, later):
        row = only_row(reviewed_product, there)
        assert (row.status, row.decided_by, row.reason) == ("rejected", "rule", "never")
    assert only_row(reviewed_product, later).asked_version == 2


def test_a_product_that_is_taken_out_is_withdrawn_and_may_be_asked_for_again_in_the_same_approval() -> None:
    taken_out = (*BOTH, RemoveProducts(app_id=APP, products=(GUARDED,)))
    there = given(taken_out)
    assert row_of(reviewed_product, there, approvals(there)[0], GUARDED).status == "withdrawn"
    again = given(taken_out, ask(GUARDED))
    row = row_of(reviewed_product, again, approvals(again)[0], GUARDED)
    assert (row.status, row.asked_version, row.ended_at) == ("waiting", 5, None)
    assert len(_answers(again)) == 3


def test_an_app_is_kept_with_its_owner_and_what_was_held_against_it() -> None:
    steps = (PENDING, decide(reject(GUARDED)), ResubmitApp(app_id=APP), decide(reject(GUARDED)))
    row = only_row(app, given(*steps))
    assert (row.owner_kind, row.owner_id, row.status) == ("developer", OLGA, "rejected")
    assert (row.rejections, row.suspensions) == (2, 0)
    suspended = given(SCENE, create(), SuspendApp(app_id=APP, reason="x"), ReinstateApp(app_id=APP), SuspendApp(app_id=APP, reason="y"))
    assert (only_row(app, suspended).status, only_row(app, suspended).suspensions) == ("suspended", 2)
    assert only_row(app, given(SCENE, create(), EditApp(app_id=APP, name="Climate"))).name == "Climate"


def test_each_answer_of_the_policy_is_kept_with_all_that_it_looked_at() -> None:
    there = given(PENDING, REJECTING, reevaluate())
    asked, again = _answers(there)
    assert (asked.kind, asked.answer, asked.rule, asked.policy_version) == ("asked", "review", "manual", 0)
    assert asked.asked_by == f"person:{OLGA}"
    assert (again.kind, again.answer, again.rule, again.reason, again.asked_by) == ("reevaluated", "reject", "never", "never", None)
    assert asked.position < again.position
    assert asked.input == {
        "product_id": str(GUARDED),
        "category": "money",
        "owner": {"kind": "developer", "id": str(OLGA)},
        "attributes": {},
        "callback_hosts": [],
        "earlier_rejections": 0,
    }


def _answers(there: Given) -> list[Any]:
    return sorted(rows(answer, recorded(there.log.appended)).values(), key=lambda row: row.version)


def test_what_comes_twice_or_before_its_beginning_is_out_of_place() -> None:
    events = recorded(given(PENDING, comment(), decide(grant(GUARDED))).log.appended)
    first = {type(each.event): each for each in events}
    too_early: list[tuple[Projection, type[Event]]] = [(approval, ApprovalGranted), (reviewed_product, ApprovalDecided)]
    for projection, event in too_early:
        with pytest.raises(OutOfPlace):
            projection.fold(None, first[event])
    twice: list[tuple[Projection, type[Event]]] = [
        (approval, ApprovalOpened),
        (comments, ApprovalCommented),
        (answer, ApprovalProductAsked),
    ]
    for projection, event in twice:
        there_already = rows(projection, events)
        (key,) = projection.keys(first[event])
        with pytest.raises(OutOfPlace):
            projection.fold(there_already[key], first[event])


def test_the_queue_s_tables_have_names_of_their_own() -> None:
    names = [projection.name for projection in QUEUE.projections]
    assert len(names) == len(set(names))
