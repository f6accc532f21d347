"""What the first load of a batch found, for reads that depend on it."""

from __future__ import annotations

from typing import Protocol, TypeVar
from uuid import UUID

from domain.state import State

S = TypeVar("S", bound=State)


class Found(Protocol):
    """States that a command's `reads` named, as the batch knows them."""

    command_id: UUID

    def state(self, kind: type[S], id: UUID) -> S:  # noqa: A002 - as State.at
        """Return the state of an aggregate that `reads` named."""
        ...
