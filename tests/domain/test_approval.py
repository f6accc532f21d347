"""The rules of an approval, told as examples."""

from collections.abc import Callable

import pytest

from domain.approval import (
    Approval,
    ApprovalDecided,
    ApprovalEvent,
    ApprovalGranted,
    ApprovalOpened,
    ApprovalProductAsked,
    ApprovalProductWithdrawn,
    ApprovalRejected,
    ApprovalWithdrawn,
    ProductVerdict,
    Verdict,
)
from domain.approval_policy import PolicyDecision
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.owner import Owner
from domain.refused import Refused
from tests.examples import ALSO_GUARDED, GUARDED, an_id
from tests.given import ANNA, OLGA
from tests.memory_log import NOW

BY, ASKER = f"person:{ANNA}", f"person:{OLGA}"


def the_input(product_id: object = GUARDED) -> PolicyInput:
    return PolicyInput.model_validate(
        {
            "product_id": product_id,
            "category": "money",
            "owner": Owner(id=OLGA),
            "attributes": {},
            "callback_hosts": (),
            "earlier_rejections": 0,
        }
    )


def asked(product_id: object = GUARDED, answer: PolicyAnswer = PolicyAnswer.REVIEW) -> ApprovalProductAsked:
    return ApprovalProductAsked.model_validate(
        {
            "product_id": product_id,
            "asked_by": ASKER,
            "answer": answer,
            "policy_version": 0,
            "rule": "manual",
            "reason": None,
            "input": the_input(product_id),
        }
    )


GRANT = ProductVerdict(product_id=GUARDED, verdict=Verdict.GRANT)
REJECT = ProductVerdict(product_id=GUARDED, verdict=Verdict.REJECT, reason="no")
DECIDED = ApprovalDecided(verdicts=(GRANT,), comment=None, decided_by=BY, decided_at=NOW)
OPEN: list[ApprovalEvent] = [ApprovalOpened(), asked()]
HISTORIES: dict[str, list[ApprovalEvent]] = {
    "absent": [],
    "open": OPEN,
    "granted": [*OPEN, DECIDED, ApprovalGranted()],
    "granted by rule": [ApprovalOpened(), asked(answer=PolicyAnswer.APPROVE), ApprovalGranted()],
    "rejected by rule": [ApprovalOpened(), asked(answer=PolicyAnswer.REJECT), ApprovalRejected()],
    "withdrawn": [*OPEN, ApprovalWithdrawn()],
}


def after(*events: ApprovalEvent) -> Approval:
    approval = Approval()
    for event in events:
        approval = approval.evolve(event)
    return approval


def decide(approval: Approval) -> list[ApprovalEvent]:
    return approval.decide([GRANT], None, BY, NOW)


def decide_otherwise(approval: Approval) -> list[ApprovalEvent]:
    return approval.decide([REJECT], None, BY, NOW)


def withdraw(approval: Approval) -> list[ApprovalEvent]:
    return approval.withdraw()


def close(approval: Approval) -> list[ApprovalEvent]:
    return approval.close_if_nothing_waits()


def take_out(approval: Approval) -> list[ApprovalEvent]:
    return approval.withdraw_product(GUARDED)


TABLE: dict[Callable[[Approval], list[ApprovalEvent]], dict[str, str | list[ApprovalEvent]]] = {
    decide: {
        "absent": "approval_unknown",
        "open": [DECIDED, ApprovalGranted()],
        "granted": [],
        "granted by rule": "already_decided",
        "rejected by rule": "already_decided",
        "withdrawn": "already_decided",
    },
    decide_otherwise: {
        "open": [
            ApprovalDecided(verdicts=(REJECT,), comment=None, decided_by=BY, decided_at=NOW),
            ApprovalRejected(),
        ],
        "granted": "already_decided",
    },
    withdraw: {
        "absent": "approval_unknown",
        "open": [ApprovalWithdrawn()],
        "granted": "already_decided",
        "granted by rule": "already_decided",
        "withdrawn": [],
    },
    take_out: {"open": [ApprovalProductWithdrawn(product_id=GUARDED), ApprovalWithdrawn()], "granted": [], "withdrawn": []},
    close: {"absent": [], "open": [], "granted": [], "withdrawn": []},
}
CASES = [pytest.param(how, status, to, id=f"{status}-{how.__name__}") for how, row in TABLE.items() for status, to in row.items()]


@pytest.mark.parametrize(("decision", "status", "expected"), CASES)
def test_each_status_allows_exactly_its_transitions(
    decision: Callable[[Approval], list[ApprovalEvent]], status: str, expected: str | list[ApprovalEvent]
) -> None:
    approval = after(*HISTORIES[status])
    if isinstance(expected, list):
        assert decision(approval) == expected
    else:
        with pytest.raises(Refused) as refused:
            decision(approval)
        assert refused.value.code == expected


@pytest.mark.parametrize(
    ("answers", "closing"),
    [
        ([PolicyAnswer.APPROVE], [ApprovalGranted()]),
        ([PolicyAnswer.REJECT], [ApprovalRejected()]),
        ([PolicyAnswer.REJECT, PolicyAnswer.APPROVE], [ApprovalGranted()]),
        ([PolicyAnswer.APPROVE, PolicyAnswer.REVIEW], []),
        ([PolicyAnswer.REJECT, PolicyAnswer.REVIEW], []),
    ],
    ids=str,
)
def test_an_approval_closes_when_nothing_waits_granted_if_at_least_one_product_was(
    answers: list[PolicyAnswer], closing: list[ApprovalEvent]
) -> None:
    approval = after(ApprovalOpened(), *(asked(an_id(f"product {n}"), answer) for n, answer in enumerate(answers)))
    assert approval.close_if_nothing_waits() == closing


def test_a_product_that_the_policy_rejects_with_a_reason_keeps_the_reason() -> None:
    decision = PolicyDecision(PolicyAnswer.REJECT, version=3, rule="no money", reason="not for you")
    opened, request = Approval().ask(the_input(), decision, asked_by=ASKER)
    assert opened == ApprovalOpened()
    assert isinstance(request, ApprovalProductAsked)
    assert (request.policy_version, request.rule, request.reason, request.input) == (3, "no money", "not for you", the_input())


def test_what_the_policy_granted_before_keeps_the_approval_granted_though_the_reviewer_rejects_the_rest() -> None:
    approval = after(ApprovalOpened(), asked(ALSO_GUARDED, PolicyAnswer.APPROVE), asked())
    assert approval.decide([REJECT], None, BY, NOW)[-1] == ApprovalGranted()


def test_the_order_of_verdicts_is_no_other_content() -> None:
    approval = after(ApprovalOpened(), asked(), asked(ALSO_GUARDED))
    verdicts = [GRANT, ProductVerdict(product_id=ALSO_GUARDED, verdict=Verdict.GRANT)]
    decided = after(ApprovalOpened(), asked(), asked(ALSO_GUARDED), *approval.decide(verdicts, None, BY, NOW))
    assert decided.decide(reversed(verdicts), None, BY, NOW) == []


@pytest.mark.parametrize("verdicts", [[], [GRANT, GRANT], [ProductVerdict(product_id=ALSO_GUARDED, verdict=Verdict.GRANT)]], ids=len)
def test_a_decision_names_every_waiting_product_exactly_once(verdicts: list[ProductVerdict]) -> None:
    with pytest.raises(Refused, match="products_changed"):
        after(*OPEN).decide(verdicts, None, BY, NOW)


def test_whoever_asked_for_one_of_the_products_cannot_decide() -> None:
    with pytest.raises(Refused, match="own_request"):
        after(*OPEN).decide([GRANT], None, ASKER, NOW)
