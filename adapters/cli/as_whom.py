"""The options by which a subcommand says as whom it asks, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http

As = Annotated[str | None, typer.Option("--as", metavar="WHO", help="Make a token of the local issuer: developer:NAME, admin:NAME, ...")]
Token = Annotated[str | None, typer.Option(help="The token to present. Default: LAUNCHPAD_TOKEN.")]
Url = Annotated[str | None, typer.Option(help="The server's address. Default: http://, with LAUNCHPAD_HTTP.")]
Admins = Annotated[bool, typer.Option("--admins", help="What all portal admins share, rather than what is yours alone.")]


def http_as(as_: str | None, token: str | None, url: str | None) -> Http:
    """The server, asked as that person."""
    from adapters.cli.here import settings_here
    from adapters.cli.http_calls import Http
    from adapters.cli.tokens import token_for

    settings = settings_here()
    return Http(url or f"http://{settings.http}", token_for(settings, as_, token))


def audience(admins: bool) -> str:
    """The query parameter that says whose."""
    return f"audience={'portal_admins' if admins else 'me'}"
