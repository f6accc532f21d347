"""What is allowed in which status of an app, and what is refused `app_<status>`."""

from uuid import UUID

import pytest

from commands.add_products import AddProducts
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.end_overlap import EndOverlap
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from tests.examples import (
    ALSO_GUARDED,
    APP,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    NEWEST_KEY,
    SCENE,
    ask,
    create,
    decide,
    grant,
    issue,
    reject,
    rotate,
    withdraw,
)
from tests.given import Request, Step, given

EVERYTHING: tuple[Step, ...] = (*SCENE, create(FREE, GUARDED), SetAttributes(app_id=APP, attributes={"tier": "gold"}), issue(), rotate())
"""An active app with an open approval, an attribute, and a credential in overlap with its successor."""
SCENES: dict[str, tuple[Step, ...]] = {
    "pending": (*SCENE, create(GUARDED), SetAttributes(app_id=APP, attributes={"tier": "gold"}), issue(NEW_KEY)),
    "active": EVERYTHING,
    "rejected": (*SCENE, create(GUARDED), issue(NEW_KEY), SetAttributes(app_id=APP, attributes={"tier": "gold"}), withdraw()),
    "suspended": (*EVERYTHING, SuspendApp(app_id=APP, reason="abuse")),
    "deleted": (*EVERYTHING, DeleteApp(app_id=APP)),
}
LIVING = {"pending", "active", "rejected", "suspended"}
REQUESTS: dict[str, tuple[Request, set[str]]] = {
    "edit": (EditApp(app_id=APP, description="new"), LIVING),
    "set an attribute": (SetAttributes(app_id=APP, attributes={"colour": "blue"}), LIVING),
    "remove an attribute": (RemoveAttributes(app_id=APP, names=("tier",)), LIVING),
    "remove a product": (RemoveProducts(app_id=APP, products=(GUARDED,)), LIVING),
    "add a product": (AddProducts(app_id=APP, products=(ALSO_GUARDED,)), {"pending", "active"}),
    "issue a credential": (issue(NEWEST_KEY), {"pending", "active"}),
    "rotate a credential": (rotate(NEW_KEY, to=NEWEST_KEY), {"active"}),
    "decide": (decide(grant(GUARDED)), {"pending", "active", "suspended"}),
    "resubmit": (ResubmitApp(app_id=APP, products=(GUARDED,)), {"rejected"}),
    "suspend": (SuspendApp(app_id=APP, reason="abuse"), {"active", "suspended"}),
    "reinstate": (ReinstateApp(app_id=APP), {"suspended", "active"}),
    "delete": (DeleteApp(app_id=APP), {*LIVING, "deleted"}),
    "revoke a credential": (RevokeCredential(app_id=APP, credential_id=NEW_KEY, reason="lost"), {*LIVING, "deleted"}),
}
NOTHING_NEW = {
    ("suspend", "suspended"),
    ("reinstate", "active"),
    ("delete", "deleted"),
    ("revoke a credential", "deleted"),
    ("remove a product", "rejected"),  # The withdrawal has removed it.
}
"""Allowed, since it is so already; nothing happens."""
CASES = [(what, status) for what in REQUESTS for status in SCENES]


@pytest.mark.parametrize(("what", "status"), CASES, ids=[f"{what} when {status}" for what, status in CASES])
def test_each_status_of_an_app_allows_what_it_should_and_refuses_the_rest_by_name(what: str, status: str) -> None:
    request, allowed = REQUESTS[what]
    scene = SCENES[status]
    if what == "rotate a credential" and status == "active":
        scene = (*scene, EndOverlap(app_id=APP, credential_id=KEY))
    done = given(*scene).when(request)
    if status in allowed:
        done.then_accepted()
        assert bool(done.appended) is ((what, status) not in NOTHING_NEW)
    else:
        done.then_refused(f"app_{status}")


@pytest.mark.parametrize("status", ["active", "suspended", "deleted"])
def test_an_overlap_ends_in_any_status(status: str) -> None:
    given(*SCENES[status]).when(EndOverlap(app_id=APP, credential_id=KEY)).then_accepted()


@pytest.mark.parametrize("status", ["pending", "active", "suspended"])
def test_an_open_approval_is_withdrawn_whatever_the_app_is_but_over(status: str) -> None:
    assert given(*SCENES[status]).when(withdraw()).then_accepted().appended


@pytest.mark.parametrize("status", ["rejected", "deleted"])
def test_withdrawing_what_was_withdrawn_changes_nothing(status: str) -> None:
    given(*SCENES[status]).when(withdraw()).then()


def test_withdrawing_what_was_decided_is_refused_by_the_app_s_status_or_else_as_decided() -> None:
    given(*SCENE, create(GUARDED), decide(reject(GUARDED))).when(withdraw()).then_refused("app_rejected")
    given(*SCENE, create(FREE, GUARDED), decide(reject(GUARDED))).when(withdraw()).then_refused("already_decided")


UNKNOWN = UUID("0c000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    "request_",
    [
        EditApp(app_id=UNKNOWN, description="new"),
        ask(FREE, app_id=UNKNOWN),
        issue(app_id=UNKNOWN),
        RevokeCredential(app_id=UNKNOWN, credential_id=KEY, reason="lost"),
        DeleteApp(app_id=UNKNOWN),
        SuspendApp(app_id=UNKNOWN, reason="abuse"),
    ],
    ids=lambda request: type(request).__name__,
)
def test_an_unknown_app_is_refused_as_unknown(request_: Request) -> None:
    given(*SCENES["active"]).when(request_).then_refused("app_unknown")
