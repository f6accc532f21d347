"""The program of docs/how-to/keep-a-copy-of-access.md, as a gateway would run it, and what it is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

import psycopg

from adapters.postgres.questions import answer
from adapters.reference.__main__ import FOLDER
from readmodels.access import may_call
from tests.kafka.bus import Heard

PAGE = (FOLDER.parent / "how-to" / "keep-a-copy-of-access.md").read_text("utf-8")


class Copy(Protocol):
    """What the page's class can do."""

    rows: dict[str, Any]

    def take(self, key: str, value: bytes) -> None: ...

    def denied(self, credential_id: UUID, digest: str, product_id: UUID, now: datetime) -> str | None: ...


def program() -> dict[str, Any]:
    """The names that the page's Python defines."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "keep-a-copy-of-access.md", "exec"), names)
    return names


def copied(heard: Iterable[Heard]) -> Copy:
    """A copy that has taken these messages, and nothing else."""
    copy = cast("Copy", program()["AccessCopy"]())
    for each in heard:
        copy.take((each.key or b"").decode(), each.value)
    return copy


def differences(connection: psycopg.Connection[Any], copy: Copy) -> list[object]:
    """The pairs of credential and product for which the copy answers otherwise than the tables do."""
    credentials = connection.execute("SELECT credential_id, digest, kind FROM access.credential").fetchall()
    products = [product_id for (product_id,) in connection.execute("SELECT product_id FROM access.product")] + [UUID(int=404)]
    found: list[object] = []
    for credential_id, digest, kind in credentials:
        for product_id in products:
            (told,) = answer(connection, may_call(credential_id, product_id))
            reason = "malformed" if kind == "oauth_client" else told.reason  # As verify says before it asks.
            said = copy.denied(credential_id, digest, product_id, _now(connection))
            if said != reason:
                found.append((credential_id, product_id, reason, said))
    return found


def reasons(connection: psycopg.Connection[Any], copy: Copy) -> set[str | None]:
    """Every answer that the copy gives to some pair."""
    now = _now(connection)
    products = [key.rpartition("/")[2] for key in copy.rows if key.startswith("product/")]
    return {
        copy.denied(UUID(row["credential_id"]), row["digest"], UUID(product_id), now)
        for key, row in copy.rows.items()
        if key.startswith("credential/")
        for product_id in products
    }


def _now(connection: psycopg.Connection[Any]) -> datetime:
    ((now,),) = connection.execute("SELECT clock_timestamp()").fetchall()
    return cast("datetime", now)
