"""`launchpad project`: the followers of the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.cli.serving_processes import Parent, begin

if TYPE_CHECKING:
    from adapters.compose import Launchpad
    from adapters.postgres.following import Follower


def project(parent: Parent = None) -> None:
    """Follow the log: fill the dashboard and the queue of approvals, and feed Kafka's topics where LAUNCHPAD_KAFKA is set.

    Several may run: one leads each read model, the others stand by. Needs LAUNCHPAD_DATABASE_URL.

    \b
    launchpad project
    """
    settings = begin(parent)
    from adapters.cli.stopping import stop_signals
    from adapters.cli.told import Told
    from adapters.compose import Launchpad
    from adapters.postgres.following import Following

    stopped = stop_signals()
    with Launchpad(settings) as launchpad:
        following = [follower.start() for follower in _followers(launchpad)]
        while not stopped.wait(0.5) and not any(follower.status.state is Following.FAILED for follower in following):
            pass
        for follower in following:
            follower.stop()
        if failed := [follower.status for follower in following if follower.status.state is Following.FAILED]:
            raise Told(*(f"{status.name} can't follow the log any further: {status.reason}" for status in failed))


def _followers(launchpad: Launchpad) -> Iterator[Follower]:
    from adapters.postgres.codec import EventCodec
    from adapters.postgres.filling import FillsTables
    from adapters.postgres.following import Follower
    from projections.dashboard import DASHBOARD
    from projections.queue import QUEUE

    url = launchpad.settings.database
    yield Follower(url, FillsTables(DASHBOARD, EventCodec(launchpad.vault.personal_data)))
    yield Follower(url, FillsTables(QUEUE, EventCodec(launchpad.vault.personal_data)))
    if launchpad.settings.kafka:
        from adapters.kafka.access_feed import AccessFeed
        from adapters.kafka.events_feed import EventsFeed

        yield Follower(url, EventsFeed(launchpad.settings))
        yield Follower(url, AccessFeed(launchpad.settings))
