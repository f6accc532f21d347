"""`launchpad queue` and `launchpad policy try`: what waits, seen and decided from the command line, and a draft tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_credential import client, following

__all__ = ["following"]
ADMIN = ("--as", "admin:grace")
DRAFT = """\
rules:
- name: ours
  when:
    attributes:
      kind: internal
  then: approve
"""


@pytest.fixture
def run(cli: Cli, databases: Mapping[str, str], served_at: str) -> Cli:
    """The program, for this server, on a wide terminal."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None) -> object:
        return cli(*arguments, "--url", served_at, env={**databases, "COLUMNS": "200", **(env or {})}, stdin=stdin)

    return run  # type: ignore[return-value]


@pytest.fixture
def waiting(home: Path, served_at: str) -> tuple[str, str]:
    """An approval, and the product that waits in it."""
    with client(home, served_at, "admin:grace") as grace, client(home, served_at, "developer:ada") as ada:
        product = grace.post("/v1/products", json={"name": f"Guarded {uuid4()}", "needs_approval": True}).json()
        said = {"name": f"App {uuid4()}", "attributes": {"kind": "internal"}, "products": [product["product_id"]]}
        app = ada.post("/v1/apps", json=said).json()
        asked = {"app_id": app["app_id"], "min_position": app["position"]}
        (found,) = grace.get("/v1/approvals", params=asked).json()["items"]
        return found["approval_id"], product["product_id"]


def told(home: Path, served_at: str, approval: str) -> str:
    """How it stands once the queue knows of everything that was written until now."""
    with client(home, served_at, "admin:grace") as grace:
        position = grace.post("/v1/products", json={"name": f"Later {uuid4()}"}).json()["position"]
        return str(grace.get(f"/v1/approvals/{approval}", params={"min_position": position}).json())


def test_what_waits_is_listed_shown_given_to_somebody_and_noted_on(run: Cli, waiting: tuple[str, str], home: Path, served_at: str) -> None:
    approval, product = waiting
    assert run("queue", "assign", approval, "--to", "grace", *ADMIN).stdout == "grace looks after it.\n"
    assert run("queue", "comment", approval, "[with legal]", *ADMIN).stdout == "Noted.\n"
    assert "[with legal]" in told(home, served_at, approval)
    listed = run("queue", "--assignee", "grace", *ADMIN)
    assert listed.returncode == 0, listed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if approval in line]
    assert "Guarded" in line
    assert "1 note: [with legal]" in listed.stdout
    shown = run("queue", "show", approval, *ADMIN).stdout
    assert all(each in shown for each in (approval, product, "waiting", "manual", "attributes: {'kind': 'internal'}", "[with legal]"))
    assert run("queue", "assign", approval, "--nobody", *ADMIN).stdout == "Nobody looks after it.\n"


def test_it_is_decided_once_and_whoever_comes_second_is_told(run: Cli, waiting: tuple[str, str], home: Path, served_at: str) -> None:
    approval, product = waiting
    assert (
        run("queue", "decide", approval, "--reject", product, "--reason", "no contract", *ADMIN).stdout
        == "Decided: 0 granted, 1 rejected.\n"
    )
    assert "no contract" in told(home, served_at, approval)
    second = run("queue", "decide", approval, "--grant", product, "--as", "admin:hana")
    assert second.returncode == 1
    assert "already_decided" in second.stderr
    nothing = run("queue", "decide", approval, "--grant-all", *ADMIN)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "nothing waits" in nothing.stderr
    assert "decided it at" in nothing.stderr
    assert "no contract" in run("queue", "show", approval, *ADMIN).stdout


def test_all_that_waits_is_granted(run: Cli, waiting: tuple[str, str]) -> None:
    assert run("queue", "decide", waiting[0], "--grant-all", "--comment", "welcome", *ADMIN).stdout == "Decided: 1 granted, 0 rejected.\n"


@pytest.mark.parametrize(
    "said",
    [
        ("decide", str(uuid4())),
        ("decide", str(uuid4()), "--grant-all", "--grant", str(uuid4())),
        ("decide", str(uuid4()), "--reject", str(uuid4())),
        ("decide", str(uuid4()), "--grant", str(uuid4()), "--reason", "x"),
        ("assign", str(uuid4())),
        ("assign", str(uuid4()), "--to", "grace", "--nobody"),
    ],
)
def test_a_command_line_that_says_nothing_or_too_much_is_told_so(run: Cli, said: tuple[str, ...]) -> None:
    assert run("queue", *said, *ADMIN).returncode == 2


def test_a_draft_is_tried_and_nothing_is_set(run: Cli, waiting: tuple[str, str], home: Path, served_at: str) -> None:
    approval, product = waiting
    run("queue", "decide", approval, "--reject", product, "--reason", "no", *ADMIN)
    assert "rejected" in told(home, served_at, approval)
    tried = run("policy", "try", "-", *ADMIN, stdin=DRAFT)
    assert tried.returncode == 0, tried.stderr
    first, _, _ = tried.stdout.partition("\n")
    assert "past requests: " in first
    assert " would have been decided otherwise, " in first
    assert "review (manual), rejected by person" in tried.stdout
    assert "approve (ours)" in tried.stdout
    against = run("policy", "try", "-", "--against-a-person", *ADMIN, stdin=DRAFT).stdout
    assert "waiting by" not in against
    assert "rejected by person" in against
    assert run("policy", "show", *ADMIN).stdout.startswith("# Version 0: manual")
    wrong = run("policy", "try", "-", *ADMIN, stdin=DRAFT.replace("approve", "agree"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "stdin:6:3: rules[0].then" in wrong.stderr
    assert run("policy", "try", "-", "--as", "developer:ada", stdin=DRAFT).returncode == 1
