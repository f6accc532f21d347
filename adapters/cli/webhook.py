"""`launchpad webhook`: addresses that are told of notices, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.asked import As, Token, Url, http_as
from adapters.cli.whose import Admins, audience

webhook = typer.Typer(
    no_args_is_help=True,
    help="Register, list and remove addresses that are told of notices. A secret is printed once, alone on stdout.",
    epilog="SECRET=$(launchpad webhook add https://trams.example.com/launchpad --as developer:ada)",
)
Which = Annotated[UUID, typer.Argument(metavar="WEBHOOK", help="The webhook's id.", show_default=False)]


@webhook.command()
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to post to.", show_default=False)],
    kind: Annotated[list[str] | None, typer.Option(help="A kind of notice that it wants; may be repeated. Without it, all.")] = None,
    admins: Admins = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Register an address, and print the secret that its requests are signed with, once.

    \b
    launchpad webhook add https://trams.example.com/launchpad --kind app_suspended --as developer:ada
    """
    made = http_as(as_, token, url).post(f"/v1/webhooks?{audience(admins)}", {"url": address, "kinds": kind or []})
    typer.echo(f"Webhook {made['webhook_id']}. Its secret is shown once; put it where the receiver finds it.", err=True)
    print(made["secret"])


@webhook.command("list")
def list_(admins: Admins = False, as_: As = None, token: Token = None, url: Url = None) -> None:
    """List them.

    \b
    launchpad webhook list --as developer:ada
    """
    for each in http_as(as_, token, url).get(f"/v1/webhooks?{audience(admins)}")["items"]:
        print(each["webhook_id"], each["url"], ",".join(each["kinds"]) or "all")


@webhook.command()
def secret(which: Which, admins: Admins = False, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Print the secret of a webhook that was registered by the bus, once.

    \b
    launchpad webhook secret 86f2b0d9-4e1c-4a75-93b8-5d0e7c2f1a64 --as developer:ada
    """
    from adapters.cli.told import Told

    made = http_as(as_, token, url).post(f"/v1/webhooks/{which}/secret?{audience(admins)}", {})
    if made["secret"] is None:
        raise Told("its secret can't be had any more", str(made["advice"]))
    print(made["secret"])


@webhook.command()
def remove(which: Which, admins: Admins = False, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Remove one, for good.

    \b
    launchpad webhook remove 86f2b0d9-4e1c-4a75-93b8-5d0e7c2f1a64 --as developer:ada
    """
    http_as(as_, token, url).delete(f"/v1/webhooks/{which}?{audience(admins)}")
    print(f"{which} is told nothing any more.")
