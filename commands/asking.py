"""Asking for products: what needs no approval is approved at once, the rest meets the policy, and what is left waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from commands.owning import rejections_of_deleted_apps
from commands.work import Known, Work
from domain.app import App, AppStatus, Held, SubscriptionApproved, SubscriptionRejected
from domain.approval import Approval
from domain.approval_policy import ApprovalPolicy, PolicyDecision
from domain.approval_rules import PolicyAnswer, PolicyInput
from domain.credential import Credential
from domain.derived_ids import POLICY_ID, approval_id
from domain.event import Event
from domain.product import Product
from domain.state import Stream

HOSTS_KEPT_MAX = 1_024
"""Each change of an app looks at them twice, for each product; they seldom differ."""
NO_REASON = "rejected by the approval policy"


def reads_for_asking(products: Iterable[UUID]) -> list[Stream]:
    """What asking for these products reads, besides the app, its approval and its credentials."""
    return [ApprovalPolicy.at(POLICY_ID), *(Product.at(product_id) for product_id in products)]


def reads_of_review(app: App, command_id: UUID) -> list[Stream]:
    """What a request reads because of the app's state: its open approval or the one it may open, and credentials that it may activate."""
    approval = app.open_approval or approval_id(command_id)
    return [Approval.at(approval), *credentials_to_activate(app)]


def credentials_to_activate(app: App) -> list[Stream]:
    """The credentials that become active when this app does: those held by an app that is not active yet."""
    if app.status not in {AppStatus.ABSENT, AppStatus.PENDING, AppStatus.REJECTED}:
        return []
    return [Credential.at(credential_id) for credential_id in app.held_credentials()]


def ask_for_products(work: Work, app: Known[App], product_ids: Iterable[UUID]) -> None:
    """Request every product that is not subscribed to yet, and draw the consequences."""
    wanted = [product_id for product_id in product_ids if not app.state.has_asked_for(product_id)]
    products = {product_id: work.load(Product, product_id) for product_id in wanted}
    for product in products.values():
        product.state.must_be_offered()
    app.state.must_have_room_for(len(wanted))
    under_policy = []
    for product_id in wanted:
        if products[product_id].state.details.needs_approval:
            under_policy.append(product_id)
        else:
            work.record(app, app.state.request(product_id, approval_id=None))
            work.record(app, [SubscriptionApproved(product_id=product_id)])
    if under_policy:
        _put_to_policy(work, app, {product_id: products[product_id].state.details.category for product_id in under_policy})
    settle(work, app)


def _put_to_policy(work: Work, app: Known[App], categories: dict[UUID, str]) -> None:
    policy = work.load(ApprovalPolicy, POLICY_ID)
    approval = work.load(Approval, app.state.open_approval or approval_id(work.envelope.command_id))
    review = Approval.id_in(approval.stream)
    asks = app.state  # All are asked of the app as it is now: a rejection of one counts against none of the others.
    for product_id, category in categories.items():
        asked = policy_input(work, asks, product_id, category)
        decision = policy.state.decide(asked)
        work.record(app, app.state.request(product_id, review))
        work.record(approval, approval.state.ask(asked, decision, asked_by=asked_by(work)))
        work.record(app, consequence(product_id, decision))
    work.record(approval, approval.state.close_if_nothing_waits())


def asked_by(work: Work) -> str:
    """Who asks, as the approval remembers it: the person whose rights count, else the service itself."""
    person = work.envelope.person
    return work.envelope.principal.text if person is None else f"person:{person}"


def consequence(product_id: UUID, decision: PolicyDecision) -> list[Event]:
    """What the policy's answer means for the app at once; nothing where a person decides."""
    match decision.answer:
        case PolicyAnswer.APPROVE:
            return [SubscriptionApproved(product_id=product_id)]
        case PolicyAnswer.REJECT:
            return [SubscriptionRejected(product_id=product_id, reason=decision.reason or NO_REASON)]
        case PolicyAnswer.REVIEW:
            return []


def policy_input(work: Work, app: App, product_id: UUID, category: str) -> PolicyInput:
    """All that a policy may look at when this app asks for this product."""
    owner = app.owned_by
    return PolicyInput(
        product_id=product_id,
        category=category,
        owner=owner,
        attributes=dict(app.attributes),
        callback_hosts=_hosts(app.details.callback_urls),
        # Whoever deletes an app and makes it anew takes its rejections along.
        earlier_rejections=app.rejections + rejections_of_deleted_apps(work, owner),
    )


@lru_cache(maxsize=HOSTS_KEPT_MAX)
def _hosts(urls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({urlsplit(url).hostname or "" for url in urls}))


def settle(work: Work, app: Known[App]) -> None:
    """Draw a pending app's consequence; an app that becomes active takes its pending credentials along."""
    settled = app.state.settle()
    work.record(app, settled)
    if settled and app.state.status is AppStatus.ACTIVE:
        activate_credentials(work, app)


def activate_credentials(work: Work, app: Known[App]) -> None:
    """Make the app's pending credentials work."""
    for credential_id, held in app.state.credentials.items():
        if held is not Held.CLOSED:
            credential = work.load(Credential, credential_id)
            work.record(credential, credential.state.activate(work.now))
