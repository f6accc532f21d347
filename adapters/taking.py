"""Taking commands: read, execute, log one line each. What every way in does with the requests it has gathered."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.intake import Intake, Request
from adapters.logging import log_commands
from commands.catalogue import CATALOGUE
from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import Outcome


class Taker:
    """Takes requests in batches. One thread at a time, like the executor in it."""

    def __init__(self, intake: Intake, executor: Executor) -> None:
        self._intake = intake
        self._executor = executor

    def take(self, requests: Sequence[Request]) -> list[Outcome]:
        """Give each request its outcome, in order: those that have one are committed. Raises LogUnavailable: then nothing may be told."""
        read = [self._intake.read(request) for request in requests]
        executed = iter(self._executor.execute([each for each in read if isinstance(each, Envelope)]))
        outcomes = [next(executed) if isinstance(each, Envelope) else each for each in read]
        log_commands(map(_line, requests, read, outcomes))
        return outcomes


def _line(request: Request, read: Envelope | Outcome, outcome: Outcome) -> dict[str, object]:
    """What became of one command: never its payload, and of people only their ids."""
    return {
        "command": request.name if request.name in CATALOGUE else "(unknown)",
        "id": str(request.command_id),
        "outcome": outcome.kind.value,
        "position": outcome.position,
        "code": outcome.code,
        "principal": read.principal.text if isinstance(read, Envelope) else None,
    }
