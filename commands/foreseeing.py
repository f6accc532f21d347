"""What would become of commands if they were sent now: they are decided by the very rules, and nothing is appended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from commands.command import Envelope
from commands.deciding import Deciding
from commands.loading import Memory, Reading
from commands.ports import Log


class WouldBe(NamedTuple):
    """One command's outcome to be: refused with a code; or accepted, and then it changes something or nothing."""

    code: str | None
    changes: bool


def foresee(log: Log, envelopes: Sequence[Envelope]) -> list[WouldBe]:
    """Tell what each would be answered, in order, as if those before it had been sent. Their ids must be new. Raises LogUnavailable."""
    told: list[WouldBe] = []
    while left := envelopes[len(told) :]:
        reading = Reading(left, Memory(), log)
        deciding = Deciding(reading.work, reading.finish())
        for envelope, reads in zip(left, reading.reads, strict=True):
            if not deciding.decide(envelope, reads):
                break  # An earlier one makes it read what was not loaded.
        told += [WouldBe(each.outcome.code, bool(each.events)) for each in deciding.decided]
    return told
