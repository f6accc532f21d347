"""The pages in docs/ and the README: their links lead somewhere, and their examples are commands and calls that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from adapters.cli.main import app
from adapters.http.bodies import CommandIn
from commands.catalogue import CATALOGUE
from launchpad_client.client import LaunchpadClient

CLONE = Path(__file__).parent.parent
PAGES = [CLONE / "README.md", CLONE / "CHANGELOG.md", *sorted((CLONE / "docs").rglob("*.md"))]
SUBCOMMANDS = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}


def name(page: Path) -> str:
    return str(page.relative_to(CLONE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_subcommand_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?:^|`|\$ ?\(?|\| )launchpad ([a-z]+)", page.read_text(), re.MULTILINE))
    assert named <= SUBCOMMANDS


def test_every_page_is_linked_from_another() -> None:
    linked = {(page.parent / link).resolve() for page in PAGES for link in re.findall(r"\]\(([^)#\s]+\.md)\)", page.read_text())}
    assert [name(page) for page in PAGES if page.resolve() not in linked and page.name != "README.md"] == []


def test_the_examples_of_how_to_send_commands_are_commands() -> None:
    page = (CLONE / "docs/how-to/send-commands.md").read_text()
    (body,) = re.findall(r"--json '(\{.*?\})'\n", page, re.DOTALL)
    command = CommandIn.model_validate_json(body)
    CATALOGUE[command.type].command.model_validate_json(json.dumps(command.data))
    (client,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    compile(client, "send-commands.md", "exec")
    assert all(hasattr(LaunchpadClient, called) for called in re.findall(r"launchpad\.(\w+)\(", client))


def test_the_changelog_counts_right() -> None:
    assert f"**Commands.** {len(CATALOGUE)} of them" in (CLONE / "CHANGELOG.md").read_text()
