"""`launchpad credential`: credentials made and shown once, rotated and revoked, over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.asked import App, As, Token, Url, http_as

credential = typer.Typer(
    no_args_is_help=True,
    help="Make, list, rotate and revoke credentials, over HTTP. A secret is printed once, alone on stdout.",
    epilog="KEY=$(launchpad credential issue 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --as developer:ada)",
)


class Kind(StrEnum):
    """What can be issued."""

    API_KEY = "api_key"
    OAUTH_CLIENT = "oauth_client"
    JWT = "jwt"


Which = Annotated[UUID, typer.Argument(metavar="CREDENTIAL", help="The credential's id, or its key id.", show_default=False)]
Expires = Annotated[str | None, typer.Option(metavar="TIME", help="When it ends by itself: 2027-03-01T12:00:00Z.")]
Key = Annotated[
    str | None, typer.Option("--idempotency-key", metavar="TEXT", help="Tells a repeat: the same text again makes no second credential.")
]


@credential.command()
def issue(
    app: App,
    kind: Annotated[Kind, typer.Option(help="What to make.")] = Kind.API_KEY,
    expires_at: Expires = None,
    key: Key = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Make a credential and print its secret, once.

    \b
    launchpad credential issue 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --as developer:ada
    launchpad credential issue 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --kind jwt --expires-at 2027-03-01T12:00:00Z
    """
    said = {"kind": kind.value} | ({} if expires_at is None else {"expires_at": expires_at})
    show_once(http_as(as_, token, url).post(f"/v1/apps/{app}/credentials", said, _headers(key)))


@credential.command()
def rotate(
    app: App,
    which: Which,
    overlap: Annotated[str | None, typer.Option(metavar="DURATION", help="How long both work: PT24H, the default.")] = None,
    expires_at: Expires = None,
    key: Key = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Make a credential's successor and print the new secret, once; the old one works on until the overlap ends.

    \b
    launchpad credential rotate 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 c2a4d1f08d414b7a9b552f1de6c0a8e3 --overlap PT1H
    """
    given = {"overlap": overlap, "expires_at": expires_at}
    said = {name: value for name, value in given.items() if value is not None}
    show_once(http_as(as_, token, url).post(f"/v1/apps/{app}/credentials/{which}/rotate", said, _headers(key)))


@credential.command("end-overlap")
def end_overlap(app: App, which: Which, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Let the old credential of a rotation stop working now.

    \b
    launchpad credential end-overlap 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 c2a4d1f08d414b7a9b552f1de6c0a8e3
    """
    http_as(as_, token, url).post(f"/v1/apps/{app}/credentials/{which}/end-overlap", {})
    print(f"{which.hex} opens nothing any more.")


@credential.command()
def revoke(
    app: App,
    which: Which,
    reason: Annotated[str, typer.Option(help="Why, for those who read its history.")],
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Revoke a credential, for good.

    \b
    launchpad credential revoke 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 c2a4d1f08d414b7a9b552f1de6c0a8e3 --reason leaked
    """
    http_as(as_, token, url).post(f"/v1/apps/{app}/credentials/{which}/revoke", {"reason": reason})
    print(f"{which.hex} opens nothing any more.")


@credential.command("list")
def list_(app: App, as_: As = None, token: Token = None, url: Url = None) -> None:
    """List an app's credentials with what is left of an overlap, and what is demanded of them.

    \b
    launchpad credential list 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --as developer:ada
    """
    from rich.console import Console

    from adapters.cli.app_tables import credentials_table
    from readmodels.apps import ShownCredential

    http = http_as(as_, token, url)
    found = [ShownCredential.model_validate(each) for each in http.all_of(f"/v1/apps/{app}/credentials")]
    if found:
        Console().print(credentials_table(found))
    else:
        print("This app has no credential yet.")


def _headers(key: str | None) -> dict[str, str]:
    return {} if key is None else {"idempotency-key": key}


def show_once(made: dict[str, Any]) -> None:
    """Print the secret alone on stdout, and the words about it beside it. Raises Told where it is not shown."""
    from adapters.cli.told import Told

    if made["secret"] is None:
        raise Told(f"credential {made['key_id']} was made before, and its secret can't be had again", str(made["advice"]))
    client = f" (client id {made['client_id']})" if made["client_id"] else ""
    typer.echo(f"Secret of {made['kind']} {made['key_id']}{client}: shown once, kept nowhere; put it where it belongs now.", err=True)
    if made.get("overlap_ends_at"):
        typer.echo(f"The old one, {UUID(made['replaces']).hex}, works until {made['overlap_ends_at']}.", err=True)
    print(made["secret"])
