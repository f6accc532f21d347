"""The gateway's check over HTTP, beside the same server answering a constant, and beside one indexed SELECT through psycopg."""

from __future__ import annotations

from functools import cached_property
from statistics import median
from typing import Final

from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from bench.children import Child
from bench.results import Better, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.verify_client import BATCH, Measured, VerifyClient
from bench.verify_revoking import Revoker
from bench.verify_rows import Open, fill
from bench.verify_server import VerifyServer

CONSTANT_SHARE_MIN: Final = 0.5
BATCH_TIMES_MIN: Final = 10
P99_MS_MAX: Final = 10
DATABASE: Final = "verify"
CONSTANT, VERIFY, BATCHED, SELECT, HALF, REVOKED = "constant", "verify", "batch", "SELECT", "half load", "revoked"
PER_CORE: Final = "per core"
LOWER: Final[Better] = "lower"


class VerifyPart:
    """One server process; the clients share the other core with the database."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._rates: list[float] = []

    @cached_property
    def _environment(self) -> dict[str, str]:
        return self._stand.migrated(DATABASE)

    @cached_property
    def _open(self) -> Open:
        self._environment  # noqa: B018 - the tables are there by now
        count = self._stand.scale.live_credentials
        self._stand.say(f"making {count:,} live credentials")
        with self._stand.connect(DATABASE) as connection:
            return fill(connection, count)

    @cached_property
    def _server(self) -> tuple[Child, int]:
        self._open  # noqa: B018 - the rows are there before it starts
        server = self._stand.child(VerifyServer, self._environment)
        return server, server.ask("port")

    @cached_property
    def _client(self) -> Child:
        settings = Settings.load(self._environment)
        token = LocalIssuer(settings.home, settings.audience).issue("gateway:bench")
        client = self._stand.child(VerifyClient, self._server[1], token, self._open.product_id, self._open.keys)
        for what in (CONSTANT, VERIFY, BATCHED):
            client.ask("closed", what, self._stand.scale.seconds / 5)  # Warm.
        return client

    @cached_property
    def _revoker(self) -> Child:
        return self._stand.child(Revoker, self._environment, self._server[1])

    def contenders(self) -> list[Contender]:
        return [
            Contender("a constant over HTTP", lambda: self._closed(CONSTANT, 1)),
            Contender("verify", lambda: self._closed(VERIFY, 1)),
            Contender("verify at half load", self._half),
            Contender("batch verify", lambda: self._closed(BATCHED, BATCH)),
            Contender("SELECT through psycopg", self._select),
            Contender("revocations", self._revoke),
        ]

    def _closed(self, what: str, checks: int) -> dict[str, float]:
        client, (server, _) = self._client, self._server
        before = server.ask("cpu_seconds")
        found: Measured = client.ask("closed", what, self._stand.scale.seconds)
        used = server.ask("cpu_seconds") - before
        rate = checks * found.answers / found.seconds
        if what == VERIFY:
            self._rates.append(rate)
        return {what: rate, f"{what} {PER_CORE}": checks * found.answers / used}

    def _half(self) -> dict[str, float]:
        found: Measured = self._client.ask("open", VERIFY, median(self._rates) / 2, self._stand.scale.seconds)
        return {f"{HALF} p50": found.p50_ms, f"{HALF} p99": found.p99_ms}

    def _select(self) -> dict[str, float]:
        url = self._environment["LAUNCHPAD_DATABASE_URL"]
        return {SELECT: self._client.ask("selects", url, self._open.credential_ids, self._stand.scale.seconds)}

    def _revoke(self) -> dict[str, float]:
        milliseconds: list[float] = self._revoker.ask("revoke", self._stand.scale.revocations)
        return {f"{REVOKED} p50": median(milliseconds), f"{REVOKED} max": max(milliseconds)}

    def finish(self) -> None:
        """Nothing is left to do: a wrong verdict has ended the run already."""

    def results(self, samples: Samples) -> list[Result]:
        result, each = samples.result, "checks/s"
        constant = f"{CONSTANT} {PER_CORE}"
        return [
            result("verify, per core of the server", f"{VERIFY} {PER_CORE}", each, rival=constant, goal=CONSTANT_SHARE_MIN),
            result("verify, 32 connections", VERIFY, each, rival=CONSTANT),
            result("verify, beside SELECT one by one", VERIFY, each, rival=SELECT),
            result(
                "batch verify, per credential and core", f"{BATCHED} {PER_CORE}", each, rival=f"{VERIFY} {PER_CORE}", goal=BATCH_TIMES_MIN
            ),
            result("verify at half load, p50", f"{HALF} p50", "ms", better=LOWER),
            result("verify at half load, p99", f"{HALF} p99", "ms", bound=P99_MS_MAX, better=LOWER),
            result("revocation: acknowledged to denied, p50", f"{REVOKED} p50", "ms", better=LOWER),
            result("revocation: acknowledged to denied, max", f"{REVOKED} max", "ms", better=LOWER),
        ]
