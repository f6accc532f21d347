"""Who is asking: what a verified token proved, and what a command is recorded under."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID, uuid5

PERSONS: Final = UUID("3c00d99e-1c59-4277-9464-36bf9c2a5b5e")
"""The namespace of persons' ids. Never change it: ids in the log are derived from it."""


class PrincipalKind(StrEnum):
    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"


class Role(StrEnum):
    PORTAL_ADMIN = "portal_admin"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    GATEWAY = "gateway"
    SYSTEM = "system"


class Everyone(Enum):
    """In place of a set: whomever, or whatever, is named."""

    EVERYONE = "*"


EVERYONE: Final = Everyone.EVERYONE


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. One instance serves every command that the same token sends, so it is never changed."""

    kind: PrincipalKind
    id: str
    """A person's UUID as text, a service's subject, or `system`."""
    person_id: UUID | None = None
    """A person's developer id; nobody else has one."""
    roles: frozenset[Role] = frozenset()
    may_act: frozenset[str] | Everyone = frozenset()
    """The developers (UUIDs as text, lower case) that this service may act for."""
    products: frozenset[UUID] | Everyone = frozenset()
    """The products that a gateway may ask about."""
    run_id: UUID | None = None
    """The bulk run of which this is an item, where we act for the admin who started it. No token gives one."""
    text: str = field(init=False, compare=False)
    """What the log keeps: `person:<uuid>`, `service:<subject>@<issuer>` or `system`. Made once, since every command uses it."""

    def __post_init__(self) -> None:
        text = "system" if self.kind is PrincipalKind.SYSTEM else f"{self.kind}:{self.id}"
        object.__setattr__(self, "text", text)

    def may_act_for(self, developer_id: UUID | str) -> bool:
        """Whether this principal's own token lets it act on behalf of that developer."""
        return self.may_act is EVERYONE or str(developer_id) in self.may_act

    def may_ask_about(self, product_id: UUID) -> bool:
        """Whether this principal is a gateway to that product."""
        return Role.GATEWAY in self.roles and (self.products is EVERYONE or product_id in self.products)

    def has(self, role: Role) -> bool:
        """Whether the token listed that role; nothing else ever gives one."""
        return role in self.roles


SYSTEM: Final = Principal(PrincipalKind.SYSTEM, "system", roles=frozenset({Role.SYSTEM}))
"""Ourselves: what the system does by rule or when it falls due."""


def item_of(run_id: UUID, started_by: UUID) -> Principal:
    """Ourselves, as we carry out a bulk run on behalf of whoever started it."""
    return Principal(PrincipalKind.SYSTEM, "system", may_act=frozenset({str(started_by)}), run_id=run_id)


def person_id(issuer: str, subject: str) -> UUID:
    """A person's developer id: the same for ever for the same issuer and subject, and no way back to either."""
    return uuid5(PERSONS, f"{issuer}\n{subject}")


def person(developer_id: UUID, roles: frozenset[Role] = frozenset()) -> Principal:
    """A person, known by his developer id."""
    return Principal(PrincipalKind.PERSON, str(developer_id), person_id=developer_id, roles=roles)


def service(
    subject: str,
    roles: frozenset[Role] = frozenset(),
    may_act: frozenset[str] | Everyone = frozenset(),
    products: frozenset[UUID] | Everyone = frozenset(),
) -> Principal:
    """A service with exactly the roles its token lists, the developers it may act for, and the products it may ask about."""
    return Principal(PrincipalKind.SERVICE, subject, roles=roles, may_act=may_act, products=products)
