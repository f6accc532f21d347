"""`launchpad team`: teams and their members, what somebody was shown, and credentials that are offered to one of them; over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.asked import App, As, Developer, Team, Token, Url, developer_of, http_as

team = typer.Typer(
    no_args_is_help=True,
    help="Teams own apps together: members see them, admins manage them. Over HTTP.",
    epilog="TEAM=$(launchpad team create Kitchen --as developer:ada)",
)


class Kind(StrEnum):
    """What can be offered."""

    API_KEY = "api_key"
    OAUTH_CLIENT = "oauth_client"
    JWT = "jwt"


Offer = Annotated[UUID, typer.Argument(metavar="OFFER", help="The offer's id.", show_default=False)]
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


@team.command()
def shown(which: Team, developer: Developer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """List the credentials of the team's apps whose secrets somebody was shown, also after he was removed.

    \b
    launchpad team shown 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --as developer:ada
    """
    from rich.console import Console

    from adapters.cli.team_tables import secrets_table

    found = http_as(as_, token, url).all_of(f"/v1/teams/{which}/members/{developer_of(developer)}/shown")
    if found:
        Console().print(secrets_table(found))
    else:
        print(f"{developer} was shown no secret of this team's apps.")


@team.command("rotate-shown")
def rotate_shown(
    which: Team,
    developer: Developer,
    deadline: Annotated[str, typer.Option(metavar="TIME", help="By when: 2027-03-01T12:00:00Z.")],
    reason: Annotated[str, typer.Option(help="Why, for those who rotate.")],
    report: Annotated[bool, typer.Option("--report", help="Report what is not rotated by then, instead of revoking it.")] = False,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Demand that every active credential whose secret somebody was shown be rotated; what is not, is revoked at the deadline.

    \b
    launchpad team rotate-shown 5b8e0d7c-3f62-4a19-b0c4-d81e7a95f236 bob --deadline 2027-03-01T12:00:00Z --reason "Bob has left"
    """
    said = {"deadline": deadline, "reason": reason, "then": "report" if report else "revoke"}
    answer = http_as(as_, token, url).post(f"/v1/teams/{which}/members/{developer_of(developer)}/rotate-shown", said)
    refused = [each for each in answer["outcomes"] if each["outcome"] != "accepted"]
    for each in answer["outcomes"]:
        told = f"to be rotated by {deadline}" if each not in refused else f"{each.get('code')}: {each.get('sentence')}"
        print(f"{UUID(each['credential_id']).hex} of app {each['app_id']}: {told}")
    if not answer["outcomes"]:
        print(f"Nothing that {developer} was shown works.")
    if answer["more"]:
        print("There are more: call it again.")
    if refused:
        raise typer.Exit(1)


@team.command("offer")
def offer_credential(
    app: App,
    developer: Developer,
    until: Annotated[str, typer.Option(metavar="TIME", help="By when he takes it, within a week: 2027-03-01T12:00:00Z.")],
    kind: Annotated[Kind | None, typer.Option(help="A new credential, of this kind.")] = None,
    rotates: Annotated[UUID | None, typer.Option(metavar="CREDENTIAL", help="The successor of this one, instead of a new one.")] = None,
    expires_at: Annotated[str | None, typer.Option(metavar="TIME", help="When the credential ends by itself; a jwt needs it.")] = None,
    overlap: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long both work after a rotation: PT24H, the default.")
    ] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """Let one member of the team that owns an app make a credential, or rotate one; print the offer's id.

    \b
    launchpad team offer 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 bob --kind api_key --until 2027-03-01T12:00:00Z --as developer:ada
    """
    given: dict[str, Any] = {"kind": None if kind is None else kind.value, "expires_at": expires_at, "overlap": overlap}
    given |= {"rotates": None if rotates is None else str(rotates), "member": str(developer_of(developer)), "until": until}
    said = {name: value for name, value in given.items() if value is not None}
    print(http_as(as_, token, url).post(f"/v1/apps/{app}/credential-offers", said)["offer_id"])


@team.command()
def take(app: App, which: Offer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Take a credential that is offered to you and print its secret, once.

    \b
    launchpad team take 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 8c3d5e17-b2a0-4f96-8e41-6d09f7c2b158 --as developer:bob
    """
    from adapters.cli.credential import show_once

    show_once(http_as(as_, token, url).post(f"/v1/apps/{app}/credential-offers/{which}/take", {}))


@team.command("withdraw-offer")
def withdraw_offer(app: App, which: Offer, as_: As = None, token: Token = None, url: Url = None) -> None:
    """Withdraw the offer of a credential that nobody has taken.

    \b
    launchpad team withdraw-offer 3d0a8b8e-6d8d-4f5c-9a51-0c7d6a1e2b21 8c3d5e17-b2a0-4f96-8e41-6d09f7c2b158
    """
    http_as(as_, token, url).delete(f"/v1/apps/{app}/credential-offers/{which}")
    print("It is offered no longer.")


@team.command()
def offers(
    app: Annotated[UUID | None, typer.Argument(metavar="[APP]", help="All offers of this app. Default: what is offered to you.")] = None,
    as_: As = None,
    token: Token = None,
    url: Url = None,
) -> None:
    """List what is offered to you, or the offers of an app and what became of them.

    \b
    launchpad team offers --as developer:bob
    """
    from rich.console import Console

    from adapters.cli.team_tables import offers_table

    found = http_as(as_, token, url).all_of("/v1/credential-offers" if app is None else f"/v1/apps/{app}/credential-offers")
    if found:
        Console().print(offers_table(found))
    else:
        print("Nothing is offered.")
