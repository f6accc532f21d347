"""`launchpad react`: what the system does by itself."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from adapters.cli.serving_processes import Parent, begin

if TYPE_CHECKING:
    from adapters.postgres.following import Follower


def react(parent: Parent = None) -> None:
    """Do what falls due, and carry out bulk runs.

    Record that credentials expire, end overlaps, report demanded rotations that were not made; make the lists of bulk runs, and do what
    was started. What gateways are told never waits for it. Several may run. Needs LAUNCHPAD_DATABASE_URL.

    \b
    launchpad react
    """
    settings = begin(parent)
    from adapters.cli.stopping import stop_signals
    from adapters.cli.told import Told
    from adapters.collector import relax_collector
    from adapters.compose import Launchpad
    from adapters.postgres.codec import EventCodec
    from adapters.postgres.filling import FillsTables
    from adapters.postgres.following import Follower
    from adapters.workers.bulk import BulkWorker, fills_bulk
    from adapters.workers.due import DueWorker
    from commands.executor import Executor
    from projections.todo import TODO

    stopped = stop_signals()
    relax_collector()
    with Launchpad(settings) as launchpad:
        codec = EventCodec(launchpad.vault.personal_data)
        followers = [Follower(settings.database, fills) for fills in (FillsTables(TODO, codec), fills_bulk(codec))]
        due = DueWorker(settings.database, Executor(launchpad.log))
        bulk = BulkWorker(settings.database, launchpad.pool, launchpad.log)
        with ExitStack() as stack:
            for follower in followers:
                stack.enter_context(follower)
            stack.enter_context(due)
            stack.enter_context(bulk)
            while not stopped.wait(0.5) and due.failed is None and bulk.failed is None and not any(map(_has_failed, followers)):
                pass
        for follower in filter(_has_failed, followers):
            raise Told(f"{follower.status.name} can't follow the log any further: {follower.status.reason}")
        if due.failed is not None:
            raise Told(f"what falls due can't be done: a bug, {type(due.failed).__name__}")
        if bulk.failed is not None:
            raise Told(f"bulk runs can't go on: a bug, {type(bulk.failed).__name__}")


def _has_failed(follower: Follower) -> bool:
    from adapters.postgres.following import Following

    return follower.status.state is Following.FAILED
