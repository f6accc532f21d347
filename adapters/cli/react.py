"""`launchpad react`: what the system does by itself."""

from __future__ import annotations

from contextlib import ExitStack

from adapters.cli.serving_processes import Parent, begin


def react(parent: Parent = None) -> None:
    """Do what falls due, carry out bulk runs, and tell people of what happens.

    Record that credentials expire, end overlaps, report demanded rotations that were not made; make the lists of bulk runs, and do what
    was started; fill inboxes, send mails and call webhooks. What gateways are told never waits for it. Mails need LAUNCHPAD_SMTP_HOST.
    Several may run. Needs LAUNCHPAD_DATABASE_URL.

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
    from adapters.postgres.following import Follower, Following
    from adapters.workers.background import Background
    from adapters.workers.bulk import BulkWorker, fills_bulk
    from adapters.workers.due import DueWorker
    from adapters.workers.notices import NoticeWorker
    from commands.executor import Executor
    from projections.notices import NOTICES
    from projections.todo import TODO

    stopped = stop_signals()
    relax_collector()
    with Launchpad(settings) as launchpad:
        url, codec = settings.database, EventCodec(launchpad.vault.personal_data)
        followers = [Follower(url, fills) for fills in (FillsTables(TODO, codec), fills_bulk(codec), FillsTables(NOTICES, codec))]
        workers: dict[str, Background] = {
            "what falls due can't be done": DueWorker(url, Executor(launchpad.log)),
            "bulk runs can't go on": BulkWorker(url, launchpad.pool, launchpad.log),
            "nobody is told anything": NoticeWorker(settings, launchpad.log, launchpad.vault),
        }
        with ExitStack() as running:
            for follower in followers:
                running.enter_context(follower)
            for worker in workers.values():
                running.enter_context(worker)
            while not stopped.wait(0.5):
                if any(worker.failed for worker in workers.values()) or any(each.status.state is Following.FAILED for each in followers):
                    break
        if failed := [each.status for each in followers if each.status.state is Following.FAILED]:
            raise Told(*(f"{status.name} can't follow the log any further: {status.reason}" for status in failed))
        for what, worker in workers.items():
            if worker.failed is not None:
                raise Told(f"{what}: a bug, {type(worker.failed).__name__}")
