"""Taking commands: read, execute, log one line each. What every way in does with the requests it has gathered."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

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
        read = self._read(requests)
        return _told(requests, read, self._executor.execute(_well_formed(read)))

    def stream(self, batches: Iterable[Sequence[Request]]) -> Iterator[list[Outcome]]:
        """Take batch after batch: while one is being committed, the next are read and decided.

        Each batch gets its outcomes, in order, when the next two were taken from `batches`; an empty batch lets those before it come.
        Raises LogUnavailable: then nothing may be told of batches whose outcomes did not come; they may be taken again.
        """
        waiting: deque[tuple[Sequence[Request], list[Envelope | Outcome]]] = deque()

        def read() -> Iterator[list[Envelope]]:
            for requests in batches:
                waiting.append((requests, self._read(requests)))
                yield _well_formed(waiting[-1][1])

        for executed in self._executor.stream(read()):
            yield _told(*waiting.popleft(), executed)

    def _read(self, requests: Sequence[Request]) -> list[Envelope | Outcome]:
        return [self._intake.read(request) for request in requests]


def _well_formed(read: Sequence[Envelope | Outcome]) -> list[Envelope]:
    return [each for each in read if isinstance(each, Envelope)]


def _told(requests: Sequence[Request], read: Sequence[Envelope | Outcome], executed: Sequence[Outcome]) -> list[Outcome]:
    """Put the outcomes in the requests' order, and log them."""
    left = iter(executed)
    outcomes = [next(left) if isinstance(each, Envelope) else each for each in read]
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
