"""POST .../replace-leaked: one request that revokes a credential that leaked, and puts another in its place where one may be issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from adapters.http.apps_out import AppId
from adapters.http.asking import all_of, one_of, only_known
from adapters.http.bodies import OutcomeOut
from adapters.http.credentials import CredentialId
from adapters.http.described import takes
from adapters.http.making import ADVICE, Made, Making
from adapters.http.outcomes import written
from adapters.http.problems import Problem, of_outcome
from adapters.http.said import outcomes_of
from adapters.http.writing import Write, Writing
from adapters.intake import Request as Sent
from commands.outcome import FieldError, Outcome
from readmodels.kept_credential import kept_credential
from readmodels.leaked import Leaked, leaked

LEAKED: Final = "leaked"
"""How the reason of such a revocation begins."""
AT_ONCE: Final = "PT0S"
BUSY_WITH_PREDECESSOR: Final = "overlap_open"
"""It can't be rotated as long as the one before it works: another is issued instead."""
REPLACED: Final = "nothing more was issued: its successor had taken over already"
ENDED: Final = "nothing was issued in its place: it had ended before"
ROTATE, REVOKE, ISSUE = "credential.rotate.v1", "credential.revoke.v1", "credential.issue.v1"
routes = APIRouter(tags=["credentials"], dependencies=[Depends(only_known)])


class LeakReplaced(OutcomeOut):
    """A credential that was revoked because it leaked, and the one in its place. The new secret is shown once, here."""

    model_config = ConfigDict(title="LeakReplaced")

    app_id: UUID
    revoked: UUID = Field(description="The credential that leaked: it opens nothing any more.")
    credential_id: UUID | None = Field(description="The new credential; null where none was issued: `advice` says why.")
    key_id: str | None
    kind: str | None
    client_id: str | None = Field(description="The OAuth client id: the same as before, unless the old credential was not rotated yet.")
    expires_at: datetime | None
    secret: str | None = Field(description="The new credential's whole text. Null where this request was taken before: it is kept nowhere.")
    advice: str | None = Field(None, description="What to do where no secret is shown.")


@routes.post(
    "/v1/apps/{app_id}/credentials/{credential_id}/replace-leaked",
    response_model=LeakReplaced,
    summary="Revoke a credential that leaked, and issue another",
    openapi_extra=takes("credential.revoke.v1", "app_id", "credential_id", optional=("reason",), required=False),
)
async def replace_leaked(request: Request, app_id: AppId, credential_id: CredentialId, write: Write) -> Response:
    """Revoke it at once, as `leaked`, and make another, in one transaction.

    An active one is rotated without overlap, so that an OAuth client keeps its id; for a pending one another is issued. Where it was
    rotated already, or its app is suspended, rejected or deleted, it is revoked and nothing is issued: `advice` says so.
    """
    if odd := sorted(write.said.keys() - {"reason"}):
        errors = [FieldError(name, "is not taken here: there is `reason`") for name in odd]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the request is not well-formed", errors=errors)
    leak = _Leak(write, app_id, credential_id, (await all_of(request, leaked(credential_id)))[0])
    made = await run_in_threadpool(leak.make, request.app.state.making) if leak.rotates or leak.issues else None
    sent = leak.commands(made)
    told = dict(zip((each.name for each in sent), await outcomes_of(request, sent), strict=True))
    if problem := of_outcome(told[REVOKE]):
        raise problem
    if made is not None and leak.rotates and told[ROTATE].code == BUSY_WITH_PREDECESSOR:
        told[ISSUE] = (await outcomes_of(request, [leak.issue(made)]))[0]
    return await _told(request, leak, made, told)


@dataclass(frozen=True, slots=True)
class _Leak:
    """A credential that leaked, and what is to be done about it as it stands."""

    write: Writing
    app_id: UUID
    credential_id: UUID
    known: Leaked

    @property
    def rotates(self) -> bool:
        return self.known.state == "active" and self.known.app_status == "active"

    @property
    def issues(self) -> bool:
        return self.known.state == "pending" and self.known.app_status in {"pending", "active"}

    @property
    def new(self) -> UUID:
        """The new credential's id: a repeat has the same."""
        return self.write.new_id("credential")

    def make(self, making: Making) -> Made:
        """Make the new credential. A rotated one lives as long again as the old one was meant to; a jwt must say until when."""
        ends = self.known.expires_at if self.issues else None
        return making.make(self.known.kind or "", self.new, self.app_id, ends)

    def commands(self, made: Made | None) -> list[Sent]:
        """What is sent as one batch. Whatever becomes of the rest, the old one is revoked."""
        reason = self.write.said.get("reason")
        because = {"reason": LEAKED if reason is None else f"{LEAKED}: {reason}" if isinstance(reason, str) else reason}
        old = {"app_id": self.app_id, "credential_id": self.credential_id}
        revoke = self.write.command(REVOKE, old, override=because)
        if made is None:
            return [revoke]
        if self.issues:
            return [revoke, self.issue(made)]
        new = {"successor_id": self.new, "secret_digest": made.digest, "overlap": AT_ONCE}
        expiry = {} if made.expires_at is None else {"expires_at": made.expires_at}
        return [self.write.command(ROTATE, old | new, override=because | expiry, part="rotate"), revoke]

    def issue(self, made: Made) -> Sent:
        """Issue another beside whatever there is; it ends when the old one would have ended."""
        new = {"app_id": self.app_id, "credential_id": self.new, "secret_digest": made.digest, "kind": self.known.kind}
        ends = made.expires_at or self.known.expires_at
        return replace(self.write, said={}).command(ISSUE, new | ({} if ends is None else {"expires_at": ends}), part="issue")

    def advice(self, told: Mapping[str, Outcome]) -> str:
        """Why nothing stands in its place."""
        refused = next((each.sentence for name, each in told.items() if name != REVOKE and each.sentence), None)
        if self.known.successor_id is not None or self.known.state == "retiring":
            return REPLACED
        if self.known.state in {"revoked", "expired"}:
            return ENDED
        return f"nothing was issued in its place: {refused or f'its app is {self.known.app_status}'}"


async def _told(request: Request, leak: _Leak, made: Made | None, told: Mapping[str, Outcome]) -> Response:
    """Show the new credential's secret only where it is the one that was kept."""
    kept = await one_of(request, kept_credential(leak.app_id, leak.new))
    outcome = told[REVOKE]._replace(position=max(each.position or 0 for each in told.values()))
    facts: dict[str, Any] = {"app_id": leak.app_id, "revoked": leak.credential_id}
    if kept is None:
        facts |= dict.fromkeys(("credential_id", "key_id", "kind", "client_id", "expires_at", "secret"))
        return written(outcome, **facts, advice=leak.advice(told))
    facts |= {"credential_id": leak.new, "key_id": leak.new.hex, "kind": kept.kind}
    facts |= {"client_id": kept.client_id, "expires_at": kept.expires_at}
    facts |= {"secret": None, "advice": ADVICE} if made is None else made.told(kept.digest)
    return written(outcome, **facts)
