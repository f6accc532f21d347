"""Whatever people do, in whatever order, and however the log is cut into pages: the rows of the dashboard and of the queue are the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid5

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.local.postgres import LocalPostgres
from adapters.postgres import filling
from adapters.postgres.rebuilding import rebuild
from commands.change_developer import ChangeDeveloper
from commands.command import Command
from commands.deactivate_developer import DeactivateDeveloper
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.end_overlap import EndOverlap
from commands.expire_credential import ExpireCredential
from commands.reinstate_app import ReinstateApp
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.retire_product import RetireProduct
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from domain.approval import Verdict
from projections.dashboard import DASHBOARD
from projections.projection import ReadModel
from projections.queue import QUEUE
from tests import servers
from tests.examples import (
    APP,
    FREE,
    GUARDED,
    OTHER_APP,
    OTTO,
    PLACE,
    SCENE,
    approvals,
    ask,
    assign,
    comment,
    create,
    decide,
    grant,
    issue,
    reject,
    rotate,
    withdraw,
)
from tests.following.conftest import all_rows
from tests.following.followed import follow_to_the_end, start_over
from tests.following.histories import CODEC, put
from tests.given import Given, Looked
from tests.given import given as it_happened
from tests.memory_log import NOW
from tests.projections.folded import recorded, rows

apps = st.sampled_from([APP, OTHER_APP])
products = st.sampled_from([FREE, GUARDED])
credentials = st.sampled_from([uuid5(PLACE, f"credential {number}") for number in range(4)])
names = st.sampled_from(["Weather", "Climate", "Überwetter", "tab\\t 'quote' \"and\" \\ back"])


def _decide(app_id: Any, verdict: Verdict) -> Looked:  # noqa: ANN401 - a UUID, of a strategy
    return decide(grant(GUARDED) if verdict is Verdict.GRANT else reject(GUARDED), app_id=app_id)


Action = Command | timedelta | Looked
actions: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda app_id, some, name: create(*some, app_id=app_id, name=name), apps, st.sets(products), names),
    st.builds(lambda app_id, some: ask(*some, app_id=app_id), apps, st.sets(products, min_size=1)),
    st.builds(_decide, apps, st.sampled_from(Verdict)),
    st.builds(withdraw, apps),
    st.builds(lambda app_id, text: comment(text, app_id=app_id), apps, st.sampled_from(["with legal", "signed"])),
    st.builds(assign, st.sampled_from([OTTO, None])),
    st.builds(
        lambda app_id, id_, days: issue(id_, app_id=app_id, expires_at=days and NOW + timedelta(days=days)),
        apps,
        credentials,
        st.sampled_from([None, 1, 400]),
    ),
    st.builds(
        lambda app_id, old, new, hours: rotate(old, to=new, app_id=app_id, overlap=timedelta(hours=hours)),
        apps,
        credentials,
        credentials,
        st.sampled_from([0, 1]),
    ),
    st.builds(lambda app_id, id_: RevokeCredential(app_id=app_id, credential_id=id_, reason="leaked"), apps, credentials),
    st.builds(lambda app_id, id_: EndOverlap(app_id=app_id, credential_id=id_), apps, credentials),
    st.builds(lambda app_id, id_: ExpireCredential(app_id=app_id, credential_id=id_), apps, credentials),
    st.builds(
        lambda app_id, name: EditApp(app_id=app_id, name=name, description="<b>new</b>", callback_urls=("https://a.example/",)), apps, names
    ),
    st.builds(
        lambda app_id, value: SetAttributes(app_id=app_id, attributes={"tier": value, value: "x"}), apps, st.sampled_from(["gold", "λ"])
    ),
    st.builds(lambda app_id: RemoveAttributes(app_id=app_id, names=("tier",)), apps),
    st.builds(lambda app_id, some: RemoveProducts(app_id=app_id, products=tuple(some)), apps, st.sets(products, min_size=1)),
    st.builds(lambda app_id: ResubmitApp(app_id=app_id), apps),
    st.builds(lambda app_id: SuspendApp(app_id=app_id, reason="abuse"), apps),
    st.builds(lambda app_id: ReinstateApp(app_id=app_id), apps),
    st.builds(lambda app_id: DeleteApp(app_id=app_id, reason="old"), apps),
    st.just(ChangeDeveloper(developer_id=OTTO, name="Otto Newname")),
    st.just(DeactivateDeveloper(developer_id=OTTO, reason="left")),
    st.just(RetireProduct(product_id=FREE, reason="old")),
    st.sampled_from([timedelta(hours=2), timedelta(days=3)]),
)


@pytest.fixture(scope="module")
def url(migrated: LocalPostgres) -> Iterator[str]:
    """One database for all histories: each is told in an emptied log."""
    with servers.fresh_database(migrated, "base") as url:
        yield url


def happened(done: list[Action]) -> Given:
    """Let people try all of it; what the rules refuse does not happen."""
    there = it_happened(SCENE)
    for each in done:
        if isinstance(each, timedelta):
            there.log.now += each
        elif isinstance(each, Command) or approvals(there):
            there.when(each)
    return there


@pytest.mark.part_spine
@given(st.lists(actions, min_size=10, max_size=60), st.integers(1, 40), st.sampled_from([0, 10, filling.ROWS_REMEMBERED_MAX]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_pages_of_any_size_and_a_rebuild_make_the_rows_that_the_folds_say(
    url: str, done: list[Action], page_size: int, remembered: int
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE log.events")
    start_over(url)
    there = happened(done)
    events = recorded(there.log.appended)
    head = put(url, events)
    for read_model in (DASHBOARD, QUEUE):
        expected = {
            projection.name: sorted(_as_stored(row) for row in rows(projection, events).values()) for projection in read_model.projections
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(filling, "ROWS_REMEMBERED_MAX", remembered)
            assert follow_to_the_end(url, page_size, read_model) == head
        assert _read(url, read_model) == expected
        rebuild(url, read_model, CODEC, rows_held_max=page_size, page_size=page_size)
        assert _read(url, read_model) == expected


def _as_stored(row: Any) -> tuple[str, ...]:  # noqa: ANN401 - a row of any projection
    return tuple(_text(value) for value in row)


def _read(url: str, read_model: ReadModel) -> dict[str, list[tuple[str, ...]]]:
    return {name: sorted(tuple(_text(value) for value in row) for row in found) for name, found in all_rows(url, read_model).items()}


def _text(value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)  # jsonb keeps no order.
    return repr(list(value)) if isinstance(value, tuple | list) else str(value)
