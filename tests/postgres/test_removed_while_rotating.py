"""An admin is removed from his team while he rotates, by another worker: nothing is committed on the authority that he had."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres import connections
from adapters.postgres.log import PostgresLog
from adapters.vault import Vault
from commands.create_app import CreateApp
from commands.create_team import CreateTeam
from commands.edit_app import EditApp
from commands.executor import Executor
from commands.outcome import Outcome, OutcomeKind
from commands.ports import Appended, Batch, Conflict
from commands.principal import person
from commands.remove_member import RemoveMember
from domain.owner import Owner, OwnerKind
from domain.team import Team
from tests.counts import Counts
from tests.examples import MIA, OWNER, invite, issue, join, register, rotate
from tests.given import ADMIN, OLGA, Sent

EACH_ORDER_SHARE = 10
"""At least one of so many races in each order, and as many conflicts: fewer, and hardly anything was raced."""
JITTER_SECONDS = 0.004
AFTERWARDS = """
    SELECT happened.topic, happened.notification_id
    FROM log.events AS removed
    JOIN log.events AS app ON app.topic = 'app.created.v1'
        AND convert_from(app.state, 'UTF8')::jsonb -> 'owner' ->> 'id' = right(removed.originator_id, 36)
    JOIN log.events AS happened ON happened.app_id = app.app_id AND happened.notification_id > removed.notification_id
    WHERE removed.topic = 'team.member_removed.v1' AND happened.topic <> 'command.refused.v1'
        AND happened.principal = 'person:' || (convert_from(removed.state, 'UTF8')::jsonb ->> 'developer_id')
"""
"""What happened to a team's app by the hand of somebody who was removed before. That he was refused is told in his name as well."""


class CountingLog(PostgresLog):
    """The real log; it counts how often it was the team's stream that had moved on."""

    team = ""
    conflicts = 0

    def append(self, batch: Batch) -> Appended | Conflict:
        appended = super().append(batch)
        self.conflicts += isinstance(appended, Conflict) and self.team in appended.streams
        return appended


@dataclass(frozen=True)
class Race:
    """A team with an app and a credential; Mia, an admin of it, rotates while Olga removes her."""

    team: UUID
    app: UUID
    key: UUID
    successor: UUID

    @classmethod
    def new(cls) -> Race:
        return cls(uuid4(), uuid4(), uuid4(), uuid4())

    def scene(self) -> list[Sent]:
        owner = Owner(kind=OwnerKind.TEAM, id=self.team)
        return [
            Sent(CreateTeam(team_id=self.team, name="Kitchen", admin=OLGA), OWNER),
            invite(MIA, self.team, as_admin=True),
            join(MIA, self.team),
            Sent(CreateApp(app_id=self.app, owner=owner, name="Weather"), OWNER),
            Sent(issue(self.key, app_id=self.app), OWNER),
        ]

    def warm(self) -> Sent:
        """What Mia does before: her worker remembers the team as it was then, as workers do."""
        return Sent(EditApp(app_id=self.app, description="seen"), person(MIA))

    def rotation(self) -> Sent:
        return Sent(rotate(self.key, to=self.successor, app_id=self.app), person(MIA))

    def removal(self) -> Sent:
        return Sent(RemoveMember(team_id=self.team, developer_id=MIA), OWNER)


@pytest.fixture
def logs(database: str, vault: Vault) -> Iterator[list[CountingLog]]:
    """Of two workers, who share no connection."""
    with connections.pool(database) as one, connections.pool(database) as other:
        yield [CountingLog(pool, vault.personal_data) for pool in (one, other)]


def sent(executor: Executor, *commands: Sent) -> list[Outcome]:
    return executor.execute([each.envelope() for each in commands])


@pytest.mark.part_teams
@pytest.mark.timeout(1800)
def test_nothing_is_rotated_on_the_authority_of_an_admin_who_was_removed(
    logs: list[CountingLog], owner: psycopg.Connection[Any], counts: Counts, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, told, conflicts = random.Random(seed), Counter[str](), 0
    log, other = logs
    rotating, removing, begin = Executor(log), Executor(other), Barrier(2)
    sent(removing, Sent(register(OLGA), ADMIN), Sent(register(MIA), ADMIN))

    def after(seconds: float, executor: Executor, command: Sent) -> Outcome:
        begin.wait()
        time.sleep(seconds)
        return sent(executor, command)[0]

    with ThreadPoolExecutor(2) as threads:
        for _ in range(counts.removals):
            race = Race.new()
            assert {outcome.kind for outcome in sent(removing, *race.scene())} == {OutcomeKind.ACCEPTED}
            assert sent(rotating, race.warm())[0].kind is OutcomeKind.ACCEPTED
            log.team, log.conflicts = Team.at(race.team), 0
            lead = chance.uniform(-JITTER_SECONDS, JITTER_SECONDS)
            rotated = threads.submit(after, max(0.0, lead), rotating, race.rotation())
            removed = threads.submit(after, max(0.0, -lead), removing, race.removal())
            outcome, gone = rotated.result(), removed.result()
            assert gone.kind is OutcomeKind.ACCEPTED
            told[_order(outcome, gone)] += 1
            conflicts += log.conflicts
            assert sent(rotating, Sent(rotate(race.successor, to=uuid4(), app_id=race.app), person(MIA)))[0].code == "not_allowed"
    with capsys.disabled():
        sys.stdout.write(f"\nremoved {counts.removals} times while rotating: {dict(told)}, {conflicts} conflicts over the team\n")
    assert owner.execute(AFTERWARDS).fetchall() == []
    assert told.keys() == {"rotated before", "refused after"}
    assert min(*told.values(), conflicts) >= counts.removals // EACH_ORDER_SHARE


def _order(rotated: Outcome, removed: Outcome) -> str:
    """Which came first, by the log's positions; what is neither is a name that nobody expects."""
    assert rotated.position is not None
    assert removed.position is not None
    if rotated.kind is OutcomeKind.ACCEPTED:
        return "rotated before" if rotated.position < removed.position else "ROTATED AFTER"
    assert rotated.code == "not_allowed"
    return "refused after" if rotated.position > removed.position else "REFUSED BEFORE"
