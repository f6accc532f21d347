"""The rules of a conditional approval policy: what each looks at, and what it answers. The first that holds decides."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.owner import Owner, OwnerKind

SUBDOMAINS_OF = "*."
"""How a pattern begins that means every name below a domain, at any depth, and not the domain itself."""


class PolicyAnswer(StrEnum):
    """What the policy says to one product request."""

    APPROVE = "approve"
    REJECT = "reject"
    REVIEW = "review"


class WhenChanged(StrEnum):
    """What becomes of a subscription that this rule let in, when its app changes and the policy would send it to review now."""

    REVIEW = "review"
    STAY_OPEN = "stay_open"


class PolicyPart(BaseModel):
    """What a policy is made of: types and no limits, which lie on the command."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PolicyInput(BaseModel):
    """All that a policy may look at; recorded whole with each answer, so that a draft can be tried over past requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: UUID
    category: str
    owner: Owner
    attributes: dict[str, str]
    callback_hosts: tuple[str, ...]
    earlier_rejections: int


class Presence(PolicyPart):
    """Whether the app has the attribute at all."""

    present: bool


AttributeWanted = str | tuple[str, ...] | Presence
"""An attribute's value, any of several, or whether it is there."""


class CallbackHosts(PolicyPart):
    """Hosts of callback URLs, as `api.example.com`, or `*.example.com` for all below it.

    `all`: each host of the app is one of these, and it has one. `any`: one of the app's is. An approval mostly means all, a rejection any.
    """

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()

    def hold_for(self, hosts: tuple[str, ...]) -> bool:
        """Whether an app with these callback hosts is meant."""
        if self.all and not (hosts and all(_is_one_of(host, self.all) for host in hosts)):
            return False
        return not self.any or any(_is_one_of(host, self.any) for host in hosts)


class EarlierRejections(PolicyPart):
    """How often products of this app were rejected before."""

    at_least: int | None = None
    at_most: int | None = None

    def hold_for(self, rejections: int) -> bool:
        """Whether that many are meant."""
        return (self.at_least is None or rejections >= self.at_least) and (self.at_most is None or rejections <= self.at_most)


class Conditions(PolicyPart):
    """All of those given must hold, and of each list one entry; none given: the rule always holds."""

    products: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()
    owner_kind: OwnerKind | None = None
    teams: tuple[UUID, ...] = ()
    attributes: Mapping[str, AttributeWanted] = {}
    callback_hosts: CallbackHosts | None = None
    earlier_rejections: EarlierRejections | None = None

    def hold_for(self, asked: PolicyInput) -> bool:
        """Whether this request is meant."""
        owner = asked.owner
        if self.products and asked.product_id not in self.products:
            return False
        if self.categories and asked.category not in self.categories:
            return False
        if self.owner_kind is not None and owner.kind is not self.owner_kind:
            return False
        if self.teams and (owner.kind is not OwnerKind.TEAM or owner.id not in self.teams):
            return False
        if not all(_is_wanted(asked.attributes.get(name), wanted) for name, wanted in self.attributes.items()):
            return False
        if self.callback_hosts is not None and not self.callback_hosts.hold_for(asked.callback_hosts):
            return False
        return self.earlier_rejections is None or self.earlier_rejections.hold_for(asked.earlier_rejections)


class Rule(PolicyPart):
    """One rule; a rejection has a reason, which the developer is told."""

    name: str
    when: Conditions = Conditions()
    then: PolicyAnswer
    reason: str | None = None
    when_changed: WhenChanged = WhenChanged.REVIEW


def _is_wanted(value: str | None, wanted: AttributeWanted) -> bool:
    if isinstance(wanted, Presence):
        return (value is not None) is wanted.present
    return value == wanted if isinstance(wanted, str) else value in wanted


def _is_one_of(host: str, patterns: tuple[str, ...]) -> bool:
    return any(
        host.endswith(pattern.removeprefix("*")) and len(host) >= len(pattern) if pattern.startswith(SUBDOMAINS_OF) else host == pattern
        for pattern in patterns
    )
