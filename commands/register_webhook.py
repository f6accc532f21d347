"""Register an address that shall be told of notices. Whether it may be called is looked at by whoever calls it, each time."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from commands.command import Command
from commands.fields import URL, distinct
from commands.work import Work
from domain.limits import CALLBACK_URL_CHARACTERS_MAX
from domain.notice_kind import NoticeKind
from domain.state import Stream
from domain.webhook import Webhooks


def _webhook_url(text: str) -> str:
    if URL.fullmatch(text) is None:
        raise ValueError("not an absolute URL, https://host/path, without a fragment or a password; other characters are percent-encoded")
    return text


WebhookUrl = Annotated[str, StringConstraints(max_length=CALLBACK_URL_CHARACTERS_MAX), AfterValidator(_webhook_url)]


class RegisterWebhook(Command):
    """`kinds` are those that it wants; none named: all. The address is no secret: what comes from us is told by its signature."""

    TARGET: ClassVar[str] = "recipient_id"
    HIMSELF: ClassVar[str | None] = "recipient_id"

    recipient_id: UUID
    webhook_id: UUID
    url: WebhookUrl
    kinds: Annotated[tuple[NoticeKind, ...], AfterValidator(distinct)] = ()


def reads(command: RegisterWebhook) -> list[Stream]:
    return [Webhooks.at(command.recipient_id)]


def register_webhook(command: RegisterWebhook, work: Work) -> None:
    webhooks = work.load(Webhooks, command.recipient_id)
    work.record(webhooks, webhooks.state.register(command.webhook_id, command.url, command.kinds))
