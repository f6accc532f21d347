"""Why a follower waits, and why one stops."""

import traceback
from pathlib import Path


class FollowingWaits(Exception):
    """Something is away or not ready: the follower tries the same page again, with backoff, and loses nothing."""


class SinkAway(FollowingWaits):
    """A sink can't take the page now."""


class TableMismatch(FollowingWaits):
    """A projection's rows and its table do not have the same columns: a migration is due, or was made by a newer version."""


class RebuildNeeded(FollowingWaits):
    """The tables hold rows, but no bookmark says of which position: of another version's folds, or of somebody's hand."""


class BookmarkMoved(FollowingWaits):
    """Somebody else moved the bookmark: what this follower remembers counts no more, and nothing of its page was written."""


class FollowingStopped(Exception):
    """The follower can't go on, and skips nothing: a person must look. `position` is where it stands before."""

    def __init__(self, position: int, sentence: str) -> None:
        super().__init__(f"position {position}: {sentence}")
        self.position = position


class UpgradeNeeded(FollowingStopped):
    """The log holds an event that this version of the program does not know."""

    def __init__(self, position: int, name: str) -> None:
        super().__init__(position, f"this version of the program does not know an event named {name}: run a newer version")
        self.name = name


class CannotDecode(FollowingStopped):
    """A stored event that its own type can't read."""

    def __init__(self, position: int, name: str) -> None:
        super().__init__(position, f"the stored bytes are no {name}")


class FoldFailed(FollowingStopped):
    """A fold could not take an event."""

    def __init__(self, position: int, event: str, projection: str, error: Exception) -> None:
        # The error's kind and place only: its text may quote a row, and rows may hold personal data.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
        super().__init__(position, f"the projection {projection} could not take {event} ({where})")
