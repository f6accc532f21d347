"""States as the log has them now, for workers that look before they send a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from commands.kinds import absent
from commands.ports import History, Log
from domain.event import Event
from domain.state import State, Stream

S = TypeVar("S", bound=State)
STREAMS_PER_LOAD_MAX: Final = 1_000


class States:
    """What was loaded at one moment, and that moment by the database's clock."""

    def __init__(self, histories: Mapping[Stream, History], now: datetime) -> None:
        self._histories = histories
        self.now = now

    def with_more(self, more: States) -> States:
        """These and what was loaded because of them."""
        return States({**self._histories, **more._histories}, more.now)

    def of(self, kind: type[S], id: UUID) -> S:  # noqa: A002 - as State.at
        """An aggregate's state; it must have been asked for."""
        stream = kind.at(id)
        state: Any = absent(stream)
        for event in self._histories[stream].events:
            state = state.evolve(event)
        found: S = state
        return found

    def event(self, stream: str, version: int) -> Event:
        """One event of what was asked for."""
        return self._histories[Stream(stream)].events[version - 1]

    def events(self, stream: str) -> Iterable[Event]:
        """All events of a stream that was asked for."""
        return self._histories[Stream(stream)].events


def load_states(log: Log, streams: Iterable[Stream]) -> States:
    """Load these streams as they are now. Raises LogUnavailable."""
    asked = list(dict.fromkeys(streams))
    histories: dict[Stream, History] = {}
    loaded = log.load(asked[:STREAMS_PER_LOAD_MAX], ())
    histories.update(loaded.histories)
    for start in range(STREAMS_PER_LOAD_MAX, len(asked), STREAMS_PER_LOAD_MAX):
        histories.update(log.load(asked[start : start + STREAMS_PER_LOAD_MAX], ()).histories)
    return States(histories, loaded.now)
