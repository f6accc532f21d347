"""The option by which a portal admin asks for what all of them share."""

from __future__ import annotations

from typing import Annotated

import typer

Admins = Annotated[bool, typer.Option("--admins", help="What all portal admins share, rather than what is yours alone.")]


def audience(admins: bool) -> str:
    """The query parameter that says whose."""
    return f"audience={'portal_admins' if admins else 'me'}"
