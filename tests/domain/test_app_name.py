"""An app's name: unique among the owner's living apps, whatever its spelling."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.app_name import AppName, AppNameFreed, AppNameTaken
from domain.derived_ids import app_name_id
from domain.refused import Refused
from domain.visible import visible
from tests.examples import APP, OTHER_APP, OTTO
from tests.given import OLGA


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Weather", "weather"),
        ("Weather", "WEATHER"),
        ("Straße", "STRASSE"),
        ("ﬁle", "FILE"),  # a ligature
        ("\uff37eather", "weather"),  # a full width W
        ("Cafe\u0301", "Café"),  # composed and decomposed
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),  # the final sigma
        ("Ⅳ", "iv"),
        ("\U0001d400pp", "app"),  # a mathematical bold A: it has no lower case before it is normalised
        ("x²", "x2"),
        ("ǅ", "ǆ"),
        ("Kelvin", "\u212aelvin"),  # the Kelvin sign
        ("Å", "\u212b"),  # the angstrom sign
        ("No\u00a0break", "no break"),
        ("two  spaces", "two spaces"),
        ("Ze\u200bro", "Zero"),
        ("Z\u00ader\u2060o\ufeff", "zero"),
        ("Caf\u200be\u0301", "Café"),  # unseen, yet it separates
        ("Cafe\u034f\u0301", "Café"),
        ("No\u2800break", "no break"),  # braille without a dot
    ],
)
def test_names_that_fold_alike_are_one_name(one: str, other: str) -> None:
    assert app_name_id("developer", OLGA, one) == app_name_id("developer", OLGA, other)


@pytest.mark.parametrize(
    ("one", "other"), [("Weather", "Wheather"), ("Weather", "Weather 2"), ("resume", "résumé"), ("İ", "i"), ("a-b", "ab"), ("ab", "a b")]
)
def test_other_names_are_other_names(one: str, other: str) -> None:
    assert app_name_id("developer", OLGA, one) != app_name_id("developer", OLGA, other)


UNSEEN = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180f", "\u200b", "\u200f", "\u2060", "\u2065"),
    *("\u3164", "\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\U0001d173", "\U000e0000", "\U000e0100", "\U000e0fff"),
]
"""Unicode's Default_Ignorable_Code_Point: the ends of its ranges."""


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_a_character_that_nobody_sees_makes_no_second_name(unseen: str) -> None:
    for name in (f"{unseen}Weather", f"Wea{unseen}ther", f"Weather{unseen}", f"{unseen}W{unseen}eather{unseen}"):
        assert app_name_id("developer", OLGA, name) == app_name_id("developer", OLGA, "Weather")


@given(st.lists(st.text(max_size=3)), st.lists(st.sampled_from(UNSEEN), min_size=1))
def test_nor_does_it_anywhere_in_any_name(parts: list[str], unseen: list[str]) -> None:
    assert app_name_id("developer", OLGA, "".join(unseen).join(parts)) == app_name_id("developer", OLGA, "".join(parts))


def test_folding_brings_nothing_back_that_nobody_sees() -> None:
    seen = visible("".join(map(chr, range(sys.maxunicode + 1))))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    assert set(folded) - set(visible(folded)) == set()


def test_owners_don_t_share_names() -> None:
    assert app_name_id("developer", OLGA, "Weather") != app_name_id("developer", OTTO, "Weather")
    assert app_name_id("developer", OLGA, "Weather") != app_name_id("team", OLGA, "Weather")


@given(st.text())
def test_case_never_tells_names_apart(name: str) -> None:
    assert app_name_id("developer", OLGA, name) == app_name_id("developer", OLGA, name.casefold())


def test_a_name_is_taken_by_one_app_at_a_time_and_free_again_afterwards() -> None:
    name = AppName()
    assert name.take(APP) == [AppNameTaken(app_id=APP)]
    name = name.evolve(AppNameTaken(app_id=APP))
    assert name.take(APP) == []
    with pytest.raises(Refused, match="name_taken"):
        name.take(OTHER_APP)
    assert name.free(OTHER_APP) == []
    assert name.free(APP) == [AppNameFreed(app_id=APP)]
    name = name.evolve(AppNameFreed(app_id=APP))
    assert name.free(APP) == []
    assert name.take(OTHER_APP) == [AppNameTaken(app_id=OTHER_APP)]
