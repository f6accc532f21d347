"""T-1 ms, T and T+1 ms, where T ends a credential: asked in every way, of verifiers whose own clocks are an hour fast and an hour slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from adapters.settings import Settings
from tests.http.revocation.credentials import Sender
from tests.http.revocation.gateways import WAYS, Gateway
from tests.http.revocation.verifiers import AN_HOUR, verifier

CLOCK = """
CREATE SCHEMA still;
CREATE TABLE still.clock AS SELECT clock_timestamp() AS now;
CREATE FUNCTION still.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT now FROM still.clock';
GRANT USAGE ON SCHEMA still TO launchpad_app;
GRANT SELECT ON still.clock TO launchpad_app;
"""
STILL = "?options=" + quote("-c search_path=still,pg_catalog,public")
"""Whoever connects like this finds that clock before PostgreSQL's own."""
MILLISECOND = timedelta(milliseconds=1)


class StillClock:
    """The database's clock, as verifiers see it: it moves when it is set."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def set(self, now: datetime) -> None:
        """Let it be that time."""
        self._connection.execute("UPDATE still.clock SET now = %s", [now])

    def end(self, column: str, credential_id: str) -> datetime:
        """When that credential ends, in the rows that checks are answered from."""
        row = self._connection.execute(
            f"SELECT {column} FROM access.credential WHERE credential_id = %s".encode(), [credential_id]
        ).fetchone()
        assert row is not None
        assert isinstance(row[0], datetime)
        return row[0]


@pytest.fixture(scope="module")
def clock(settings: Settings) -> Iterator[StillClock]:
    with psycopg.connect(settings.database, autocommit=True) as connection:
        connection.execute(CLOCK)
        yield StillClock(connection)


@pytest.fixture(scope="module")
def gateways(settings: Settings, clock: StillClock, sender: Sender, token: str) -> Iterator[Sequence[Gateway]]:
    """To a verifier that is fast, and to one that is slow."""
    still = settings.but(database_url=settings.database + STILL, vault_url=settings.vault)
    with ExitStack() as stack:
        both = [stack.enter_context(verifier(still, seconds_off=seconds)) for seconds in (AN_HOUR, -AN_HOUR)]
        yield [stack.enter_context(Gateway(each, token, sender.product_id)) for each in both]


def ends_at(clock: StillClock, gateways: Sequence[Gateway], text: str, end: datetime) -> None:
    """Pass if it opens a millisecond before, and nothing from that very moment on, whoever is asked, in whatever way."""
    for now, opens in ((end - MILLISECOND, True), (end, False), (end + MILLISECOND, False)):
        clock.set(now)
        for way in WAYS:
            assert [gateway.allows(way, text) for gateway in gateways] == [opens] * 2, (way, now - end)
        assert [gateway.allows_all([text]) for gateway in gateways] == [[opens]] * 2, now - end


@pytest.mark.parametrize("kind", ["api_key", "jwt"])
def test_a_credential_expires_to_the_millisecond(kind: str, clock: StillClock, gateways: Sequence[Gateway], sender: Sender) -> None:
    app_id, created = sender.app()
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    if kind == "api_key":
        expires_at += timedelta(microseconds=123_457)
    credential_id, text, issued = sender.credential(app_id, kind, expires_at)
    sender.send("developer:rita", created, issued)
    assert clock.end("expires_at", credential_id) == expires_at
    ends_at(clock, gateways, text, expires_at)


@pytest.mark.parametrize("kind", ["api_key", "jwt"])
def test_an_overlap_ends_to_the_millisecond(kind: str, clock: StillClock, gateways: Sequence[Gateway], sender: Sender) -> None:
    app_id, created = sender.app()
    credential_id, text, issued = sender.credential(app_id, kind)
    sender.send("developer:rita", created, issued)
    successor = sender.rotate(app_id, credential_id, kind, timedelta(hours=1))
    end = clock.end("retires_at", credential_id)
    ends_at(clock, gateways, text, end)
    assert all(gateway.allows(way, successor) for gateway in gateways for way in WAYS), "the successor works on"


def test_an_access_token_and_its_client_s_secret_end_to_the_millisecond(
    clock: StillClock, gateways: Sequence[Gateway], sender: Sender
) -> None:
    app_id, created = sender.app()
    credential_id, secret, issued = sender.credential(app_id, "oauth_client")
    sender.send("developer:rita", created, issued)
    given_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    clock.set(given_at)
    for gateway in gateways:
        status, access_token = gateway.access_token(f"client-{credential_id}", secret)
        assert status == 200
        ends_at(clock, gateways, access_token or "", given_at + timedelta(minutes=5))
        clock.set(given_at)
    sender.rotate(app_id, credential_id, "oauth_client", timedelta(hours=1))
    end = clock.end("retires_at", credential_id)
    for now, status in ((end - MILLISECOND, 200), (end, 401), (end + MILLISECOND, 401)):
        clock.set(now)
        assert [gateway.access_token(f"client-{credential_id}", secret)[0] for gateway in gateways] == [status] * 2
