"""What is quick and wrong does not count: two dashboards are compared row by row."""

import pytest

from bench.comparing import Differs, must_be_equal
from bench.follows import TABLES


def rows(*apps: str) -> dict[str, list[str]]:
    return {table: list(apps) if table == "dashboard.app" else [] for table in TABLES}


def test_equal_dashboards_are_counted() -> None:
    assert must_be_equal("same", rows("a", "b"), rows("a", "b")) == 2


@pytest.mark.parametrize("other", [("a",), ("a", "c"), ("a", "b", "c")])
def test_a_row_that_differs_is_named(other: tuple[str, ...]) -> None:
    with pytest.raises(Differs, match=r"dashboard\.app"):
        must_be_equal("different", rows("a", "b"), rows(*other))


def test_two_empty_dashboards_prove_nothing() -> None:
    with pytest.raises(Differs):
        must_be_equal("empty", rows(), rows())
