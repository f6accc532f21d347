"""A developer: a person who may own apps, from registration to deactivation. An e-mail address is no identity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, assert_never

from domain.event import Event
from domain.personal import Personal
from domain.refused import Refused
from domain.state import State


class DeveloperRegistered(Event):
    name: Personal
    email: Personal


class DeveloperChanged(Event):
    name: Personal
    email: Personal


class DeveloperDeactivated(Event):
    reason: str


DeveloperEvent = DeveloperRegistered | DeveloperChanged | DeveloperDeactivated


class DeveloperStatus(StrEnum):
    """Where a developer stands."""

    ABSENT = "absent"
    REGISTERED = "registered"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class Developer(State):
    """What past events make true of a developer."""

    KIND: ClassVar[str] = "developer"

    status: DeveloperStatus = DeveloperStatus.ABSENT
    name: Personal = Personal("")
    email: Personal = Personal("")

    def must_own(self) -> None:
        """Refuse whoever may not own an app (any more)."""
        match self.status:
            case DeveloperStatus.REGISTERED:
                return
            case DeveloperStatus.ABSENT:
                raise Refused("owner_unknown", "no developer is registered under this id; register first")
            case DeveloperStatus.DEACTIVATED:
                raise Refused("deactivated", "this developer was deactivated")
        assert_never(self.status)

    def register(self, name: Personal, email: Personal) -> list[DeveloperEvent]:
        match self.status:
            case DeveloperStatus.ABSENT:
                return [DeveloperRegistered(name=name, email=email)]
            case DeveloperStatus.REGISTERED:
                if (self.name, self.email) == (name, email):
                    return []
                raise Refused("id_used", "this developer is registered already, with other details; change them instead")
            case DeveloperStatus.DEACTIVATED:
                raise Refused("deactivated", "this developer was deactivated; ids are never used again")
        assert_never(self.status)

    def change(self, name: Personal | None, email: Personal | None) -> list[DeveloperEvent]:
        self.must_be_registered()
        new_name = self.name if name is None else name
        new_email = self.email if email is None else email
        if (self.name, self.email) == (new_name, new_email):
            return []
        return [DeveloperChanged(name=new_name, email=new_email)]

    def deactivate(self, reason: str) -> list[DeveloperEvent]:
        if self.status is DeveloperStatus.DEACTIVATED:
            return []
        self.must_be_registered()
        return [DeveloperDeactivated(reason=reason)]

    def must_be_registered(self) -> None:
        """Refuse whoever is not a developer, or not any more."""
        if self.status is DeveloperStatus.ABSENT:
            raise Refused("developer_unknown", "no developer is registered under this id")
        if self.status is DeveloperStatus.DEACTIVATED:
            raise Refused("deactivated", "this developer was deactivated")

    def evolve(self, event: DeveloperEvent) -> Developer:
        """History is never refused: no rule may be checked here."""
        match event:
            case DeveloperRegistered(name=name, email=email):
                return self.but(status=DeveloperStatus.REGISTERED, name=name, email=email)
            case DeveloperChanged(name=name, email=email):
                return self.but(name=name, email=email)
            case DeveloperDeactivated():
                return self.but(status=DeveloperStatus.DEACTIVATED)
        assert_never(event)
