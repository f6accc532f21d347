"""What is told to whoever waits for a position that is not shown: no follower runs here."""

from __future__ import annotations

import time

import httpx
import pytest

from adapters.http.asking import POSITION_MAX, WAIT_SECONDS_MAX
from tests.http.conftest import As, create_app, is_problem, register


@pytest.fixture(scope="module")
def ada(as_: As) -> httpx.Client:
    return as_("developer:ada")


@pytest.fixture(scope="module")
def last(ada: httpx.Client) -> int:
    """The last position of the log."""
    _, position = create_app(ada, register(ada, "ada"), "Weather")
    return position


def test_a_position_that_is_not_shown_in_time_is_told_with_when_to_try_again(ada: httpx.Client, last: int) -> None:
    began = time.monotonic()
    answered = ada.get("/v1/apps", params={"min_position": last})
    assert is_problem(answered, 503, "not_followed_yet")
    assert int(answered.headers["retry-after"]) > 0
    assert WAIT_SECONDS_MAX <= time.monotonic() - began < WAIT_SECONDS_MAX + 2


@pytest.mark.parametrize("beyond", [1, 10**9, POSITION_MAX - 1_000_000])
def test_a_position_that_nobody_was_told_is_refused_at_once(ada: httpx.Client, last: int, beyond: int) -> None:
    began = time.monotonic()
    answered = ada.get("/v1/apps", params={"min_position": last + beyond})
    assert is_problem(answered, 422, "invalid")
    assert [error["field"] for error in answered.json()["errors"]] == ["min_position"]
    assert "beyond the end of the log" in answered.json()["errors"][0]["reason"]
    assert time.monotonic() - began < WAIT_SECONDS_MAX / 2
