"""`launchpad react`: what the system does by itself."""

from __future__ import annotations

from contextlib import ExitStack

from adapters.cli.serving_processes import Parent, begin


def react(parent: Parent = None) -> None:
    """Do what falls due: expire credentials, end overlaps, report demanded rotations that were not made; and tell people of what happens.

    What gateways are told never waits for it. Mails need LAUNCHPAD_SMTP_HOST. Several may run. Needs LAUNCHPAD_DATABASE_URL.

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
    from adapters.workers.notices import NoticeWorker
    from commands.executor import Executor
    from projections.notices import NOTICES
    from projections.todo import TODO

    stopped = stop_signals()
    with Launchpad(settings) as launchpad:
        codec = EventCodec(launchpad.vault.personal_data)
        followers = [Follower(settings.database, FillsTables(each, codec)) for each in (TODO, NOTICES)]
        due, notices = DueWorker(settings.database, Executor(launchpad.log)), NoticeWorker(settings, launchpad.log, launchpad.vault)
        with ExitStack() as running:
            for follower in followers:
                running.enter_context(follower)
            running.enter_context(due)
            running.enter_context(notices)
            while not stopped.wait(0.5):
                if due.failed or notices.failed or any(each.status.state is Following.FAILED for each in followers):
                    break
        if failed := [each.status for each in followers if each.status.state is Following.FAILED]:
            raise Told(*(f"{status.name} can't follow the log any further: {status.reason}" for status in failed))
        for what, bug in (("what falls due can't be done", due.failed), ("nobody is told anything", notices.failed)):
            if bug is not None:
                raise Told(f"{what}: a bug, {type(bug).__name__}")
