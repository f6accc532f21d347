"""Decide an open approval: every waiting product is granted or rejected, and the app follows in the same transaction."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from commands.asking import asked_by, credentials_to_activate, settle
from commands.command import AppCommand
from commands.fields import Reason
from commands.found import Found
from commands.owning import is_one_s_own
from commands.work import Work
from domain.app import App, AppStatus, SubscriptionApproved, SubscriptionRejected
from domain.approval import Approval, ProductVerdict, Verdict
from domain.limits import APP_PRODUCTS_MAX
from domain.refused import Refused
from domain.state import Stream


class Decision(ProductVerdict):
    """A verdict as it comes in: a rejection says why."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    reason: Reason | None = None

    @model_validator(mode="after")
    def _reason_fits_verdict(self) -> Self:
        if (self.reason is None) is (self.verdict is Verdict.REJECT):
            raise ValueError("a rejection needs a reason, a grant has none")
        return self


def _one_each(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    if len({each.product_id for each in decisions}) != len(decisions):
        raise ValueError("decides a product twice")
    return decisions


class DecideApproval(AppCommand):
    approval_id: UUID
    decisions: Annotated[tuple[Decision, ...], Field(min_length=1, max_length=APP_PRODUCTS_MAX), AfterValidator(_one_each)]
    comment: Reason | None = None


def reads(command: DecideApproval) -> list[Stream]:
    return [App.at(command.app_id), Approval.at(command.approval_id)]


def reads_more(command: DecideApproval, found: Found) -> list[Stream]:
    return credentials_to_activate(found.state(App, command.app_id))


def decide_approval(command: DecideApproval, work: Work) -> None:
    app = work.load(App, command.app_id)
    approval = work.load(Approval, command.approval_id)
    app.state.must_know_approval(command.approval_id)
    by = asked_by(work)
    if is_one_s_own(work, app.state.owned_by):
        raise Refused("own_request", "nobody decides for his own app, nor for one of his team; another admin must")
    verdicts = [ProductVerdict(product_id=each.product_id, verdict=each.verdict, reason=each.reason) for each in command.decisions]
    if approval.state.is_decided(verdicts, command.comment, by):
        return
    app.state.must_be(AppStatus.PENDING, AppStatus.ACTIVE, AppStatus.SUSPENDED)
    decided = approval.state.decide(verdicts, command.comment, by, work.now)
    work.record(approval, decided)
    for each in verdicts:
        if each.verdict is Verdict.GRANT:
            work.record(app, [SubscriptionApproved(product_id=each.product_id)])
        else:
            work.record(app, [SubscriptionRejected(product_id=each.product_id, reason=each.reason or "")])
    settle(work, app)
