"""Whether a developer was deactivated: asked of the log itself, so that nobody goes on for a moment longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from readmodels.question import Question


@dataclass(frozen=True, slots=True)
class Deactivated:
    """Whether he was."""

    deactivated: bool


def was_deactivated(developer_id: UUID) -> Question[Deactivated]:
    """Ask of one developer; always one row. Somebody who never registered was not."""
    return Question(_ASKED, Deactivated, {"stream": f"developer-{developer_id}"})


_ASKED: Final = """
SELECT EXISTS (SELECT FROM log.events WHERE originator_id = %(stream)s AND topic = 'developer.deactivated.v1') AS deactivated
"""
