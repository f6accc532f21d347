"""`launchpad token`: a token of the local issuer, for development."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer


def token(
    as_: Annotated[
        str,
        typer.Option(
            "--as", metavar="WHO", help="developer:NAME, admin:NAME, auditor:NAME, analyst:NAME, service:NAME, gateway:NAME or system."
        ),
    ],
    may_act: Annotated[
        list[str] | None,
        typer.Option(
            "--may-act",
            metavar="DEVELOPER",
            help="For service:NAME: whom it may act for; a NAME, a developer's id, or '*'. May be repeated.",
        ),
    ] = None,
    product: Annotated[
        list[UUID] | None,
        typer.Option("--product", metavar="ID", help="For gateway:NAME: a product that it may ask about (default: all). May be repeated."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=720, help="How long it lives.")] = 12,
    show_id: Annotated[bool, typer.Option("--id", help="Print the developer's id instead: what commands name an owner by.")] = False,
) -> None:
    """Make a token for development and print it.

    It is signed with the key in LAUNCHPAD_HOME, and trusted where LAUNCHPAD_LOCAL_ISSUER=on, as under `launchpad run`.

    \b
    launchpad token --as developer:ada
    launchpad token --as developer:ada --id
    launchpad token --as service:billing --may-act '*'
    curl -H "authorization: Bearer $(launchpad token --as admin:grace)" http://127.0.0.1:8000/v1/apps
    """
    from adapters.cli.here import running_in
    from adapters.cli.told import MISUSED, Told
    from adapters.identity.local_issuer import LocalIssuer, developer_id
    from adapters.settings import Settings
    from commands.principal import EVERYONE

    settings = Settings.load()
    if show_id:
        print(developer_id(as_.partition(":")[2] or as_))
        return
    allowed = EVERYONE if may_act == ["*"] else [_developer(name) for name in may_act or []]
    if may_act and "*" in may_act and may_act != ["*"]:
        raise Told("--may-act '*' means everybody: give it alone", code=MISUSED)
    issuer = LocalIssuer(settings.home, settings.audience)
    print(issuer.issue(as_, may_act=allowed, products=product or EVERYONE, lifetime=timedelta(hours=hours)))
    if settings.local_issuer == "off" and not running_in(settings.home):
        typer.echo("launchpad: note: such tokens are trusted only where LAUNCHPAD_LOCAL_ISSUER=on", err=True)


def _developer(name: str) -> UUID:
    from adapters.identity.local_issuer import developer_id

    try:
        return UUID(name)
    except ValueError:
        return developer_id(name.removeprefix("developer:"))
