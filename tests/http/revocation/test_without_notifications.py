"""A verifier that hears no notification denies what was revoked all the same: it depends on none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from adapters.postgres.following import Follower
from adapters.settings import Settings
from tests.counts import Counts
from tests.http.revocation.conftest import Prove
from tests.http.revocation.deaf import DeafWire, deaf_wire, through
from tests.http.revocation.verifiers import Verifier, verifier


@pytest.fixture(scope="module")
def wire(settings: Settings) -> Iterator[DeafWire]:
    with deaf_wire(settings.database) as wire:
        yield wire


@pytest.fixture(scope="module")
def verifiers(settings: Settings, wire: DeafWire) -> Iterator[Sequence[Verifier]]:
    """Every connection of theirs is on that wire."""
    deaf = settings.but(database_url=through(wire, settings.database), vault_url=through(wire, settings.vault))
    with verifier(deaf) as one, verifier(deaf) as other:
        yield one, other


@pytest.mark.part_credentials
@pytest.mark.timeout(1_800)
def test_notifications_that_get_lost_let_nothing_in(
    verifiers: Sequence[Verifier], wire: DeafWire, follower: Follower, prove: Prove, counts: Counts
) -> None:
    """They listen, and the follower notifies them all the time."""
    proof = prove(verifiers)
    proof.holds_for(counts.revocations_in_trouble)
    proof.counted("notifications lost", wire.lost)
    assert wire.lost > 0
