"""Calls that follow one from another, as the OpenAPI document links them: nothing breaks, and what was closed opens nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import APIStateMachine, normalize_name

from adapters.http import asking
from adapters.http.links import Link, link
from tests.counts import Counts
from tests.http.conftest import As
from tests.http.fuzzing import CHECKS, Callers, callers, is_not_followed_yet, schema
from tests.http.oauth.conftest import Door, door
from tests.http.test_apps_written_over_http import create, product

__all__ = ["door"]
pytestmark = [
    pytest.mark.usefixtures("follower"),
    pytest.mark.filterwarnings("default"),
    pytest.mark.timeout(600),
    pytest.mark.part_credentials,
]
BEGINS = "POST /v1/apps"
"""Where each walk begins: one that may begin anywhere ends soon."""
BY_CHANCE = {"if-match", "idempotency-key", "onbehalfof"}
MADE_UP = {"name", "owner", "callback_urls"}
"""A name is taken soon, nobody has an id that was made up, and hardly any text is a callback URL."""
SECRET = "$response.body#/secret"


def without_chance(document: dict[str, Any]) -> None:
    """Leave out parameters that end a walk when they are made up by chance: each call by itself is made with them elsewhere."""
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [each for each in operation.get("parameters", ()) if each["name"].lower() not in BY_CHANCE]


def presented(product_id: str) -> dict[str, list[Link]]:
    """A credential presented at every door: what a gateway does and the document can't link, since the product is the gateway's."""
    check = {"credential": SECRET, "product_id": product_id}
    knocks = [
        Link("POST /v1/verify", {}, check),
        Link("POST /v1/verify/batch", {}, {"checks": [check]}),
        *(
            Link(f"{method} /v1/forward-auth/{{product_id}}", {"path.product_id": product_id, "header.X-API-Key": SECRET})
            for method in ("GET", "POST")
        ),
    ]
    token = {"credential": "$response.body#/access_token", "product_id": product_id}
    credentials = "/v1/apps/{app_id}/credentials"
    return {
        f"POST {credentials}": knocks,
        f"POST {credentials}/{{credential_id}}/rotate": knocks,
        f"POST {credentials}/{{credential_id}}/replace-leaked": knocks,
        "POST /oauth/token": [Link("POST /v1/verify", {}, token), Link("POST /v1/verify/batch", {}, {"checks": [token]})],
    }


WALKS_AT_ONCE = 5
WALKS_OF = 4
"""One in so many of a state machine's runs: a walk calls a server over HTTP thirty times."""


class Walk:
    """What all walks share: who calls, for which product, and what came of it."""

    def __init__(self, by: Callers, gateway: httpx.Client, product_id: str) -> None:
        self.by, self.gateway, self.product_id = by, gateway, product_id
        self.succeeded: Counter[str] = Counter()
        self.walks = self.calls = 0
        self.opened = 0
        self.closed = 0
        self.wrong: dict[str, str] = {}

    def judge(self, case: schemathesis.Case[Any], answered: Response) -> None:
        """Note what is wrong with an answer, once for each call and reason."""
        self.calls += 1
        if answered.status_code < 400:
            self.succeeded[case.operation.label] += 1
        if is_not_followed_yet(answered):
            return
        try:
            case.validate_response(answered, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.wrong.setdefault(f"{case.operation.label}: {type(failure).__name__}", str(group))

    def opens(self, secrets: list[str]) -> list[bool]:
        """Whether each opens the product."""
        checks = [{"credential": secret, "product_id": self.product_id} for secret in secrets]
        told = self.gateway.post("/v1/verify/batch", json={"checks": checks})
        assert told.status_code == 200, told.text
        return [each["allowed"] for each in told.json()["verdicts"]]


class Held:
    """The credentials that one walk has made, by what may close them."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.closed: set[tuple[str, str]] = set()

    def note(self, case: schemathesis.Case[Any], answered: Response) -> None:
        """Take in what an accepted call has made, and what it has closed for good."""
        said = answered.json() if answered.status_code in {200, 201} and answered.content else {}
        label, app = case.operation.label, said.get("app_id") if isinstance(said, dict) else None
        if app is None:
            return
        if said.get("secret") and "credential_id" in said:
            self.secrets[app, said["credential_id"]] = said["secret"]
        if label.endswith("/revoke"):
            self.closed.add((app, said["credential_id"]))
        elif label.endswith("/replace-leaked"):
            self.closed.add((app, said["revoked"]))
        elif label == "DELETE /v1/apps/{app_id}":
            self.closed |= {key for key in self.secrets if key[0] == app}


def machine(base: type[APIStateMachine], walk: Walk) -> type[APIStateMachine]:
    """Walks from there, called by whom each call is for, and judged by us."""

    class Walking(base):  # type: ignore[valid-type, misc]
        def setup(self) -> None:
            self.held = Held()

        def before_call(self, case: schemathesis.Case[Any]) -> None:
            said: Any = case.body
            if isinstance(said, dict) and case.operation.label == BEGINS:
                case.body = (
                    {"name": f"App {uuid4()}"} | {name: said[name] for name in said.keys() - MADE_UP} | {"products": [walk.product_id]}
                )
            if isinstance(said, dict) and case.operation.label == "POST /v1/apps/{app_id}/products":
                case.body = {**said, "products": [walk.product_id]}

        def call(self, case: schemathesis.Case[Any], **_: Any) -> Response:  # noqa: ANN401 - as schemathesis has it
            return walk.by.call(case)

        def after_call(self, response: Response, case: schemathesis.Case[Any]) -> None:
            super().after_call(response, case)
            self.held.note(case, response)

        def validate_response(self, response: Response, case: schemathesis.Case[Any], **_: Any) -> None:  # noqa: ANN401 - as above
            walk.judge(case, response)

        def teardown(self) -> None:
            walk.walks += 1
            keys = list(self.held.secrets)
            opens = dict(zip(keys, walk.opens([self.held.secrets[key] for key in keys]) if keys else [], strict=True))
            walk.opened += sum(opens.values())
            walk.closed += len(self.held.closed & opens.keys())
            for key in self.held.closed:
                if opens.get(key):
                    walk.wrong["closed, and opens"] = f"credential {key} was closed, and opens its product"

    for rule in base.root_rules - {normalize_name(f"RANDOM -> {BEGINS}")}:
        setattr(Walking, rule, None)
    return Walking


def once(steps: int) -> settings:
    """A few walks of so many steps."""
    return settings(
        max_examples=WALKS_AT_ONCE,
        stateful_step_count=steps,
        phases=[Phase.generate],
        deadline=None,
        derandomize=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_calls_that_follow_one_from_another_hold_what_the_document_says(
    *, url: str, as_: As, door: Door, counts: Counts, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS_MAX", 0.3)
    grace = as_("admin:grace")
    create(grace)
    free = product(grace, needs_approval=False)
    document = grace.get("/openapi.json").json()
    link(document, presented(free))
    walk = Walk(callers(as_, grace, door), as_("gateway:edge"), free)
    without_chance(document)
    linked = schema(document, url)
    linked.config.phases.stateful.inference.algorithms = []
    linked.config.generation.modes = [GenerationMode.POSITIVE]  # What is invalid ends a walk; each call is made so elsewhere.
    walking = machine(linked.as_state_machine(), walk)
    first = 0 if counts.name == "small" else seed
    enough = counts.machine_runs // WALKS_OF

    def goes_on(_: int) -> bool:  # A walk that opened nothing shows nothing, so that it takes more of them where chance had it so.
        return walk.walks < enough or (not (walk.opened and walk.closed) and walk.walks < 10 * enough)

    for number in itertools.takewhile(goes_on, itertools.count(first)):
        # Whoever walks the same way again is answered differently, which hypothesis takes ill: it begins anew, elsewhere.
        with suppress(Flaky):
            hypothesis.seed(number)(walking)
            walking.run(settings=once(counts.machine_steps))
    assert not walk.wrong, "\n\n".join(walk.wrong.values())
    assert as_("admin:grace").get(f"/v1/products/{free}").json()["status"] == "offered"
    assert len(walk.succeeded) > 15, walk.succeeded
    assert walk.opened
    assert walk.closed
