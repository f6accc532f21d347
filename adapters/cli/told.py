"""Errors as people should hear them: what happened, where, and what to do; the exit code says whose turn it is."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Final

FAILED: Final = 1
"""Something is away, refused or broken."""
MISUSED: Final = 2
"""The command line or the environment says something wrong."""
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells count."""
ERRORS_FILE: Final = "errors.log"


class Told(Exception):
    """An error that is a sentence already."""

    def __init__(self, *lines: str, code: int = FAILED) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.code = code


def told(error: BaseException) -> int:
    """Tell one error on standard error; return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):  # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    lines, code = _sentence(error)
    for line in lines:
        print(f"launchpad: {line}" if line is lines[0] else f"           {line}", file=sys.stderr)
    return code


def _sentence(error: BaseException) -> tuple[list[str], int]:
    from adapters.logging import masked
    from adapters.settings import SettingsError

    if isinstance(error, SettingsError):
        return error.problems, MISUSED
    if isinstance(error, Told):
        return list(error.lines), error.code
    lines = _of_ours(error) or _of_postgres(error) or _of_kafka(error) or _of_files(error) or _unexpected(error)
    return [str(masked(line)) for line in lines], FAILED


def _of_ours(error: BaseException) -> list[str] | None:
    """Those of our own errors whose text is written for people."""
    from adapters.identity.local_issuer import CannotIssue
    from adapters.kept_file import NotKept
    from adapters.local import LocalServerError
    from adapters.postgres.migrations import CannotMigrate
    from adapters.vault.change_master import CannotChange
    from adapters.vault.database import CannotCreate
    from adapters.vault.master_key import WrongMasterKey
    from adapters.vault.signing_key_rows import NoSuchKey
    from adapters.vault.vault import NotMigrated

    written = (CannotIssue, NotKept, LocalServerError, CannotMigrate, CannotCreate, WrongMasterKey, NotMigrated, NoSuchKey, CannotChange)
    return str(error).splitlines() if isinstance(error, written) else None


def _of_postgres(error: BaseException) -> list[str] | None:
    import psycopg
    from psycopg_pool import PoolTimeout

    from commands.ports import LogUnavailable

    where = "check LAUNCHPAD_DATABASE_URL and LAUNCHPAD_VAULT_URL, or start everything here with: launchpad run"
    if isinstance(error, LogUnavailable) and isinstance(error.__cause__, psycopg.Error):
        error = error.__cause__
    missing = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction)
    no_role = isinstance(error, psycopg.Error) and ('"role"' in str(error) or 'role "launchpad_app"' in str(error))
    if isinstance(error, missing) or no_role:
        return ["the database has not what this version needs; run: launchpad migrate"]
    if isinstance(error, LogUnavailable | PoolTimeout):
        return [f"the database does not answer: {_first_line(error)}", where]
    if isinstance(error, psycopg.OperationalError):
        return [f"the database can't be reached: {_first_line(error)}", where]
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return [f"the database refuses its user what this needs: {_first_line(error)}", where]
    return None


def _of_kafka(error: BaseException) -> list[str] | None:
    from kafka.errors import KafkaError

    if not isinstance(error, KafkaError):
        return None
    return [f"Kafka does not do what this needs: {_first_line(error)}", "check LAUNCHPAD_KAFKA, and that the broker runs: launchpad status"]


def _of_files(error: BaseException) -> list[str] | None:
    if not isinstance(error, OSError):
        return None
    named = f"{error.filename}: " if error.filename else ""
    return [f"{named}{error.strerror or _first_line(error)}"]


def _unexpected(error: BaseException) -> list[str]:
    """Keep the traceback where an engineer finds it, and give people its id."""
    from adapters.logging import masked

    mark = token_hex(4)
    kept = _errors_file()
    with kept.open("a") as file:
        trace = "".join(traceback.format_exception(error))
        file.write(f"--- {mark} {datetime.now(UTC).isoformat()} {masked(sys.argv)}\n{masked(trace)}\n")
    return [
        f"unexpected error {mark} ({type(error).__name__}): that is a mistake of ours",
        f"please report it with what {kept} says of {mark}",
    ]


def _errors_file() -> Path:
    from adapters.settings import default_home

    for folder in (Path(os.environ.get("LAUNCHPAD_HOME") or default_home()), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            kept = folder / ERRORS_FILE
            kept.touch(mode=0o600)
            with kept.open("a"):
                return kept
        except OSError:
            continue
    return Path(os.devnull)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
