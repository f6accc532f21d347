"""`launchpad rebuild`: a read model made anew from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from projections.projection import ReadModel

rebuild = typer.Typer(
    no_args_is_help=True,
    help="Make a read model anew from the log; readers see the old rows until it is done.",
    epilog="\n\n".join(f"launchpad rebuild {model}" for model in ("dashboard", "queue", "todo", "bulk", "notices", "access")),
)


@rebuild.command("dashboard")
def rebuild_dashboard() -> None:
    """Empty the dashboard's tables and fill them from the log.

    A `launchpad project` that follows steps aside and goes on afterwards.

    \b
    launchpad rebuild dashboard
    """
    from projections.dashboard import DASHBOARD

    _rebuild(DASHBOARD)


@rebuild.command("queue")
def rebuild_queue() -> None:
    """Empty the tables of approvals and past requests, and fill them from the log.

    A `launchpad project` that follows steps aside and goes on afterwards.

    \b
    launchpad rebuild queue
    """
    from projections.queue import QUEUE

    _rebuild(QUEUE)


@rebuild.command("todo")
def rebuild_todo() -> None:
    """Empty the table of what falls due, and fill it from the log. What was done already is not done again.

    \b
    launchpad rebuild todo
    """
    from projections.todo import TODO

    _rebuild(TODO)


@rebuild.command("bulk")
def rebuild_bulk() -> None:
    """Empty the tables of bulk runs, and fill them from the log. Lists stay as they were frozen, and nothing is done again.

    \b
    launchpad rebuild bulk
    """
    from adapters.workers.bulk import PAGE_EVENTS_MAX, ROWS_MAX
    from projections.bulk import BULK

    _rebuild(BULK, rows_held_max=ROWS_MAX, page_size=PAGE_EVENTS_MAX)


@rebuild.command("notices")
def rebuild_notices() -> None:
    """Empty the tables of inboxes and of what is on its way, and fill them from the log. Nothing is sent again.

    \b
    launchpad rebuild notices
    """
    from projections.notices import NOTICES

    _rebuild(NOTICES)


@rebuild.command("access")
def rebuild_access() -> None:
    """Make the access rows anew: what gateways are told. Commands wait until it is done.

    Gateways that keep a copy are told every row anew.

    \b
    launchpad rebuild access
    """
    from rich.console import Console

    from adapters.cli.here import settings_here
    from adapters.postgres.connections import connect
    from adapters.postgres.rebuild_access import rebuild_access as rebuild_from_log
    from adapters.postgres.rebuild_access import tell_all_access_anew

    settings = settings_here()
    with Console().status("access: reading the log"), connect(settings.database, role="none", statement_timeout="0") as connection:
        rows = rebuild_from_log(connection)
        tell_all_access_anew(connection)
    print(f"{rows} access rows were made anew")


def _rebuild(read_model: ReadModel, **sizes: int) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from adapters.cli.here import settings_here
    from adapters.compose import Launchpad
    from adapters.postgres.codec import EventCodec
    from adapters.postgres.rebuilding import rebuild as rebuild_from_log

    columns = (TextColumn(read_model.name), BarColumn(), MofNCompleteColumn(), TextColumn("events"), TimeElapsedColumn())
    with Launchpad(settings_here()) as launchpad, Progress(*columns) as progress:
        task = progress.add_task(read_model.name, total=None)
        codec = EventCodec(launchpad.vault.personal_data)
        position = rebuild_from_log(
            launchpad.settings.database,
            read_model,
            codec,
            lambda reached, head: progress.update(task, completed=reached, total=head),
            **sizes,
        )
    print(f"{read_model.name} was made anew from {position} events")
