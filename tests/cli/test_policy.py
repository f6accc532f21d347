"""`launchpad policy`: a policy from a file and back into one, and run over what waits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_credential import client, following

__all__ = ["following"]
FILE = """\
rules:
- name: internal
  when:
    attributes:
      kind: internal
  then: approve
- name: the rest
  then: review
"""
ADMIN = ("--as", "admin:grace")


@pytest.fixture
def run(cli: Cli, databases: Mapping[str, str], served_at: str) -> Iterator[Cli]:
    """The program, for this server."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, stdin: str | None = None) -> object:
        return cli("policy", *arguments, "--url", served_at, env={**databases, **(env or {})}, stdin=stdin)

    yield run  # type: ignore[misc]
    run("set", "--mode", "manual", *ADMIN)


def test_a_policy_is_set_from_a_file_and_shown_as_one(run: Cli, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(FILE)
    done = run("set", str(file), *ADMIN)
    assert done.returncode == 0, done.stderr
    assert "is in force: conditional, 2 rules." in done.stdout
    shown = run("show", *ADMIN).stdout
    assert shown.partition("\n")[2] == FILE
    assert shown.startswith("# Version ")
    assert run("set", "-", *ADMIN, stdin=shown).returncode == 0
    assert run("show", *ADMIN).stdout == shown


def test_a_policy_is_set_from_json_as_well(run: Cli) -> None:
    said = {"rules": [{"name": "all", "then": "approve"}]}
    assert run("set", "-", *ADMIN, stdin=json.dumps(said, indent="\t")).returncode == 0
    assert "- name: all\n  then: approve\n" in run("show", *ADMIN).stdout


def test_what_is_wrong_in_a_file_is_told_with_line_and_field_and_nothing_is_set(run: Cli, tmp_path: Path) -> None:
    before = run("show", *ADMIN).stdout
    file = tmp_path / "policy.yaml"
    file.write_text(FILE.replace("then: approve", "then: agree").replace("- name: the rest", "- nam: the rest"))
    done = run("set", str(file), *ADMIN)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:6:3: rules[0].then: Input should be 'approve', 'reject' or 'review'" in done.stderr
    assert f"{file}:7:3: rules[1].nam: Extra inputs are not permitted" in done.stderr
    assert run("show", *ADMIN).stdout == before


def test_a_policy_based_on_an_older_version_is_refused(run: Cli) -> None:
    done = run("set", "--mode", "auto", "--based-on", "0", *ADMIN)
    run("set", "--mode", "manual", *ADMIN)
    again = run("set", "--mode", "auto", "--based-on", "0", *ADMIN)
    assert again.returncode == 1, done.stdout
    assert "policy_changed" in again.stderr


def test_the_versions_are_listed_and_each_can_be_shown(run: Cli) -> None:
    run("set", "-", *ADMIN, stdin=FILE)
    version = run("show", *ADMIN).stdout.split(":")[0].removeprefix("# Version ")
    run("set", "--mode", "auto", *ADMIN)
    listed = run("versions", "--as", "auditor:kim").stdout
    assert "conditional" in listed
    assert "person:" in listed
    assert run("show", "--version", version, *ADMIN).stdout.endswith(FILE)
    assert "there is no version 999" in run("show", "--version", "999", *ADMIN).stderr
    assert run("versions", "--as", "developer:ada").returncode == 1


def test_a_developer_is_told_the_mode_and_no_rules(run: Cli) -> None:
    run("set", "-", *ADMIN, stdin=FILE)
    assert "shown to portal admins" in run("show", "--as", "developer:ada").stdout


@pytest.mark.parametrize("arguments", [("set",), ("set", "x", "--mode", "auto"), ("reevaluate",), ("reevaluate", str(uuid4()), "--all")])
def test_a_command_line_that_says_nothing_or_too_much_is_told_so(run: Cli, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, *ADMIN).returncode == 2


def test_what_waits_is_re_evaluated(run: Cli, home: Path, served_at: str) -> None:
    with client(home, served_at, "admin:grace") as grace, client(home, served_at, "developer:ada") as ada:
        product = grace.post("/v1/products", json={"name": "Guarded", "needs_approval": True}).json()
        said = {"name": f"App {uuid4()}", "attributes": {"kind": "internal"}, "products": [product["product_id"]]}
        app = ada.post("/v1/apps", json=said).json()
        path = f"/v1/apps/{app['app_id']}"
        assert ada.get(path, params={"min_position": app["position"]}).json()["status"] == "pending"
        run("set", "-", *ADMIN, stdin=FILE)
        done = run("reevaluate", "--all", *ADMIN)
        assert done.returncode == 0, done.stderr
        assert "re-evaluated." in done.stdout
        position = grace.post(f"{path}/suspend", json={"reason": "x"}).json()["position"]  # An active one can be suspended.
        assert ada.get(path, params={"min_position": position}).json()["status"] == "suspended"
    unknown = run("reevaluate", str(uuid4()), *ADMIN)
    assert unknown.returncode == 1
    assert "approval_unknown" in unknown.stderr
