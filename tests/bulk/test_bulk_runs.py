"""Bulk runs: first a list that shows what would happen, then it is carried out; and each target's outcome is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from adapters.postgres.connections import connect
from adapters.postgres.rebuilding import rebuild
from commands.deactivate_developer import DeactivateDeveloper
from commands.edit_app import EditApp
from commands.outcome import OutcomeKind
from commands.prepare_bulk_run import Criteria, PrepareBulkRun
from commands.principal import Role, person, service
from commands.reinstate_app import ReinstateApp
from commands.set_attributes import SetAttributes
from commands.start_bulk_run import StartBulkRun
from commands.stop_bulk_run import StopBulkRun
from commands.suspend_app import SuspendApp
from domain.bulk_order import BulkAction
from domain.credential import AtDeadline
from projections.bulk import BULK
from tests.bulk.conftest import There
from tests.examples import FREE, GUARDED, KEY, OTTO, an_id, ask, create, issue
from tests.given import ADMIN, ANNA, OLGA, Sent

SUSPEND, REINSTATE, APPROVE, DEMAND = BulkAction.SUSPEND, BulkAction.REINSTATE, BulkAction.APPROVE, BulkAction.DEMAND_ROTATION
OF_OLGA = Criteria(owner_id=OLGA)


def told(there: There, bulk_id: UUID) -> dict[UUID, tuple[str | None, str | None]]:
    """What became of each target."""
    return {each.id: (each.result, each.code) for each in there.items(bulk_id)}


def test_a_list_is_frozen_with_what_would_happen_and_nothing_is_done_yet(there: There) -> None:
    apps = there.apps(3)
    there.do(SuspendApp(app_id=apps[0], reason="earlier"), create(GUARDED, app_id=an_id("pending"), name="Pending"))
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    run = there.run(bulk_id)
    assert (run.status, run.targets, run.would_do, run.would_be_so, run.would_be_refused) == ("prepared", 4, 2, 1, {"app_pending": 1})
    odd = [(each.id, each.foreseen, each.foreseen_code) for each in there.items(bulk_id) if each.foreseen != "would_do"]
    assert odd == [(apps[0], "already_so", None), (an_id("pending"), "would_be_refused", "app_pending")]
    assert there.events("app.suspended.v1") == 1


def test_what_was_listed_is_done_and_each_outcome_is_told(there: There) -> None:
    apps = there.apps(3)
    there.do(SuspendApp(app_id=apps[0], reason="earlier"), create(GUARDED, app_id=an_id("pending"), name="Pending"))
    bulk_id = there.carried_out(SUSPEND, OF_OLGA, reason="spam")
    run = there.run(bulk_id)
    assert (run.status, run.done, run.already_so, run.refused, run.not_sent) == ("finished", 2, 1, {"app_pending": 1}, 0)
    assert told(there, bulk_id) == {
        apps[0]: ("already_so", None),
        apps[1]: ("done", None),
        apps[2]: ("done", None),
        an_id("pending"): ("refused", "app_pending"),
    }
    assert [each.id for each in there.items(bulk_id, result="refused")] == [an_id("pending")]


def test_everything_that_a_run_does_has_one_cause_and_the_admin_s_name(there: There) -> None:
    there.apps(3)
    bulk_id = there.carried_out(SUSPEND, OF_OLGA, reason="spam")
    (cause,) = there.all("SELECT start_event_id::text FROM bulk.run")[0]
    assert there.all(
        "SELECT principal, on_behalf_of, causation_id, count(*) FROM log.events WHERE topic = 'app.suspended.v1' GROUP BY 1, 2, 3"
    ) == [("system", ANNA, cause, 3)]
    assert there.all("SELECT count(*) FROM log.events WHERE causation_id = %s AND topic LIKE 'bulk%%'", cause) == [(2,)]
    assert there.run(bulk_id).started_by == ANNA


def test_what_comes_after_the_list_is_left_alone_and_what_changed_is_refused_or_so_already(there: There) -> None:
    apps = there.apps(2)
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    there.apps(2, name="Later")
    there.do(SuspendApp(app_id=apps[1], reason="by hand"))
    there.start(bulk_id)
    there.work()
    assert {each.foreseen for each in there.items(bulk_id)} == {"would_do"}
    assert told(there, bulk_id) == {apps[0]: ("done", None), apps[1]: ("already_so", None)}


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        (Criteria(owner_id=OTTO), ["of otto"]),
        (Criteria(product_id=FREE), ["with product"]),
        (Criteria(attributes={"tier": "gold"}), ["golden"]),
        (Criteria(attributes={"tier": None}), ["golden", "silver"]),
        (Criteria(statuses=("suspended",)), ["suspended"]),
        (Criteria(statuses=("pending", "suspended"), owner_id=OLGA), ["suspended", "waiting"]),
        (Criteria(created_before=datetime(2020, 1, 1, tzinfo=UTC)), []),
        (Criteria(created_after=datetime(2020, 1, 1, tzinfo=UTC), attributes={"tier": "silver"}), ["silver"]),
        (Criteria(team_id=OTTO), []),
        (Criteria(ids=(an_id("golden"), an_id("silver")), owner_id=OLGA), ["golden", "silver"]),
    ],
    ids=["owner", "product", "attribute", "any value", "status", "statuses of an owner", "older", "younger", "team", "listed"],
)
def test_criteria_choose_apps(there: There, criteria: Criteria, fits: list[str]) -> None:
    there.do(
        create(app_id=an_id("of otto"), owner=OTTO, name="1"),
        create(FREE, app_id=an_id("with product"), name="2"),
        create(app_id=an_id("golden"), name="3"),
        create(app_id=an_id("silver"), name="4"),
        create(app_id=an_id("suspended"), name="5"),
        create(GUARDED, app_id=an_id("waiting"), name="6"),
        SetAttributes(app_id=an_id("golden"), attributes={"tier": "gold"}),
        SetAttributes(app_id=an_id("silver"), attributes={"tier": "silver"}),
        SuspendApp(app_id=an_id("suspended"), reason="x"),
    )
    found = there.items(there.prepared(SUSPEND, criteria, reason="spam"))
    assert {each.id for each in found} == {an_id(name) for name in fits}


def test_approvals_are_granted_whole_and_never_for_one_s_own_app(there: There) -> None:
    there.do(
        create(GUARDED, app_id=an_id("of olga"), name="Olga's"),
        create(GUARDED, app_id=an_id("of anna"), owner=ANNA, name="Anna's own"),
    )
    there.do(Sent(ask(an_id("also guarded"), app_id=an_id("of olga")), person(OLGA)))
    there.follow()
    waiting = dict(there.all("SELECT DISTINCT app_id, approval_id FROM dashboard.subscription"))
    unknown = an_id("no approval")
    bulk_id = there.prepared(APPROVE, Criteria(ids=(*waiting.values(), unknown)))
    foreseen = {each.id: (each.foreseen, each.foreseen_code) for each in there.items(bulk_id)}
    assert foreseen == {
        waiting[an_id("of olga")]: ("would_do", None),
        waiting[an_id("of anna")]: ("would_be_refused", "own_request"),
        unknown: ("would_be_refused", "approval_unknown"),
    }
    there.start(bulk_id)
    there.work()
    assert told(there, bulk_id) == {
        waiting[an_id("of olga")]: ("done", None),
        waiting[an_id("of anna")]: ("refused", "own_request"),
        unknown: ("refused", "approval_unknown"),
    }
    assert there.all("SELECT status FROM dashboard.subscription WHERE app_id = %s", an_id("of olga")) == [("approved",)] * 2
    assert there.events("app.approved.v1") == 1


def test_rotations_of_live_credentials_are_demanded(there: There) -> None:
    (app, other) = there.apps(2)
    there.do(issue(app_id=app), issue(an_id("other key"), app_id=other))
    later = datetime.now(UTC) + timedelta(days=3)
    bulk_id = there.carried_out(DEMAND, OF_OLGA, reason="broken into", deadline=later, then=AtDeadline.REVOKE)
    assert {(each.app_id, each.id, each.result) for each in there.items(bulk_id)} == {
        (app, KEY, "done"),
        (other, an_id("other key"), "done"),
    }
    again = there.prepared(DEMAND, OF_OLGA, reason="broken into", deadline=later, then=AtDeadline.REVOKE)
    assert there.run(again).would_be_so == 2


def test_an_undo_takes_back_what_the_run_did_and_what_nobody_changed_since(there: There) -> None:
    apps = there.apps(5)
    there.do(SuspendApp(app_id=apps[0], reason="earlier"))
    bulk_id = there.carried_out(SUSPEND, OF_OLGA, reason="spam")
    there.do(EditApp(app_id=apps[1], description="we are sorry"), ReinstateApp(app_id=apps[2]))
    undo = there.prepared(REINSTATE, undoes=bulk_id)
    assert (there.run(undo).would_do, there.run(undo).would_be_refused) == (2, {"changed_meanwhile": 2})
    there.do(SetAttributes(app_id=apps[3], attributes={"a": "b"}))  # After the list was made.
    there.start(undo)
    there.work()
    assert told(there, undo) == {
        apps[1]: ("refused", "changed_meanwhile"),
        apps[2]: ("refused", "changed_meanwhile"),
        apps[3]: ("refused", "changed_meanwhile"),
        apps[4]: ("done", None),
    }
    statuses = dict(there.all("SELECT app_id, status FROM dashboard.app"))
    assert [statuses[app] for app in apps] == ["suspended", "suspended", "active", "suspended", "active"]


def test_a_demand_can_t_be_undone(there: There) -> None:
    (app,) = there.apps(1)
    there.do(issue(app_id=app))
    bulk_id = there.carried_out(DEMAND, OF_OLGA, reason="x", deadline=datetime.now(UTC) + timedelta(days=3))
    (refused,) = there.send(Sent(PrepareBulkRun(bulk_id=uuid4(), action=REINSTATE, undoes=bulk_id), ADMIN))
    assert refused.code == "not_undoable"


def test_a_run_that_was_stopped_does_nothing_more_and_says_what_it_left(there: There) -> None:
    there.apps(4)
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    there.start(bulk_id)
    there.do(StopBulkRun(bulk_id=bulk_id, reason="wrong list"))
    there.work()
    run = there.run(bulk_id)
    assert (run.status, run.done, run.not_sent, run.stop_reason) == ("stopped", 0, 4, "wrong list")
    assert there.events("app.suspended.v1") == there.events("command.refused.v1") == 0


def test_a_run_ends_with_the_authority_of_whoever_started_it(there: There) -> None:
    there.apps(2)
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    there.start(bulk_id)
    there.do(Sent(DeactivateDeveloper(developer_id=ANNA, reason="left"), person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))))
    there.work()
    there.work()
    run = there.run(bulk_id)
    assert (run.status, run.done, run.not_sent) == ("stopped", 0, 2)
    assert there.events("app.suspended.v1") == 0


def test_a_list_is_started_by_a_person_and_once(there: There) -> None:
    there.apps(1)
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    by_service = Sent(StartBulkRun(bulk_id=bulk_id), service("portal", frozenset({Role.PORTAL_ADMIN})))
    by_other = Sent(StartBulkRun(bulk_id=bulk_id), person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN})))
    assert [outcome.code for outcome in there.send(by_service)] == ["not_allowed"]
    there.start(bulk_id)
    there.start(bulk_id)
    assert [outcome.code for outcome in there.send(by_other)] == ["already_started"]
    assert there.events("bulk.started.v1") == 1


def test_a_rebuild_keeps_the_list_and_the_outcomes(there: There) -> None:
    apps = there.apps(3)
    there.do(SuspendApp(app_id=apps[0], reason="earlier"))
    bulk_id = there.carried_out(SUSPEND, OF_OLGA, reason="spam")
    before, head = (there.run(bulk_id), there.items(bulk_id)), there.head()
    rebuild(there.url, BULK, there.codec, rows_held_max=1, page_size=7)
    assert (there.run(bulk_id), there.items(bulk_id)) == before
    there.work()
    assert there.head() == head


def test_a_list_waits_for_the_dashboard(there: There) -> None:
    there.apps(1)
    bulk_id: UUID = uuid4()
    there.follow()
    there.apps(1, name="Unseen")
    there.do(Sent(PrepareBulkRun(bulk_id=bulk_id, action=SUSPEND, criteria=OF_OLGA, reason="spam"), ADMIN))
    with there.reacting():
        run = there.wait_for(bulk_id, "prepared")
    assert run.targets == 2
    assert (run.as_of or 0) >= there.all("SELECT position FROM bulk.run")[0][0]


def test_a_list_is_made_once_however_far_behind_its_row_is(there: There) -> None:
    there.apps(1)
    bulk_id = there.asked_for(SUSPEND, OF_OLGA, reason="spam")
    there.follow()
    with connect(there.url) as connection:
        there.worker().work_once(connection)
        made = there.head()
        there.worker().work_once(connection)  # Its row still says that it is being prepared.
    assert there.head() == made
    assert (there.events("bulkpart.frozen.v1"), there.events("command.refused.v1")) == (1, 0)
    there.follow()
    assert there.run(bulk_id).status == "prepared"


def test_two_workers_at_the_same_run_harm_nothing(there: There) -> None:
    from threading import Thread

    apps = there.apps(120)
    bulk_id = there.prepared(SUSPEND, OF_OLGA, reason="spam")
    there.start(bulk_id)
    there.follow()
    workers = [there.worker() for _ in range(3)]
    threads = [Thread(target=worker.running.carry_out, args=(bulk_id, lambda: False)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there.follow()
    run = there.run(bulk_id)
    assert (run.status, run.done, run.already_so, run.refused) == ("finished", len(apps), 0, {})
    assert there.events("app.suspended.v1") == len(apps)
    assert there.events("command.refused.v1") == 0
    assert there.events("bulk.finished.v1") == 1


def test_only_admins_run_anything(there: There) -> None:
    order = PrepareBulkRun(bulk_id=uuid4(), action=SUSPEND, criteria=OF_OLGA, reason="spam")
    outcomes = there.send(Sent(order, person(OLGA)), Sent(order, person(OTTO, frozenset({Role.AUDITOR}))))
    assert [(outcome.kind, outcome.code) for outcome in outcomes] == [(OutcomeKind.REFUSED, "not_allowed")] * 2
