"""What is logged of a command that we sent ourselves, and of what became of it."""

from __future__ import annotations

from commands.command import Envelope
from commands.outcome import Outcome
from commands.principal import SYSTEM


def our_line(sent: Envelope, outcome: Outcome) -> dict[str, object]:
    """One line, without the content."""
    return {
        "command": sent.name,
        "id": str(sent.command_id),
        "outcome": outcome.kind.value,
        "position": outcome.position,
        "code": outcome.code,
        "principal": SYSTEM.text,
    }
