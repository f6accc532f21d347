"""The servers that `launchpad run` started itself: one that dies is named, and started again where it was."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from adapters.cli.told import Told
from adapters.local import LocalServerError

LOOK_SECONDS: Final = 1.0
DEATHS_MAX: Final = 3
"""As many within DEATHS_SECONDS_MAX, and another start would help no more: the disk is full, or memory is short."""
DEATHS_SECONDS_MAX: Final = 60.0

Say = Callable[[str], None]


class Server(Protocol):
    """A server of our own, in a folder of this machine."""

    @property
    def runs(self) -> bool:
        """Whether its process lives."""
        ...

    @property
    def address(self) -> str:
        """Where it listens."""
        ...

    def start_again(self) -> None:
        """Start it at the same address. Raises LocalServerError."""
        ...


@dataclass
class _Watched:
    name: str
    server: Server
    without: str | None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_MAX))


class Watch:
    """Looks after servers; `notice` is told what happens to them, and `step` what is well again."""

    def __init__(self, notice: Say, step: Say) -> None:
        self._notice = notice
        self._step = step
        self._watched: list[_Watched] = []

    def over(self, name: str, server: Server, without: str | None = None) -> None:
        """Look after this one. `without` says what goes on where it can't be started again; where nothing does, the watch ends."""
        self._watched.append(_Watched(name, server, without))

    def keep(self) -> None:
        """Look, for good. Raises Told where nothing goes on without a server that can't be started again."""
        while True:
            time.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Start again what is dead. Raises Told, as `keep`."""
        for each in [each for each in self._watched if not each.server.runs]:
            try:
                self._start_again(each)
            except LocalServerError as error:
                if each.without is None:
                    raise Told(f"{each.name} can't be started again: {error}") from None
                self._notice(f"{each.name} can't be started again, and {each.without}: {error}")
                self._watched.remove(each)

    def _start_again(self, each: _Watched) -> None:
        now = time.monotonic()
        each.deaths.append(now)
        if len(each.deaths) == DEATHS_MAX and now - each.deaths[0] < DEATHS_SECONDS_MAX:
            raise LocalServerError(f"it ended {DEATHS_MAX} times within {DEATHS_SECONDS_MAX:.0f} s; its log says why")
        self._notice(f"{each.name} ended; starting it again at {each.server.address}")
        each.server.start_again()
        self._step(f"{each.name} runs again")
