"""The master key is changed: nothing is lost, whenever it is cut off, and processes that run go on or say why not."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.kept_file import NotKept
from adapters.settings import Settings
from adapters.vault import CONTENT_DIGEST, MasterKey, Vault, WrongMasterKey, resealing
from adapters.vault.change_master import CannotChange, Changed, change_master_key

PERSONS = [uuid4() for _ in range(30)]
OTHER = base64.b64encode(bytes(range(32))).decode()
THIRD = base64.b64encode(bytes(range(1, 33))).decode()


@pytest.fixture
def settings(vault_url: str, tmp_path: Path) -> Settings:
    """A vault of this test alone, with its key in a file."""
    return Settings.load(environment(vault_url, tmp_path))


def environment(vault_url: str, home: Path, **more: str) -> dict[str, str]:
    database = f"{vault_url.rsplit('/', 1)[0]}/log"
    return {"LAUNCHPAD_HOME": str(home), "LAUNCHPAD_DATABASE_URL": database, "LAUNCHPAD_VAULT_URL": vault_url, **more}


def opened(settings: Settings) -> Vault:
    return Vault(settings.vault, MasterKey.of(settings))


def content(vault: Vault) -> tuple[bytes, dict[UUID, bytes], list[str]]:
    """Everything that the vault holds."""
    until = datetime.now(UTC) + timedelta(days=1)
    vault.signing_keys.signing(until)
    return vault.secret(CONTENT_DIGEST), vault.persons.for_sealing(PERSONS), [key.public["x"] for key, _ in vault.signing_keys.listed()]


def whole(settings: Settings) -> tuple[bytes, dict[UUID, bytes], list[str]]:
    """Everything, as a process that starts now reads it."""
    with opened(settings) as vault:
        return content(vault)


def names(vault_url: str) -> set[bytes]:
    """The master keys under which something is sealed."""
    with psycopg.connect(vault_url) as connection:
        everything = "SELECT sealed FROM vault.secrets UNION ALL SELECT sealed FROM vault.person_keys UNION ALL SELECT sealed FROM vault.signing_keys"
        return {bytes(sealed)[1:9] for (sealed,) in connection.execute(everything)}


def ignore(_: int) -> None:
    """Progress that nobody watches."""


def test_everything_is_sealed_anew_and_the_old_key_opens_nothing(settings: Settings) -> None:
    before, old = whole(settings), MasterKey.of(settings)
    old_name, told = old.name, list[int]()
    assert change_master_key(settings, None, told.append) is Changed.WHOLE
    assert told[-1] >= len(PERSONS) + 3
    assert whole(settings) == before
    assert names(settings.vault) == {MasterKey.of(settings).name}
    assert old_name not in names(settings.vault)
    assert [file.name for file in settings.home.iterdir()] == ["master.key"]
    again = MasterKey.of(settings).name
    change_master_key(settings, None, ignore)
    assert MasterKey.of(settings).name != again
    assert whole(settings) == before


def test_the_old_key_alone_opens_nothing_any_more(settings: Settings, tmp_path: Path) -> None:
    whole(settings)
    old = Settings.load(environment(settings.vault, tmp_path, LAUNCHPAD_MASTER_KEY=(tmp_path / "master.key").read_text().strip()))
    change_master_key(settings, None, ignore)
    with pytest.raises(WrongMasterKey, match="changed to"):
        opened(old)


def test_more_persons_than_a_page_are_sealed_anew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = whole(settings)
    monkeypatch.setattr(resealing, "PAGE", 7)
    change_master_key(settings, None, ignore)
    assert whole(settings) == before
    assert len(names(settings.vault)) == 1


def test_the_new_key_can_be_given_in_a_file(settings: Settings, tmp_path: Path) -> None:
    before, given = whole(settings), tmp_path / "given"
    with pytest.raises(CannotChange, match="is no file"):
        change_master_key(settings, given, ignore)
    given.write_text(OTHER)
    with pytest.raises(NotKept, match="chmod 600"):
        change_master_key(settings, given, ignore)
    given.chmod(0o600)
    assert change_master_key(settings, given, ignore) is Changed.WHOLE
    assert names(settings.vault) == {MasterKey(bytes(range(32))).name}
    assert whole(settings) == before
    with pytest.raises(CannotChange, match="already"):
        change_master_key(settings, given, ignore)
    given.write_text("nonsense")
    with pytest.raises(NotKept, match="base64"):
        change_master_key(settings, given, ignore)
    assert whole(settings) == before


def test_processes_that_run_go_on_with_a_key_in_a_file(settings: Settings) -> None:
    with opened(settings) as running, opened(settings) as idle:
        before, new = content(running), uuid4()
        change_master_key(settings, None, ignore)
        key = running.persons.for_sealing([new])[new]  # Sealed under the old key, refused, and sealed under the new one.
        assert running.secret("a new one")
        assert running.signing_keys.rotate().signs_from > datetime.now(UTC)
        assert idle.persons.for_opening([*PERSONS, new]) == before[1] | {new: key}
    assert names(settings.vault) == {MasterKey.of(settings).name}


def test_processes_that_run_on_the_old_key_alone_say_so_and_seal_nothing_that_is_lost(settings: Settings, tmp_path: Path) -> None:
    whole(settings)
    alone = MasterKey(base64.b64decode((tmp_path / "master.key").read_text()))
    with Vault(settings.vault, alone) as running:
        before = content(running)
        change_master_key(settings, None, ignore)
        assert running.secret(CONTENT_DIGEST) == before[0]  # What is in memory goes on.
        for write in (lambda: running.persons.for_sealing([uuid4()]), lambda: running.secret("new"), running.signing_keys.rotate):
            with pytest.raises(WrongMasterKey, match="start this again"):
                write()
    assert names(settings.vault) == {MasterKey.of(settings).name}
    assert whole(settings)[:2] == before[:2]


def test_a_key_in_the_environment_is_changed_while_every_process_knows_both(vault_url: str, tmp_path: Path) -> None:
    old = Settings.load(environment(vault_url, tmp_path, LAUNCHPAD_MASTER_KEY=OTHER))
    both = Settings.load(environment(vault_url, tmp_path, LAUNCHPAD_MASTER_KEY=OTHER, LAUNCHPAD_MASTER_KEY_NEXT=THIRD))
    new = Settings.load(environment(vault_url, tmp_path, LAUNCHPAD_MASTER_KEY=THIRD))
    before = whole(old)
    with pytest.raises(CannotChange, match="LAUNCHPAD_MASTER_KEY_NEXT"):
        change_master_key(old, None, ignore)
    with opened(both) as running:
        assert content(running) == before
        assert names(vault_url) == {MasterKey.of(old).name}
        assert change_master_key(both, None, ignore) is Changed.WHOLE
        assert running.persons.for_sealing([uuid4()])
    assert change_master_key(both, None, ignore) is Changed.FINISHED
    assert whole(both) == whole(new) == before
    assert names(vault_url) == {MasterKey.of(new).name}
    assert not (tmp_path / "master.key").exists()


KILLS: dict[str, str] = {
    "before the new key is kept": "change_master.keep = die",
    "after the new key was kept": "change_master.reseal = die",
    "in the middle of sealing": "progress = lambda done: done < 20 or die()",
    "after all was sealed": "change_master.move = die",
    "after the new key took its place": "moved = change_master.move; change_master.move = lambda *files: (moved(*files), die())",
}
CHANGE = """
import os, signal
from adapters.settings import Settings
from adapters.vault import change_master

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

progress = lambda done: None
{kill}
change_master.change_master_key(Settings.load(), None, progress)
"""


@pytest.mark.parametrize("kill", KILLS)
def test_killed_between_any_two_steps_the_vault_opens_and_a_second_run_ends_the_change(
    settings: Settings, tmp_path: Path, kill: str
) -> None:
    before, old = whole(settings), MasterKey.of(settings).name
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHPAD_")}
    killed = subprocess.run(
        [sys.executable, "-c", CHANGE.format(kill=KILLS[kill])],
        env=clean | environment(settings.vault, tmp_path),
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert whole(settings) == before  # At no moment may the vault be unreadable with what lies on disk.
    with opened(settings) as running:
        assert running.persons.for_sealing([uuid4()])
    sealed_anew = kill.startswith(("after all", "after the new key took"))
    assert (old in names(settings.vault)) is not sealed_anew
    change_master_key(settings, None, ignore)
    assert whole(settings) == before
    assert names(settings.vault) == {MasterKey.of(settings).name}
    assert old not in names(settings.vault)
    assert [file.name for file in settings.home.iterdir() if not file.name.startswith(".")] == ["master.key"]


def test_a_change_that_was_cut_off_is_finished_first_and_then_another_key_may_follow(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.vault import change_master

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    before = whole(settings)
    with monkeypatch.context() as patched:
        patched.setattr(change_master, "move", cut_off)
        with pytest.raises(KeyboardInterrupt):
            change_master_key(settings, None, ignore)
    assert (tmp_path / "master.key.next").exists()
    given = tmp_path / "given"
    given.write_text(OTHER)
    given.chmod(0o600)
    assert change_master_key(settings, given, ignore) is Changed.WHOLE
    assert names(settings.vault) == {MasterKey(bytes(range(32))).name}
    assert whole(settings) == before


def test_two_changes_at_the_same_moment_do_not_mix(settings: Settings) -> None:
    before = whole(settings)

    def change(_: int) -> bool:
        try:
            return change_master_key(settings, None, ignore) is Changed.WHOLE
        except CannotChange as error:
            return "at this moment" not in str(error)

    with ThreadPoolExecutor(3) as threads:
        assert any(threads.map(change, range(3)))
    assert whole(settings) == before
    assert names(settings.vault) == {MasterKey.of(settings).name}


def test_whoever_makes_keys_while_the_master_key_is_changed_loses_none(settings: Settings) -> None:
    made: dict[UUID, bytes] = {}

    def make(vault: Vault) -> None:
        for _ in range(40):
            person = uuid4()
            made.update(vault.persons.for_sealing([person]))

    with opened(settings) as one, opened(settings) as other, ThreadPoolExecutor(2) as threads:
        running: list[Callable[[], object]] = [threads.submit(make, vault).result for vault in (one, other)]
        for _ in range(3):
            change_master_key(settings, None, ignore)
        for result in running:
            result()
    with opened(settings) as vault:
        assert vault.persons.for_opening(made) == made
    assert names(settings.vault) == {MasterKey.of(settings).name}
