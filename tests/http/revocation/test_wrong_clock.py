"""A verifier whose own clock is an hour fast or slow goes by the database's: on revocations, expiries and ends of overlaps."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import psycopg
import pytest

from adapters.settings import Settings
from tests.counts import Counts
from tests.http.revocation.conftest import Prove
from tests.http.revocation.credentials import Sender
from tests.http.revocation.gateways import WAYS, Gateway
from tests.http.revocation.verifiers import AN_HOUR, ROOT, Verifier, verifier

SOON = timedelta(seconds=2)
LATER = timedelta(minutes=30)
CLOCKS = """
from tests.http.revocation.wrong_clock import shift
shift(-3600)
import time
from datetime import UTC, date, datetime
print(time.time(), time.time_ns() / 1e9, time.clock_gettime(time.CLOCK_REALTIME), datetime.now().timestamp(), datetime.now(UTC).timestamp(),
    datetime.today().timestamp(), datetime.utcnow().replace(tzinfo=UTC).timestamp(), time.mktime(time.localtime()))
"""


@pytest.fixture(scope="module")
def verifiers(settings: Settings) -> Iterator[Sequence[Verifier]]:
    with verifier(settings, seconds_off=AN_HOUR) as fast, verifier(settings, seconds_off=-AN_HOUR) as slow:
        yield fast, slow


@pytest.fixture
def gateways(verifiers: Sequence[Verifier], sender: Sender, token: str) -> Iterator[Sequence[Gateway]]:
    with Gateway(verifiers[0], token, sender.product_id) as fast, Gateway(verifiers[1], token, sender.product_id) as slow:
        yield fast, slow


@pytest.mark.part_credentials
@pytest.mark.timeout(3_600)
def test_a_clock_that_is_wrong_lets_nothing_in_that_was_revoked(verifiers: Sequence[Verifier], prove: Prove, counts: Counts) -> None:
    prove(verifiers).holds_for(counts.revocations_in_trouble)


def test_what_ends_by_the_database_s_clock_has_ended_and_nothing_else_has(
    gateways: Sequence[Gateway], sender: Sender, settings: Settings
) -> None:
    """A fast clock would end too early what lives for half an hour, a slow one too late what lives for two seconds."""
    fast, slow = gateways
    app_id, created = sender.app()
    now = datetime.now(UTC).replace(microsecond=0)
    made = {
        (kind, lives): sender.credential(app_id, kind, now + lives)
        for kind in ("api_key", "jwt", "oauth_client")
        for lives in (SOON, LATER)
    }
    retiring = {lives: sender.credential(app_id, "api_key") for lives in (SOON, LATER)}
    sender.send("developer:rita", created, *(command for _, _, command in [*made.values(), *retiring.values()]))
    for lives, (credential_id, _, _) in retiring.items():
        sender.rotate(app_id, credential_id, "api_key", lives)
    client_id, secret, _ = made["oauth_client", LATER]
    tokens = [each.access_token(f"client-{client_id}", secret)[1] or "" for each in gateways]
    soon, later = ([made[kind, lives][1] for kind in ("api_key", "jwt")] + [retiring[lives][1]] for lives in (SOON, LATER))
    wait_by_the_clock_of(settings.database, now + SOON + timedelta(seconds=1))
    for way in WAYS:
        for gateway in gateways:
            assert [gateway.allows(way, text) for text in soon] == [False] * 3, way
            assert [gateway.allows(way, text) for text in later] == [True] * 3, way
            assert [gateway.allows(way, text) for text in tokens] == [True] * 2, way
    ended_id, ended_secret, _ = made["oauth_client", SOON]
    assert [each.access_token(f"client-{ended_id}", ended_secret)[0] for each in (fast, slow)] == [401, 401]


def wait_by_the_clock_of(database: str, until: datetime) -> None:
    """Wait until that time, by the database's clock."""
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_sleep_until(%s)", [until])


def test_those_clocks_are_wrong(gateways: Sequence[Gateway]) -> None:
    """Or the tests above would prove nothing."""
    off = [parsedate_to_datetime(each.date()).timestamp() - time.time() for each in gateways]
    assert off == pytest.approx([AN_HOUR, -AN_HOUR], abs=5)
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", CLOCKS], cwd=ROOT, capture_output=True, text=True, check=True)
    clocks = [float(each) for each in told.stdout.split()]
    assert len(clocks) == 8
    assert clocks == pytest.approx([time.time() - AN_HOUR] * 8, abs=5)
