"""Webhooks under /v1/webhooks: addresses of yours that are told, with signatures as Standard Webhooks says."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from adapters.http.asking import only_known, state_of, versioned
from adapters.http.bodies import OutcomeOut, json_answer
from adapters.http.described import takes
from adapters.http.outcomes import EXAMPLE, written
from adapters.http.problems import Problem
from adapters.http.recipients import Whose
from adapters.http.writing import Write
from adapters.vault.vault import Vault
from adapters.webhooks.addresses import NotAllowed, Unresolved, place_of
from adapters.webhooks.signing import secret_name, shown
from commands.fields import URL
from commands.outcome import FieldError
from domain.webhook import Webhooks

routes = APIRouter(prefix="/v1/webhooks", tags=["notices"], dependencies=[Depends(only_known)])
WebhookId = Annotated[UUID, Path(description="The webhook's id.")]
ADVICE = "it was shown once; remove this webhook, and register it anew for a new secret"


class WebhookOut(BaseModel):
    """A webhook of yours."""

    model_config = ConfigDict(title="Webhook")

    webhook_id: UUID
    url: str
    kinds: list[str] = Field(description="The notices that it wants; none named: all.")


class WebhooksOut(BaseModel):
    """All of them."""

    model_config = ConfigDict(title="Webhooks")

    items: list[WebhookOut]


class WebhookWritten(OutcomeOut):
    """What became of a change of a webhook."""

    model_config = ConfigDict(title="WebhookWritten", json_schema_extra={"examples": [{**EXAMPLE, "webhook_id": str(UUID(int=6))}]})

    webhook_id: UUID


class SecretOut(BaseModel):
    """What its requests are signed with."""

    model_config = ConfigDict(title="WebhookSecret")

    secret: str | None = Field(description="`whsec_...`, shown once. Null where it was shown before: it can't be had again.")
    advice: str | None = Field(None, description="What to do where it is not shown.")


class WebhookMade(WebhookWritten):
    """A new webhook. Its secret is shown once, here."""

    model_config = ConfigDict(
        title="WebhookMade",
        json_schema_extra={"examples": [{**EXAMPLE, "webhook_id": str(UUID(int=6)), "secret": "whsec_(32 bytes in base64)"}]},
    )

    secret: str | None = Field(description="As in WebhookSecret.")
    advice: str | None = None


@routes.get("", response_model=WebhooksOut, summary="Your webhooks")
async def webhooks(request: Request, whose: Whose) -> Response:
    """List them: from the log itself, so at once."""
    found, version = await state_of(request, Webhooks, whose)
    items = [WebhookOut(webhook_id=id_, url=each.url, kinds=sorted(each.kinds)) for id_, each in found.living.items()]
    return versioned(request, WebhooksOut(items=items), version)


@routes.post(
    "",
    status_code=201,
    response_model=WebhookMade,
    summary="Register a webhook",
    openapi_extra=takes("webhook.register.v1", "recipient_id", "webhook_id"),
)
async def register(request: Request, whose: Whose, write: Write) -> Response:
    """Let an address of yours be told. Its host is looked up now, and again at every request: one of a private network is refused."""
    await _may_be_called(request, write.said.get("url"))
    webhook_id = write.new_id("webhook")
    outcome = await write.send("webhook.register.v1", {"recipient_id": whose, "webhook_id": webhook_id})
    secret = await _secret(request, whose, webhook_id)
    return written(outcome, 201, f"/v1/webhooks/{webhook_id}", webhook_id=webhook_id, **secret)


@routes.post("/{webhook_id}/secret", response_model=SecretOut, summary="Fetch a webhook's secret, once")
async def secret(request: Request, whose: Whose, webhook_id: WebhookId) -> Response:
    """Make and show the secret of a webhook that was registered elsewhere: by the bus, where nobody could be shown one."""
    found, _ = await state_of(request, Webhooks, whose)
    if webhook_id not in found.living:
        raise Problem(HTTPStatus.NOT_FOUND, "webhook_unknown", "there is no webhook with this id")
    return json_answer(await _secret(request, whose, webhook_id))


@routes.delete("/{webhook_id}", response_model=WebhookWritten, summary="Remove a webhook")
async def remove(whose: Whose, webhook_id: WebhookId, write: Write) -> Response:
    """Tell it nothing any more, for good; what waits for it is given up."""
    outcome = await write.send("webhook.remove.v1", {"recipient_id": whose, "webhook_id": webhook_id})
    return written(outcome, webhook_id=webhook_id)


async def _may_be_called(request: Request, url: object) -> None:
    """See where it leads. What is not well-formed is told by the command. Raises Problem."""
    if not isinstance(url, str) or URL.fullmatch(url) is None:
        return
    try:
        await run_in_threadpool(place_of, url, request.app.state.launchpad.settings)
    except (NotAllowed, Unresolved) as no:
        error = FieldError("url", str(no))
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"this address can't be called: {no}", errors=[error]) from None


async def _secret(request: Request, recipient_id: UUID, webhook_id: UUID) -> dict[str, str | None]:
    vault: Vault = request.app.state.launchpad.vault
    made = await run_in_threadpool(vault.make_once, secret_name(recipient_id, webhook_id))
    return {"secret": None, "advice": ADVICE} if made is None else {"secret": shown(made)}
