"""What subcommands that ask over HTTP have in common: whom they ask as, and how a developer is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http

As = Annotated[str | None, typer.Option("--as", metavar="WHO", help="Make a token of the local issuer: developer:NAME, admin:NAME, ...")]
Token = Annotated[str | None, typer.Option(help="The token to present. Default: LAUNCHPAD_TOKEN.")]
Url = Annotated[str | None, typer.Option(help="The server's address. Default: http://, with LAUNCHPAD_HTTP.")]
App = Annotated[UUID, typer.Argument(metavar="APP", help="The app's id.", show_default=False)]
Team = Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id.", show_default=False)]
Developer = Annotated[
    str, typer.Argument(metavar="DEVELOPER", help="A developer: an id, or the NAME of a local developer.", show_default=False)
]


def http_as(as_: str | None, token: str | None, url: str | None) -> Http:
    """The server to ask, and the token for it. Raises Told and SettingsError."""
    from adapters.cli.here import settings_here
    from adapters.cli.http_calls import Http
    from adapters.cli.tokens import token_for

    settings = settings_here()
    return Http(url or f"http://{settings.http}", token_for(settings, as_, token))


def developer_of(text: str) -> UUID:
    """A developer's id: as it was given, or that of a local developer of this name."""
    from adapters.identity.local_issuer import developer_id

    try:
        return UUID(text)
    except ValueError:
        return developer_id(text)
