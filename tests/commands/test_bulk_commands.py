"""Bulk runs as examples: what a list needs before it is started, whose authority its items have, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from commands.deactivate_developer import DeactivateDeveloper
from commands.decide_approval import DecideApproval
from commands.edit_app import EditApp
from commands.finish_bulk_run import FinishBulkRun
from commands.freeze_bulk_part import FreezeBulkPart
from commands.freeze_bulk_run import FreezeBulkRun
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import Role, item_of, person
from commands.report_bulk_part import ReportBulkPart
from commands.start_bulk_run import StartBulkRun
from commands.stop_bulk_run import StopBulkRun
from commands.suspend_app import SuspendApp
from domain.app import AppSuspended
from domain.bulk_order import BulkAction
from domain.bulk_part import BulkOutcome, BulkPart, BulkPartReported, BulkResult, BulkTarget, Foreseen, part_id
from domain.bulk_run import BulkFinished, BulkStarted, BulkStopped
from tests.examples import ACTIVE, APP, GUARDED, ONE_HOUR, OTTO, SCENE, SECOND, an_id, approvals, create, grant
from tests.given import ANNA, OLGA, Given, Sent, Step, by, given

RUN, OTHER_RUN, ATTEMPT = an_id("run"), an_id("other run"), an_id("attempt")
PART = part_id(ATTEMPT, 0)
OTHER_ADMIN = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))
PREPARE = PrepareBulkRun(bulk_id=RUN, action=BulkAction.SUSPEND, criteria=Criteria(owner_id=OLGA), reason="spam")
TARGETS = tuple(BulkTarget(app_id=an_id(f"t{n}"), id=an_id(f"t{n}"), foreseen=Foreseen.WOULD_DO) for n in range(3))
FREEZE_PART = FreezeBulkPart(part_id=PART, bulk_id=RUN, attempt=ATTEMPT, number=0, targets=TARGETS)
FREEZE = FreezeBulkRun(bulk_id=RUN, attempt=ATTEMPT, parts=1, as_of=9, would_do=3, already_so=0, would_be_refused={})
START, STOP = StartBulkRun(bulk_id=RUN), StopBulkRun(bulk_id=RUN, reason="wrong list")
DONE = BulkOutcome(result=BulkResult.DONE)
PREPARED = (*ACTIVE, PREPARE, FREEZE_PART, FREEZE)
RUNNING = (*PREPARED, START)
SUSPEND = SuspendApp(app_id=APP, reason="spam")


def item(command: SuspendApp | EditApp | DecideApproval, run: UUID = RUN, admin: UUID = ANNA) -> Sent:
    """A command as the worker sends it."""
    return by(item_of(run, admin), command, on_behalf_of=admin)


def finish(done: int, not_sent: int = 0) -> FinishBulkRun:
    return FinishBulkRun(bulk_id=RUN, done=done, already_so=0, refused={}, not_sent=not_sent)


def test_an_item_is_done_with_the_role_of_whoever_started_the_run() -> None:
    given(*RUNNING).when(item(SUSPEND)).then(AppSuspended(reason="spam"))


@pytest.mark.parametrize("scene", [PREPARED, (*RUNNING, STOP), (*RUNNING, finish(3))], ids=["not started", "stopped", "finished"])
def test_nothing_is_accepted_for_a_run_that_does_not_run(scene: tuple[Step, ...]) -> None:
    given(*scene).when(item(SUSPEND)).then_refused("bulk_stopped")


def test_a_stop_counts_from_its_acknowledgement_on_even_in_the_same_batch() -> None:
    done = given(*RUNNING).when(STOP, item(SUSPEND))
    assert [outcome.code for outcome in done.outcomes] == [None, "bulk_stopped"]


def test_nobody_borrows_the_role_of_another_s_run() -> None:
    other = PrepareBulkRun(bulk_id=OTHER_RUN, action=BulkAction.SUSPEND, criteria=Criteria(owner_id=OLGA), reason="x")
    given(*RUNNING).when(item(SUSPEND, admin=OTTO)).then_refused("not_allowed")
    given(*RUNNING, other).when(item(SUSPEND, run=OTHER_RUN)).then_refused("bulk_stopped")


def test_what_an_admin_may_not_an_item_may_not() -> None:
    given(*RUNNING).when(item(EditApp(app_id=APP, description="ours now"))).then_accepted()  # Admins may edit.
    there = given(*RUNNING, DeactivateDeveloper(developer_id=OLGA, reason="left"))
    there.when(item(EditApp(app_id=APP, description="ours now"))).then_refused("deactivated")


def test_a_run_ends_with_its_admin() -> None:
    leaves = by(OTHER_ADMIN, DeactivateDeveloper(developer_id=ANNA, reason="left"))
    given(*RUNNING, leaves).when(item(SUSPEND)).then_refused("deactivated")


def test_nobody_approves_his_own_app_by_way_of_a_run() -> None:
    own = (*SCENE, PREPARE, FREEZE, START, by(person(ANNA), create(GUARDED, owner=ANNA)))

    def decide(there: Given) -> Sent:
        return item(DecideApproval(app_id=APP, approval_id=approvals(there)[-1], decisions=(grant(GUARDED),)))

    given(*own).when(decide).then_refused("own_request")


def test_a_list_is_started_while_it_is_fresh() -> None:
    given(*PREPARED, ONE_HOUR).when(START).then(BulkStarted(started_by=ANNA, role="portal_admin"))
    given(*PREPARED, ONE_HOUR + SECOND).when(START).then_refused("list_too_old")


def test_what_was_started_is_started() -> None:
    given(*RUNNING, timedelta(days=1)).when(START).then()
    said = given(*RUNNING).when(by(OTHER_ADMIN, START)).then_refused("already_started")
    assert f"person:{ANNA}" in said


@pytest.mark.parametrize("scene", [(*ACTIVE, PREPARE), (*PREPARED, STOP)], ids=["no list", "called off"])
def test_what_has_no_list_is_not_started(scene: tuple[Step, ...]) -> None:
    given(*scene).when(START).then_refused("not_prepared")


def test_a_list_is_frozen_once() -> None:
    given(*PREPARED).when(FREEZE).then_refused("bulk_prepared")
    given(*PREPARED).when(FREEZE_PART.model_copy(update={"attempt": an_id("x"), "part_id": part_id(an_id("x"), 0)})).then_refused(
        "bulk_prepared"
    )
    given(*ACTIVE, PREPARE, FREEZE_PART).when(FREEZE_PART).then_refused("id_used")
    given(*ACTIVE, PREPARE).when(FREEZE_PART.model_copy(update={"part_id": an_id("made up")})).then_refused("bulk_unknown")


def report(first: int, count: int) -> ReportBulkPart:
    return ReportBulkPart(part_id=PART, bulk_id=RUN, first=first, outcomes=(DONE,) * count)


def test_outcomes_are_reported_once_and_in_order() -> None:
    there = (*RUNNING, report(0, 2))
    given(*there).when(report(0, 2)).then()
    given(*there).when(report(1, 2)).then_in(BulkPart, PART, BulkPartReported(bulk_id=RUN, first=2, outcomes=(DONE,)))
    given(*RUNNING).when(report(1, 1)).then_refused("out_of_order")
    given(*there).when(report(2, 2)).then_refused("out_of_order")
    given(*there).when(report(2, 1).model_copy(update={"bulk_id": OTHER_RUN})).then_refused("bulk_unknown")


def test_a_run_finishes_when_every_target_was_reported() -> None:
    given(*RUNNING).when(finish(2)).then_refused("not_reported")
    given(*RUNNING).when(finish(3)).then(BulkFinished(done=3, already_so=0, refused={}, not_sent=0))
    given(*RUNNING, finish(3)).when(finish(3)).then()
    given(*PREPARED).when(finish(3)).then_refused("not_started")


def test_a_stop_is_told_once_and_not_after_the_end() -> None:
    given(*RUNNING).when(STOP).then(BulkStopped(reason="wrong list"))
    given(*RUNNING, STOP).when(by(OTHER_ADMIN, STOP)).then()
    given(*RUNNING, finish(3)).when(STOP).then_refused("bulk_finished")
    given(*ACTIVE).when(STOP).then_refused("bulk_unknown")


UNDO = PrepareBulkRun(bulk_id=OTHER_RUN, action=BulkAction.REINSTATE, undoes=RUN)


def test_only_suspensions_are_undone_and_only_when_they_are_over() -> None:
    given(*RUNNING, finish(3)).when(UNDO).then_accepted()
    given(*RUNNING).when(UNDO).then_refused("not_over")
    given(*PREPARED, STOP).when(UNDO).then_refused("not_over")
    given(*ACTIVE).when(UNDO).then_refused("bulk_unknown")
    approve = PrepareBulkRun(bulk_id=RUN, action=BulkAction.APPROVE, criteria=Criteria(owner_id=OLGA))
    given(*ACTIVE, approve, FREEZE, START, finish(3)).when(UNDO).then_refused("not_undoable")
    given(*ACTIVE).when(UNDO.model_copy(update={"undoes": OTHER_RUN})).then_refused("not_undoable")


def test_an_id_is_for_one_order() -> None:
    given(*ACTIVE, PREPARE).when(PREPARE).then()
    given(*ACTIVE, PREPARE).when(PREPARE.model_copy(update={"reason": "other"})).then_refused("id_used")
    given(*ACTIVE, PREPARE).when(by(OTHER_ADMIN, PREPARE)).then_refused("id_used")
