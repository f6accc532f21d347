"""Refuses as it should."""

from domain.refused import Refused

LIMIT = 3


def refuse() -> None:
    """Refuse."""
    raise Refused("plain", f"a sentence of {LIMIT}")
