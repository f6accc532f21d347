"""Denied checks and OAuth requests, counted by reason, key id and client address: for a metric and an alert. Nobody is slowed by them."""

from __future__ import annotations

import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from uuid import UUID

import structlog

from adapters.checking.verdict import Verdict

FAILURES_ALERT: Final = 100
"""Denials of one key id, or from one client address, within a window, that somebody should hear of."""
WINDOW_SECONDS: Final = 60.0
COUNTED_MAX: Final = 10_000
"""Key ids, and addresses, that are counted at once, some 3 MB; the one that failed longest ago is forgotten first."""
SHOWN_MAX: Final = 100
"""How many of each the metric names: those that failed most."""
OTHER: Final = "other"
"""In place of an address that is none: what a gateway forwards is written by whoever it trusted."""
SUBSCRIBER_BITS: Final = 64
"""Of an IPv6 address: what one subscriber is given at least (RFC 6177), and has all addresses of. Counted singly, no two need be alike."""
_FORM: Final = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[0-9.]+))(?::[0-9]{1,5})?")
"""An address as proxies write it: in brackets, or with its port."""

log = structlog.get_logger("checks")


@dataclass(slots=True)
class Count:
    """How often something failed: in all, and in the window that is open."""

    total: int = 0
    in_window: int = 0
    window_began: float = float("-inf")


class FailuresOf:
    """Counts of one sort of thing."""

    def __init__(self, what: str, clock: Callable[[], float]) -> None:
        self.what = what
        self._clock = clock
        self._counts: OrderedDict[str, Count] = OrderedDict()

    def note(self, name: str) -> None:
        """Count one more; the one that reaches the threshold is logged, once in a window."""
        count = self._counts.get(name)
        if count is None:
            count = self._counts[name] = Count()
            if len(self._counts) > COUNTED_MAX:
                self._counts.popitem(last=False)
        else:
            self._counts.move_to_end(name)
        now = self._clock()
        if now - count.window_began >= WINDOW_SECONDS:
            count.window_began, count.in_window = now, 0
        count.total += 1
        count.in_window += 1
        if count.in_window == FAILURES_ALERT:
            log.warning("many denied checks", **{self.what: name}, count=count.in_window, seconds=WINDOW_SECONDS, total=count.total)

    def most(self) -> list[tuple[str, int]]:
        """Those that failed most, with how often."""
        counted = sorted(((name, count.total) for name, count in self._counts.items()), key=lambda each: -each[1])
        return counted[:SHOWN_MAX]


class Failures:
    """What this process has denied since it started, and allowed. For one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.verdicts: Counter[str] = Counter()
        self.keys = FailuresOf("key_id", clock)
        self.clients = FailuresOf("client_address", clock)

    def note(self, verdict: Verdict, client_address: str | None) -> None:
        """Take note of a verdict, and of the address that the gateway says its client has."""
        self.count(verdict.reason, None if verdict.presented is None else verdict.presented.credential_id, client_address)

    def count(self, reason: str | None, credential_id: UUID | None, client_address: str | None) -> None:
        """Count one that was allowed (no reason), or a denial: of which credential, as far as that could be read, and from where."""
        if reason is None:
            self.verdicts["allowed"] += 1
            return
        self.verdicts[reason] += 1
        if credential_id is not None:
            self.keys.note(credential_id.hex)
        if client_address:
            self.clients.note(_address(client_address))


def _address(text: str) -> str:
    text = text.strip()
    if form := _FORM.fullmatch(text):
        text = form["bracketed"] or form["plain"] or ""
    try:  # An IPv6 zone may hold any text, quotes and line breaks too, and says nothing to anybody but the gateway.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return OTHER
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, SUBSCRIBER_BITS), strict=False))


def exposition(failures: Failures) -> Iterator[str]:
    """The counts in Prometheus' text format, line by line. All that is named is a code, hex or an address: nothing to escape."""
    yield "# HELP launchpad_checks_total Checks and OAuth requests answered, by verdict."
    yield "# TYPE launchpad_checks_total counter"
    for verdict, count in sorted(failures.verdicts.items()):
        yield f'launchpad_checks_total{{verdict="{verdict}"}} {count}'
    for each, about in ((failures.keys, "key id"), (failures.clients, "client address")):
        name = f"launchpad_denied_by_{each.what}_total"
        yield f"# HELP {name} Denied checks by {about}: the {SHOWN_MAX} with the most."
        yield f"# TYPE {name} counter"
        for subject, count in each.most():
            yield f'{name}{{{each.what}="{subject}"}} {count}'
