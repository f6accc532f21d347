"""An app's name under its owner: taken by one living app at a time. One stream per owner and folded name, so no stream is hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, assert_never
from uuid import UUID

from domain.event import Event
from domain.refused import Refused
from domain.state import State


class AppNameTaken(Event):
    app_id: UUID


class AppNameFreed(Event):
    app_id: UUID


AppNameEvent = AppNameTaken | AppNameFreed


@dataclass(frozen=True)
class AppName(State):
    """Which app holds the name now."""

    KIND: ClassVar[str] = "app_name"

    app_id: UUID | None = None

    def take(self, app_id: UUID) -> Sequence[AppNameEvent]:
        if self.app_id == app_id:
            return []
        if self.app_id is not None:
            raise Refused("name_taken", "the owner has another app of this name; names differ by more than case and spacing")
        return [AppNameTaken(app_id=app_id)]

    def free(self, app_id: UUID) -> Sequence[AppNameEvent]:
        return [AppNameFreed(app_id=app_id)] if self.app_id == app_id else []

    def evolve(self, event: AppNameEvent) -> AppName:
        """History is never refused: no rule may be checked here."""
        match event:
            case AppNameTaken(app_id=app_id):
                return self.but(app_id=app_id)
            case AppNameFreed():
                return self.but(app_id=None)
        assert_never(event)
