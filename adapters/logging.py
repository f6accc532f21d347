"""How we log: structured lines on standard error; whatever looks like a key or a token is masked, wherever it came from."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK: Final = "***"
DEPTH_MAX: Final = 6
"""Deeper than anything that we log; what lies below is masked whole."""
SECRETS: Final = re.compile(
    r"""
      \b(lp[kc](?:live|test)_[0-9a-f]{32}_)[0-9A-Za-z]+    # a credential of ours: its key id may be seen
    | \b(bearer\s+)[^\s"',;]+                              # an authorization header
    | \b()eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?                    # a JWT: base64url of {"
    | (://[^\s:/@]*:)[^\s/]+(?=@)                          # the password in an address
    """,
    re.VERBOSE | re.IGNORECASE,
)
SECRET_NAMES: Final = re.compile(r"password|passwd|secret(?!_digest)|token|authorization|api_?key|master_key", re.IGNORECASE)
"""A field of such a name is never shown, whatever it holds."""


def masked(value: object, depth: int = 0) -> object:
    """The same value with all that looks secret replaced."""
    if isinstance(value, str):
        return SECRETS.sub(_masked_match, value) if _may_hold_secrets(value) else value
    if isinstance(value, bytes):
        return masked(value.decode("latin-1"))
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEPTH_MAX:
        return MASK
    if isinstance(value, Mapping):
        return {
            str(name): MASK if SECRET_NAMES.search(str(name)) and item is not None else masked(item, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item, depth + 1) for item in value]
    return masked(repr(value) if isinstance(value, BaseException) else str(value))


def _may_hold_secrets(text: str) -> bool:
    """A line is logged for each command: what has none of these in it needs no closer look."""
    return "lpk" in text or "lpc" in text or "eyJ" in text or "://" in text or "earer" in text or "EARER" in text


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return SECRET_NAMES.search(name) is not None


def _masked_match(match: re.Match[str]) -> str:
    kept: str = next((group for group in match.groups() if group), "")
    return kept + MASK


def mask_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask a whole line: the last processor before it is rendered."""
    shown = masked(event)
    assert isinstance(shown, dict)  # noqa: S101 - a mapping stays one
    return shown


class _Lines:
    """How a line for each command is written: as JSON at once for a whole batch, or through structlog for people."""

    as_json = False
    shown = True


def log_commands(lines: Iterable[Mapping[str, object]]) -> None:
    """Log one line a command, a batch in one write: these lines are the many, and twenty times as fast so.

    They pass no mask: whoever calls hands in ids, codes and names of the catalogue only, nothing that a sender wrote.
    """
    if not _Lines.shown:
        return
    if not _Lines.as_json:
        for line in lines:
            structlog.get_logger().info("command", **line)
        return
    head = {"event": "command", "level": "info", "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    sys.stderr.write("".join(orjson.dumps({**head, **line}).decode() + "\n" for line in lines))
    sys.stderr.flush()


def set_up_logging(style: Literal["console", "json"], level: str) -> None:
    """Make structlog and the standard library's loggers write the same lines; at most once a process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Tracebacks as text, so that they are masked as well; structlog's own would show local variables.
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    least = logging.getLevelNamesMapping()[level.upper()]
    _Lines.as_json, _Lines.shown = style == "json", least <= logging.INFO
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_secrets, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(least)
    logging.getLogger("kafka").setLevel(max(least, logging.WARNING))  # Its everyday life: each partition, each rebalance.
    for name in ("kafka.net", "kafka.cluster"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # They flood while a broker is away; our own line says it once.
