"""Closing: what ending a credential or an approval brings for the app that holds it."""

from collections.abc import Sequence

from commands.work import Known, Work
from domain.app import App, SubscriptionRemoved, SubscriptionStatus
from domain.approval import Approval
from domain.credential import ENDED, Credential, CredentialEvent
from domain.event import Event


def close_credential(work: Work, app: Known[App], credential: Known[Credential], ending: Sequence[CredentialEvent]) -> None:
    """Record a credential's end, and that the app holds it no more."""
    work.record(credential, ending)
    if credential.state.status in ENDED:
        credential_id = credential.state.id_in(credential.stream)
        work.record(app, app.state.close_credential(credential_id))


def withdraw_open_approval(work: Work, app: Known[App]) -> None:
    """Withdraw what waits, and remove the waiting products from the app; nothing where nothing waits."""
    if app.state.open_approval is None:
        return
    approval = work.load(Approval, app.state.open_approval)
    removed: list[Event] = [SubscriptionRemoved(product_id=each) for each in app.state.products(SubscriptionStatus.PENDING)]
    work.record(approval, approval.state.withdraw())
    work.record(app, removed)
