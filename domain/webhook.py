"""Webhooks: the addresses of a recipient's own programs that want to be told. Their signing secrets lie in the vault, never here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, assert_never
from uuid import UUID

from domain.event import Event
from domain.limits import WEBHOOKS_MAX
from domain.notice_kind import NoticeKind
from domain.refused import Refused
from domain.state import State


class WebhookRegistered(Event):
    """`kinds` are those that it wants; none named: all."""

    webhook_id: UUID
    url: str
    kinds: tuple[str, ...]


class WebhookRemoved(Event):
    webhook_id: UUID


WebhookEvent = WebhookRegistered | WebhookRemoved


class Endpoint(NamedTuple):
    """One address, and what it wants to hear."""

    url: str
    kinds: frozenset[str]

    def wants(self, kind: NoticeKind) -> bool:
        """Whether it is told of such notices."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Webhooks(State):
    """All of one recipient's, in one stream under his id, so that there are never too many of them."""

    KIND: ClassVar[str] = "webhook"

    living: Mapping[UUID, Endpoint] = field(default_factory=dict)
    removed: frozenset[UUID] = frozenset()

    def register(self, webhook_id: UUID, url: str, kinds: tuple[NoticeKind, ...]) -> list[WebhookEvent]:
        if self.living.get(webhook_id) == Endpoint(url, frozenset(kinds)):
            return []
        if webhook_id in self.living or webhook_id in self.removed:
            raise Refused("id_used", "this id belongs to an earlier webhook; ids are never used again")
        if len(self.living) >= WEBHOOKS_MAX:
            raise Refused("too_many_webhooks", f"there are {WEBHOOKS_MAX} webhooks already; remove one first")
        return [WebhookRegistered(webhook_id=webhook_id, url=url, kinds=tuple(sorted(kinds)))]

    def remove(self, webhook_id: UUID) -> list[WebhookEvent]:
        if webhook_id in self.removed:
            return []
        if webhook_id not in self.living:
            raise Refused("webhook_unknown", "this recipient has no webhook with this id")
        return [WebhookRemoved(webhook_id=webhook_id)]

    def evolve(self, event: WebhookEvent) -> Webhooks:
        """History is never refused: no rule may be checked here."""
        match event:
            case WebhookRegistered(webhook_id=webhook_id, url=url, kinds=kinds):
                return self.but(living={**self.living, webhook_id: Endpoint(url, frozenset(kinds))})
            case WebhookRemoved(webhook_id=webhook_id):
                living = {id_: endpoint for id_, endpoint in self.living.items() if id_ != webhook_id}
                return self.but(living=living, removed=self.removed | {webhook_id})
        assert_never(event)
