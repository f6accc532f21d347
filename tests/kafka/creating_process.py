"""Somebody who creates apps as fast as he can until he is told that he was deactivated: `python -m tests.kafka.creating_process`.

It reads a developer's name and a way of taking a line, and answers each with what came of it, as JSON. Every other command comes from a
service that acts for him.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, TextIO, cast
from uuid import UUID, uuid4

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.logging import set_up_logging
from adapters.postgres.log import PostgresLog
from adapters.settings import Settings
from adapters.taking import Taker
from commands.executor import Executor
from commands.outcome import Outcome
from commands.ports import Appended, Appending, Batch, Conflict
from domain.developer import Developer
from tests.kafka.world import World
from tests.own_process import ROOT, environment

BATCHES_MAX: Final = 300
"""Whoever was not told by then never will be; he is told within ten."""


class Way(StrEnum):
    """How batches are taken: one after the other, as from HTTP, or one while the last is being appended, as from the bus."""

    TAKE = "take"
    STREAM = "stream"


class CountingLog(PostgresLog):
    """The real log; it counts how often it was the developer's stream that had moved on."""

    developer = ""
    conflicts = 0

    def append(self, batch: Batch) -> Appended | Conflict:
        return self.counted(super().append(batch))

    def start_append(self, batch: Batch) -> Appending:
        return _CountingAppending(self, super().start_append(batch))

    def counted(self, appended: Appended | Conflict) -> Appended | Conflict:
        """Count it, and give it on."""
        self.conflicts += isinstance(appended, Conflict) and self.developer in appended.streams
        return appended


class _CountingAppending:
    def __init__(self, log: CountingLog, appending: Appending) -> None:
        self._log = log
        self._appending = appending

    def result(self) -> Appended | Conflict:
        return self._log.counted(self._appending.result())


class Creating:
    """Starts it."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.kafka.creating_process"],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._in, self._out = cast("TextIO", self.process.stdin), cast("TextIO", self.process.stdout)

    def begin(self, name: str, way: Way) -> None:
        """Let that developer create; returns when his first apps are there."""
        self._in.write(f"{name} {way}\n")
        self._in.flush()
        assert self._out.readline() == "begun\n"

    def ended(self) -> Any:  # noqa: ANN401 - JSON
        """Wait until he has stopped, and give what came of it: what each command was told, and the number of conflicts."""
        return json.loads(self._out.readline())

    def close(self) -> None:
        """End it."""
        self._in.close()
        self.process.wait(20)
        self._out.close()


class _Developer:
    """What he sends, and what he is told."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name, self.id = world, name, world.person(name)
        self.token, self.service = world.token(f"developer:{name}"), world.token("service:billing", may_act=[self.id])
        self.sent: list[list[UUID]] = []
        self.told: dict[str, str] = {}
        self.over = False

    def batches(self) -> Iterator[list[Request]]:
        """Batch after batch, until he has heard: new apps, and what he does to an app of the batch before."""
        earlier, credential = None, uuid4()
        for _ in range(BATCHES_MAX):
            if self.over:
                break
            app, other = uuid4(), uuid4()
            commands = [self.world.create(self.name, app), self.world.create(self.name, other), _issue(app, credential := uuid4())]
            if earlier is not None:
                on = {"app_id": str(earlier[0])}
                commands.append(("app.edit.v1", on | {"description": f"edited before {app}"}))
                commands.append(("app.set_attributes.v1", on | {"attributes": {"next": str(app)}}))
                commands.append(("credential.revoke.v1", on | {"credential_id": str(earlier[1]), "reason": "replaced"}))
            earlier = app, credential
            requests = [
                self.world.request(*command, self.service, self.id) if place % 2 else self.world.request(*command, self.token)
                for place, command in enumerate(commands)
            ]
            self.sent.append([request.command_id for request in requests])
            yield requests

    def hear(self, outcomes: list[Outcome]) -> None:
        """Hear what came of the oldest batch that nothing was heard of."""
        first = not self.told
        for command_id, outcome in zip(self.sent.pop(0), outcomes, strict=True):
            self.told[str(command_id)] = outcome.code or outcome.kind
        self.over = "deactivated" in self.told.values()
        if first:
            sys.stdout.write("begun\n")
            sys.stdout.flush()


def _issue(app: UUID, credential: UUID) -> tuple[str, dict[str, Any]]:
    return "credential.issue.v1", {"app_id": str(app), "credential_id": str(credential), "kind": "api_key", "secret_digest": "0" * 64}


def _main() -> None:
    settings = Settings.load()
    set_up_logging("json", "warning")
    world = World(settings.home)
    with Launchpad(settings) as launchpad:
        log = CountingLog(launchpad.pool, launchpad.vault.personal_data)
        taker = Taker(launchpad.intake, Executor(log))
        for line in sys.stdin:
            name, way = line.split()
            developer = _Developer(world, name)
            log.developer, log.conflicts = Developer.at(developer.id), 0
            taken = taker.stream(developer.batches()) if way == Way.STREAM else map(taker.take, developer.batches())
            for outcomes in taken:
                developer.hear(outcomes)
            sys.stdout.write(json.dumps({"told": developer.told, "conflicts": log.conflicts}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main()
