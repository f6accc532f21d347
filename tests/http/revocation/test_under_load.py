"""After a revocation was acknowledged, no check that starts later is allowed: on neither of two verifiers, under load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from adapters.settings import Settings
from tests.counts import Counts
from tests.http.revocation.conftest import Prove
from tests.http.revocation.verifiers import Verifier, verifier


@pytest.fixture(scope="module")
def verifiers(settings: Settings) -> Iterator[Sequence[Verifier]]:
    with verifier(settings) as one, verifier(settings) as other:
        yield one, other


@pytest.mark.part_credentials
@pytest.mark.timeout(3_600)
def test_no_check_that_starts_after_a_revocation_was_acknowledged_is_allowed(
    verifiers: Sequence[Verifier], prove: Prove, counts: Counts
) -> None:
    prove(verifiers).holds_for(counts.revocations)
