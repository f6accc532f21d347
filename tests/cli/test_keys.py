"""`launchpad keys`: what an operator does with our keys, and what it says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.local.postgres import LocalPostgres
from adapters.settings import Settings
from adapters.vault import MasterKey, Vault
from tests import servers
from tests.cli.conftest import Cli


@pytest.fixture
def apart(migrated: LocalPostgres, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A vault of this test alone, with its own LAUNCHPAD_HOME."""
    with servers.fresh_database(migrated, "vault_base") as vault:
        database = f"{vault.rsplit('/', 1)[0]}/base"
        yield {"LAUNCHPAD_HOME": str(tmp_path / "home"), "LAUNCHPAD_DATABASE_URL": database, "LAUNCHPAD_VAULT_URL": vault}


def opened(env: dict[str, str]) -> Vault:
    settings = Settings.load(env)
    return Vault(settings.vault, MasterKey.of(settings))


def states(cli: Cli, env: dict[str, str]) -> dict[str, str]:
    rows = [line.split() for line in cli("keys", "list", env=env).stdout.splitlines()]
    return {row[0]: row[1] for row in rows if row and row[0].startswith("20")}


def test_keys_are_made_rotated_retired_and_listed(cli: Cli, apart: dict[str, str]) -> None:
    assert "no signing key yet" in cli("keys", "list", env=apart).stdout
    first = cli("keys", "make", env=apart).stdout.split()[0]
    with opened(apart) as vault:
        assert vault.signing_keys.signing(datetime.now(UTC) + timedelta(days=90)).kid == first
    rotated = cli("keys", "rotate", env=apart).stdout
    second = rotated.split()[0]
    assert "is published and signs from" in rotated
    assert cli("keys", "rotate", env=apart).stdout == rotated
    assert states(cli, apart) == {second: "waiting", first: "signing"}
    assert cli("keys", "retire", first, env=apart).stdout == f"{first} signs no more; {second} signs\n"
    assert states(cli, apart) == {second: "signing", first: "verifying"}
    dropped = cli("keys", "retire", first, "--now", env=apart).stdout
    assert "refused by every running process within 10 seconds" in dropped
    assert states(cli, apart) == {second: "signing", first: "dropped"}


@pytest.mark.parametrize("columns", [80, 200])
def test_times_are_whole_however_narrow_the_terminal(cli: Cli, apart: dict[str, str], columns: int) -> None:
    first = cli("keys", "make", env=apart).stdout.split()[0]
    with opened(apart) as vault:
        vault.signing_keys.signing(datetime.now(UTC) + timedelta(days=90))
    second = cli("keys", "rotate", env=apart).stdout.split()[0]
    cli("keys", "retire", first, "--now", env=apart)
    with opened(apart) as vault:
        listed = {key.kid: key for key, _ in vault.signing_keys.listed()}
    said = cli("keys", "list", env=apart | {"COLUMNS": str(columns)}).stdout
    assert max(map(len, said.splitlines())) <= columns
    words = said.split()
    assert {first, second, "dropped", "signing"} <= set(words)
    for key in listed.values():
        for time in (key.signs_from, key.signs_until, key.last_expiry, key.unpublished_at):
            assert time is None or {f"{time:%Y-%m-%d}", f"{time:%H:%M}"} <= set(words)
    assert None not in (listed[first].signs_until, listed[first].last_expiry, listed[first].unpublished_at), "no column is empty"


def test_rotating_before_there_is_a_key_says_that_it_is_the_first(cli: Cli, apart: dict[str, str]) -> None:
    assert "signs: it is the first key" in cli("keys", "rotate", env=apart).stdout


def test_the_master_key_is_changed_and_the_old_one_is_told_to_be_another(cli: Cli, apart: dict[str, str], tmp_path: Path) -> None:
    first = cli("keys", "make", env=apart).stdout
    old = (tmp_path / "home" / "master.key").read_text().strip()
    done = cli("keys", "change-master", env=apart)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the vault is sealed under the new master key\n")
    assert cli("keys", "make", env=apart).stdout == first
    for arguments in (["keys", "list"], ["keys", "change-master"]):
        refused = cli(*arguments, env=apart | {"LAUNCHPAD_MASTER_KEY": old})
        assert refused.returncode == 1
        assert "another master key" in refused.stderr
        assert old not in refused.stderr


def test_a_master_key_in_the_environment_needs_its_successor_there_too(cli: Cli, apart: dict[str, str]) -> None:
    one, other = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
    refused = cli("keys", "change-master", env=apart | {"LAUNCHPAD_MASTER_KEY": one})
    assert (refused.returncode, "LAUNCHPAD_MASTER_KEY_NEXT" in refused.stderr) == (1, True)
    changed = cli("keys", "change-master", env=apart | {"LAUNCHPAD_MASTER_KEY": one, "LAUNCHPAD_MASTER_KEY_NEXT": other})
    assert "now make LAUNCHPAD_MASTER_KEY_NEXT the LAUNCHPAD_MASTER_KEY of every process" in changed.stdout


def test_a_key_that_nobody_has_is_told(cli: Cli, apart: dict[str, str]) -> None:
    done = cli("keys", "retire", "20260301-00000000", env=apart)
    assert (done.returncode, done.stderr) == (
        1,
        "launchpad: there is no signing key '20260301-00000000'; launchpad keys list shows all\n",
    )
