"""Products in approvals: what became of each, as it was last asked for there."""

from collections.abc import Sequence

from domain.approval import (
    ApprovalDecided,
    ApprovalProductAsked,
    ApprovalProductReevaluated,
    ApprovalProductWithdrawn,
    Verdict,
)
from domain.approval_rules import PolicyAnswer
from domain.event import Event
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.queue_rows import APPROVED, BY_PERSON, BY_RULE, REJECTED, WAITING, WITHDRAWN, ReviewedProductRow

ReviewEvent = ApprovalProductAsked | ApprovalProductReevaluated | ApprovalProductWithdrawn | ApprovalDecided
STATUS_AFTER = {PolicyAnswer.APPROVE: APPROVED, PolicyAnswer.REJECT: REJECTED, PolicyAnswer.REVIEW: WAITING}


def keys(recorded: Recorded[ReviewEvent]) -> Sequence[tuple[str, str]]:
    event, approval_id = recorded.event, recorded.id_text
    products = [each.product_id for each in event.verdicts] if isinstance(event, ApprovalDecided) else [event.product_id]
    return [(approval_id, str(product_id)) for product_id in products]


def fold(row: ReviewedProductRow | None, recorded: Recorded[ReviewEvent]) -> ReviewedProductRow:
    at, event = recorded.recorded_at, recorded.event
    match row, event:
        case _, ApprovalProductAsked(product_id=product_id):
            # Asked again after it was withdrawn or decided by a rule, it is a new request in the old one's place.
            asked = ReviewedProductRow(recorded.id_text, str(product_id), recorded.version, WAITING, None, None, at, None)
            return _answered(asked, recorded, event)
        case ReviewedProductRow(), ApprovalProductReevaluated():
            return _answered(row, recorded, event)
        case ReviewedProductRow(), ApprovalProductWithdrawn():
            return row._replace(status=WITHDRAWN, ended_at=at)
        case ReviewedProductRow(), ApprovalDecided(verdicts=verdicts):
            (said,) = (each for each in verdicts if str(each.product_id) == row.product_id)
            status = APPROVED if said.verdict is Verdict.GRANT else REJECTED
            return row._replace(status=status, decided_by=BY_PERSON, reason=said.reason, ended_at=at)
        case _:
            raise OutOfPlace(row, recorded)


def _answered(
    row: ReviewedProductRow, recorded: Recorded[ReviewEvent], event: ApprovalProductAsked | ApprovalProductReevaluated
) -> ReviewedProductRow:
    if event.answer is PolicyAnswer.REVIEW:
        return row
    return row._replace(status=STATUS_AFTER[event.answer], decided_by=BY_RULE, reason=event.reason, ended_at=recorded.recorded_at)


EVENTS: frozenset[type[Event]] = frozenset({ApprovalProductAsked, ApprovalProductReevaluated, ApprovalProductWithdrawn, ApprovalDecided})

reviewed_product = Projection(name="reviewed_product", row=ReviewedProductRow, events=EVENTS, keys=keys, fold=fold)
