"""Many checks, few questions; each answered by the database as it is after the check arrived, and by its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.checking import line
from adapters.checking.checks import CannotCheck, Check, Checks
from adapters.identity.own_tokens import OwnToken
from adapters.postgres import connections
from adapters.postgres.connections import settings_of
from adapters.postgres.migrations import migrate
from launchpad_client.keys import make_credential
from readmodels import access
from readmodels.access import MAY_CALL, AccessAnswer, Asked
from tests import servers

APP, PRODUCT, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
CLOCK = "clock_timestamp()"


class NoTokens:
    """Reads none."""

    def recognise(self, text: str) -> OwnToken:
        raise AssertionError(text)


@pytest.fixture
def rows(database: str) -> Iterator[psycopg.Connection[Any]]:
    """An app with a product, for somebody who may change any row."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO access.app (app_id, status, position, changed_at, owner_kind, owner_id, name, attributes)"
            " VALUES (%s, 'active', 1, now(), 'developer', %s, 'Weather', '{\"a\": \"1\"}')",
            [APP, uuid4()],
        )
        for product in (PRODUCT, OTHER):
            connection.execute("INSERT INTO access.product VALUES (%s, 'offered', 1, now())", [product])
        connection.execute("INSERT INTO access.subscription VALUES (%s, %s, 'approved', 1, now())", [APP, PRODUCT])
        yield connection


def issue(rows: psycopg.Connection[Any]) -> tuple[UUID, str]:
    """An API key; its id and text."""
    made = make_credential("api_key", "live", uuid4())
    credential_id = UUID(hex=made.key_id)
    rows.execute(
        "INSERT INTO access.credential (credential_id, app_id, kind, digest, status, position, changed_at)"
        " VALUES (%s, %s, 'api_key', %s, 'active', 1, now())",
        [credential_id, APP, made.digest],
    )
    return credential_id, made.text


async def reason(checks: Checks, text: str, product: UUID = PRODUCT) -> str | None:
    (verdict,) = await checks.check([Check(text, product)])
    return verdict.reason


def test_two_hundred_at_once_are_asked_in_few_questions_and_each_hears_its_own_answer(database: str, rows: psycopg.Connection[Any]) -> None:
    keys = [issue(rows)[1] for _ in range(5)]
    wrong = [make_credential("api_key", "live", uuid4()).text, "nonsense"]

    async def ask() -> tuple[list[str | None], int]:
        async with Checks(database, NoTokens()) as checks:
            asked = [reason(checks, [*keys, *wrong][number % 7], [PRODUCT, OTHER][number % 2]) for number in range(200)]
            return await asyncio.gather(*asked), checks.questions

    told, questions = asyncio.run(ask())
    right = [None, "product_not_approved"]
    assert told == [{5: "unknown", 6: "malformed"}.get(number % 7, right[number % 2]) for number in range(200)]
    assert questions <= 3


def test_more_than_fit_into_one_question_are_all_answered(database: str, rows: psycopg.Connection[Any]) -> None:
    _, key = issue(rows)

    async def ask() -> list[str | None]:
        async with Checks(database, NoTokens()) as checks:
            batches = [checks.check([Check(key, PRODUCT)] * 300) for _ in range(5)]
            return [verdict.reason for batch in await asyncio.gather(*batches) for verdict in batch]

    assert asyncio.run(ask()) == [None] * 1500


def test_a_check_is_never_answered_by_a_question_that_was_sent_before_it_came(database: str, rows: psycopg.Connection[Any]) -> None:
    """The first question is held up by a lock while the key is revoked; whoever comes then must not share its answer."""
    credential_id, key = issue(rows)

    async def ask() -> tuple[str | None, str | None]:
        async with Checks(database, NoTokens()) as checks:
            with psycopg.connect(database) as other:
                other.execute("LOCK TABLE access.revoked_token IN ACCESS EXCLUSIVE MODE")
                first = asyncio.create_task(reason(checks, key))
                await asyncio.sleep(0.2)  # It waits for the lock.
                other.execute("UPDATE access.credential SET status = 'revoked' WHERE credential_id = %s", [credential_id])
                other.commit()  # From here on it is acknowledged.
                second = asyncio.create_task(reason(checks, key))
                assert checks.questions == 1
                told = await first, await second
            assert checks.questions == 2
            return told

    _, second = asyncio.run(ask())
    assert second == "revoked"


@pytest.mark.parametrize(("moved", "said"), [("expires_at", "expired"), ("cut_off_at", "revoked"), ("retires_at", "overlap_ended")])
def test_time_closes_a_door_to_the_millisecond(
    moved: str, said: str, database: str, rows: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-1 ms, T and T+1 ms, by a clock of the database's that stands still; our own clock is asked by nobody."""
    credential_id, key = issue(rows)
    end = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    rows.execute("CREATE TABLE access.stopped_clock AS SELECT now() AS now")
    rows.execute("GRANT SELECT ON access.stopped_clock TO launchpad_app")
    rows.execute(f"UPDATE access.credential SET status = 'retiring', {moved} = %s WHERE credential_id = %s".encode(), [end, credential_id])
    monkeypatch.setattr(line, "PREPARE", line.PREPARE.replace(CLOCK, "(SELECT now FROM access.stopped_clock)"))
    millisecond = timedelta(milliseconds=1)

    async def ask() -> list[str | None]:
        told = []
        async with Checks(database, NoTokens()) as checks:
            for now in (end - millisecond, end, end + millisecond):
                rows.execute("UPDATE access.stopped_clock SET now = %s", [now])
                told.append(await reason(checks, key))
        return told

    assert asyncio.run(ask()) == [None, said, said]


def test_while_the_database_is_killed_nothing_is_allowed_and_it_goes_on_by_itself() -> None:
    text = make_credential("api_key", "live", uuid4()).text
    with servers.scratch(servers.DISK) as folder, servers.postgres(folder / "postgres", durable=True) as server:
        server.create("base")
        migrate(server.url("base"))

        async def ask() -> str | None:
            async with Checks(server.url("base"), NoTokens()) as checks:
                assert await reason(checks, text) == "unknown"
                await asyncio.to_thread(server.kill)
                with suppress(CannotCheck):
                    while True:  # Its children live on for a moment, and answer rightly.
                        assert await reason(checks, text) == "unknown"
                with pytest.raises(CannotCheck):
                    await reason(checks, text)
                await asyncio.to_thread(server.start_again)
                for _ in range(1_000):
                    try:
                        return await reason(checks, text)
                    except CannotCheck:
                        await asyncio.sleep(0.02)
                raise AssertionError("the database is back, and nobody noticed")

        assert asyncio.run(ask()) == "unknown"


def test_a_question_that_gets_no_answer_is_given_up(database: str, rows: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.checking.checks.ANSWER_SECONDS_MAX", 0.3)
    _, key = issue(rows)

    async def ask() -> str | None:
        async with Checks(database, NoTokens()) as checks:
            with psycopg.connect(database) as other:
                other.execute("LOCK TABLE access.app IN ACCESS EXCLUSIVE MODE")
                with pytest.raises(CannotCheck):
                    await reason(checks, key)
                with pytest.raises(CannotCheck):
                    await reason(checks, key)
            for _ in range(200):
                try:
                    return await reason(checks, key)
                except CannotCheck:
                    await asyncio.sleep(0.02)
            raise AssertionError

    assert asyncio.run(ask()) is None


def test_more_than_may_wait_are_told_at_once_that_nobody_can_tell(
    database: str, rows: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.checking.checks.WAITING_MAX", 10)
    _, key = issue(rows)

    async def ask() -> list[str | BaseException | None]:
        async with Checks(database, NoTokens()) as checks:
            return await asyncio.gather(*(reason(checks, key) for _ in range(12)), return_exceptions=True)

    told = asyncio.run(ask())
    assert told[:10] == [None] * 10
    assert [type(each) for each in told[10:]] == [CannotCheck] * 2


def test_ids_are_looked_up_in_their_indexes_whatever_the_planner_knew(database: str) -> None:
    """A plan is made once, maybe while tables are empty: it must still be good when they have grown."""
    question = access.may_call_all([Asked(uuid4(), uuid4())] * 500)
    with psycopg.connect(settings_of(database, **line.PLANS)) as connection:
        plan = "\n".join(row for (row,) in connection.execute("EXPLAIN " + question.text, question.parameters).fetchall())
    assert plan.count("Index Cond") == 5, plan
    assert "Seq Scan" not in plan


def test_the_question_s_columns_are_the_answer_s_fields(database: str) -> None:
    with connections.connect(database) as connection:
        question = access.may_call(uuid4(), uuid4())
        described = connection.execute(question.text, question.parameters).description or ()
    assert [column.name for column in described] == list(AccessAnswer._fields)
    assert MAY_CALL.count(CLOCK) == 1
