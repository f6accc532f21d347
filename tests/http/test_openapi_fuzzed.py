"""Whatever the OpenAPI document allows or forbids to send: nothing breaks, nothing invalid is taken, and answers are as it says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import BaseSchema

from adapters.http import asking
from tests.counts import Counts
from tests.http.conftest import As
from tests.http.fuzzing import CHECKS, callers, is_not_followed_yet, schema
from tests.http.oauth.conftest import Door, door
from tests.http.test_apps_written_over_http import create

__all__ = ["door"]
pytestmark = [
    pytest.mark.usefixtures("follower"),
    pytest.mark.filterwarnings("default"),
    pytest.mark.timeout(600),
    pytest.mark.part_credentials,
]
EXAMPLES_OF = 10
"""One in so many of a property's examples, for each of fifty calls."""


@pytest.fixture(scope="module")
def admin(as_: As) -> httpx.Client:
    grace = as_("admin:grace")
    create(grace)
    return grace


@pytest.fixture(scope="module")
def document(url: str, admin: httpx.Client) -> BaseSchema:
    return schema(admin.get("/openapi.json").json(), url)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_each_call_holds_what_the_document_says(
    *, document: BaseSchema, admin: httpx.Client, as_: As, door: Door, counts: Counts, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS_MAX", 0.05)
    by = callers(as_, admin, door)
    called, wrong = 0, []
    for found in document.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # an operation that can't be read raises here
        if mode is GenerationMode.NEGATIVE and not (operation.body or any(operation.iter_parameters())):
            continue  # Nothing is said, so nothing can be said wrongly.

        @settings(
            max_examples=max(1, counts.examples // EXAMPLES_OF),
            deadline=None,
            derandomize=counts.name == "small",
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: schemathesis.Case[Any]) -> None:
            answered = by.call(case)
            if not is_not_followed_yet(answered):
                case.validate_response(answered, checks=CHECKS)

        try:
            call()
        except FailureGroup as error:  # All of them are told, not the first alone.
            wrong.append(f"{operation.label}: {error}")
        called += 1
    assert not wrong, "\n\n".join(wrong)
    assert called > 45
