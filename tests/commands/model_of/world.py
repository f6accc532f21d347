"""The model's world: plain records, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

LIVING = ("pending", "active", "rejected", "suspended")


class No(Exception):
    """A refusal; its argument is the code."""


def need(condition: object, code: str) -> None:
    if not condition:
        raise No(code)


@dataclass(frozen=True)
class Who:
    """Who sends a command, as the model sees him."""

    text: str
    person: UUID | None = None
    roles: frozenset[str] = frozenset()
    may_act: bool = True
    on_behalf: bool = False

    @property
    def is_runner(self) -> bool:
        """Whether nobody wants it, but something fell due."""
        return "system" in self.roles and "portal_admin" not in self.roles and not self.on_behalf


@dataclass
class Review:
    app: UUID
    status: str = "open"
    waiting: set[UUID] = field(default_factory=set)
    askers: set[str] = field(default_factory=set)
    granted: bool = False
    decided: Any = None
    assignee: UUID | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Key:
    """A credential."""

    app: UUID
    content: tuple[Any, ...]
    issued: datetime
    expires: datetime | None
    status: str = "pending"
    replaces: UUID | None = None
    successor: UUID | None = None
    retires: datetime | None = None
    counts: bool = True
    client_id: str | None = None
    demand: Any = None

    @property
    def cut_off(self) -> datetime | None:
        return self.demand[0] if self.demand is not None and self.demand[1] == "revoke" else None

    @property
    def ended(self) -> bool:
        return self.status in {"revoked", "expired"}

    def end(self, status: str) -> None:
        self.status, self.counts = status, False

    def over(self, now: datetime) -> bool:
        times = [self.expires, self.cut_off, self.retires if self.status == "retiring" else None]
        return self.ended or any(time is not None and time <= now for time in times)


class Asked(NamedTuple):
    """All that a policy may look at."""

    product: UUID
    category: str
    guarded: bool
    attributes: dict[str, str]
    hosts: frozenset[str]
    rejections: int
    owner_kind: str


@dataclass
class TheTeam:
    name: str
    members: dict[UUID, str]
    invited: dict[UUID, str] = field(default_factory=dict)
    joined: dict[UUID, int] = field(default_factory=dict)

    @property
    def admins(self) -> list[UUID]:
        return [each for each, role in self.members.items() if role == "admin"]


@dataclass
class TheOffer:
    """An offer of a credential."""

    said: tuple[Any, ...]
    joined: int
    state: str = "open"
    credential: UUID | None = None


@dataclass
class TheApp:
    owner: UUID
    details: list[Any]
    attributes: dict[str, str]
    status: str = "pending"
    subscriptions: dict[UUID, tuple[str, UUID | None]] = field(default_factory=dict)
    rejections: int = 0
    offered_to: Any = None
    answered: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    """What the policy said last of each product, and which rule: an approved one that it would have reviewed was granted by a person."""
    last: dict[UUID, tuple[tuple[int, str, Any], Asked]] = field(default_factory=dict)
    """The policy in force and what it saw of each product, at the last change that it may look at."""

    def seen(self) -> tuple[dict[str, str], frozenset[str], UUID]:
        """What a policy may look at, and edits may change."""
        return dict(self.attributes), frozenset(url.split("/")[2] for url in self.details[2]), self.owner

    def standing(self, *statuses: str) -> list[UUID]:
        return [product for product, (status, _) in self.subscriptions.items() if status in statuses]

    def must_be(self, *statuses: str) -> None:
        need(self.status in statuses, f"app_{self.status}")


@dataclass
class Run:
    content: tuple[Any, ...]
    action: str
    status: str = "preparing"
    targets: int = 0
    prepared_at: datetime | None = None
    started_by: UUID | None = None


@dataclass
class ListPart:
    run: UUID
    size: int
    reported: int = 0


@dataclass
class Runs:
    """What the world knows of bulk runs."""

    runs: dict[UUID, Run] = field(default_factory=dict)
    parts: dict[UUID, ListPart] = field(default_factory=dict)


@dataclass
class World:
    now: datetime
    developers: dict[UUID, Any] = field(default_factory=dict)
    products: dict[UUID, Any] = field(default_factory=dict)
    policy: tuple[int, str, Any] = (0, "manual", [])
    apps: dict[UUID, TheApp] = field(default_factory=dict)
    reviews: dict[UUID, Review] = field(default_factory=dict)
    keys: dict[UUID, Key] = field(default_factory=dict)
    teams: dict[UUID, TheTeam] = field(default_factory=dict)
    of_deleted: dict[UUID, int] = field(default_factory=dict)
    """Rejections of apps that were deleted, by owner."""
    offers: dict[UUID, TheOffer] = field(default_factory=dict)
    bulk: Runs = field(default_factory=Runs)


class Part:
    """What every part of the model has: the world, and who sends which command now."""

    world: World
    who: Who
    command_id: UUID
