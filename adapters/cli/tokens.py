"""Which token a command line presents."""

from __future__ import annotations

from adapters.cli.told import MISUSED, Told
from adapters.settings import Settings


def token_for(settings: Settings, as_: str | None, token: str | None) -> str:
    """The token that was given, or one of the local issuer. Raises Told, CannotIssue, NotKept."""
    if token and as_:
        raise Told("--token and --as exclude each other", code=MISUSED)
    if as_:
        from adapters.identity.local_issuer import LocalIssuer

        return LocalIssuer(settings.home, settings.audience).issue(as_)
    if token:
        return token
    if settings.token is not None:
        return settings.token.get_secret_value()
    raise Told("commands need a token: set LAUNCHPAD_TOKEN or give --token; in development: --as developer:NAME", code=MISUSED)
