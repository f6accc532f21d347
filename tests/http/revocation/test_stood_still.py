"""A verifier that is stopped in the middle and goes on later allows nothing that was closed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from adapters.checking.checks import ANSWER_SECONDS_MAX
from adapters.settings import Settings
from tests.counts import Counts
from tests.http.revocation.conftest import Prove
from tests.http.revocation.credentials import Issued, Sender
from tests.http.revocation.gateways import WAYS, Gateway
from tests.http.revocation.load import Seen
from tests.http.revocation.proof import BATCH
from tests.http.revocation.verifiers import Verifier, verifier


@pytest.fixture(scope="module")
def verifiers(settings: Settings) -> Iterator[Sequence[Verifier]]:
    with verifier(settings) as one, verifier(settings) as other:
        yield one, other


@pytest.mark.part_credentials
@pytest.mark.timeout(3_600)
def test_a_verifier_that_stood_still_allows_nothing_that_was_revoked_meanwhile(
    verifiers: Sequence[Verifier], prove: Prove, counts: Counts
) -> None:
    """Some ask before it stops, and are answered when it goes on: whoever asks after the acknowledgement must not share that answer."""
    proof, stops = prove(verifiers), 0
    early = [(proof.gateway(verifiers[0]), way) for way in WAYS]
    late = [(proof.gateway(verifiers[0]), way) for way in WAYS for _ in range(BATCH)]

    def revoke_while_it_stands(issued: Issued, texts: Sequence[str]) -> Seen:
        nonlocal stops
        seen = Seen()
        for gateway, way in early:
            gateway.ask(way, texts[stops % len(texts)])
        with verifiers[0].stopped():
            stops += 1
            proof.sender.revoke(issued, texts)
            asked = list(zip(late, [*texts] * len(WAYS), strict=True))
            for (gateway, way), text in asked:
                gateway.ask(way, text)
            assert not any(gateway.was_told() for gateway, _ in late), "it stands still, and all of them wait in its sockets"
        for gateway, way in early:
            gateway.told(way)  # Its check began before the revocation: either answer is right.
        for (gateway, way), text in asked:
            seen.note(text, allowed=gateway.told(way), was_revoked=True)
        return seen

    proof.holds_for(counts.revocations_in_trouble, revoke_while_it_stands)
    proof.counted("stops", stops)


def test_a_verifier_that_stood_still_for_long_says_no_or_that_it_can_t_tell(
    verifiers: Sequence[Verifier], sender: Sender, token: str
) -> None:
    """Longer than it waits for an answer itself: what was on its way to it is not handed to whoever came later."""
    issued = sender.issue(BATCH)
    texts = list(issued.of_app)
    with Gateway(verifiers[0], token, sender.product_id) as early, Gateway(verifiers[0], token, sender.product_id) as late:
        assert early.allows_all(texts) == [True] * BATCH
        early.ask_all(texts)
        with verifiers[0].stopped():
            sender.revoke(issued, texts)
            late.ask_all(texts)
            time.sleep(ANSWER_SECONDS_MAX + 0.5)
        assert True not in late.told_all_or_nothing()
        early.told_all_or_nothing()
        until = time.monotonic() + 10
        while not (told := late.allows_all_or_says_nothing(texts)) and time.monotonic() < until:
            time.sleep(0.05)
        assert told == [False] * BATCH
