"""Between a verifier and its database: notifications that get lost, and answers that are on their way while somebody revokes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from adapters.postgres.following import Follower
from adapters.settings import Settings
from tests.counts import Counts
from tests.http.revocation.conftest import Prove
from tests.http.revocation.credentials import Sender
from tests.http.revocation.gateways import WAYS, Gateway
from tests.http.revocation.proof import BATCH
from tests.http.revocation.verifiers import Verifier, verifier
from tests.http.revocation.wire import Wire

REVOKED_EACH = 20
"""Of so many revocations one batch's answers are held up."""
ARRIVAL_SECONDS = 0.05
"""Until a verifier has read what was sent to it; were it later, it would only be asked later."""


@pytest.fixture(scope="module")
def wire(settings: Settings) -> Iterator[Wire]:
    with Wire(settings.database) as wire:
        yield wire


@pytest.fixture(scope="module")
def verifiers(settings: Settings, wire: Wire) -> Iterator[Sequence[Verifier]]:
    """Every connection of theirs is on that wire."""
    by_wire = settings.but(database_url=wire.of(settings.database), vault_url=wire.of(settings.vault))
    with verifier(by_wire) as one, verifier(by_wire) as other:
        yield one, other


@pytest.mark.part_credentials
@pytest.mark.timeout(3_600)
def test_notifications_that_get_lost_let_nothing_in(
    verifiers: Sequence[Verifier], wire: Wire, follower: Follower, prove: Prove, counts: Counts
) -> None:
    """They listen, and the follower notifies them all the time."""
    proof = prove(verifiers)
    proof.holds_for(counts.revocations_in_trouble)
    proof.counted("notifications lost", wire.lost)
    assert wire.lost > 0


@pytest.mark.part_credentials
@pytest.mark.timeout(3_600)
def test_an_answer_that_was_on_its_way_is_not_given_to_whoever_asked_after_the_revocation(
    verifiers: Sequence[Verifier], wire: Wire, sender: Sender, token: str, counts: Counts
) -> None:
    with ExitStack() as stack:
        early, *late = [stack.enter_context(Gateway(verifiers[0], token, sender.product_id)) for _ in range(1 + len(WAYS) * BATCH)]
        for _ in range(counts.revocations_in_trouble // REVOKED_EACH):
            issued = sender.issue(BATCH)
            texts = list(issued.of_app)
            with wire.held_up() as answered:
                early.ask_all(texts)
                assert answered.wait(10)
                sender.revoke(issued, texts)
                asked = [(gateway, way, text) for gateway, (way, text) in zip(late, ((w, t) for w in WAYS for t in texts), strict=True)]
                for gateway, way, text in asked:
                    gateway.ask(way, text)
                time.sleep(ARRIVAL_SECONDS)
                assert not early.was_told()
            assert early.told_all() == [True] * BATCH, "its checks began before the revocation, and were answered then"
            assert [text for gateway, way, text in asked if gateway.told(way)] == []
