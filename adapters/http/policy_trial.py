"""POST /v1/policy/try: a draft of the approval policy held against all past requests, before it is in force."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from adapters.http.asking import PAGE_DEFAULT, Cursor, Limit, MinPosition, after, all_of, answer, cursor_of, only_known, reached_by_queue
from adapters.http.described import takes
from adapters.http.problems import Problem
from adapters.http.said import json_of
from adapters.http.who import asks
from adapters.policy_trial import Otherwise, Turn, go_on, try_policy
from adapters.postgres.questions import Questions
from commands.outcome import FieldError
from commands.policy_rules import as_rules
from commands.principal import Principal, Role
from commands.set_approval_policy import SetApprovalPolicy
from domain.approval_policy import ApprovalPolicy
from readmodels.past_requests import BEFORE_ALL_ENDS, NamedRequest, named

routes = APIRouter(prefix="/v1/policy", tags=["policy"], dependencies=[Depends(only_known)])
TRIALS_AT_ONCE: Final = 1
"""Each keeps a processor busy for seconds: gateways are answered by the same process."""


class Only(StrEnum):
    """Which requests are listed."""

    OTHERWISE = "otherwise"
    AGAINST_A_PERSON = "against_a_person"


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TurnOut(_Out):
    """How many requests went one way, and would go another."""

    was: str = Field(description="What the policy of then answered at once: approve, reject or review.")
    outcome: str = Field(description="How they ended: approved, rejected, withdrawn, or waiting.")
    decided_by: str | None = Field(description="By whom: rule or person; null where nobody decided.")
    would_be: str = Field(description="What the draft answers.")
    requests: int
    otherwise: bool = Field(description="Whether the draft answers otherwise than the policy of then.")
    against_a_person: bool = Field(description="Whether it would approve what a person rejected, or the other way about.")


class TriedRequest(_Out):
    """A past request that would have been decided otherwise."""

    approval_id: UUID
    app_id: UUID
    app_name: str
    owner_kind: str
    owner_id: UUID
    owner_name: str | None
    product_id: UUID
    product_name: str | None
    requested_at: AwareDatetime
    was: str
    policy_version: int
    rule: str
    outcome: str
    decided_by: str | None
    would_be: str
    would_be_rule: str
    would_be_reason: str | None
    against_a_person: bool


class PolicyTrial(_Out):
    """What came of it. Totals come with the first page; later ones tell them no more."""

    requests: int | None = Field(description="How many were tried: all that were ever made.")
    otherwise: int | None = Field(description="How many the draft answers otherwise than the policy of then did.")
    against_a_person: int | None = Field(description="How many it answers otherwise than the person who decided.")
    turns: list[TurnOut] | None
    items: list[TriedRequest] = Field(description="Those that would have been decided otherwise, the newest first.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


class BeforeRequest(NamedTuple):
    """Where a page ended: the next one begins before this request."""

    position: int


THE_NEWEST: Final = BeforeRequest(BEFORE_ALL_ENDS)


@routes.post("/try", response_model=PolicyTrial, summary="Try a draft of the policy", openapi_extra=takes("policy.set.v1", "based_on"))
async def try_(
    *,
    request: Request,
    principal: Annotated[Principal, Depends(asks)],
    only: Annotated[Only, Query(description="Which to list; the totals count all.")] = Only.OTHERWISE,
    cursor: Cursor = None,
    limit: Limit = PAGE_DEFAULT,
    min_position: MinPosition = 0,
) -> Response:
    """Hold a draft against every past request, and tell which would have been decided otherwise. Changes nothing. For portal admins."""
    if not principal.has(Role.PORTAL_ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "not_allowed", "policies are tried by portal admins")
    draft = _draft(await json_of(request))
    ended = after(cursor, BeforeRequest, THE_NEWEST)
    await reached_by_queue(request, min_position)
    questions: Questions = request.app.state.questions

    def wanted(turn: Turn) -> bool:
        return turn.is_against_a_person if only is Only.AGAINST_A_PERSON else turn.is_otherwise

    async with request.app.state.trying:
        if cursor is None:
            trial = await run_in_threadpool(try_policy, draft, questions.all, wanted, limit + 1)
            return answer(await _page(request, trial.otherwise, limit, _totals(trial.turns.items())))
        found = await run_in_threadpool(go_on, draft, questions.all, wanted, limit + 1, ended.position)
    return answer(await _page(request, found, limit, dict.fromkeys(("requests", "otherwise", "against_a_person", "turns"))))


def _draft(said: object) -> ApprovalPolicy:
    try:
        command = SetApprovalPolicy.model_validate_json(orjson.dumps(said))
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False, include_input=False)]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "the policy is not well-formed", errors=errors[:20]) from None
    return ApprovalPolicy(mode=command.mode, rules=as_rules(command.rules))


def _totals(turns: Iterable[tuple[Turn, int]]) -> dict[str, Any]:
    counted = sorted(turns, key=lambda each: -each[1])
    told = [
        TurnOut(**turn._asdict(), requests=count, otherwise=turn.is_otherwise, against_a_person=turn.is_against_a_person)
        for turn, count in counted
    ]
    return {
        "requests": sum(each.requests for each in told),
        "otherwise": sum(each.requests for each in told if each.otherwise),
        "against_a_person": sum(each.requests for each in told if each.against_a_person),
        "turns": told,
    }


async def _page(request: Request, found: list[Otherwise], limit: int, totals: dict[str, Any]) -> PolicyTrial:
    more = len(found) > limit
    ends = cursor_of(BeforeRequest(found[limit - 1].request.position)) if more else None
    listed = {each.request.position: each for each in found[:limit]}
    items = [_tried(listed[each.position], each) for each in await all_of(request, named([*listed]))]
    return PolicyTrial(**totals, items=items, next=ends)


def _tried(each: Otherwise, request: NamedRequest) -> TriedRequest:
    asked, turn = each.request.input, each.turn
    return TriedRequest(
        approval_id=request.approval_id,
        app_id=request.app_id,
        app_name=request.app_name,
        owner_kind=asked.owner.kind,
        owner_id=asked.owner.id,
        owner_name=request.owner_name,
        product_id=asked.product_id,
        product_name=request.product_name,
        requested_at=request.requested_at,
        was=turn.was,
        policy_version=request.policy_version,
        rule=request.rule,
        outcome=turn.outcome,
        decided_by=turn.decided_by,
        would_be=each.would_be.answer,
        would_be_rule=each.would_be.rule,
        would_be_reason=each.would_be.reason,
        against_a_person=turn.is_against_a_person,
    )
