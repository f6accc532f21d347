"""Answers of the policy: a row for each, with all that it looked at, so that a draft can be tried over past requests."""

from domain.approval import ApprovalProductAsked, ApprovalProductReevaluated, ApprovalProductStaysOpen
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.queue_rows import ASKED, REEVALUATED, STAYS_OPEN, AnswerRow

AnswerEvent = ApprovalProductAsked | ApprovalProductReevaluated | ApprovalProductStaysOpen
KIND: dict[type[Event], str] = {
    ApprovalProductAsked: ASKED,
    ApprovalProductReevaluated: REEVALUATED,
    ApprovalProductStaysOpen: STAYS_OPEN,
}


def keys(recorded: Recorded[AnswerEvent]) -> tuple[tuple[str, int]]:
    return ((recorded.id_text, recorded.version),)


def fold(row: AnswerRow | None, recorded: Recorded[AnswerEvent]) -> AnswerRow:
    if row is not None or recorded.app_id is None:
        raise OutOfPlace(row, recorded)
    event = recorded.event
    return AnswerRow(
        approval_id=recorded.id_text,
        version=recorded.version,
        position=recorded.position,
        app_id=recorded.app_id,
        product_id=event.product_id,
        kind=KIND[type(event)],
        asked_by=event.asked_by if isinstance(event, ApprovalProductAsked) else None,
        answered_at=recorded.recorded_at,
        answer=event.answer.value,
        policy_version=event.policy_version,
        rule=event.rule,
        reason=event.reason,
        input=event.input.model_dump(mode="json"),
    )


answer = Projection(name="answer", row=AnswerRow, events=frozenset(KIND), keys=keys, fold=fold)
