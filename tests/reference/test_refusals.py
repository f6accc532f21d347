"""No code is missing from the page of the bus, wherever it is raised."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from adapters.reference.refusals import of_module, refusals, rejections
from domain.app import AppStatus
from domain.refused import Refused
from tests.reference.odd import allowed, unreadable

CLONE = Path(__file__).parents[2]
PAGE = (CLONE / "docs/reference/topics.md").read_text("utf-8")


def named_in(exception: str, *folders: str) -> set[str]:
    """What our source says with plain eyes."""
    sources = [file.read_text("utf-8") for folder in folders for file in (CLONE / folder).rglob("*.py")]
    return {code for source in sources for code in re.findall(rf'\b{exception}\(\s*f?"([^"]+)"', source)}


def test_every_code_of_a_refusal_is_collected() -> None:
    plain = named_in("Refused", "domain", "commands")
    assert plain - set(refusals()) == {"app_{self.status}"}
    assert set(refusals()) - plain == {f"app_{status}" for status in AppStatus if status is not AppStatus.ABSENT}


def test_nothing_refuses_elsewhere() -> None:
    assert named_in("Refused", "adapters", "projections", "readmodels") == set()
    assert named_in("NotAuthenticated", "adapters") == set(rejections())


@pytest.mark.parametrize("code", sorted(refusals() | rejections()))
def test_every_code_stands_on_the_page(code: str) -> None:
    assert f"\n| `{code}` | " in PAGE


def test_sentences_are_as_they_are_said() -> None:
    assert refusals()["too_many_products"] == {"an app has at most 50 products; remove one first"}
    assert refusals()["app_deleted"] == {"the app is deleted; this needs it to be …"}
    assert rejections()["algorithm_not_allowed"] == {"the token must be signed with ES256 or RS256"}


def test_a_code_made_of_anything_else_is_no_code() -> None:
    assert dict(of_module(allowed, Refused)) == {"plain": "a sentence of 3"}
    odd: ModuleType = unreadable
    with pytest.raises(ValueError, match="name the code where it is raised"):
        list(of_module(odd, Refused))
