"""A notice to put into words, or to send."""

from __future__ import annotations

from uuid import uuid4

from readmodels.deliveries import DueDelivery
from tests.examples import APP
from tests.given import OLGA
from tests.memory_log import NOW


def a_notice(kind: str = "app_suspended", reason: str | None = None) -> DueDelivery:
    """One, with ids of its own."""
    return DueDelivery(
        notice_id=uuid4(),
        recipient_id=OLGA,
        webhook_id=None,
        kind=kind,
        occasion_id=uuid4(),
        told_at=NOW,
        app_id=APP,
        approval_id=None,
        credential_id=None,
        team_id=None,
        developer_id=None,
        reason=reason,
        at=None,
        days=None,
        attempts=0,
        requeued=0,
    )
