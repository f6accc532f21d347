"""`launchpad work`: the worker that takes commands from the bus."""

from __future__ import annotations

from adapters.cli.serving_processes import Parent, begin


def work(parent: Parent = None) -> None:
    """Take commands from the bus, decide and store them, and reply to each.

    Start as many as the topic has partitions. Needs LAUNCHPAD_DATABASE_URL and LAUNCHPAD_KAFKA. SIGTERM finishes the batch at hand.

    \b
    LAUNCHPAD_KAFKA=localhost:9092 launchpad work
    """
    settings = begin(parent)
    from adapters.cli.stopping import stop_signals
    from adapters.cli.told import MISUSED, Told
    from adapters.kafka.worker import run_worker

    if not settings.kafka:
        raise Told("LAUNCHPAD_KAFKA is not set: there is no bus to take commands from", code=MISUSED)
    run_worker(settings, stop_signals())
