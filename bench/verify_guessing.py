"""Whether an answer's time tells a guesser that a key id exists: ids of nobody, and ids of live keys with a wrong secret, in turns."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Sequence
from statistics import median
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import orjson

from adapters.local.ports import LOOPBACK
from launchpad_client.keys import make_credential

TIMEOUT_SECONDS: Final = 20
BLOCK: Final = 25
"""Neighbours in time share the machine's moods, so they are drawn together."""
DRAWS: Final = 1_000
EDGE: Final = 0.025
"""Of either side: 95 % lie between."""


class Guesses(NamedTuple):
    """Milliseconds, pair by pair in the order of time."""

    unknown: list[float]
    wrong: list[float]


class Guesser:
    """A gateway's client that has no key, asking on one connection, one question after the other."""

    def __init__(self, port: int, token: str, product_id: str, credential_ids: Sequence[str]) -> None:
        self._client = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._product_id = product_id
        self._credential_ids = credential_ids
        self._random = random.Random(1)

    def guess(self, count: int) -> Guesses:
        """So many pairs; which of a pair comes first is drawn."""
        found = Guesses([], [])
        for _ in range(count):
            unknown = make_credential("api_key", "live", uuid4()).text, found.unknown
            wrong = make_credential("api_key", "live", UUID(self._random.choice(self._credential_ids))).text, found.wrong
            for text, milliseconds in (unknown, wrong) if self._random.random() < 0.5 else (wrong, unknown):
                milliseconds.append(self._ask(text))
        return found

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _ask(self, text: str) -> float:
        body = orjson.dumps({"credential": text, "product_id": self._product_id})
        begun = time.perf_counter()
        self._client.request("POST", "/v1/verify", body, self._headers)
        answered = self._client.getresponse().read()
        spent = 1_000 * (time.perf_counter() - begun)
        said: dict[str, Any] = orjson.loads(answered)
        if said["reason"] != "unknown":
            raise RuntimeError(f"not as expected: {said}")
        return spent


class Interval(NamedTuple):
    """Where a figure lies, with 95 % confidence."""

    low: float
    high: float


def ratio_of_medians(guesses: Guesses) -> Interval:
    """The median for wrong secrets beside that for unknown ids: a bootstrap that draws blocks of neighbouring pairs."""
    blocks = range(0, len(guesses.unknown), BLOCK)
    draw = random.Random(1)
    found = []
    for _ in range(DRAWS):
        drawn = draw.choices(blocks, k=len(blocks))
        unknown = [each for start in drawn for each in guesses.unknown[start : start + BLOCK]]
        wrong = [each for start in drawn for each in guesses.wrong[start : start + BLOCK]]
        found.append(median(wrong) / median(unknown))
    found.sort()
    return Interval(found[int(EDGE * DRAWS)], found[int((1 - EDGE) * DRAWS) - 1])
