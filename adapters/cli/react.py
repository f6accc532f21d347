"""`launchpad react`: what the system does by itself."""

from __future__ import annotations

from adapters.cli.serving_processes import Parent, begin


def react(parent: Parent = None) -> None:
    """Do what falls due: record that credentials expire, end overlaps, and report demanded rotations that were not made.

    What gateways are told never waits for it. Several may run. Needs LAUNCHPAD_DATABASE_URL.

    \b
    launchpad react
    """
    settings = begin(parent)
    from adapters.cli.stopping import stop_signals
    from adapters.cli.told import Told
    from adapters.compose import Launchpad
    from adapters.postgres.codec import EventCodec
    from adapters.postgres.filling import FillsTables
    from adapters.postgres.following import Follower, Following
    from adapters.workers.due import DueWorker
    from commands.executor import Executor
    from projections.todo import TODO

    stopped = stop_signals()
    with Launchpad(settings) as launchpad:
        follower = Follower(settings.database, FillsTables(TODO, EventCodec(launchpad.vault.personal_data)))
        worker = DueWorker(settings.database, Executor(launchpad.log))
        with follower, worker:
            while not stopped.wait(0.5) and worker.failed is None and follower.status.state is not Following.FAILED:
                pass
        if follower.status.state is Following.FAILED:
            raise Told(f"{follower.status.name} can't follow the log any further: {follower.status.reason}")
        if worker.failed is not None:
            raise Told(f"what falls due can't be done: a bug, {type(worker.failed).__name__}")
