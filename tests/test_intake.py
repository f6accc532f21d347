"""From a request to an envelope, or to an answer that says why not."""

from __future__ import annotations

from uuid import uuid4

import orjson
import pytest

from adapters.identity.verifier import TokenVerifier
from adapters.intake import ERRORS_MAX, FIELD_CHARACTERS_MAX, Intake, Request
from commands.command import Envelope
from commands.outcome import Outcome, OutcomeKind
from commands.principal import Principal
from domain.limits import MESSAGE_BYTES_MAX
from tests.examples import OWNER

APP = str(uuid4())


class Trusting(TokenVerifier):
    """Knows everybody."""

    def __init__(self) -> None:
        super().__init__([], "launchpad")

    def verify_bearer(self, header: str | bytes | None, now: float | None = None) -> Principal:
        del header, now
        return OWNER


def read(payload: bytes, name: str = "app.edit.v1", content: bytes | None = None) -> Envelope | Outcome:
    return Intake(Trusting(), b"k" * 32).read(Request(uuid4(), name, payload, None, content=content))


def invalid(payload: bytes) -> Outcome:
    outcome = read(payload)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.INVALID
    return outcome


def digest(payload: bytes, name: str = "app.edit.v1", content: bytes | None = None) -> bytes:
    envelope = read(payload, name, content)
    assert isinstance(envelope, Envelope)
    return envelope.digest


@pytest.mark.parametrize(
    "payload",
    [orjson.dumps({f"{number:x}": 1 for number in range(20_000)}), orjson.dumps({"x" * (MESSAGE_BYTES_MAX - 10): 1})],
    ids=["of many fields", "of one long field"],
)
def test_a_message_full_of_mistakes_gets_a_short_answer(payload: bytes) -> None:
    assert len(payload) <= MESSAGE_BYTES_MAX
    errors = invalid(payload).errors
    assert 0 < len(errors) <= ERRORS_MAX
    assert max(len(error.field) for error in errors) <= FIELD_CHARACTERS_MAX


@pytest.mark.parametrize(
    "wrong", [{"app_id": "hunter2"}, {"app_id": APP, "name": "hunter2" * 20}, {"app_id": APP, "callback_urls": ["hunter2"]}]
)
def test_an_error_never_repeats_a_value(wrong: dict[str, object]) -> None:
    assert "hunter2" not in str(invalid(orjson.dumps(wrong)))


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800"], ids=["U+0000", "a lone surrogate"])
def test_what_the_database_can_not_hold_is_refused_at_the_boundary(text: str) -> None:
    invalid(f'{{"app_id": "{APP}", "name": "a{text}b"}}'.encode())
    invalid(f'{{"app_id": "{APP}", "description": "a{text}b"}}'.encode())


def test_the_digest_is_of_what_was_said_and_not_of_how_it_was_written() -> None:
    said = digest(f'{{"app_id":"{APP}","name":"Rain"}}'.encode())
    assert digest(f'{{ "name": "R\\u0061in", "app_id": "{APP}" }}'.encode()) == said
    assert digest(f'{{"app_id":"{APP}","name":"Rain","description":null}}'.encode()) != said
    assert digest(f'{{"app_id":"{APP}","name":"Sun"}}'.encode()) != said


def test_the_digest_is_of_the_callers_own_request_where_the_edge_has_added_to_it() -> None:
    first, second = (f'{{"app_id":"{APP}","name":"{name}"}}'.encode() for name in ("Rain", "Sun"))
    assert digest(first, content=b"{}") == digest(second, content=b"{}")
    assert digest(first, content=b"{}") != digest(first)
