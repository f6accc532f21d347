"""`launchpad leak` without a server: what it finds in texts, files and histories, and what it never prints."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from launchpad_client import make_credential
from tests.cli.conftest import Cli
from tests.client.test_scanning import JWT

KEY_ID = UUID(int=7)
KEY = make_credential("api_key", "live", KEY_ID).text
SECRET = make_credential("oauth_client", "test", UUID(int=9)).text
MASKED = f"lpklive_{KEY_ID.hex}_..."
Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a fresh repository."""
    home = tmp_path / "repository"
    home.mkdir()
    me = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def run(*arguments: str) -> str:
        environ = clean | me | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        return subprocess.run(["git", *arguments], cwd=home, env=environ, check=True, capture_output=True, text=True).stdout

    run("init", "-q", "-b", "main")
    return run


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def shows_no_secret(done: subprocess.CompletedProcess[str], *credentials: str) -> bool:
    """Whether nothing of what makes a credential one is in what was printed."""
    return not any(text[-40:] in done.stdout + done.stderr or text[45:85] in done.stdout + done.stderr for text in credentials)


def test_a_credential_is_recognised_offline_and_shown_masked(cli: Cli) -> None:
    done = cli("leak", KEY)
    assert done.returncode == 1
    assert all(text in done.stdout for text in (MASKED, "API key", str(KEY_ID)))
    assert shows_no_secret(done, KEY)
    assert "no server was asked" in done.stderr


def test_any_of_our_formats_is_found_in_any_text(cli: Cli) -> None:
    done = cli("leak", "-", stdin=f"Hello,\n\nthe key is {KEY}, the secret '{SECRET}'\nand {JWT}.\n{KEY}\n")
    assert done.returncode == 1
    assert all(text in done.stdout for text in (MASKED, "OAuth client", "JWT (by its form", "standard input:3", "standard input:5"))
    assert "3 found, at 4 places." in done.stdout
    assert shows_no_secret(done, KEY, SECRET, JWT)


def test_a_text_that_no_file_could_be_named_after_is_a_text(cli: Cli) -> None:
    done = cli("leak", f"{'ключ ' * 30}{KEY}")
    assert (done.returncode, MASKED in done.stdout) == (1, True)
    assert shows_no_secret(done, KEY)


def test_without_a_find_it_ends_with_zero(cli: Cli) -> None:
    done = cli("leak", "-", stdin=f"lpklive_{KEY_ID.hex}_{'a' * 49}\n{KEY[:-1]}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No credential of ours was found." in done.stdout


def test_files_and_folders_are_looked_through(cli: Cli, tmp_path: Path) -> None:
    written(tmp_path, "deploy/values.yaml", f"a: 1\nkey: {KEY}\n")
    written(tmp_path, "deploy/.env", f"SECRET={SECRET}\n")
    written(tmp_path, ".git/config", f"url = https://{JWT}@example.com\n")
    (tmp_path / "windows.txt").write_bytes(f"\r\n{KEY}".encode("utf-16"))
    (tmp_path / "picture.bin").write_bytes(b"\x00\xff" * 500_000 + KEY.encode())
    (tmp_path / "link").symlink_to(tmp_path / "deploy" / ".env")
    os.mkfifo(tmp_path / "pipe")
    done = cli("leak", "--scan", str(tmp_path), "--json")
    assert done.returncode == 1
    found = {each["credential"]: each for each in json.loads(done.stdout)["findings"]}
    assert set(found) == {MASKED, f"lpctest_{UUID(int=9).hex}_..."}
    places = {(Path(place["name"]).name, place["line"], place["offset"]) for place in found[MASKED]["places"]}
    assert places == {("values.yaml", 2, 10), ("windows.txt", 2, 6), ("picture.bin", 1, 1_000_000)}
    assert found[MASKED]["kind"] == "api_key"
    assert found[MASKED]["known"] is None
    assert shows_no_secret(done, KEY, SECRET, JWT)


def test_a_key_that_a_later_commit_removed_is_found_with_the_commit_that_brought_it(cli: Cli, git: Git, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    written(repository, "readme.md", "Hello.\n")
    git("add", "."), git("commit", "-qm", "Begin")
    written(repository, "deploy/a file.env", f"A=1\nKEY={KEY}\n")
    git("add", "."), git("commit", "-qm", "Deploy")
    brought = git("rev-parse", "HEAD").strip()
    written(repository, "readme.md", "Hello, again.\n")
    git("commit", "-qam", "Go on, with the key still there")
    git("rm", "-q", "deploy/a file.env"), git("commit", "-qm", "Undo that")
    git("commit", "-qm", f"Say it aloud: {SECRET}", "--allow-empty")
    told = git("rev-parse", "HEAD").strip()
    git("branch", "aside", brought)
    assert cli("leak", "--scan", str(repository)).returncode == 0
    done = cli("leak", "--git", str(repository), "--json")
    assert done.returncode == 1
    places = {each["credential"]: each["places"] for each in json.loads(done.stdout)["findings"]}
    assert places[MASKED] == [{"name": "deploy/a file.env", "line": 2, "offset": 8, "commit": brought}]
    assert [(place["name"], place["commit"]) for place in places[f"lpctest_{UUID(int=9).hex}_..."]] == [("(the commit's message)", told)]
    assert shows_no_secret(done, KEY, SECRET)
    assert f"deploy/a file.env:2 in {brought[:12]}" in cli("leak", "--git", str(repository)).stdout


def test_a_long_history_is_read_through_in_one_go(cli: Cli, git: Git, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for number in range(3_000):
        written(repository, f"{number % 30}/{number}.txt", f"{uuid4()}\n" * 50)
    (repository / "large.bin").write_bytes(b"lp" * 3_000_000 + KEY.encode())
    git("add", "."), git("commit", "-qm", "Many"), git("tag", "-a", "v1", "-m", SECRET)
    done = cli("leak", "--git", str(repository), "--json")
    found = {each["credential"]: each["places"][0] for each in json.loads(done.stdout)["findings"]}
    assert found[MASKED]["offset"] == 6_000_000
    assert found[f"lpctest_{UUID(int=9).hex}_..."]["name"] == "(the tag's message)"
    assert done.stderr.count("\n") == 1


def test_a_hook_s_surroundings_lead_nowhere_else(cli: Cli, git: Git, tmp_path: Path) -> None:
    written(tmp_path / "repository", "key", KEY)
    git("add", "."), git("commit", "-qm", "Key")
    assert cli("leak", "--git", str(tmp_path / "repository"), env={"GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/"}).returncode == 1


def test_a_shallow_clone_is_told_as_such(cli: Cli, git: Git, tmp_path: Path) -> None:
    for text in (KEY, "gone"):
        written(tmp_path / "repository", "key", text)
        git("add", "."), git("commit", "-qm", "Key")
    git("clone", "-q", "--depth", "1", f"file://{tmp_path / 'repository'}", str(tmp_path / "shallow"))
    done = cli("leak", "--git", str(tmp_path / "shallow"))
    assert done.returncode == 0
    assert "shallow clone" in done.stderr


def test_what_could_not_be_looked_at_is_not_clean(cli: Cli, tmp_path: Path) -> None:
    done = cli("leak", "--scan", str(tmp_path / "missing"))
    assert (done.returncode, "missing: No such file or directory; it was not looked into" in done.stderr) == (2, True)
    written(tmp_path, "key", KEY)
    assert cli("leak", "--scan", str(tmp_path / "missing"), str(tmp_path / "key")).returncode == 1


def test_file_names_of_others_can_t_write_to_the_terminal(cli: Cli, tmp_path: Path) -> None:
    written(tmp_path, "\x1b[2J[red]key", KEY)
    done = cli("leak", "--scan", str(tmp_path))
    assert "\x1b" not in done.stdout
    assert "�[2J[red]key:1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--git", "/"], "not a git repository"),
        (["--scan", "--git", "."], "exclude each other"),
        (["/etc"], "look into it with --scan"),
        (["one", "two"], "--scan"),
        (["-", "--replace"], "--yes"),
        ([KEY, "--replace"], "LAUNCHPAD_TOKEN"),
    ],
)
def test_what_makes_no_sense_is_told(cli: Cli, arguments: list[str], told: str) -> None:
    done = cli("leak", *arguments)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert shows_no_secret(done, KEY)


def test_a_server_that_is_away_does_not_hide_what_was_found(cli: Cli) -> None:
    done = cli("leak", KEY, "--token", "x", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert MASKED in done.stdout
    assert "does not answer" in done.stderr
    assert shows_no_secret(done, KEY)


@pytest.mark.parametrize("json_or_not", [(), ("--json",)])
def test_a_file_whose_name_holds_a_credential_is_named_masked(cli: Cli, tmp_path: Path, json_or_not: tuple[str, ...]) -> None:
    path = written(tmp_path, f"{KEY}-{SECRET}/{KEY}.txt", SECRET)
    done = cli("leak", "--scan", str(path.parent), *json_or_not)
    assert done.returncode == 1
    assert shows_no_secret(done, KEY, SECRET)
    said = "".join(done.stdout.split())  # A long name is broken over lines.
    assert f"{MASKED}-lpctest_{UUID(int=9).hex}_.../{MASKED}.txt" in said


def test_what_says_that_something_is_wrong_with_a_name_masks_it(cli: Cli, tmp_path: Path, git: Git) -> None:
    path = written(tmp_path, KEY, "nothing")
    missing = tmp_path / f"{KEY}.missing"
    assert git("rev-parse", "--is-shallow-repository").strip() == "false"
    shallow = tmp_path / SECRET
    written(tmp_path / "repository", "a", "b")
    git("add", "a")
    git("commit", "-qm", "one")
    git("commit", "-qm", "two", "--allow-empty")
    git("clone", "-q", "--depth", "1", f"file://{tmp_path / 'repository'}", str(shallow))
    for asked in ((str(path),), ("--scan", str(missing)), ("--git", str(path.parent / f"{KEY}.none")), ("--git", str(shallow))):
        done = cli("leak", *asked)
        assert "_..." in done.stderr, done.stderr
        assert shows_no_secret(done, KEY, SECRET)
