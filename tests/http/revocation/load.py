"""Clients that present credentials, revoked and not, to verifiers all the time."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.http.revocation.credentials import Issued
from tests.http.revocation.gateways import WAYS, Gateway


@dataclass
class Seen:
    """What became of checks: how many were allowed, how many started after an acknowledgement, and which of these were allowed."""

    allowed: int = 0
    after: int = 0
    late: list[str] = field(default_factory=list)

    def note(self, text: str, *, allowed: bool, was_revoked: bool) -> None:
        """Count one."""
        self.allowed += allowed
        self.after += was_revoked
        if allowed and was_revoked:
            self.late.append(text)

    def add(self, other: Seen) -> None:
        """Count those as well."""
        self.allowed += other.allowed
        self.after += other.after
        self.late += other.late


class Load:
    """Runs within the `with`, in threads; what was seen is there afterwards."""

    def __init__(self, gateways: Sequence[Gateway], issued: Issued, seed: int) -> None:
        self._issued = issued
        self._texts = list(issued.of_app)
        self._over = threading.Event()
        self._seen = [Seen() for _ in gateways]
        self._errors: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(gateway, seen, random.Random(f"{seed} {number}")))
            for number, (gateway, seen) in enumerate(zip(gateways, self._seen, strict=True))
        ]

    @property
    def seen(self) -> Seen:
        """What all of them saw."""
        seen = Seen()
        for each in self._seen:
            seen.add(each)
        return seen

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        assert not self._errors, self._errors

    def _run(self, gateway: Gateway, seen: Seen, chance: random.Random) -> None:
        try:
            while not self._over.is_set():
                text = chance.choice(self._texts)
                was_revoked = text in self._issued.revoked  # Before the check starts.
                seen.note(text, allowed=gateway.allows(chance.choice(WAYS), text), was_revoked=was_revoked)
        except BaseException as error:  # noqa: BLE001 - it is raised where the load ends
            self._errors.append(error)
