"""Who and what histories are made of, and how one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from commands.principal import SYSTEM, Principal, Role, person, service
from domain.owner import Owner, OwnerKind
from tests.examples import MIA, an_id
from tests.given import ADMIN, ANNA, OLGA

T = TypeVar("T")

APPS = [an_id(f"app {n}") for n in range(5)]
"""At the beginning one is active while a product waits, one pending, one rejected; one is not there yet, and the last is a team's."""
TEAMS = [an_id(f"team {n}") for n in range(2)]
"""At the beginning the first is Olga's, with Mia in it; the other is not there yet."""
KEYS = [an_id(f"credential {n}") for n in range(6)]
GUARDED = [an_id(f"guarded {n}") for n in range(3)]
FREE = [an_id(f"free {n}") for n in range(2)]
BULK = [an_id(f"bulk {n}") for n in range(49)]
PRODUCTS = [*GUARDED, *FREE, an_id("added later")]
DEVELOPERS = [OLGA, an_id("otto"), MIA, ANNA]
OTHER_ADMIN = person(an_id("other admin"), frozenset({Role.PORTAL_ADMIN}))
ROBOT = service("robot", frozenset({Role.PORTAL_ADMIN}), may_act=frozenset({str(OLGA), str(MIA)}))
Sender = tuple[Principal, UUID | None] | None
SENDERS: list[Sender] = [
    (person(OLGA), None),
    (person(an_id("otto")), None),
    (person(MIA), None),
    (ROBOT, MIA),
    (ADMIN, None),
    (OTHER_ADMIN, None),
    (ROBOT, None),
    (ROBOT, OLGA),
    (ROBOT, an_id("otto")),
    (SYSTEM, None),
    (service("gateway", frozenset({Role.GATEWAY})), None),
]

HOUR = timedelta(hours=1)
LIFETIMES = [None, None, -HOUR, HOUR, 5 * HOUR, 30 * HOUR]
OVERLAPS = [timedelta(0), 2 * HOUR, 24 * HOUR, 24 * HOUR, timedelta(days=7)]
NAMES = ["Weather", "WEATHER", "Ｗeather", "Rain", "Snow"]  # noqa: RUF001 - a full-width W
SAID = [*NAMES, "abuse", "leaked", "fine", "Olga", "@example", "extra"]
"""What payloads say, and refusals must not repeat."""
ANY_APP = [*APPS[:3], *APPS[:3], *APPS[:3], *APPS, APPS[4], APPS[4]]
SOMEONE: list[Sender] = [*[None] * 25, *SENDERS]
"""None: whoever may; else anybody, and mostly nobody who may."""


class Pick(Protocol):
    """Chooses one: by hypothesis, which can shrink what failed, or by a seeded random walk, which goes further in the same time."""

    def __call__(self, options: Sequence[T], /) -> T:
        """Choose one of the options."""
        ...


Step = Callable[[Any, Pick], None]
STEPS: list[Step] = []


def step(action: Step) -> Any:  # noqa: ANN401 - hypothesis' own type of a rule
    """Make an action a rule of the machine, and a step of the walk."""
    STEPS.append(action)

    def as_rule(self: object, data: st.DataObject) -> None:
        action(self, lambda options: data.draw(st.sampled_from(options)))

    as_rule.__name__ = as_rule.__qualname__ = action.__name__
    return rule(data=st.data())(as_rule)


def owner_of(owner_id: UUID) -> Owner:
    """The owner with this id: a team, or a developer."""
    return Owner(kind=OwnerKind.TEAM if owner_id in TEAMS else OwnerKind.DEVELOPER, id=owner_id)


def some(pick: Pick, options: Sequence[T], most: int = 3) -> tuple[T, ...]:
    """One to three different ones."""
    return tuple(dict.fromkeys(pick(options) for _ in range(pick(range(1, most + 1)))))


def one_in(many: int, pick: Pick) -> bool:
    """Now and then; seldom is never the first choice, so that hypothesis shrinks it away."""
    return pick(range(many)) == many - 1
