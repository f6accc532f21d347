"""What is sent about notices, for whoever walks who may what: what a recipient does with his own, and what the system records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4

from domain.derived_ids import notice_id

Data = dict[str, Any]
Send = Callable[[str, Data, str, UUID], None]
NOTICE_COMMANDS: Final = {
    *("notice.raise.v1", "notice.record_delivery.v1", "notice.record_failure.v1"),
    *("notice.redeliver.v1", "notice.mark_read.v1", "preferences.set.v1", "webhook.register.v1", "webhook.remove.v1"),
}


class NoticeScene:
    """Tells one recipient of something, as the system does."""

    def __init__(self, send: Send, recipient: str) -> None:
        self._send = send
        self.recipient = recipient

    def raised(self, channel: str) -> str:
        """A notice that was addressed; its id."""
        data = self.occasion() | {"to": [{"recipient_id": self.recipient, "channel": channel, "due_at": "2026-11-02T09:00:00Z"}]}
        self._send("notice.raise.v1", data, "system", uuid4())
        return str(notice_id(UUID(data["occasion_id"]), UUID(self.recipient), channel, None))

    def removed(self) -> str:
        """A webhook that is gone: there may be ten at most, and removing it again is as much anybody's right."""
        webhook = str(uuid4())
        owned = {"recipient_id": self.recipient, "webhook_id": webhook}
        self._send("webhook.register.v1", owned | {"url": "https://example.com/hook"}, "admin:grace", uuid4())
        self._send("webhook.remove.v1", owned, "admin:grace", uuid4())
        return webhook

    def occasion(self) -> Data:
        occasion = str(uuid4())
        return {"occasion_id": occasion, "kind": "app_suspended", "concerns": occasion, "about": {}, "to": []}

    def command(self, name: str) -> Data:
        """A command that would do something."""
        mine = {"recipient_id": self.recipient}
        match name:
            case "notice.raise.v1":
                return self.occasion()
            case "notice.record_delivery.v1":
                return {"message_id": str(uuid4()), "notices": [self.raised("email")]}
            case "notice.record_failure.v1":
                attempts = [{"notice_id": self.raised("email"), "attempt": 1, "wait": "PT10S"}]
                return {"message_id": str(uuid4()), "notices": attempts, "reason": "smtp 450"}
            case "notice.redeliver.v1":
                return mine | {"notice_id": self.raised("email")}
            case "notice.mark_read.v1":
                return mine | {"notices": [self.raised("inbox")]}
            case "preferences.set.v1":
                return mine | {"timings": {"approval_granted": {"email": "off"}}}
            case "webhook.register.v1":
                return mine | {"webhook_id": str(uuid4()), "url": "https://example.com/hook"}
            case _:
                return mine | {"webhook_id": self.removed()}
