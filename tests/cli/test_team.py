"""`launchpad team` and `launchpad app`: a team is made, a member is shown a secret, leaves, and what he was shown is rotated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from adapters.identity.local_issuer import LocalIssuer, developer_id
from adapters.postgres.codec import EventCodec
from adapters.postgres.filling import FillsTables
from adapters.postgres.following import Follower
from adapters.settings import Settings
from adapters.vault.master_key import MasterKey
from adapters.vault.vault import Vault
from launchpad_client.keys import parse
from projections.dashboard import DASHBOARD
from tests.cli.conftest import Cli
from tests.following.followed import until

LATER = (datetime.now(UTC) + timedelta(days=3)).isoformat()


@pytest.fixture(scope="module", autouse=True)
def following(home: Path, databases: dict[str, str], served_at: str) -> Iterator[None]:
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    with (
        Vault(settings.vault, MasterKey.of(settings)) as vault,
        Follower(settings.database, FillsTables(DASHBOARD, EventCodec(vault.personal_data))),
    ):
        yield


@pytest.fixture(scope="module")
def people(home: Path, served_at: str) -> None:
    """Ada and Bob are developers: each has written something."""
    issuer = LocalIssuer(home, Settings.load({"LAUNCHPAD_HOME": str(home)}).audience)
    for name in ("ada", "bob"):
        headers = {"authorization": f"Bearer {issuer.issue(f'developer:{name}')}"}
        assert httpx.post(f"{served_at}/v1/apps", json={"name": f"First {name}"}, headers=headers).status_code == 201


Said = Callable[..., str]


@pytest.fixture
def run(cli: Cli, served_at: str, people: None) -> Said:
    """What the program says to somebody, who succeeds."""

    def said(who: str, *arguments: str) -> str:
        done = cli(*arguments, "--as", f"developer:{who}", "--url", served_at)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return said


def an_app(home: Path, served_at: str, team: str) -> str:
    issuer = LocalIssuer(home, Settings.load({"LAUNCHPAD_HOME": str(home)}).audience)
    with httpx.Client(base_url=served_at, headers={"authorization": f"Bearer {issuer.issue('developer:ada')}"}) as ada:
        made = ada.post("/v1/apps", json={"name": f"App {uuid4()}", "owner": {"kind": "team", "id": team}}).json()
        assert ada.get(f"/v1/apps/{made['app_id']}", params={"min_position": made["position"]}).status_code == 200
        return str(made["app_id"])


def test_a_team_from_its_creation_to_the_rotation_of_what_a_member_was_shown(run: Said, cli: Cli, home: Path, served_at: str) -> None:
    team = run("ada", "team", "create", "Kitchen")
    assert "joins with" in run("ada", "team", "invite", team, "bob")
    assert "You belong to it now" in run("bob", "team", "join", team)
    run("ada", "team", "promote", team, "bob")
    run("ada", "team", "demote", team, "bob")
    run("ada", "team", "rename", team, "Kitchen and Hall")
    app = an_app(home, served_at, team)
    shown = run("bob", "team", "show", team)
    assert all(each in shown for each in ("Kitchen and Hall", str(developer_id("ada")), "admin", "member"))
    offer = run("ada", "team", "offer", app, "bob", "--kind", "api_key", "--until", LATER)
    until(lambda: offer in run("bob", "team", "offers"))
    key = parse(run("bob", "team", "take", app, offer))
    until(lambda: "taken" in run("ada", "team", "offers", app))
    assert "member of the team" in cli("team", "take", app, offer, "--as", "developer:ada", "--url", served_at).stderr
    removed = run("ada", "team", "remove", team, "bob")
    assert "He was shown 1 credential that works" in removed
    assert key.key_id in run("ada", "team", "shown", team, "bob")
    rotated = run("ada", "team", "rotate-shown", team, "bob", "--deadline", LATER, "--reason", "Bob has left")
    assert f"{key.key_id} of app {app}: to be rotated by" in rotated
    until(lambda: LATER[:10] in run("ada", "team", "shown", team, "bob"))
    alone = cli("team", "leave", team, "--as", "developer:ada", "--url", served_at)
    assert (alone.returncode, "last_admin" in alone.stderr) == (1, True)
    assert team in run("ada", "team", "list")
    assert "There is no team of yours yet." in run("bob", "team", "list")


def test_an_app_goes_over_to_another_developer(run: Said, cli: Cli, home: Path, served_at: str) -> None:
    team = run("ada", "team", "create", "Movers")
    app = an_app(home, served_at, team)
    assert "It is offered" in run("ada", "app", "transfer", app, "--developer", "bob")
    until(lambda: app in run("bob", "app", "offered"))
    assert "stays where it is" in run("bob", "app", "decline", app)
    run("ada", "app", "transfer", app, "--developer", "bob")
    assert "offered to nobody" in run("ada", "app", "withdraw-transfer", app)
    run("ada", "app", "transfer", app, "--developer", "bob")
    assert "It is yours now." in run("bob", "app", "accept", app)
    run("bob", "app", "transfer", app, "--team", team)
    assert "It is the team's now." in run("ada", "app", "accept", app, "--team", team)
    neither = cli("app", "transfer", app, "--as", "developer:ada", "--url", served_at)
    assert (neither.returncode, "name the new owner" in neither.stderr) == (2, True)
    at_once = cli("app", "transfer", app, "--developer", "bob", "--at-once", "--as", "admin:grace", "--url", served_at)
    assert "another owner's now" in at_once.stdout


def test_an_invitation_is_withdrawn_and_an_offer_too(run: Said, home: Path, served_at: str) -> None:
    team = run("ada", "team", "create", "Hall")
    run("ada", "team", "invite", team, "bob", "--as-admin")
    assert "bob is not invited" in run("ada", "team", "withdraw-invitation", team, "bob")
    run("ada", "team", "invite", team, "bob")
    run("bob", "team", "join", team)
    app = an_app(home, served_at, team)
    offer = run("ada", "team", "offer", app, "bob", "--kind", "jwt", "--until", LATER, "--expires-at", LATER)
    assert "offered no longer" in run("ada", "team", "withdraw-offer", app, offer)
    assert "You belong to it no longer." in run("bob", "team", "leave", team)
    assert "was shown no secret" in run("ada", "team", "shown", team, "bob")
