"""Whoever guesses learns nothing: a key id that nobody has and a wrong secret take the same way, and get the same answer."""

from __future__ import annotations

import asyncio
import hmac
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from adapters.checking.checks import Check, Checks
from adapters.checking.line import Line
from adapters.http.verify_bodies import verdict_out
from adapters.postgres.connections import connect
from adapters.postgres.questions import Questions, answer
from launchpad_client import keys
from launchpad_client.keys import make_credential
from readmodels.access import Asked, may_call_all
from tests.http.checks.conftest import Door
from tests.http.checks.test_checks import PRODUCT, NoTokens, issue, rows

__all__ = ["rows"]

ROOT = Path(__file__).parents[3]
Presents = Callable[[str, UUID], httpx.Response]
OF_KIND = {"verify": "api_key", "batch": "api_key", "forward-auth": "api_key", "introspect": "api_key", "token": "oauth_client"}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server does that takes time: questions, digests of texts, comparisons of digests."""
    taken: list[str] = []

    def watch(what: str, owner: Any, name: str, counts: Callable[..., bool] = lambda *_: True) -> None:  # noqa: ANN401 - anything that has a name to replace
        original = getattr(owner, name)

        def watched(*arguments: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
            if counts(*arguments):
                taken.append(what)
            return original(*arguments)

        monkeypatch.setattr(owner, name, watched)

    watch("question", Line, "ask")
    watch("question", Questions, "all")
    watch("digest", keys, "digest")
    watch("compare", hmac, "compare_digest", lambda one, other: len(one) == len(other) == 64)
    return taken


@pytest.fixture(params=OF_KIND)
def way(request: pytest.FixtureRequest, url: str, door: Door, gateway: httpx.Client) -> tuple[str, Presents]:
    """A way to present a credential, and the kind that is presented there."""
    product, here = door.product_id, {"x-launchpad-gateway": gateway.headers["authorization"]}
    ways: dict[str, Presents] = {
        "verify": lambda text, _: gateway.post("/v1/verify", json={"credential": text, "product_id": product}),
        "batch": lambda text, _: gateway.post("/v1/verify/batch", json={"checks": [{"credential": text, "product_id": product}]}),
        "forward-auth": lambda text, _: httpx.get(f"{url}/v1/forward-auth/{product}", headers={**here, "x-api-key": text}),
        "introspect": lambda text, _: gateway.post("/oauth/introspect", data={"token": text}),
        "token": lambda text, of: httpx.post(f"{url}/oauth/token", data={"grant_type": "client_credentials"}, auth=(f"client-{of}", text)),
    }
    return OF_KIND[request.param], ways[request.param]


@pytest.mark.parametrize("state", ["live", "revoked", "suspended"])
def test_both_are_answered_alike_after_the_same_steps(state: str, way: tuple[str, Presents], door: Door, steps: list[str]) -> None:
    kind, presents = way
    credential_id, right = door.issues(kind)
    nobody = uuid4()
    texts = [make_credential(kind, "live", of).text for of in (nobody, credential_id)]
    assert presents(right, credential_id).status_code == 200
    if state == "revoked":
        door.sends(door.owner, "credential.revoke.v1", app_id=door.app_id, credential_id=str(credential_id), reason="lost")
    if state == "suspended":
        door.sends(door.admin, "app.suspend.v1", app_id=door.app_id, reason="late")
    seen = []
    for text, of in zip(texts, (nobody, credential_id), strict=True):
        steps.clear()
        answered = presents(text, of)
        headers = {name: value for name, value in answered.headers.items() if name != "date"}
        seen.append((answered.status_code, headers, answered.content, list(steps)))
    assert seen[0] == seen[1]
    counted = ["digest"] if presents(text, of).url.path == "/oauth/introspect" else []  # It reads the text once more, to count it.
    assert sorted(seen[0][-1]) == ["compare", "digest", *counted, "question"]


def test_the_database_looks_at_an_app_only_for_who_has_its_secret(database: str, rows: psycopg.Connection[Any]) -> None:
    known, right = issue(rows)
    digests = [keys.digest(text) for text in ("wrong", "wrong", right)]
    asked = [Asked(of, PRODUCT, digest=digest) for of, digest in zip((uuid4(), known, known), digests, strict=True)]
    with connect(database) as connection:
        unknown, wrong, proved = answer(connection, may_call_all(asked))
    assert [unknown.digest, wrong.digest] == [None, proved.digest]
    of_the_app = ("name", "owner_kind", "owner_id", "attributes")
    assert [getattr(each, field) for each in (unknown, wrong) for field in of_the_app] == [None] * 8
    assert not wrong.allowed
    assert (proved.name, proved.allowed) == ("Weather", True)


def test_both_run_through_the_same_functions(database: str, rows: psycopg.Connection[Any]) -> None:
    known, right = issue(rows)
    texts = {name: make_credential("api_key", "live", of).text for name, of in (("unknown", uuid4()), ("wrong", known))} | {"right": right}

    async def follow() -> dict[str, list[str]]:
        async with Checks(database, NoTokens()) as checks:
            await checks.check([Check(right, PRODUCT)])  # What is loaded once is loaded.
            return {name: await followed(checks, text) for name, text in texts.items()}

    taken = asyncio.run(follow())
    assert taken["unknown"] == taken["wrong"] != taken["right"]
    assert taken["wrong"].count("built-in compare_digest") == 2  # The checksum, and the digest.
    assert {"Checks._send", "Line.ask", "Presented.is_proved_by", "judged", "built-in openssl_sha256"} <= set(taken["wrong"])


async def followed(checks: Checks, text: str) -> list[str]:
    """Each function of ours that is called for one check, and what is called for secrets; the event loop wakes as it likes."""
    called: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:  # noqa: ANN401 - a C function, or None
        name = ""
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)) and "/.venv/" not in frame.f_code.co_filename:
            name = frame.f_code.co_qualname
        elif event == "c_call" and argument.__name__ in {"compare_digest", "openssl_sha256"}:
            name = f"built-in {argument.__name__}"
        if name and name not in {"Line._readable", "Line._writable"}:
            called.append(name)

    sys.setprofile(note)
    try:
        (verdict,) = await checks.check([Check(text, PRODUCT)])
        verdict_out(verdict)
    finally:
        sys.setprofile(None)
    return called
