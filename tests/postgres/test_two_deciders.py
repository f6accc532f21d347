"""Two admins decide the same approval at once, in two executors on a real log: one decision, and the other is told who was first."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import ConnectionPool

from adapters.postgres.log import PostgresLog
from adapters.vault import Vault
from commands.decide_approval import DecideApproval, Decision
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.principal import Principal, Role, person
from domain.approval import Approval, ApprovalDecided
from domain.derived_ids import approval_id
from tests.examples import GUARDED, OWNER, SCENE, an_id, create, grant, reject
from tests.given import ADMIN, Sent, sender

RACES = 60
OTHER = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))


def send(executor: Executor, *requests: Sent) -> Sequence[Outcome]:
    return executor.execute([each.envelope() for each in requests])


def test_one_of_them_decides_and_the_other_is_told_who_many_times_over(pool: ConnectionPool[psycopg.Connection[Any]], vault: Vault) -> None:
    log = PostgresLog(pool, vault.personal_data)
    executors = [Executor(PostgresLog(pool, vault.personal_data)) for _ in range(2)]
    assert {each.kind for each in send(Executor(log), *(Sent(each, sender(each)) for each in SCENE))} == {OutcomeKind.ACCEPTED}
    firsts: dict[str, int] = {ADMIN.text: 0, OTHER.text: 0}
    for _ in range(RACES):
        app_id, asked = uuid4(), uuid4()
        made = Sent(create(GUARDED, app_id=app_id, name=f"App {app_id}"), OWNER, command_id=asked)
        assert send(Executor(log), made)[0].kind is OutcomeKind.ACCEPTED
        review = approval_id(asked)
        told = _race(executors, app_id, review, [(ADMIN, grant(GUARDED)), (OTHER, reject(GUARDED))])
        (winner,) = [who for who, outcome in told.items() if outcome.kind is OutcomeKind.ACCEPTED]
        (loser,) = told.keys() - {winner}
        assert (told[loser].kind, told[loser].code) == (OutcomeKind.REFUSED, "already_decided")
        assert f"{winner} decided this at " in (told[loser].sentence or "")
        stream = Approval.at(review)
        events = log.load([stream], []).histories[stream].events
        assert [each.decided_by for each in events if isinstance(each, ApprovalDecided)] == [winner]
        firsts[winner] += 1
    assert sum(firsts.values()) == RACES


def _race(executors: Sequence[Executor], app_id: UUID, review: UUID, said: Sequence[tuple[Principal, Decision]]) -> dict[str, Outcome]:
    start = threading.Barrier(len(executors))

    def decide(executor: Executor, who: Principal, decision: Decision) -> Outcome:
        start.wait()
        return send(executor, Sent(DecideApproval(app_id=app_id, approval_id=review, decisions=(decision,)), who))[0]

    with ThreadPoolExecutor(len(executors)) as threads:
        outcomes = [threads.submit(decide, executor, *each) for executor, each in zip(executors, said, strict=True)]
        return {who.text: outcome.result() for (who, _), outcome in zip(said, outcomes, strict=True)}
