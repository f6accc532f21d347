"""Whatever the OpenAPI document allows or forbids to send: nothing breaks, nothing invalid is taken, and answers are as it says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, negative_data_rejection, response_schema_conformance

from adapters.http import asking
from tests.counts import Counts
from tests.http.conftest import As
from tests.http.test_apps_written_over_http import create

pytestmark = [pytest.mark.usefixtures("follower"), pytest.mark.filterwarnings("default"), pytest.mark.timeout(600)]
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, negative_data_rejection]
EXAMPLES_OF = 10
"""One in so many of a property's examples, for each of forty calls."""


@pytest.fixture(scope="module")
def admin(as_: As) -> httpx.Client:
    grace = as_("admin:grace")
    create(grace)
    return grace


@pytest.fixture(scope="module")
def document(url: str, admin: httpx.Client) -> BaseSchema:
    loaded = schemathesis.openapi.from_dict(admin.get("/openapi.json").json())
    loaded.config.update(base_url=url)
    return loaded.include(path_regex="^/v1/(?!verify|forward-auth)")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_each_call_holds_what_the_document_says(
    document: BaseSchema, admin: httpx.Client, counts: Counts, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS_MAX", 0.05)
    headers = {"authorization": admin.headers["authorization"]}
    called, wrong = 0, []
    for found in document.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # an operation that can't be read raises here

        @settings(
            max_examples=max(1, counts.examples // EXAMPLES_OF),
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: schemathesis.Case[Any]) -> None:
            answered = case.call(headers=headers, timeout=30)
            if answered.status_code == 503 and answered.json()["code"] == "not_followed_yet":
                return  # A position that nobody has written yet.
            case.validate_response(answered, checks=CHECKS)

        try:
            call()
        except FailureGroup as error:  # All of them are told, not the first alone.
            wrong.append(f"{operation.label}: {error}")
        called += 1
    assert not wrong, "\n\n".join(wrong)
    assert called > 30
