"""Warnings before a credential expires: 30, 7 and 1 days. One that was rotated or has ended is not warned of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from domain.credential import CredentialExpired, CredentialIssued, CredentialRevoked, CredentialRotated
from domain.derived_ids import expiry_warning_id
from domain.event import Event
from domain.notice_kind import EXPIRY_WARNING_DAYS, NoticeKind
from domain.occasion import OccasionNoted
from domain.recorded import Recorded
from projections.notice_occasion import occasion
from projections.projection import Projection
from readmodels.notices import OccasionRow

Row = OccasionRow | None
EVENTS: Final = frozenset[type[Event]]({CredentialIssued, CredentialRotated, CredentialRevoked, CredentialExpired, OccasionNoted})


def keys(recorded: Recorded[Any], days: int) -> Sequence[str]:
    match recorded.event:
        case OccasionNoted(kind=NoticeKind.CREDENTIAL_EXPIRES, concerns=concerns):
            return (str(concerns),)
        case OccasionNoted() | CredentialIssued(expires_at=None):
            return ()
        case _:
            return (str(expiry_warning_id(recorded.id, days)),)


def fold(row: Row, recorded: Recorded[Any], days: int) -> Row:
    match recorded.event:
        case CredentialIssued(expires_at=expires_at, issued_at=issued_at) if expires_at is not None:
            due_at = expires_at - timedelta(days=days)
            if due_at <= issued_at:
                return None  # It was born with less time than that.
            warning = expiry_warning_id(recorded.id, days)
            row = occasion(recorded, NoticeKind.CREDENTIAL_EXPIRES)
            return row._replace(concerns=str(warning), occasion_id=warning, due_at=due_at, days=days)
        case CredentialIssued():
            return row
        case _:
            return None


def _warning(days: int) -> Projection:
    keys_of: Callable[[Recorded[Any]], Sequence[str]] = lambda recorded: keys(recorded, days)  # noqa: E731 - one for each number of days
    return Projection(name="occasion", row=OccasionRow, events=EVENTS, keys=keys_of, fold=lambda row, recorded: fold(row, recorded, days))


warnings = tuple(map(_warning, EXPIRY_WARNING_DAYS))
