"""Logging: one structured line, and nothing secret in it, wherever it came from."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.logging import masked, set_up_logging

KEY = "lpklive_" + "0123456789abcdef" * 2 + "_" + "s3cretS3cret" * 4 + "q"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (KEY, KEY.rsplit("_", 1)[0] + "_***"),
        (f"used {KEY}, twice {KEY}", "used {0}, twice {0}".format(KEY.rsplit("_", 1)[0] + "_***")),
        (f"Bearer {TOKEN}", "Bearer ***"),
        (b"authorization: bearer opaque-token", "authorization: bearer ***"),
        (f"token={TOKEN};", "token=***;"),
        ("postgresql://u:s3cret@host/db", "postgresql://u:***@host/db"),
        ({"password": "s3cret", "sasl_plain_password": "s3cret", "n": 1}, {"password": "***", "sasl_plain_password": "***", "n": 1}),
        ({"secret_digest": "ab" * 32}, {"secret_digest": "ab" * 32}),
        ([{"headers": [("authorization", f"Bearer {TOKEN}")]}], [{"headers": [["authorization", "Bearer ***"]]}]),
        (ValueError(KEY), f"ValueError('{KEY.rsplit('_', 1)[0]}_***')"),
        ("app.create.v1 accepted", "app.create.v1 accepted"),
        (None, None),
    ],
)
def test_what_looks_secret_is_masked(value: object, shown: object) -> None:
    assert masked(value) == shown


def test_a_line_is_json_and_masked(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json", "info")
    structlog.get_logger().info("command", command_id="c", note=f"Bearer {TOKEN}", api_key=KEY)
    structlog.get_logger().debug("too quiet to be seen")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said.pop("timestamp")
    assert said == {"event": "command", "level": "info", "command_id": "c", "note": "Bearer ***", "api_key": "***"}


@pytest.mark.parametrize("style", ["json", "console"])
def test_tracebacks_and_other_peoples_loggers_are_masked_too(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json" if style == "json" else "console", "info")
    try:
        _fail()
    except RuntimeError:
        structlog.get_logger().exception("failed")
        logging.getLogger("some.library").exception("failed with %s", f"Bearer {TOKEN}")
    shown = capsys.readouterr().err
    assert shown.count("RuntimeError: cannot use lpklive_") == 2
    assert "some.library" in shown
    assert KEY not in shown
    assert TOKEN not in shown


def _fail() -> None:
    raise RuntimeError(f"cannot use {KEY}")
