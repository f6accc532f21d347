"""A queue in bulk: rows as its folds write them, put in by COPY, since two hundred thousand commands would take minutes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from adapters.postgres.packed_columns import knows_arrays
from adapters.postgres.rows import Table
from projections.queue import QUEUE
from readmodels.queue_rows import (
    APPROVED,
    ASKED,
    BY_PERSON,
    REJECTED,
    WAITING,
    AnswerRow,
    ApprovalRow,
    CommentRow,
    QueueAppRow,
    ReviewedProductRow,
)

SEED: Final = 5
PRODUCTS: Final = 30
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Filled(NamedTuple):
    """What a rule of a draft may name."""

    product_ids: list[UUID]


def fill(connection: psycopg.Connection[Any], requests: int, opened: int, owners: int) -> Filled:
    """Make an app with one request for each; the newest of them wait, the others were decided by a person."""
    pick = random.Random(SEED)
    owner_ids = [_id(pick) for _ in range(owners)]
    products = [_id(pick) for _ in range(PRODUCTS)]
    rows: dict[str, dict[object, Any]] = {projection.name: {} for projection in QUEUE.projections}
    for name, key, row in _rows(pick, requests, requests - opened, owner_ids, products):
        rows[name][key] = row
    knows_arrays(connection)
    for projection in QUEUE.projections:
        Table(connection, QUEUE.name, projection).fill(connection, rows[projection.name])
    with connection.cursor().copy("COPY dashboard.owner FROM STDIN") as copy:
        for number, owner_id in enumerate(owner_ids):
            copy.write_row(("developer", owner_id, f"Developer {number}", "registered"))
    with connection.cursor().copy("COPY dashboard.product FROM STDIN") as copy:
        for number, product_id in enumerate(products):
            copy.write_row((product_id, f"Product {number}", "An API", f"category {number % 5}", True, "offered"))
    connection.execute("VACUUM ANALYZE")
    return Filled(products)


def _rows(
    pick: random.Random, requests: int, decided: int, owners: list[UUID], products: list[UUID]
) -> Iterator[tuple[str, object, tuple[Any, ...]]]:
    for number in range(requests):
        app_id, approval_id, owner_id = _id(pick), str(_id(pick)), pick.choice(owners)
        place = pick.randrange(PRODUCTS)
        product_id, at = products[place], BEGINNING + timedelta(minutes=number)
        is_over, granted = number < decided, pick.random() < 0.8
        rejections = int(is_over and not granted)
        status = ("active" if granted else "rejected") if is_over else "pending"
        yield (
            "app",
            str(app_id),
            QueueAppRow(str(app_id), "developer", owner_id, f"App {number}", status, rejections, int(number % 50 == 0)),
        )
        end = at + timedelta(hours=1)
        row = ApprovalRow(approval_id, app_id, "open", at)
        if is_over:
            row = row._replace(status="granted" if granted else "rejected", closed_at=end, decided_by=f"person:{owners[0]}", decided_at=end)
        yield "approval", approval_id, row
        if number % 5 == 0:
            note = CommentRow(approval_id, 3, "The contract is with legal; expected on Thursday.", f"person:{owners[0]}", end)
            yield "comment", (approval_id, 3), note
        became = (APPROVED if granted else REJECTED, BY_PERSON, None if granted else "no contract", at, end)
        reviewed = became if is_over else (WAITING, None, None, at, None)
        yield "reviewed_product", (approval_id, str(product_id)), ReviewedProductRow(approval_id, str(product_id), 2, *reviewed)
        asked = {
            "product_id": str(product_id),
            "category": f"category {place % 5}",
            "owner": {"kind": "developer", "id": str(owner_id)},
            "attributes": {"tier": pick.choice(["gold", "silver"]), "team": f"team {number % 7}"},
            "callback_hosts": [f"app{number}.example.com"],
            "earlier_rejections": number % 4,
        }
        by = f"person:{owner_id}"
        answer = AnswerRow(approval_id, 2, number + 1, app_id, product_id, ASKED, by, at, "review", 0, "manual", None, asked)
        yield "answer", (approval_id, 2), answer


def _id(pick: random.Random) -> UUID:
    return UUID(int=pick.getrandbits(128), version=4)
