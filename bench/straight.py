"""The limit: the leanest straight script that makes the same dashboard of the same log, and nothing else. Knows only what the mix holds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg

from adapters.compose import Launchpad
from adapters.settings import Settings
from domain.recorded import PERSON

SELECT: Final = """
    SELECT right(originator_id, 36), topic, state, recorded_at::text, app_id::text, originator_version::text, principal, on_behalf_of::text
    FROM log.events
    WHERE topic IN (
        'developer.registered.v1', 'product.added.v1', 'app.created.v1', 'app.approved.v1', 'app.subscription_requested.v1',
        'app.subscription_approved.v1', 'app.credential_added.v1',
        'credential.issued.v1', 'credential.activated.v1', 'credential.rotated.v1'
    ) ORDER BY notification_id
"""
TABLES: Final = ("owner", "product", "app", "subscription", "credential")
INSERTS: Final = """
    CREATE TABLE IF NOT EXISTS insert_and_commit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text, payload bytea)
"""
PAYLOAD: Final = b"x" * 300
Row = list[Any]


class Straight:
    """Runs the script, in a process of its own. The log lies in one database, the rows in another with the same tables."""

    def __init__(self, ours: Mapping[str, str], rows_url: str) -> None:
        settings = Settings.load(ours)
        self._launchpad = Launchpad(settings)
        self._log = psycopg.connect(settings.database, autocommit=True)
        self._rows = psycopg.connect(rows_url, autocommit=True)
        self._rows.execute(INSERTS)

    def rebuild(self) -> dict[str, float]:
        """SELECT, decode, fold, COPY; returns the seconds of each and of all."""
        clock = time.perf_counter
        moments = [clock()]
        with self._log.cursor(binary=True) as cursor:
            stored = cursor.execute(SELECT).fetchall()
        moments.append(clock())
        loads = orjson.loads
        payloads = [loads(row[2]) for row in stored]
        moments.append(clock())
        tables = self._folded(stored, payloads)
        moments.append(clock())
        with self._rows.transaction():
            self._rows.execute("TRUNCATE " + ", ".join(f"dashboard.{table}" for table in TABLES))
            for table, rows in zip(TABLES, tables, strict=True):
                with self._rows.cursor().copy(f"COPY dashboard.{table} FROM STDIN") as copy:
                    copy.write("\n".join(["\t".join(row) for row in rows]) + "\n")
        moments.append(clock())
        stages = dict(zip(("SELECT", "decode", "fold", "COPY"), (after - before for before, after in pairwise(moments)), strict=True))
        return stages | {"all": moments[-1] - moments[0]}

    def _folded(self, stored: Iterable[tuple[Any, ...]], payloads: Iterable[dict[str, Any]]) -> list[Iterable[Row]]:
        owners: list[Row] = []
        products: list[Row] = []
        apps: dict[str, Row] = {}
        subscriptions: dict[tuple[str, str], Row] = {}
        credentials: dict[str, Row] = {}
        none = r"\N"
        for (id_, topic, _, at, app_id, version, who, on_behalf_of), said in zip(stored, payloads, strict=True):
            if topic == "credential.activated.v1":
                row = credentials[id_]
                row[3], row[6] = "active", at
            elif topic == "credential.issued.v1":
                shown = said["issued_at"] if said["secret_digest"] else none
                to = on_behalf_of or (who[len(PERSON) :] if who.startswith(PERSON) else none)
                seen = [shown, none, none, none, none, to if said["secret_digest"] else none]
                ends = [said["expires_at"] or none, none, said["replaces"] or none, none, none, none, *seen]
                credentials[id_] = [id_, app_id, said["kind"], "pending", said["client_id"] or none, said["issued_at"], none, *ends]
            elif topic == "app.approved.v1":
                row = apps[id_]
                row[7], row[10], row[11] = "active", at, version
            elif topic == "app.created.v1":
                owner = said["owner"]
                urls, attributes = orjson.dumps(said["callback_urls"]).decode(), orjson.dumps(said["attributes"]).decode()
                details = [said["name"], said["description"], urls, attributes]
                apps[id_] = [id_, owner["kind"], owner["id"], *details, "pending", none, at, at, version, none, none]
            elif topic == "app.subscription_requested.v1":
                product = said["product_id"]
                subscriptions[id_, product] = [id_, product, "pending", none, said["approval_id"] or none, at, none, none]
                apps[id_][11] = version
            elif topic == "app.subscription_approved.v1":
                row = subscriptions[id_, said["product_id"]]
                row[2], row[6] = "approved", at
                apps[id_][11] = version
            elif topic == "app.credential_added.v1":
                apps[id_][11] = version
            elif topic == "credential.rotated.v1":
                row = credentials[id_]
                row[3], row[8], row[10] = "retiring", said["retires_at"], said["successor_id"]
            elif topic == "developer.registered.v1":
                name = self._launchpad.vault.personal_data.open(UUID(id_), said["name"])
                owners.append(["developer", id_, name, "registered"])
            else:
                details = [said["name"], said["description"], said["category"]]
                products.append([id_, *details, str(said["needs_approval"]), "offered"])
        return [owners, products, apps.values(), subscriptions.values(), credentials.values()]

    def insert_and_commit(self, seconds: float) -> float:
        """One row, one commit, again and again; returns how many a second."""
        done, begun = 0, time.perf_counter()
        while (now := time.perf_counter()) - begun < seconds:
            self._rows.execute("INSERT INTO insert_and_commit (stream, payload) VALUES (%s, %s)", ["a-stream", PAYLOAD], prepare=True)
            done += 1
        return done / (now - begun)

    def close(self) -> None:
        """Close connections."""
        self._log.close()
        self._rows.close()
        self._launchpad.close()
