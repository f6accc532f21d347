"""Taking commands: read, execute, log one line each. What every way in does with the requests it has gathered."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from adapters.intake import Intake, Request
from commands.command import Envelope
from commands.executor import Executor
from commands.outcome import Outcome

log = structlog.get_logger("commands")


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
        for request, each, outcome in zip(requests, read, outcomes, strict=True):
            _log(request, each.principal.text if isinstance(each, Envelope) else None, outcome)
        return outcomes


def _log(request: Request, principal: str | None, outcome: Outcome) -> None:
    """Say what became of one command: never its payload, and of people only their ids."""
    log.info(
        "command",
        command=request.name[:100],
        id=str(request.command_id),
        outcome=outcome.kind.value,
        position=outcome.position,
        code=outcome.code,
        principal=principal,
        fields=[error.field for error in outcome.errors] or None,
    )
