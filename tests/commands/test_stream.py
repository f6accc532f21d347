"""Batches that overlap: the next one is decided while the one before it is being committed, and nobody can tell from the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from commands.command import Envelope
from commands.edit_app import EditApp
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Appended, Batch, Conflict, LogUnavailable
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from domain.app import AppEdited
from tests.commands.systems import LateLog
from tests.commands.test_batches import REQUESTS, numbered
from tests.examples import ACTIVE, APP, NEW_KEY, OTHER_APP, OWNER, SCENE, an_id, create, issue, rotate
from tests.given import ADMIN, by, sender
from tests.memory_log import MemoryLog

EDIT = EditApp(app_id=APP, description="new")
SUSPEND = by(ADMIN, SuspendApp(app_id=APP, reason="abuse"))


def begin(log: MemoryLog, scene: Sequence[object] = SCENE) -> None:
    sent = [by(sender(each), each, command_id=an_id(f"scene {n}")) for n, each in enumerate(scene)]  # type: ignore[arg-type]
    Executor(log).execute([each.envelope() for each in sent])


@for_all(
    st.lists(st.integers(0, len(REQUESTS) - 1), max_size=14),
    st.lists(st.integers(0, len(REQUESTS) - 1), max_size=8),
    st.integers(1, 4),
    st.sets(st.integers(0, 13)),
)
def test_with_somebody_else_in_between_it_is_as_if_each_command_had_come_alone(
    mine: list[int], theirs: list[int], size: int, pauses: set[int]
) -> None:
    log = LateLog()
    begin(log)
    sent: dict[object, Envelope] = {}
    outcomes: dict[object, Outcome] = {}
    other, envelopes = Executor(log), [each.envelope() for each in numbered(mine)]
    foreign = [by(sender(REQUESTS[n]), REQUESTS[n], command_id=an_id(f"theirs {place}")).envelope() for place, n in enumerate(theirs)]

    def batches() -> Iterator[list[Envelope]]:
        """Whenever the next batch is asked for, somebody else commits something."""
        for start in range(0, len(envelopes), size):
            if foreign:
                between = foreign.pop()
                sent[between.command_id] = between
                outcomes[between.command_id] = other.execute([between])[0]
            yield envelopes[start : start + size]
            if start in pauses:
                yield []

    for done in Executor(log).stream(batches()):
        outcomes.update({outcome.command_id: outcome for outcome in done})
    sent.update({envelope.command_id: envelope for envelope in envelopes})
    alone = MemoryLog()
    begin(alone)
    in_order = [sent[command_id] for command_id in log.outcomes if command_id in sent]
    assert {each.command_id for each in in_order} == outcomes.keys()
    assert [Executor(alone).execute([each])[0] for each in in_order] == [outcomes[each.command_id] for each in in_order]
    assert alone.appended == log.appended


def test_a_batch_gets_its_outcomes_when_the_next_two_have_been_taken() -> None:
    log = LateLog()
    begin(log, ACTIVE)
    first, second, third = [[by(OWNER, each).envelope()] for each in (issue(), EDIT, SetAttributes(app_id=APP, attributes={"a": "b"}))]
    taken = []

    def batches() -> Iterator[list[Envelope]]:
        for batch in (first, second, third):
            taken.append(batch)
            yield batch

    stream = Executor(log).stream(batches())
    assert [outcome.command_id for outcome in next(stream)] == [first[0].command_id]
    assert taken == [first, second, third]
    assert [outcome.command_id for outcome in next(stream)] == [second[0].command_id]
    assert [outcome.command_id for outcome in next(stream)] == [third[0].command_id]
    assert list(stream) == []


def test_what_was_decided_on_a_batch_that_lost_is_decided_again() -> None:
    log = LateLog()
    begin(log, ACTIVE)

    def batches() -> Iterator[list[Envelope]]:
        yield [by(OWNER, issue()).envelope()]
        Executor(log).execute([SUSPEND.envelope()])  # The first is under way, and loses.
        yield [by(OWNER, issue()).envelope()]

    outcomes = [outcome.code for done in Executor(log).stream(batches()) for outcome in done]
    assert outcomes == ["app_suspended", "app_suspended"]


def test_the_last_batch_is_decided_again_as_well_even_where_versions_happen_to_agree() -> None:
    log = LateLog()
    begin(log, ACTIVE)

    def batches() -> Iterator[list[Envelope]]:
        yield [by(OWNER, issue()).envelope()]
        Executor(log).execute([SUSPEND.envelope()])  # One event on the app, where the first would have had one.
        yield [by(OWNER, issue(NEW_KEY)).envelope()]

    outcomes = [outcome.code for done in Executor(log).stream(batches()) for outcome in done]
    assert outcomes == ["app_suspended", "app_suspended"]


class CountingLog(LateLog):
    """Counts appends, those that were in vain as well."""

    appends = 0

    def append(self, batch: Batch) -> Appended | Conflict:
        self.appends += 1
        return super().append(batch)


def prepared(scene: Sequence[object] = (*ACTIVE, create(app_id=OTHER_APP, name="Rain"))) -> tuple[CountingLog, Executor]:
    """A log, and an executor that remembers both of its apps."""
    log = CountingLog()
    begin(log, scene)
    executor = Executor(log)
    executor.execute([by(OWNER, SetAttributes(app_id=each, attributes={"a": "b"})).envelope() for each in (APP, OTHER_APP)])
    log.appends = 0
    return log, executor


def test_a_batch_that_builds_on_the_one_under_way_is_not_decided_twice() -> None:
    log, executor = prepared()
    outcomes = list(executor.stream([[by(OWNER, issue()).envelope()], [by(OWNER, rotate()).envelope()]]))
    assert [outcome.code for done in outcomes for outcome in done] == [None, None]
    assert log.appends == 2


def test_what_was_decided_on_a_batch_that_lost_is_forgotten_whole() -> None:
    log, executor = prepared()

    def batches() -> Iterator[list[Envelope]]:
        yield [by(OWNER, issue()).envelope()]
        Executor(log).execute([SUSPEND.envelope()])
        log.appends = 0
        yield [by(OWNER, EditApp(app_id=OTHER_APP, description="new")).envelope()]

    outcomes = [outcome.code for done in executor.stream(batches()) for outcome in done]
    assert outcomes == ["app_suspended", None]
    assert log.appends == 3  # The one that lost, the same again, and the other one, which nobody else had touched.


def test_a_batch_that_must_be_cut_is_taken_in_parts_and_nothing_is_lost() -> None:
    log, executor = prepared()
    third = an_id("third app")
    cut = [EDIT, create(app_id=third, name="Snow"), EditApp(app_id=third, name="Hail"), issue()]
    batches = [[by(OWNER, issue(NEW_KEY)).envelope()], [by(OWNER, each).envelope() for each in cut], [by(OWNER, EDIT).envelope()]]
    outcomes = [[outcome.code for outcome in done] for done in executor.stream(batches)]
    assert outcomes == [[None], [None] * 4, [None]]
    assert log.appends == 4


class AwayOnce(CountingLog):
    """Is away once, when the result is asked for."""

    is_away = False

    def start_append(self, batch: Batch) -> Future[Appended | Conflict]:
        if not self.is_away:
            return super().start_append(batch)
        failed: Future[Appended | Conflict] = Future()
        failed.set_exception(LogUnavailable("away"))
        return failed


def test_when_the_log_is_away_no_outcome_comes_and_the_same_batches_can_come_again() -> None:
    log = AwayOnce()
    begin(log, ACTIVE)
    batches = [[by(OWNER, EDIT, command_id=an_id(str(n))).envelope()] for n in range(3)]
    executor = Executor(log)
    executor.execute([by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})).envelope()])
    log.is_away, log.appends = True, 0
    came: list[list[Outcome]] = []
    with pytest.raises(LogUnavailable):
        came.extend(executor.stream(batches))
    assert came == []
    log.is_away = False
    came = list(executor.stream(batches))
    assert [outcome.kind for done in came for outcome in done] == [OutcomeKind.ACCEPTED] * 3
    assert log.appends == 3
    assert sum(isinstance(new.event, AppEdited) for new in log.appended) == 1


def test_the_same_command_in_two_batches_that_overlap_has_one_effect_and_one_outcome() -> None:
    log = LateLog()
    begin(log, ACTIVE)
    twice = [by(OWNER, EDIT, command_id=an_id("twice")).envelope()]
    first, second = list(Executor(log).stream([twice, twice]))
    assert first == second
    assert sum(isinstance(new.event, AppEdited) for new in log.appended) == 1


def test_a_batch_of_nothing_lets_those_before_it_come() -> None:
    log = LateLog()
    begin(log, ACTIVE)
    assert [len(done) for done in Executor(log).stream([[by(OWNER, EDIT).envelope()], [], [], [by(OWNER, EDIT).envelope()]])] == [
        1,
        0,
        0,
        1,
    ]
