"""What a list foresees is what happens, where nobody changes anything in between: the dashboard's rules are those of the commands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from commands.deactivate_developer import DeactivateDeveloper
from commands.decide_approval import DecideApproval
from commands.delete_app import DeleteApp
from commands.demand_rotation import DemandRotation
from commands.prepare_bulk_run import Criteria
from commands.principal import Role, person
from commands.revoke_credential import RevokeCredential
from commands.suspend_app import SuspendApp
from domain.bulk_order import BulkAction
from domain.credential import AtDeadline
from tests.bulk.conftest import There
from tests.examples import GUARDED, OTTO, an_id, create, issue, register, reject, rotate
from tests.given import Sent

BECOMES = {"would_do": "done", "already_so": "already_so", "would_be_refused": "refused"}
LATER = datetime.now(UTC) + timedelta(days=3)
STATUSES = ("pending", "active", "rejected", "suspended", "deleted")
LEAVER = an_id("leaver")


def an_app_of_each_status(there: There, owner: UUID) -> list[UUID]:
    """Apps in every status there is, and an id that is nobody's."""
    ids = {status: an_id(f"{status} of {owner}") for status in STATUSES}
    for status, app_id in ids.items():
        guarded = (GUARDED,) if status in {"pending", "rejected"} else ()
        there.do(create(*guarded, app_id=app_id, owner=owner, name=status))
    there.do(SuspendApp(app_id=ids["suspended"], reason="x"), Sent(DeleteApp(app_id=ids["deleted"]), person(owner)))
    opened = "SELECT right(originator_id, 36)::uuid FROM log.events WHERE app_id = %s AND topic = 'approval.opened.v1'"
    ((approval,),) = there.all(opened, ids["rejected"])
    admin = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))
    there.do(Sent(DecideApproval(app_id=ids["rejected"], approval_id=approval, decisions=(reject(GUARDED),)), admin))
    return [*ids.values(), an_id("nobody's")]


def compare(there: There, bulk_id: UUID) -> set[tuple[str, str | None]]:
    """Carry it out; return all that was foreseen, once it has come true."""
    foreseen = {each.id: (BECOMES[each.foreseen], each.foreseen_code) for each in there.items(bulk_id)}
    there.start(bulk_id)
    there.work()
    assert {each.id: (each.result, each.code) for each in there.items(bulk_id)} == foreseen
    return {(result, code) for result, code in foreseen.values()}


@pytest.mark.parametrize("action", [BulkAction.SUSPEND, BulkAction.REINSTATE])
def test_of_apps_in_every_status(there: There, action: BulkAction) -> None:
    ids = an_app_of_each_status(there, OTTO)
    reason = "spam" if action is BulkAction.SUSPEND else None
    seen = compare(there, there.prepared(action, Criteria(ids=tuple(ids)), reason=reason))
    assert seen == {
        ("done", None),
        ("already_so", None),
        ("refused", "app_pending"),
        ("refused", "app_rejected"),
        ("refused", "app_deleted"),
        ("refused", "app_unknown"),
    }


@pytest.mark.parametrize("action", [BulkAction.SUSPEND, BulkAction.REINSTATE])
def test_of_apps_whose_owner_has_left(there: There, action: BulkAction) -> None:
    there.do(register(LEAVER))
    ids = an_app_of_each_status(there, LEAVER)
    there.do(DeactivateDeveloper(developer_id=LEAVER, reason="left"))
    reason = "spam" if action is BulkAction.SUSPEND else None
    seen = compare(there, there.prepared(action, Criteria(ids=tuple(ids)), reason=reason))
    assert (("refused", "deactivated") in seen) is (action is BulkAction.REINSTATE)


def test_of_credentials(there: There) -> None:
    (app,) = there.apps(1)
    names = ("fresh", "demanded", "demanded otherwise", "rotated", "revoked")
    keys = {name: an_id(name) for name in names}
    there.do(*(issue(key, app_id=app) for key in keys.values()))
    same = {"deadline": LATER, "then": AtDeadline.REVOKE, "reason": "broken into"}
    there.do(DemandRotation(app_id=app, credential_id=keys["demanded"], deadline=LATER, then=AtDeadline.REVOKE, reason="broken into"))
    there.do(DemandRotation(app_id=app, credential_id=keys["demanded otherwise"], deadline=LATER, reason="broken into"))
    there.do(
        rotate(keys["rotated"], to=an_id("successor"), app_id=app), RevokeCredential(app_id=app, credential_id=keys["revoked"], reason="x")
    )
    bulk_id = there.prepared(BulkAction.DEMAND_ROTATION, Criteria(ids=(app,)), **same)
    live = {keys["fresh"], keys["demanded"], keys["demanded otherwise"], an_id("successor")}
    assert {each.id for each in there.items(bulk_id)} == live
    assert compare(there, bulk_id) == {("done", None), ("already_so", None)}


def test_of_a_deadline_that_has_passed(there: There) -> None:
    (app,) = there.apps(1)
    there.do(issue(app_id=app))
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert compare(there, there.prepared(BulkAction.DEMAND_ROTATION, Criteria(ids=(app,)), deadline=past, reason="x")) == {
        ("refused", "deadline_past")
    }


def test_of_approvals(there: There) -> None:
    there.do(register(LEAVER))
    an_app_of_each_status(there, OTTO)
    there.do(create(GUARDED, app_id=an_id("left behind"), owner=LEAVER, name="x"))
    there.do(DeactivateDeveloper(developer_id=LEAVER, reason="left"))
    there.follow()
    every = [each for (each,) in there.all("SELECT DISTINCT approval_id FROM dashboard.subscription WHERE approval_id IS NOT NULL")]
    seen = compare(there, there.prepared(BulkAction.APPROVE, Criteria(ids=(*every, an_id("nobody's")))))
    assert seen == {("done", None), ("refused", "already_decided"), ("refused", "deactivated"), ("refused", "approval_unknown")}
