"""`launchpad rebuild`: a read model made anew from the log."""

from __future__ import annotations

import typer

rebuild = typer.Typer(
    no_args_is_help=True,
    help="Make a read model anew from the log; readers see the old rows until it is done.",
    epilog="launchpad rebuild dashboard\n\nlaunchpad rebuild access",
)


@rebuild.command("dashboard")
def rebuild_dashboard() -> None:
    """Empty the dashboard's tables and fill them from the log.

    A `launchpad project` that follows steps aside and goes on afterwards.

    \b
    launchpad rebuild dashboard
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from adapters.cli.here import settings_here
    from adapters.compose import Launchpad
    from adapters.postgres.codec import EventCodec
    from adapters.postgres.rebuilding import rebuild as rebuild_from_log
    from projections.dashboard import DASHBOARD

    columns = (TextColumn("dashboard"), BarColumn(), MofNCompleteColumn(), TextColumn("events"), TimeElapsedColumn())
    with Launchpad(settings_here()) as launchpad, Progress(*columns) as progress:
        task = progress.add_task("dashboard", total=None)
        codec = EventCodec(launchpad.vault.personal_data)
        position = rebuild_from_log(
            launchpad.settings.database,
            DASHBOARD,
            codec,
            lambda reached, head: progress.update(task, completed=reached, total=head),
        )
    print(f"the dashboard was made anew from {position} events")


@rebuild.command("access")
def rebuild_access() -> None:
    """Make the access rows anew: what gateways are told. Commands wait until it is done.

    \b
    launchpad rebuild access
    """
    from rich.console import Console

    from adapters.cli.here import settings_here
    from adapters.postgres.connections import connect
    from adapters.postgres.rebuild_access import rebuild_access as rebuild_from_log

    settings = settings_here()
    with Console().status("access: reading the log"), connect(settings.database, role="none", statement_timeout="0") as connection:
        rows = rebuild_from_log(connection)
    print(f"{rows} access rows were made anew")
