"""What fails at OAuth's addresses, counted with what gateways are denied: a secret may be guessed here as well as there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from fastapi import Request

from adapters.checking.failures import Failures
from adapters.http.checking_parts import CheckingParts
from adapters.http.oauth.errors import InvalidClient

INACTIVE: Final = "inactive"
"""The verdict on a token that introspection calls so."""


@contextmanager
def counted(request: Request) -> Iterator[None]:
    """Count a client that is not let in, by its secret's key id and by the address that it asks from. On the event loop."""
    try:
        yield
    except InvalidClient as no:
        if no.reason is not None:
            _failures(request).count(no.reason, no.credential_id, None if request.client is None else request.client.host)
        raise


def count_looked_at(request: Request, *, active: bool, credential_id: UUID | None) -> None:
    """Count a token that was looked at. Who presented it is not told: its address would be that of the gateway."""
    _failures(request).count(None if active else INACTIVE, credential_id, None)


def count_given(request: Request) -> None:
    """Count a token that a client got."""
    _failures(request).count(None, None, None)


def _failures(request: Request) -> Failures:
    parts: CheckingParts = request.app.state.checking
    return parts.failures
