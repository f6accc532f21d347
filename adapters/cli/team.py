"""`launchpad team`: teams and their members, over HTTP; team_secrets.py has what somebody was shown, and what is offered."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.asked import As, Developer, Team, Token, Url, developer_of, http_as

team = typer.Typer(
    no_args_is_help=True,
    help="Teams own apps together: members see them, admins manage them. Over HTTP.",
    epilog="TEAM=$(launchpad team create Kitchen --as developer:ada)",
)


Name = Annotated[str, typer.Argument(metavar="NAME", help="The team's name.", show_default=False)]


@team.command()
def create(
    name: Name,
    admin: Annotated[str | None, typer.Option(metavar="DEVELOPER", help="Its first admin. Default: yourself.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Create a team and print its id.

    \b
    launchpad team create Kitchen --as developer:ada
    """
    said = {"name": name} | ({} if admin is None else {"admin": str(developer_of(admin))})
    print(http_as(as_, token, url).post("/v1/teams", said)["team_id"])


@team.command("list")
def list_(as_: As = None, token: Token = None, url: Url = None) -> None:
    """List the teams that you belong or are invited to; portal admins see all of them.

    \b
    launchpad team list --as developer:ada
    """
    from rich.console import Console

    from adapters.cli.team_tables import teams_table

    found = http_as(as_, token, url).all_of("/v1/teams")
    if found:
        Console().print(teams_table(found))
    else:
        print("There is no team of yours yet.")


@team.command()
def show(which: Team, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Show a team with its members and its apps.

    \b
    launchpad team show 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 --as developer:ada
    """
    from rich.console import Console

    from adapters.cli.app_tables import in_short
    from adapters.cli.team_tables import members_table
    from readmodels.apps import ShownApp

    http, console = http_as(as_, token, url), Console()
    found = http.get(f"/v1/teams/{which}")
    console.print(f"{found['name']} ({found['team_id']})", markup=False, highlight=False)
    console.print(members_table(found["members"]))
    apps = [ShownApp.model_validate(each) for each in http.all_of(f"/v1/apps?owner={which}")]
    if apps:
        console.print(in_short(apps))


@team.command()
def rename(which: Team, name: Name, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Give a team another name.

    \b
    launchpad team rename 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 "Kitchen and Hall"
    """
    http_as(as_, token, url).patch(f"/v1/teams/{which}", {"name": name})
    print(f"It is called {name} now.")


@team.command()
def invite(
    which: Team,
    developer: Developer,
    as_admin: Annotated[bool, typer.Option("--as-admin", help="Let him manage the team once he has joined.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Invite a developer; he belongs to the team once he has joined.

    \b
    launchpad team invite 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --as developer:ada
    """
    invited = {"developer_id": str(developer_of(developer)), "as_admin": as_admin}
    http_as(as_, token, url).post(f"/v1/teams/{which}/invitations", invited)
    print(f"{developer} is invited, and joins with: launchpad team join {which}")


@team.command("withdraw-invitation")
def withdraw_invitation(which: Team, developer: Developer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Withdraw an invitation, or decline your own.

    \b
    launchpad team withdraw-invitation 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob
    """
    http_as(as_, token, url).delete(f"/v1/teams/{which}/invitations/{developer_of(developer)}")
    print(f"{developer} is not invited.")


@team.command()
def join(which: Team, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Accept your invitation to a team.

    \b
    launchpad team join 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 --as developer:bob
    """
    http_as(as_, token, url).post(f"/v1/teams/{which}/join", {})
    print("You belong to it now.")


@team.command()
def leave(which: Team, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Leave a team; its last admin can't.

    \b
    launchpad team leave 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 --as developer:bob
    """
    http_as(as_, token, url).post(f"/v1/teams/{which}/leave", {})
    print("You belong to it no longer.")


@team.command()
def promote(which: Team, developer: Developer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Make a member an admin.

    \b
    launchpad team promote 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --as developer:ada
    """
    http_as(as_, token, url).post(f"/v1/teams/{which}/members/{developer_of(developer)}/promote", {})
    print(f"{developer} is an admin of it.")


@team.command()
def demote(which: Team, developer: Developer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Make an admin a plain member; the last one stays.

    \b
    launchpad team demote 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --as developer:ada
    """
    http_as(as_, token, url).post(f"/v1/teams/{which}/members/{developer_of(developer)}/demote", {})
    print(f"{developer} is a plain member of it.")


@team.command()
def remove(which: Team, developer: Developer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Remove somebody, at once, and say which secrets he was shown.

    \b
    launchpad team remove 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --as developer:ada
    """
    http, whom = http_as(as_, token, url), developer_of(developer)
    position = http.delete(f"/v1/teams/{which}/members/{whom}")["position"]
    print(f"{developer} belongs to it no longer.")
    working = [each for each in http.all_of(f"/v1/teams/{which}/members/{whom}/shown?min_position={position}") if each["state"] == "active"]
    if working:
        keys = "credential that works" if len(working) == 1 else "credentials that work"
        print(f"He was shown {len(working)} {keys}: launchpad team shown {which} {developer}")
        print(f"Let them be rotated: launchpad team rotate-shown {which} {developer} --deadline TIME --reason TEXT")
