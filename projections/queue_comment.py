"""Notes in the queue: a row for each, which never changes."""

from domain.approval import ApprovalCommented
from domain.recorded import Recorded
from projections.projection import OutOfPlace, Projection
from readmodels.queue_rows import CommentRow


def keys(recorded: Recorded[ApprovalCommented]) -> tuple[tuple[str, int]]:
    return ((recorded.id_text, recorded.version),)


def fold(row: CommentRow | None, recorded: Recorded[ApprovalCommented]) -> CommentRow:
    if row is not None:
        raise OutOfPlace(row, recorded)
    event = recorded.event
    return CommentRow(recorded.id_text, recorded.version, event.text, event.commented_by, recorded.recorded_at)


comment = Projection(name="comment", row=CommentRow, events=frozenset({ApprovalCommented}), keys=keys, fold=fold)
