"""`launchpad dashboard`: apps as a person would read them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer


class Status(StrEnum):
    """What an app can be."""

    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    DELETED = "deleted"


def dashboard(
    app: Annotated[UUID | None, typer.Argument(metavar="[APP]", help="An app's id: show this one in detail.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only this developer's or team's: an id, or the NAME of a local developer.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only apps of this status. Without it, all but deleted ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 50,
) -> None:
    """Show apps with their owner, status, products and credentials; or one app in detail.

    Reads the database: LAUNCHPAD_DATABASE_URL, or that of a `launchpad run` on this machine.

    \b
    launchpad dashboard
    launchpad dashboard --owner ada --status active
    launchpad dashboard 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21
    """
    from rich.console import Console

    from adapters.cli.app_tables import in_detail, in_short
    from adapters.cli.here import settings_here
    from adapters.cli.told import Told
    from adapters.identity.local_issuer import developer_id
    from adapters.postgres.connections import connect
    from adapters.postgres.questions import answer
    from readmodels.apps import apps_by_status, one_app, page_of_apps

    console = Console()
    settings = settings_here()
    if settings.database_url is None and (settings.home / "postgres").is_dir():
        raise Told(f"launchpad run is not running here; its data lie in {settings.home}", "start it again with: launchpad run")
    with connect(settings.database) as connection:
        if app is not None:
            found = answer(connection, one_app(app))
            if not found:
                raise Told(f"there is no app {app}", "the dashboard lists them: launchpad dashboard")
            console.print(in_detail(found[0]))
            return
        owner_id = None if owner is None else _id(owner) or developer_id(owner)
        shown = answer(connection, page_of_apps(owner_id=owner_id, status=status, limit=limit))
        counts = answer(connection, apps_by_status(owner_id=owner_id))
    if not counts:
        print("There is no app yet." if owner is None else f"No app of the owner {owner} was found.")
        return
    console.print(in_short(shown))
    console.print(" · ".join(f"{each.apps} {each.status}" for each in counts))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
