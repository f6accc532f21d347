"""What the dashboard and the queue show after commands: decided in memory, put into a real log, followed into real tables."""

from __future__ import annotations

from adapters.postgres.rebuilding import rebuild
from projections.dashboard import DASHBOARD
from projections.queue import QUEUE
from tests.following.histories import CODEC, put
from tests.given import Given
from tests.projections.folded import recorded


def show(url: str, there: Given) -> None:
    """Let the dashboard and the queue of an empty database show this history."""
    put(url, recorded(there.log.appended))
    rebuild(url, DASHBOARD, CODEC)
    rebuild(url, QUEUE, CODEC)
