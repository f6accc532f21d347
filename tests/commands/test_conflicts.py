"""Somebody was first: conflicts are decided again, and never become an outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from commands.catalogue import CATALOGUE
from commands.change_developer import ChangeDeveloper
from commands.deactivate_developer import DeactivateDeveloper
from commands.decide_approval import DecideApproval
from commands.edit_app import EditApp
from commands.executor import BATCH_TRIES, LONE_TRIES, Executor
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Appended, Batch, Conflict, Loaded, Log
from commands.principal import Role, person
from commands.resubmit_app import ResubmitApp
from commands.revoke_credential import RevokeCredential
from commands.set_attributes import SetAttributes
from commands.suspend_app import SuspendApp
from commands.withdraw_approval import WithdrawApproval
from domain.app import App, AppEdited, SubscriptionRejected
from domain.approval import Approval, ApprovalOpened
from domain.developer import Developer
from domain.state import Stream
from tests.examples import (
    ACTIVE,
    APP,
    FREE,
    GUARDED,
    KEY,
    OTHER_APP,
    OTTO,
    OWNER,
    SCENE,
    an_id,
    ask,
    create,
    issue,
    policy,
    product,
    reject,
)
from tests.given import ADMIN, ANNA, OLGA, Sent, by, sender
from tests.memory_log import MemoryLog

NEW_APP = an_id("new app")
EDIT = EditApp(app_id=APP, description="new")
Move = Callable[[MemoryLog], None]


class MovingLog(MemoryLog):
    """A log in which somebody else commits between our loads and our append, as long as nobody holds the lock."""

    def __init__(self, *moves: Move) -> None:
        super().__init__()
        self.moves = list(moves)
        self.batches: list[int] = []
        self.is_locked = False
        self.locks = 0

    def append(self, batch: Batch) -> Appended | Conflict:
        self.batches.append(len(batch.decided))
        if self.moves and not self.is_locked:
            self.moves.pop(0)(self)
        return super().append(batch)

    @contextmanager
    def locked(self) -> Iterator[Log]:
        self.is_locked = True
        self.locks += 1
        try:
            yield self
        finally:
            self.is_locked = False


def somebody_edits(log: MemoryLog) -> None:
    log.given(App.at(APP), AppEdited(name="Weather", description=f"theirs {len(log.appended)}", callback_urls=()))


def somebody(*requests: Sent) -> Move:
    """Commit other commands in between, by another executor."""

    def move(log: MemoryLog) -> None:
        other = MemoryLog(log.now)
        other.__dict__.update({name: value for name, value in log.__dict__.items() if name in other.__dict__})
        outcomes = Executor(other).execute([request.envelope() for request in requests])
        assert all(outcome.kind is OutcomeKind.ACCEPTED for outcome in outcomes)

    return move


def begin(*moves: Move, scene: Sequence[object] = ACTIVE) -> MovingLog:
    log = MovingLog()
    for each in scene:
        (outcome,) = Executor(log).execute([(each if isinstance(each, Sent) else Sent(each, sender(each))).envelope()])  # type: ignore[arg-type]
        assert outcome.kind is OutcomeKind.ACCEPTED
    log.moves, log.batches, log.loads = list(moves), [], 0
    return log


def execute(log: Log, *requests: Sent) -> list[Outcome]:
    return Executor(log).execute([request.envelope() for request in requests])


def test_a_command_that_lost_is_decided_again_on_what_is_true_now() -> None:
    log = begin(somebody(by(ADMIN, SuspendApp(app_id=APP, reason="abuse"))))
    (outcome,) = execute(log, by(OWNER, issue()))
    assert outcome.code == "app_suspended"
    assert log.batches == [1, 1]


def test_a_command_never_commits_on_an_authority_that_ended_a_moment_ago() -> None:
    deactivated = by(ADMIN, DeactivateDeveloper(developer_id=OLGA, reason="left"))
    log = begin(somebody(deactivated))
    assert [outcome.code for outcome in execute(log, by(OWNER, create(app_id=OTHER_APP, name="Rain")))] == ["deactivated"]
    admin_left = by(person(OTTO, frozenset({Role.PORTAL_ADMIN})), DeactivateDeveloper(developer_id=ANNA, reason="left"))
    log = begin(somebody(admin_left))
    assert [outcome.code for outcome in execute(log, by(ADMIN, SuspendApp(app_id=APP, reason="abuse")))] == ["deactivated"]


INTERNAL = {"name": "internal", "when": {"attributes": {"kind": "internal"}}, "then": "approve"}
NOTHING_MORE = {"name": "nothing more", "then": "reject", "reason": "we close"}
BY_RULE = (*SCENE, policy(INTERNAL, {"name": "all", "then": "approve"}), create(GUARDED))


def test_a_change_is_never_let_through_by_a_policy_that_was_replaced_a_moment_ago() -> None:
    log = begin(somebody(by(ADMIN, policy(NOTHING_MORE))), scene=BY_RULE)
    (outcome,) = execute(log, by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})))
    assert (outcome.code, log.batches) == (None, [1, 1])
    assert SubscriptionRejected(product_id=GUARDED, reason="we close") in [each.event for each in log.appended]


def test_a_decision_is_never_taken_on_what_was_changed_a_moment_ago() -> None:
    log = begin(
        somebody(by(OWNER, SetAttributes(app_id=APP, attributes={"kind": "internal"}))), scene=(*SCENE, create(GUARDED), policy(INTERNAL))
    )
    (approval,) = [Approval.id_in(each.stream) for each in log.appended if isinstance(each.event, ApprovalOpened)]
    (outcome,) = execute(log, by(ADMIN, DecideApproval(app_id=APP, approval_id=approval, decisions=(reject(GUARDED),))))
    assert outcome.code == "already_decided"  # The rule let it in first.


def test_a_refusal_checks_what_it_read_too() -> None:
    other_name = by(OWNER, EditApp(app_id=OTHER_APP, name="Snow"))
    log = begin(somebody(other_name), scene=(*ACTIVE, create(app_id=OTHER_APP, name="Rain")))
    (outcome,) = execute(log, by(OWNER, EditApp(app_id=APP, name="Rain")))
    assert outcome.kind is OutcomeKind.ACCEPTED  # The name that had refused it was freed before it could be told so.


def test_a_batch_that_lost_is_decided_again_as_a_whole_twice_at_most() -> None:
    log = begin(*[somebody_edits] * (BATCH_TRIES - 1))
    outcomes = execute(log, by(OWNER, EDIT), by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})))
    assert log.batches == [2, 2, 2]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2


def test_after_that_its_commands_go_one_by_one() -> None:
    log = begin(*[somebody_edits] * BATCH_TRIES)
    execute(log, by(OWNER, EDIT), by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})), by(OWNER, ask(FREE)))
    assert log.batches == [3, 3, 3, 1, 1, 1]
    assert log.locks == 0


def test_a_lone_command_s_third_try_takes_the_lock_before_it_loads_and_cannot_lose() -> None:
    log = begin(*[somebody_edits] * 100)
    outcomes = execute(log, by(OWNER, EDIT), by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})))
    assert log.batches == [2] * BATCH_TRIES + ([1] * LONE_TRIES + [1]) * 2
    assert log.locks == 2
    assert not log.is_locked
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 2


def test_the_numbers_are_the_design_s() -> None:
    assert BATCH_TRIES == 1 + 2, "the whole batch is decided again, twice at most"
    assert LONE_TRIES == 2, "a command's third try takes the lock"


def remembering(log: MovingLog, *moves: Move) -> Executor:
    """An executor that remembers the app and its owner, before others move them."""
    executor = Executor(log)
    executor.execute([by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})).envelope()])
    log.moves, log.batches = list(moves), []
    return executor


def test_what_others_have_changed_is_forgotten_though_it_was_only_read() -> None:
    log = begin()
    executor = remembering(log, somebody(by(ADMIN, DeactivateDeveloper(developer_id=OLGA, reason="left"))))
    assert [outcome.code for outcome in executor.execute([by(OWNER, EDIT).envelope()])] == ["deactivated"]
    assert log.batches == [1, 1]


def test_what_a_lost_batch_had_recorded_is_forgotten_too() -> None:
    log = begin()
    executor = remembering(log, somebody(by(ADMIN, ChangeDeveloper(developer_id=OLGA, name="Olga O."))))
    assert [outcome.code for outcome in executor.execute([by(OWNER, EDIT).envelope()])] == [None]
    assert log.batches == [1, 1]


def test_what_is_loaded_under_the_lock_is_loaded_anew() -> None:
    loaded: list[set[Stream]] = []

    class Watched(MovingLog):
        def load(self, streams: Collection[Stream], command_ids: Collection[UUID]) -> Loaded:
            if self.is_locked:
                loaded.append(set(streams))
            return super().load(streams, command_ids)

    log = Watched()
    log.__dict__.update(begin().__dict__)
    executor = remembering(log, *[somebody_edits] * 100)
    executor.execute([by(OWNER, EDIT).envelope()])
    assert {App.at(APP), Developer.at(OLGA)} <= loaded[0]


def test_the_same_command_elsewhere_first_is_found_and_not_done_again() -> None:
    twice = Sent(EDIT, OWNER, None, KEY)
    log = begin(somebody(twice))
    (outcome,) = execute(log, twice)
    assert outcome == log.outcomes[KEY].outcome
    assert sum(isinstance(new.event, AppEdited) for new in log.appended) == 1


def test_a_conflict_that_names_nobody_makes_the_executor_forget_everything_and_look_again() -> None:
    class Vague(MovingLog):
        def append(self, batch: Batch) -> Appended | Conflict:
            answer = super().append(batch)
            return Conflict((), ()) if isinstance(answer, Conflict) else answer

    log = Vague()
    log.__dict__.update(begin().__dict__)
    executor = Executor(log)
    executor.execute([by(OWNER, EDIT).envelope()])  # It remembers the owner, whom the next command reads and doesn't touch.
    log.moves = [somebody(by(ADMIN, DeactivateDeveloper(developer_id=OLGA, reason="left")))]
    (outcome,) = executor.execute([by(OWNER, issue()).envelope()])
    assert outcome.code == "deactivated"
    assert log.batches == [1, 1, 1]


def test_an_executor_that_remembers_what_others_have_changed_since_decides_on_what_is_true_now() -> None:
    log = begin()
    mine, theirs = Executor(log), Executor(log)
    mine.execute([by(OWNER, issue()).envelope()])
    theirs.execute([by(OWNER, RevokeCredential(app_id=APP, credential_id=KEY, reason="lost")).envelope()])
    (outcome,) = mine.execute([by(OWNER, issue()).envelope()])
    assert outcome.code == "id_used"


class Unavailable(Exception):
    """The log is away."""


def test_when_the_log_is_away_nothing_is_taken_as_done_and_nothing_is_remembered() -> None:
    class Failing(MovingLog):
        fails = False

        def append(self, batch: Batch) -> Appended | Conflict:
            if self.fails:
                raise Unavailable
            return super().append(batch)

    log = Failing()
    log.__dict__.update(begin().__dict__)
    executor = Executor(log)
    executor.execute([by(OWNER, SetAttributes(app_id=APP, attributes={"a": "b"})).envelope()])
    log.fails = True
    with pytest.raises(Unavailable):
        executor.execute([by(OWNER, EDIT).envelope()])
    log.fails = False
    assert [outcome.kind for outcome in executor.execute([by(OWNER, EDIT).envelope()])] == [OutcomeKind.ACCEPTED]
    assert log.appended[-1].event == AppEdited(name="Weather", description="new", callback_urls=())
    assert log.batches == [1, 1]


def test_memories_of_two_different_times_are_no_reason_to_fail() -> None:
    """Found by a long random walk: the app is known as it is now, its old approval as it was before it was decided."""
    log = begin()
    mine, theirs = Executor(log), Executor(log)

    def send(executor: Executor, *requests: Sent) -> list[str | None]:
        return [outcome.code for outcome in executor.execute([each.envelope() for each in requests])]

    def waiting() -> UUID:
        return [Approval.id_in(new.stream) for new in log.appended if isinstance(new.event, ApprovalOpened)][-1]

    assert send(mine, by(ADMIN, product(GUARDED, needs_approval=True)), by(OWNER, create(GUARDED, app_id=NEW_APP, name="New"))) == [
        None,
        None,
    ]
    first = waiting()
    verdict = DecideApproval(app_id=NEW_APP, approval_id=first, decisions=(reject(GUARDED),))
    assert send(theirs, by(ADMIN, verdict), by(OWNER, ResubmitApp(app_id=NEW_APP))) == [None, None]
    assert waiting() != first
    assert send(mine, by(OWNER, EditApp(app_id=NEW_APP, description="new"))) == [None]
    assert send(mine, by(OWNER, WithdrawApproval(app_id=NEW_APP, approval_id=first))) == ["already_decided"]


def test_a_fault_that_fresh_reads_don_t_cure_is_told_and_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    log = begin()
    executor = remembering(log)
    tries: list[str] = []

    def fails(*_: object) -> None:
        tries.append("tried")
        raise ZeroDivisionError

    monkeypatch.setitem(CATALOGUE, "app.edit.v1", replace(CATALOGUE["app.edit.v1"], handler=fails))
    with pytest.raises(ZeroDivisionError):
        executor.execute([by(OWNER, EDIT).envelope()])
    assert tries == ["tried", "tried"]  # Once with what it remembered, once without.
