"""What our local servers have in common: where they listen, whether they live, and how one that died comes back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from adapters.local.ports import LOOPBACK


class LocalServer(ABC):
    """One server on the loopback address, kept by whoever started it; as a context it runs until the context ends."""

    def __init__(self, port: int | None) -> None:
        self.port = port
        self._wanted_port = port

    @abstractmethod
    def start(self) -> None:
        """Start it, or take over the one that an owner who was killed has left; LocalServerError says why it can't."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it in good order."""

    @abstractmethod
    def _pid(self) -> int | None:
        """Name its process, if that lives."""

    def start_again(self) -> None:
        """Start the one that has died, at the port that its clients know; LocalServerError says why it can't."""
        self._wanted_port = self.port
        self.start()

    @property
    def runs(self) -> bool:
        """Whether its process lives; it may be on its way up, or hang."""
        return self._pid() is not None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
