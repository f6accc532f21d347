"""`launchpad app`: an app goes over to another owner; offered, accepted or declined, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from adapters.cli.asked import App, As, Token, Url, developer_of, http_as

if TYPE_CHECKING:
    from adapters.cli.http_calls import Http

app = typer.Typer(no_args_is_help=True, help="Let an app go over to another developer or team, over HTTP.")
ForTeam = Annotated[
    UUID | None, typer.Option("--team", metavar="TEAM", help="For a team of which you are an admin. Default: for yourself.")
]


@app.command()
def transfer(
    which: App,
    developer: Annotated[str | None, typer.Option("--developer", help="The new owner: an id, or the NAME of a local developer.")] = None,
    team: Annotated[UUID | None, typer.Option("--team", metavar="TEAM", help="The new owner, where it is a team.")] = None,
    at_once: Annotated[bool, typer.Option("--at-once", help="Ask nobody; for portal admins.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Offer an app to a developer or a team, who has it once they accept.

    \b
    launchpad app transfer 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --team 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236
    """
    from adapters.cli.told import MISUSED, Told

    if (developer is None) is (team is None):
        raise Told("name the new owner: --developer, or --team", code=MISUSED)
    to = {"kind": "developer", "id": str(developer_of(developer))} if developer is not None else {"kind": "team", "id": str(team)}
    http_as(as_, token, url).post(f"/v1/apps/{which}/transfer", {"to": to, "at_once": at_once})
    print("It is another owner's now." if at_once else f"It is offered, and accepted with: launchpad app accept {which}")


@app.command()
def accept(which: App, team: ForTeam = None, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Accept an app that is offered to you, or to your team.

    \b
    launchpad app accept 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --as developer:bob
    """
    http = http_as(as_, token, url)
    http.post(f"/v1/apps/{which}/transfer/accept", {"to": _to(http, team)})
    print("It is yours now." if team is None else "It is the team's now.")


@app.command()
def decline(which: App, team: ForTeam = None, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Decline an app that is offered to you, or to your team.

    \b
    launchpad app decline 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 --as developer:bob
    """
    http = http_as(as_, token, url)
    http.post(f"/v1/apps/{which}/transfer/decline", {"to": _to(http, team)})
    print("It stays where it is.")


@app.command("withdraw-transfer")
def withdraw_transfer(which: App, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Offer an app no longer.

    \b
    launchpad app withdraw-transfer 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21
    """
    http_as(as_, token, url).delete(f"/v1/apps/{which}/transfer")
    print("It is offered to nobody.")


@app.command()
def offered(as_: As = None, token: Token = None, url: Url = None) -> None:
    """List the apps that are offered to you, or to a team of which you are an admin.

    \b
    launchpad app offered --as developer:bob
    """
    for each in http_as(as_, token, url).all_of("/v1/transfers"):
        whom = "you" if each["to_kind"] == "developer" else f"team {each['to_name']} ({each['to_id']})"
        print(f"{each['app_id']} {each['name']}, by {each['owner_name'] or each['owner_id']}: offered to {whom}")


def _to(http: Http, team: UUID | None) -> dict[str, str]:
    if team is not None:
        return {"kind": "team", "id": str(team)}
    return {"kind": "developer", "id": http.get("/v1/developers/me")["developer_id"]}
