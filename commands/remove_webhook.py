"""Remove a webhook; what still waits for it is given up."""

from typing import ClassVar
from uuid import UUID

from commands.command import Command
from commands.work import Work
from domain.state import Stream
from domain.webhook import Webhooks


class RemoveWebhook(Command):
    TARGET: ClassVar[str] = "recipient_id"
    HIMSELF: ClassVar[str | None] = "recipient_id"

    recipient_id: UUID
    webhook_id: UUID


def reads(command: RemoveWebhook) -> list[Stream]:
    return [Webhooks.at(command.recipient_id)]


def remove_webhook(command: RemoveWebhook, work: Work) -> None:
    webhooks = work.load(Webhooks, command.recipient_id)
    work.record(webhooks, webhooks.state.remove(command.webhook_id))
