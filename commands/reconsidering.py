"""Reconsidering: an app that changes after it was approved meets the policy anew, so that nothing stays open that would not be let in."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from commands.asking import asked_by, consequence, policy_input, reads_for_asking, reads_of_review, settle
from commands.work import Known, Work
from domain.app import STANDING, App, SubscriptionStatus
from domain.approval import Approval
from domain.approval_policy import NEEDS_NO_APPROVAL, ApprovalPolicy, PolicyDecision
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.derived_ids import POLICY_ID, approval_id
from domain.product import Product
from domain.state import Stream


def reads_for_reconsidering(app: App, command_id: UUID) -> list[Stream]:
    """What a change of this app reads besides the app: nothing, unless a product of it went through an approval, and stands."""
    reviews = _under_policy(app)
    if not reviews:
        return []
    return [*reads_for_asking(reviews), *map(Approval.at, set(reviews.values())), *reads_of_review(app, command_id)]


def reconsider(work: Work, app: Known[App], before: App) -> None:
    """Ask the policy anew about what stands, where the recorded change altered anything that a policy may look at."""
    after, reviews = app.state, _under_policy(app.state)
    if after is before or not reviews:
        return
    anew = []
    for product_id in reviews:
        # The category is as it is now on both sides: a change of a product decides nothing anew by itself.
        category = work.load(Product, product_id).state.details.category
        old, new = policy_input(before, product_id, category), policy_input(after, product_id, category)
        if old == new:
            return
        decision = decide_anew(work, new)
        is_open = after.subscriptions[product_id].status is SubscriptionStatus.APPROVED
        if not (is_open and _stays_open(work, reviews[product_id], old, new, decision)):
            anew.append((new, decision))
    if anew:
        _put_anew(work, app, anew)


def _put_anew(work: Work, app: Known[App], anew: Iterable[tuple[PolicyInput, PolicyDecision]]) -> None:
    """Return what is open to review, and let each of these answers happen."""
    approval = work.load(Approval, app.state.open_approval or approval_id(work.envelope.command_id))
    for asked, decision in anew:
        if app.state.subscriptions[asked.product_id].status is SubscriptionStatus.APPROVED:
            work.record(app, app.state.return_to_review(asked.product_id, Approval.id_in(approval.stream)))
        work.record(approval, approval.state.ask(asked, decision, asked_by=asked_by(work)))
        work.record(app, consequence(asked.product_id, decision))
    work.record(approval, approval.state.close_if_nothing_waits())
    settle(work, app)


def decide_anew(work: Work, asked: PolicyInput) -> PolicyDecision:
    """Let the policy in force answer; a product that has come to need no approval wins over it."""
    policy = work.load(ApprovalPolicy, POLICY_ID).state
    if not work.load(Product, asked.product_id).state.details.needs_approval:
        return PolicyDecision(PolicyAnswer.APPROVE, policy.version, NEEDS_NO_APPROVAL, reason=None)
    return policy.decide(asked)


def _under_policy(app: App) -> dict[UUID, UUID]:
    """The products that are approved or wait, each with the approval that it went into; what needed none is not among them."""
    return {
        product_id: each.approval_id
        for product_id, each in app.subscriptions.items()
        if each.approval_id is not None and each.status in STANDING
    }


def _stays_open(work: Work, review: UUID, old: PolicyInput, new: PolicyInput, decision: PolicyDecision) -> bool:
    """Whether an approved product stays so: the record says why, where the answer is not the one that let it in."""
    approval = work.load(Approval, review)
    let_in = approval.state.answered.get(new.product_id)
    if decision.answer is not PolicyAnswer.APPROVE:
        if let_in is not None and let_in.answer is PolicyAnswer.REVIEW:
            # A person granted it, against or without a rule: only what the policy tells apart is for a person again.
            earlier = decide_anew(work, old)
            if (earlier.answer, earlier.rule) == (decision.answer, decision.rule):
                return True
        keeps = let_in is not None and work.load(ApprovalPolicy, POLICY_ID).state.keeps_open(let_in.rule)
        if decision.answer is PolicyAnswer.REJECT or not keeps:
            return False
    work.record(approval, approval.state.stay_open(new, decision))
    return True
