"""Questions about the queue: what waits, whose it is, and how each request ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from adapters.policy_trial import Otherwise, Turn, go_on, try_policy
from adapters.postgres import connections
from adapters.postgres.questions import Questions
from commands.change_developer import ChangeDeveloper
from commands.change_product import ChangeProduct
from commands.remove_products import RemoveProducts
from commands.suspend_app import SuspendApp
from domain.approval_policy import ApprovalPolicy, PolicyMode
from domain.approval_rules import PolicyAnswer
from readmodels.past_requests import named, page_of_past_requests
from readmodels.queue import AfterApproval, app_of_approval, one_approval, page_of_open_approvals
from tests.examples import (
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    OTHER_APP,
    OTTO,
    PENDING,
    SCENE,
    STRANGER,
    an_id,
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
from tests.given import ADMIN, ANNA, OLGA, Given, Sent, given
from tests.readmodels.shown import show

THIRD_APP = an_id("third app")
APPROVE, REJECT, REVIEW = PolicyAnswer
REJECTING = policy({"name": "never", "when": {"products": [str(ALSO_GUARDED)]}, "then": "reject", "reason": "never"})


def ottos(*products: UUID, app_id: UUID) -> Sent:
    """An app of another owner."""
    return Sent(create(*products, app_id=app_id, owner=OTTO, name="Otto's"), STRANGER)


@pytest.fixture
def pool(database: str) -> Iterator[ConnectionPool[psycopg.Connection[Any]]]:
    """Connections as the application has them."""
    with connections.pool(database) as pool:
        yield pool


@pytest.fixture
def questions(pool: ConnectionPool[psycopg.Connection[Any]]) -> Questions:
    """Asks the database."""
    return Questions(pool)


def test_what_waits_is_listed_the_longest_first_with_app_owner_and_products(database: str, questions: Questions) -> None:
    there = given(PENDING, ottos(ALSO_GUARDED, app_id=OTHER_APP))
    show(database, there)
    first, second = questions.all(page_of_open_approvals(limit=10))
    assert [first.approval_id, second.approval_id] == approvals(there)
    assert (first.app_id, first.app_name, first.app_status, first.owner_id, first.owner_name) == (
        APP,
        "Weather",
        "pending",
        OLGA,
        "Olga Example",
    )
    assert [(each.product_id, each.name) for each in first.products] == [(GUARDED, "Payments")]
    assert first.age_seconds >= second.age_seconds >= 0
    assert (first.assignee, first.comments, first.last_comment) == (None, 0, None)


def test_the_queue_is_read_page_by_page_and_by_owner_app_and_assignee(database: str, questions: Questions) -> None:
    there = given(PENDING, assign(), ottos(GUARDED, app_id=OTHER_APP), create(GUARDED, app_id=THIRD_APP, name="T"))
    show(database, there)
    first, second, third = approvals(there)
    (page,) = questions.all(page_of_open_approvals(limit=1))
    after = AfterApproval(page.requested_at, page.approval_id)
    assert [each.approval_id for each in questions.all(page_of_open_approvals(after=after, limit=5))] == [second, third]
    assert [each.approval_id for each in questions.all(page_of_open_approvals(seen_by=OLGA, limit=5))] == [first, third]
    assert [each.approval_id for each in questions.all(page_of_open_approvals(seen_by=OLGA, after=after, limit=5))] == [third]
    assert [each.approval_id for each in questions.all(page_of_open_approvals(app_id=OTHER_APP, limit=5))] == [second]
    assert questions.all(page_of_open_approvals(app_id=OTHER_APP, seen_by=OLGA, limit=5)) == ()
    assert [each.approval_id for each in questions.all(page_of_open_approvals(assignee=ANNA, limit=5))] == [first]


def test_an_owner_is_shown_with_what_was_held_against_all_of_his_apps(database: str, questions: Questions) -> None:
    there = given(
        (*SCENE, create(GUARDED)),
        decide(reject(GUARDED)),
        create(app_id=OTHER_APP, name="Other"),
        SuspendApp(app_id=OTHER_APP, reason="abuse"),
        create(GUARDED, app_id=THIRD_APP, name="Third"),
        ottos(GUARDED, app_id=an_id("of otto")),
    )
    show(database, there)
    olga, otto = questions.all(page_of_open_approvals(limit=10))
    assert (olga.owner_rejections, olga.owner_suspensions) == (1, 1)
    assert (otto.owner_rejections, otto.owner_suspensions) == (0, 0)


def test_what_is_over_is_listed_no_more(database: str, questions: Questions) -> None:
    show(database, given(PENDING, withdraw(), create(GUARDED, app_id=OTHER_APP, name="Other"), decide(grant(GUARDED), app_id=OTHER_APP)))
    assert questions.all(page_of_open_approvals(limit=10)) == ()


def test_a_product_that_was_taken_out_waits_no_more_while_others_do(database: str, questions: Questions) -> None:
    show(database, given(SCENE, create(GUARDED, ALSO_GUARDED), RemoveProducts(app_id=APP, products=(GUARDED,))))
    (shown,) = questions.all(page_of_open_approvals(limit=10))
    assert [each.product_id for each in shown.products] == [ALSO_GUARDED]


def test_names_are_those_of_now_and_notes_are_counted(database: str, questions: Questions) -> None:
    renamed = (ChangeDeveloper(developer_id=OLGA, name="Olga New"), ChangeProduct(product_id=GUARDED, name="Pay"))
    show(database, given(PENDING, renamed, assign(), comment("first"), comment("second")))
    (shown,) = questions.all(page_of_open_approvals(limit=10))
    assert (shown.owner_name, shown.products[0].name) == ("Olga New", "Pay")
    assert (shown.assignee, shown.assignee_name) == (ANNA, "Olga Example")
    assert (shown.comments, shown.last_comment) == (2, "second")


def test_one_approval_is_shown_with_answers_notes_and_decision(database: str, questions: Questions) -> None:
    there = given(PENDING, REJECTING, ask(ALSO_GUARDED), reevaluate(), comment("look"), decide(grant(GUARDED), comment="fine"))
    show(database, there)
    (approval_id,) = approvals(there)
    shown = questions.one(one_approval(approval_id))
    assert shown is not None
    assert (shown.status, shown.decided_by, shown.decision_comment) == ("granted", ADMIN.text, "fine")
    assert [(each.product_id, each.status, each.decided_by, each.reason) for each in shown.products] == [
        (GUARDED, "approved", "person", None),
        (ALSO_GUARDED, "rejected", "rule", "never"),
    ]
    assert shown.answers is not None
    assert [(each.kind, each.product_id, each.answer, each.rule) for each in shown.answers] == [
        ("asked", GUARDED, "review", "manual"),
        ("asked", ALSO_GUARDED, "reject", "never"),
        ("reevaluated", GUARDED, "review", "no_rule_held"),
    ]
    assert (shown.answers[0].input.owner.id, shown.answers[0].input.category) == (OLGA, "money")
    assert [each.text for each in shown.comments or ()] == ["look"]
    assert questions.one(app_of_approval(approval_id)) == (APP,)
    assert questions.one(one_approval(uuid4())) is None is questions.one(app_of_approval(uuid4()))


def test_what_waited_in_a_withdrawn_approval_is_withdrawn(database: str, questions: Questions) -> None:
    there = given(PENDING, withdraw())
    show(database, there)
    shown = questions.one(one_approval(approvals(there)[0]))
    assert shown is not None
    assert [(each.status, each.ended_at) for each in shown.products] == [("withdrawn", shown.closed_at)]


def past() -> Given:
    """Requests that ended in every way there is, told from the first to the last."""
    return given(
        (*SCENE, create(GUARDED)),
        decide(reject(GUARDED)),
        create(GUARDED, app_id=OTHER_APP, name="Other"),
        decide(grant(GUARDED), app_id=OTHER_APP),
        REJECTING,
        create(ALSO_GUARDED, app_id=THIRD_APP, name="Third"),
        create(GUARDED, app_id=an_id("a4"), name="Fourth"),
        withdraw(an_id("a4")),
        create(GUARDED, app_id=an_id("a5"), name="Fifth"),
    )


def test_past_requests_tell_what_the_policy_answered_and_how_they_ended(database: str, questions: Questions) -> None:
    show(database, past())
    found = questions.all(page_of_past_requests(limit=10))
    known = questions.all(named([each.position for each in found]))
    assert [
        (each.answer, names.rule, each.outcome, each.decided_by) for each, names in zip(reversed(found), reversed(known), strict=True)
    ] == [
        ("review", "manual", "rejected", "person"),
        ("review", "manual", "approved", "person"),
        ("reject", "never", "rejected", "rule"),
        ("review", "no_rule_held", "withdrawn", None),
        ("review", "no_rule_held", "waiting", None),
    ]
    assert [each.app_name for each in known] == ["Fifth", "Fourth", "Third", "Other", "Weather"]
    assert {(each.owner_name, each.product_name) for each in known} == {("Olga Example", "Payments")}
    assert questions.all(page_of_past_requests(before=found[1].position, limit=1)) == found[2:3]


def test_a_request_that_was_taken_out_and_made_again_is_two(database: str, questions: Questions) -> None:
    again = (RemoveProducts(app_id=APP, products=(GUARDED,)), ask(GUARDED), decide(grant(GUARDED), grant(ALSO_GUARDED)))
    show(database, given(SCENE, create(GUARDED, ALSO_GUARDED), again))
    found = [each for each in questions.all(page_of_past_requests(limit=10)) if each.input.product_id == GUARDED]
    assert [(each.outcome, each.decided_by) for each in reversed(found)] == [("withdrawn", None), ("approved", "person")]


def test_an_app_that_asks_for_nothing_guarded_is_no_past_request(database: str, questions: Questions) -> None:
    show(database, given(SCENE, create(FREE)))
    assert questions.all(page_of_past_requests(limit=10)) == ()


def test_a_draft_is_held_against_what_the_policy_said_and_what_people_decided(
    database: str, questions: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.policy_trial.PAGE_REQUESTS_MAX", 2)
    show(database, past())
    trial = try_policy(ApprovalPolicy(mode=PolicyMode.AUTO), questions.all, lambda turn: turn.is_otherwise, 3)
    assert dict(trial.turns) == {
        Turn(REVIEW, "rejected", "person", APPROVE): 1,
        Turn(REVIEW, "approved", "person", APPROVE): 1,
        Turn(REJECT, "rejected", "rule", APPROVE): 1,
        Turn(REVIEW, "withdrawn", None, APPROVE): 1,
        Turn(REVIEW, "waiting", None, APPROVE): 1,
    }
    assert [turn for turn in trial.turns if turn.is_against_a_person] == [Turn(REVIEW, "rejected", "person", APPROVE)]
    assert _names(questions, trial.otherwise) == ["Fifth", "Fourth", "Third"]
    more = go_on(ApprovalPolicy(mode=PolicyMode.AUTO), questions.all, lambda _: True, 5, trial.otherwise[-1].request.position)
    assert _names(questions, more) == ["Other", "Weather"]


def _names(questions: Questions, found: Sequence[Otherwise]) -> list[str]:
    return [each.app_name for each in questions.all(named([each.request.position for each in found]))]


def test_a_draft_that_says_the_same_turns_nothing(database: str, questions: Questions) -> None:
    show(database, given(PENDING))
    trial = try_policy(ApprovalPolicy(mode=PolicyMode.MANUAL), questions.all, lambda turn: turn.is_otherwise, 3)
    assert (dict(trial.turns), trial.otherwise) == ({Turn(REVIEW, "waiting", None, REVIEW): 1}, [])


def test_a_trial_over_nothing_is_empty(questions: Questions) -> None:
    assert not try_policy(ApprovalPolicy(), questions.all, lambda _: True, 3).turns
