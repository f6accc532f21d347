"""Refuses with a code that nobody can find."""

from domain.refused import Refused


def refuse(why: str) -> None:
    """Refuse."""
    raise Refused(f"because_{why}", "it is so")
