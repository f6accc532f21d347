"""The gateway's check over HTTP, beside the same server answering a constant, and beside one indexed SELECT through psycopg."""

from __future__ import annotations

from functools import cached_property
from statistics import median
from typing import Final

from bench.children import Child
from bench.results import Better, Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.verify_client import BATCH, BATCHED, CONSTANT, NEW_TOKENS, TOKENS, VERIFY, Measured
from bench.verify_guessing import Guesses, ratio_of_medians
from bench.verify_jwt import Rates
from bench.verify_stand import VerifyStand
from bench.watching import percentiles

CONSTANT_SHARE_MIN: Final = 0.5
BATCH_TIMES_MIN: Final = 10
P99_MS_MAX: Final = 10
SELECT, HALF, REVOKED = "SELECT", "half load", "revoked"
JOSERFC, FIRST, AGAIN = "joserfc: decode and claims", "JWT, for the first time", "JWT, again"
UNKNOWN, WRONG, GUESSED = "unknown key id", "wrong secret", "wrong secret beside unknown key id"
PER_CORE: Final = "per core"
WARM_SECONDS: Final = 0.5
"""The first answer needs connections and keys."""
LOWER: Final[Better] = "lower"
EACH: Final = "checks/s"


class VerifyPart:
    """Everybody asks the same server."""

    def __init__(self, stand: Stand) -> None:
        self._scale = stand.scale
        self._at = VerifyStand(stand)
        self._rates: list[float] = []
        self._guesses = Guesses([], [])

    @cached_property
    def _client(self) -> Child:
        for what in (CONSTANT, VERIFY, BATCHED, TOKENS):
            self._at.client.ask("closed", what, max(WARM_SECONDS, self._scale.seconds / 5))
        return self._at.client

    def contenders(self) -> list[Contender]:
        return [
            Contender("a constant over HTTP", lambda: self._closed(CONSTANT, 1)),
            Contender("verify", lambda: self._closed(VERIFY, 1)),
            Contender("verify of JWT credentials", lambda: self._closed(TOKENS, 1)),
            Contender("verify of JWT credentials that are new to the server", lambda: self._closed(NEW_TOKENS, 1)),
            Contender("verify at half load", self._half),
            Contender("batch verify", lambda: self._closed(BATCHED, BATCH)),
            Contender("SELECT through psycopg", self._select),
            Contender("JWT checks without a database", self._check_tokens),
            Contender("guesses at keys", self._guess),
            Contender("revocations", self._revoke),
        ]

    def _closed(self, what: str, checks: int) -> dict[str, float]:
        client, server = self._client, self._at.server
        before = server.ask("cpu_seconds")
        found: Measured = client.ask("closed", what, self._scale.seconds)
        used = server.ask("cpu_seconds") - before
        rate = checks * found.answers / found.seconds
        if what == VERIFY:
            self._rates.append(rate)
        return {what: rate, f"{what} {PER_CORE}": checks * found.answers / used}

    def _half(self) -> dict[str, float]:
        found: Measured = self._client.ask("open", VERIFY, median(self._rates) / 2, self._scale.seconds)
        return {f"{HALF} p50": found.p50_ms, f"{HALF} p99": found.p99_ms}

    def _select(self) -> dict[str, float]:
        url = self._at.environment["LAUNCHPAD_DATABASE_URL"]
        return {SELECT: self._client.ask("selects", url, self._at.open.credential_ids, self._scale.seconds)}

    def _check_tokens(self) -> dict[str, float]:
        found: Rates = self._at.checker.ask("measure", self._scale.seconds)
        return {FIRST: found.first, AGAIN: found.again, JOSERFC: found.joserfc}

    def _guess(self) -> dict[str, float]:
        found: Guesses = self._at.guesser.ask("guess", self._scale.guesses)
        for before, milliseconds in zip(self._guesses, found, strict=True):
            before.extend(milliseconds)
        unknown, wrong = map(percentiles, found)
        return {f"{UNKNOWN} p50": unknown.p50, f"{UNKNOWN} p99": unknown.p99, f"{WRONG} p50": wrong.p50, f"{WRONG} p99": wrong.p99}

    def _revoke(self) -> dict[str, float]:
        milliseconds: list[float] = self._at.revoker.ask("revoke", self._scale.revocations)
        return {f"{REVOKED} p50": median(milliseconds), f"{REVOKED} max": max(milliseconds)}

    def finish(self) -> None:
        """Nothing is left to do: a wrong verdict has ended the run already."""

    def results(self, samples: Samples) -> list[Result]:
        result = samples.result
        constant, verify = f"{CONSTANT} {PER_CORE}", f"{VERIFY} {PER_CORE}"
        batched, tokens, new_tokens = (f"{what} {PER_CORE}" for what in (BATCHED, TOKENS, NEW_TOKENS))
        return [
            result("verify, per core of the server", verify, EACH, rival=constant, goal=CONSTANT_SHARE_MIN),
            result("verify, 32 connections", VERIFY, EACH, rival=CONSTANT),
            result("verify, beside SELECT one by one", VERIFY, EACH, rival=SELECT),
            result("batch verify, per credential and core", batched, EACH, rival=verify, goal=BATCH_TIMES_MIN),
            result("verify at half load, p50", f"{HALF} p50", "ms", better=LOWER),
            result("verify at half load, p99", f"{HALF} p99", "ms", bound=P99_MS_MAX, better=LOWER),
            result("verify of JWT credentials, 32 connections", TOKENS, EACH, rival=VERIFY),
            result("verify of JWT credentials, per core of the server", tokens, EACH, rival=verify),
            result("verify of JWT credentials that are new to the server, per core", new_tokens, EACH, rival=verify),
            result("JWT verify beside a bare joserfc verification", FIRST, EACH, rival=JOSERFC),
            result("JWT verify, the same token again", AGAIN, EACH, rival=JOSERFC),
            *self._guessed(samples),
            result("revocation: acknowledged to denied, p50", f"{REVOKED} p50", "ms", better=LOWER),
            result("revocation: acknowledged to denied, max", f"{REVOKED} max", "ms", better=LOWER),
        ]

    def _guessed(self, samples: Samples) -> list[Result]:
        """Near 1 is good here, whichever is quicker."""
        unknown, wrong = map(median, self._guesses)
        low, high = ratio_of_medians(self._guesses)
        samples.add({GUESSED: wrong / unknown, f"{GUESSED}, low": low, f"{GUESSED}, high": high})
        span = f"{GUESSED}, {len(self._guesses.unknown):,} each, medians"
        return [
            samples.result(f"{WRONG}: until denied, p50", f"{WRONG} p50", "ms", rival=f"{UNKNOWN} p50", better=LOWER),
            samples.result(f"{WRONG}: until denied, p99", f"{WRONG} p99", "ms", rival=f"{UNKNOWN} p99", better=LOWER),
            samples.result(span, GUESSED, "times"),
            samples.result(f"{span}: 95 % interval, from", f"{GUESSED}, low", "times"),
            samples.result(f"{span}: 95 % interval, to", f"{GUESSED}, high", "times"),
        ]
