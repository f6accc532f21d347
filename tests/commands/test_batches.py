"""Commands in batches: one outcome each, at most two loads, one append."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from commands import edit_app
from commands.add_products import AddProducts
from commands.catalogue import CATALOGUE
from commands.delete_app import DeleteApp
from commands.edit_app import EditApp
from commands.executor import Executor
from commands.outcome import OutcomeKind
from commands.ports import Appended, Batch, Conflict, Loaded
from commands.principal import EVERYONE, person, service
from commands.remove_attributes import RemoveAttributes
from commands.remove_products import RemoveProducts
from commands.resubmit_app import ResubmitApp
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from commands.work import Undeclared
from domain.app import App, AppEdited, AppSuspended, SubscriptionRemoved
from domain.app_name import AppName
from domain.command_refused import RefusedCommand
from domain.state import Stream
from tests.examples import (
    ACTIVE,
    ALSO_FREE,
    APP,
    FREE,
    GUARDED,
    KEY,
    NEW_KEY,
    NEWEST_KEY,
    OTHER_APP,
    OTTO,
    OWNER,
    SCENE,
    STRANGER,
    an_id,
    ask,
    create,
    decide,
    grant,
    issue,
    reject,
    rotate,
)
from tests.given import ADMIN, OLGA, Sent, by, given, sender
from tests.memory_log import MemoryLog

EDIT = EditApp(app_id=APP, description="new")
EDITED = AppEdited(name="Weather", description="new", callback_urls=())
ONE, TWO = an_id("command one"), an_id("command two")
PORTAL = service("portal", may_act=EVERYONE)


def test_a_refusal_is_an_event_that_says_who_what_and_why_but_nothing_of_the_payload() -> None:
    secret = "nobody must read this"
    done = given(*SCENE).when(by(STRANGER, EditApp(app_id=an_id("no app"), description=secret), command_id=ONE))
    done.then_refused("app_unknown")
    (new,) = done.appended
    assert new.stream == RefusedCommand.at(ONE)
    assert secret not in new.event.model_dump_json()
    kept = done.log.outcomes[ONE]
    assert (kept.principal, kept.outcome.kind, kept.outcome.code) == (STRANGER.text, OutcomeKind.REFUSED, "app_unknown")


def test_the_same_command_id_again_gets_the_first_outcome_and_no_second_effect() -> None:
    there = given(*ACTIVE)
    first = there.when(by(OWNER, EDIT, command_id=ONE))
    there.when(SetAttributes(app_id=APP, attributes={"a": "b"}))
    again = there.when(by(OWNER, EDIT, command_id=ONE))
    assert (again.outcomes, again.appended) == (first.outcomes, [])


def test_a_refusal_is_an_outcome_for_ever_though_it_would_be_accepted_now() -> None:
    there = given(*SCENE)
    first = there.when(by(OWNER, EDIT, command_id=ONE))
    there.when(create())
    again = there.when(by(OWNER, EDIT, command_id=ONE))
    assert (again.outcomes, again.appended) == (first.outcomes, [])


@pytest.mark.parametrize(
    "other",
    [
        by(OWNER, EditApp(app_id=APP, description="other"), command_id=ONE),
        by(OWNER, DeleteApp(app_id=APP), command_id=ONE),
        by(ADMIN, EDIT, command_id=ONE),
        by(PORTAL, EDIT, OLGA, command_id=ONE),
    ],
    ids=["other content", "another command", "another principal", "on behalf of"],
)
@pytest.mark.parametrize("in_one_batch", [True, False], ids=["in one batch", "later"])
def test_a_used_command_id_for_anything_else_is_no_outcome_and_no_event(other: Sent, *, in_one_batch: bool) -> None:
    there = given(*ACTIVE)
    first = by(OWNER, EDIT, command_id=ONE)
    if in_one_batch:
        done = there.when(first, other)
        assert [new.event for new in done.appended] == [EDITED]
    else:
        there.when(first)
        done = there.when(other)
        assert done.appended == []
    assert (done.outcomes[-1].kind, done.outcomes[-1].code) == (OutcomeKind.COMMAND_ID_REUSED, "command_id_reused")
    assert there.log.outcomes[ONE].principal == OWNER.text


def test_the_same_command_twice_in_a_batch_has_one_effect_and_one_outcome() -> None:
    done = given(*ACTIVE).when(by(OWNER, EDIT, command_id=ONE), by(OWNER, EDIT, command_id=ONE))
    done.then(EDITED)
    assert done.outcomes[0] == done.outcomes[1]


def test_a_refused_command_twice_in_a_batch_is_refused_once() -> None:
    refused = by(STRANGER, EDIT, command_id=ONE)
    done = given(*ACTIVE).when(refused, refused)
    assert done.outcomes[0] == done.outcomes[1]
    assert len(done.appended) == 1


def test_later_commands_of_a_batch_see_the_events_of_earlier_ones() -> None:
    done = given(*SCENE).when(create(GUARDED), issue(), by(ADMIN, SuspendApp(app_id=APP, reason="abuse")), ask(FREE), rotate())
    assert [outcome.code for outcome in done.outcomes] == [None, None, "app_pending", None, None]


def test_a_refused_command_of_a_batch_leaves_nothing_for_the_later_ones() -> None:
    taken = create(app_id=OTHER_APP, name="Rain")
    done = given(*ACTIVE, taken).when(EditApp(app_id=APP, name="rain", description="x"), EDIT)
    assert [outcome.code for outcome in done.outcomes] == ["name_taken", None]
    done.then_in(App, APP, EDITED)


def test_a_command_that_is_refused_half_way_leaves_nothing_of_its_first_half() -> None:
    half_wrong = RemoveProducts(app_id=APP, products=(FREE, ALSO_FREE, an_id("never asked for")))
    done = given(*SCENE, create(FREE, ALSO_FREE)).when(half_wrong, RemoveProducts(app_id=APP, products=(FREE,)))
    assert [outcome.code for outcome in done.outcomes] == ["product_not_subscribed", None]
    done.then_in(App, APP, SubscriptionRemoved(product_id=FREE))


def test_a_service_s_command_for_one_person_is_another_request_than_for_another() -> None:
    there = given(*ACTIVE)
    there.when(by(PORTAL, EDIT, OLGA, command_id=ONE)).then_accepted()
    (outcome,) = there.when(by(PORTAL, EDIT, OTTO, command_id=ONE)).outcomes
    assert outcome.kind is OutcomeKind.COMMAND_ID_REUSED


def test_a_batch_whose_commands_touch_different_apps_is_decided_command_by_command() -> None:
    done = given(*SCENE).when(create(), by(STRANGER, create(app_id=OTHER_APP)), by(STRANGER, create(app_id=OTHER_APP, owner=OTTO)))
    assert [outcome.code for outcome in done.outcomes] == [None, "not_allowed", None]


def test_positions_are_those_of_each_command_s_last_event() -> None:
    there = given(*ACTIVE)
    before = len(there.log.appended)
    done = there.when(EDIT, EDIT, by(STRANGER, EDIT), SetAttributes(app_id=APP, attributes={"a": "b"}))
    assert [outcome.position for outcome in done.outcomes] == [before + 1, before + 1, before + 2, before + 3]


class Counting(MemoryLog):
    """Counts appends and streams beside loads."""

    appends = 0
    streams_loaded = 0

    def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
        self.streams_loaded += len(streams)
        return super().load(streams, command_ids)

    def append(self, batch: Batch) -> Appended | Conflict:
        self.appends += 1
        return super().append(batch)


def scenery(log: MemoryLog) -> None:
    Executor(log).execute(
        [Sent(each, sender(each)).envelope() for each in (*SCENE, create(FREE, GUARDED), issue(), create(app_id=OTHER_APP, name="Rain"))]
    )


def test_a_batch_takes_at_most_two_loads_and_one_append() -> None:
    log = Counting()
    scenery(log)
    log.loads = log.appends = 0
    batch = [
        EDIT,
        EditApp(app_id=APP, name="Sun"),
        rotate(),
        RemoveProducts(app_id=APP, products=(GUARDED,)),
        DeleteApp(app_id=OTHER_APP),
    ]
    outcomes = Executor(log).execute([by(OWNER, each).envelope() for each in batch])
    assert [outcome.code for outcome in outcomes] == [None] * 5
    assert (log.loads, log.appends) == (2, 1)


def test_a_batch_is_cut_where_a_command_reads_what_only_an_earlier_one_makes_it_read() -> None:
    log = Counting()
    scenery(log)
    log.loads = log.appends = 0
    # Renaming reads the name's stream under the app's owner, whom nobody knew when the batch was loaded.
    third = an_id("third app")
    batch = [create(app_id=third, name="Snow"), EditApp(app_id=third, name="Hail"), EDIT]
    outcomes = Executor(log).execute([by(OWNER, each).envelope() for each in batch])
    assert [outcome.code for outcome in outcomes] == [None] * 3
    assert log.appends == 2
    assert log.loads <= 4
    assert [new.stream for new in log.appended[-4:]] == [App.at(third), *[new.stream for new in log.appended[-3:-1]], App.at(APP)]


def test_a_cut_batch_gives_every_command_its_outcome_in_order() -> None:
    there = given(*SCENE, create(GUARDED))
    again = ResubmitApp(app_id=APP)  # It reads the products that a decision of the same batch has rejected.
    done = there.when(EDIT, decide(reject(GUARDED)), again, again, by(STRANGER, EDIT), create(app_id=OTHER_APP), ask(FREE))
    assert [outcome.code for outcome in done.outcomes] == [None, None, None, "app_pending", "not_allowed", "name_taken", None]


def test_a_command_that_was_done_already_costs_one_load() -> None:
    log = Counting()
    scenery(log)
    done = by(OWNER, EditApp(app_id=APP, name="Sun"), command_id=ONE).envelope()
    Executor(log).execute([done])
    log.loads = log.appends = 0
    Executor(log).execute([done])
    assert (log.loads, log.appends) == (1, 0)


def test_what_a_batch_knew_is_kept_for_the_next_one() -> None:
    log = Counting()
    scenery(log)
    executor = Executor(log)
    executor.execute([by(OWNER, SetAttributes(app_id=APP, attributes={"a": "a"})).envelope()])
    log.loads, log.streams_loaded = 0, 0
    executor.execute([by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})).envelope()])
    assert (log.loads, log.streams_loaded) == (1, 0)


def test_a_change_of_an_app_that_the_policy_never_met_reads_no_more_than_the_app() -> None:
    log = Counting()
    scenery(log)
    executor = Executor(log)
    log.loads, log.streams_loaded = 0, 0
    changes = [
        SetAttributes(app_id=OTHER_APP, attributes={"a": "b"}),
        RemoveAttributes(app_id=OTHER_APP, names=("a",)),
        EditApp(app_id=OTHER_APP, callback_urls=("https://example.com/",)),
    ]
    outcomes = executor.execute([by(OWNER, each).envelope() for each in changes])
    assert [outcome.code for outcome in outcomes] == [None] * 3
    assert (log.loads, log.streams_loaded) == (1, 2)  # The app, and the owner, who acts.


def test_an_empty_batch_is_nothing() -> None:
    log = MemoryLog()
    assert Executor(log).execute([]) == []
    assert log.loads == 0


def test_a_handler_that_loads_what_its_reads_do_not_name_is_a_mistake_that_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    there = given(*ACTIVE)

    def meddling(command: EditApp, work: object) -> None:
        work.load(AppName, uuid4())  # type: ignore[attr-defined]

    entry = CATALOGUE["app.edit.v1"]
    monkeypatch.setitem(CATALOGUE, "app.edit.v1", type(entry)(entry.command, meddling, edit_app.reads, None, entry.who, entry.opens))
    before = len(there.log.appended)
    with pytest.raises(Undeclared):
        there.when(EDIT)
    assert len(there.log.appended) == before
    assert not there.log.outcomes.keys() & {ONE}


REQUESTS = [
    EDIT,
    EditApp(app_id=APP, name="Sun"),
    EditApp(app_id=OTHER_APP, name="sun"),
    EditApp(app_id=APP, name="Weather"),
    create(),
    create(app_id=OTHER_APP, name="Weather"),
    ask(GUARDED),
    ask(FREE, GUARDED),
    AddProducts(app_id=OTHER_APP, products=(GUARDED,)),
    RemoveProducts(app_id=APP, products=(GUARDED,)),
    issue(),
    issue(NEW_KEY),
    rotate(),
    rotate(NEW_KEY, to=NEWEST_KEY),
    RevokeCredential(app_id=APP, credential_id=KEY, reason="lost"),
    SuspendApp(app_id=APP, reason="abuse"),
    DeleteApp(app_id=APP),
    DeleteApp(app_id=OTHER_APP),
]


def numbered(requests: Sequence[int]) -> list[Sent]:
    return [by(sender(REQUESTS[n]), REQUESTS[n], command_id=UUID(int=place + 1)) for place, n in enumerate(requests)]


@for_all(st.lists(st.integers(0, len(REQUESTS) - 1), max_size=12), st.integers(1, 5))
def test_how_commands_are_cut_into_batches_and_who_remembers_what_changes_nothing(requests: list[int], size: int) -> None:
    one_by_one, together, by_two = MemoryLog(), MemoryLog(), MemoryLog()
    for log in (one_by_one, together, by_two):
        Executor(log).execute([by(sender(each), each, command_id=an_id(f"scene {n}")).envelope() for n, each in enumerate(SCENE)])
    envelopes = [each.envelope() for each in numbered(requests)]
    expected = [Executor(one_by_one).execute([each])[0] for each in envelopes]
    assert Executor(together).execute(envelopes) == expected
    executors = [Executor(by_two), Executor(by_two)]  # Each remembers what the other has changed since.
    outcomes = []
    for n, start in enumerate(range(0, len(envelopes), size)):
        outcomes += executors[n % 2].execute(envelopes[start : start + size])
    assert outcomes == expected
    assert one_by_one.appended == together.appended == by_two.appended


def test_events_of_a_suspension_are_the_app_s_alone() -> None:
    given(*ACTIVE, issue()).when(SuspendApp(app_id=APP, reason="abuse")).then(AppSuspended(reason="abuse"))


def test_a_person_s_command_and_a_service_s_for_him_are_told_apart() -> None:
    there = given(*ACTIVE)
    there.when(Sent(EDIT, PORTAL, OLGA, TWO)).then_accepted()
    kept = there.log.outcomes[TWO]
    assert (kept.principal, kept.on_behalf_of) == ("service:portal", OLGA)
    assert person(OLGA).text == f"person:{OLGA}"


def test_a_decision_in_the_batch_that_asked_is_possible_for_another() -> None:
    there = given(*SCENE, create(GUARDED))
    assert [outcome.code for outcome in there.when(issue(), decide(grant(GUARDED)), rotate()).outcomes] == [None, None, None]
