"""The reviewer's day over HTTP: the first page of a long queue, and a draft of the policy tried over all past requests."""

from __future__ import annotations

import http.client
import time
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from adapters.identity.local_issuer import LocalIssuer
from adapters.local.ports import LOOPBACK
from adapters.settings import Settings
from bench.children import Child
from bench.queue_rows import PRODUCTS, Filled, fill
from bench.results import Result, Samples
from bench.rounds import Contender
from bench.stand import Stand
from bench.verify_server import VerifyServer
from bench.watching import percentiles

DATABASE: Final = "queue"
PAGE, PAGE_MS_MAX = "queue page", 50
TRIAL, TRIAL_SECONDS_MAX = "what if", 10
GROWS: Final = "what if grows"
TIMEOUT_SECONDS: Final = 120
PAGE_ITEMS: Final = 50
WARM_UP: Final = 20
MIB: Final = 1_048_576
LOWER: Final = "lower"


class QueuePart:
    """One server as production runs it; whoever asks shares the cores with it and PostgreSQL."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @cached_property
    def _environment(self) -> dict[str, str]:
        return self._stand.migrated(DATABASE)

    @cached_property
    def _filled(self) -> Filled:
        scale = self._stand.scale
        self._environment  # noqa: B018 - the tables are there by now
        self._stand.say(f"making {scale.past_requests:,} requests, of which {scale.open_approvals:,} wait")
        with self._stand.connect(DATABASE) as connection:
            return fill(connection, scale.past_requests, scale.open_approvals, scale.owners)

    @cached_property
    def _server(self) -> Child:
        self._filled  # noqa: B018 - the rows are there before it starts
        return self._stand.child(VerifyServer, self._environment)

    @cached_property
    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(LOOPBACK, self._server.ask("port"), timeout=TIMEOUT_SECONDS)

    @cached_property
    def _authorization(self) -> str:
        settings = Settings.load(self._environment)
        return f"Bearer {LocalIssuer(settings.home, settings.audience).issue('admin:bench')}"

    def contenders(self) -> list[Contender]:
        return [Contender("the queue's first page", self._pages), Contender("what if, over all past requests", self._trial)]

    def _pages(self) -> dict[str, float]:
        milliseconds = []
        self._server.ask("port")
        self._connection.close()  # The server may have hung up since the round before; the next request connects anew.
        for _ in range(WARM_UP + self._stand.scale.queue_pages):
            begun = time.perf_counter()
            page = self._ask("GET", f"/v1/approvals?limit={PAGE_ITEMS}")
            milliseconds.append(1_000 * (time.perf_counter() - begun))
            if len(page["items"]) != min(PAGE_ITEMS, self._stand.scale.open_approvals):
                raise RuntimeError(f"a page of {len(page['items'])}")
        found = percentiles(milliseconds[WARM_UP:])
        return {f"{PAGE} p50": found.p50, f"{PAGE} p99": found.p99}

    def _trial(self) -> dict[str, float]:
        some = [str(each) for each in self._filled.product_ids[: PRODUCTS // 2]]
        rules = [
            {"name": "never", "when": {"attributes": {"team": "team 6"}}, "then": "reject", "reason": "no"},
            {"name": "ours", "when": {"callback_hosts": {"all": ["*.example.org"]}}, "then": "approve"},
            {"name": "some", "when": {"products": some, "earlier_rejections": {"at_most": 1}}, "then": "approve"},
        ]
        before = self._memory()
        begun = time.perf_counter()
        trial = self._ask("POST", f"/v1/policy/try?limit={PAGE_ITEMS}", {"mode": "conditional", "rules": rules})
        seconds = time.perf_counter() - begun
        if trial["requests"] != self._stand.scale.past_requests or not trial["otherwise"]:
            raise RuntimeError(f"tried {trial['requests']}, of which {trial['otherwise']} would be otherwise")
        return {TRIAL: seconds, GROWS: max(0.0, (self._memory() - before) / MIB)}

    def _memory(self) -> int:
        """The most memory that the server ever used, in bytes."""
        status = Path(f"/proc/{self._server.pid}/status").read_text()
        return 1_024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def _ask(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
        headers = {"authorization": self._authorization, "content-type": "application/json"}
        self._connection.request(method, path, None if content is None else orjson.dumps(content), headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{method} {path}: {answer.status}: {said.decode(errors='replace')[:500]}")
        return orjson.loads(said)

    def finish(self) -> None:
        """Nothing is left to do."""
        self._connection.close()

    def results(self, samples: Samples) -> list[Result]:
        scale = self._stand.scale
        page = f"the queue's first page over HTTP, {scale.open_approvals:,} open approvals"
        tried = f"what if, {scale.past_requests:,} past requests over HTTP"
        return [
            samples.result(f"{page}, p50", f"{PAGE} p50", "ms", better=LOWER),
            samples.result(f"{page}, p99", f"{PAGE} p99", "ms", bound=PAGE_MS_MAX, better=LOWER),
            samples.result(tried, TRIAL, "s", bound=TRIAL_SECONDS_MAX, better=LOWER),
            samples.result(f"{tried}: what the server's peak memory grew by", GROWS, "MiB", better=LOWER),
        ]
