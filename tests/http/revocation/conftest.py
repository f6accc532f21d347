"""Who sends the commands, and the token by which gateways ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer
from adapters.settings import Settings
from tests.http.revocation.credentials import Sender
from tests.http.revocation.proof import Proof
from tests.http.revocation.verifiers import AN_HOUR, Verifier


@pytest.fixture(scope="module")
def sender(launchpad: Launchpad) -> Sender:
    """A developer with rights of her own, and a product."""
    return Sender(launchpad)


@pytest.fixture(scope="module")
def token(settings: Settings) -> str:
    """A gateway's token, of two hours ago: a verifier whose clock is an hour slow shall believe it as well."""
    return LocalIssuer(settings.home, settings.audience).issue("gateway:edge", now=time.time() - 2 * AN_HOUR)


Prove = Callable[[Sequence[Verifier]], Proof]


@pytest.fixture
def prove(sender: Sender, token: str, seed: int, record_property: Callable[[str, object], None]) -> Prove:
    """Makes a proof of these verifiers; what it counts is printed at the end of the run."""
    return lambda verifiers: Proof(verifiers, sender, token, seed, record_property)
