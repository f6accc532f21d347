"""Inboxes: what each recipient was told, and what of it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.notice import NoticeAddressed, NoticeRead
from domain.notice_kind import Channel
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.notices import InboxRow

Row = InboxRow | None


def keys(recorded: Recorded[Any]) -> Sequence[str]:
    match recorded.event:
        case NoticeAddressed(channel=Channel.INBOX) | NoticeRead():
            return (recorded.id_text,)
        case _:
            return ()


def fold(row: Row, recorded: Recorded[Any]) -> Row:
    match row, recorded.event:
        case None, NoticeAddressed(recipient_id=recipient_id, kind=kind, about=about):
            return InboxRow(
                notice_id=recorded.id_text,
                recipient_id=recipient_id,
                position=recorded.position,
                kind=kind,
                told_at=recorded.recorded_at,
                read_at=None,
                **dict(about),
            )
        case InboxRow(), NoticeRead():
            return row._replace(read_at=recorded.recorded_at)
        case _:
            raise OutOfPlace(row, recorded)


inbox = Projection(name="inbox", row=InboxRow, events=frozenset({NoticeAddressed, NoticeRead}), keys=keys, fold=fold)
