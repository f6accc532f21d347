"""The ways that commands of the command line travel: HTTP, the bus, or straight to the database. All end in the same intake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import orjson

from adapters.cli.http_calls import Http
from adapters.cli.send import Way
from adapters.cli.send_lines import Line
from adapters.cli.told import Told
from adapters.settings import Settings

REPLY_SECONDS_MAX: Final = 60.0


class Answer(NamedTuple):
    """What became of one command."""

    outcome: str
    position: int | None
    code: str | None
    told: str
    """For people: code, sentence, and which fields are wrong."""


class OpenWay(Protocol):
    """A way that is open."""

    name: str

    def send(self, lines: Sequence[Line]) -> list[Answer]:
        """Send these and give each its answer, in order."""
        ...


@contextmanager
def open_way(way: Way, settings: Settings, token: str, url: str | None) -> Iterator[OpenWay]:
    """Open that way; `auto` is HTTP where it answers, else the database. Raises Told."""
    http = Http(url or f"http://{settings.http}", token)
    if way is Way.AUTO:
        way = Way.HTTP if url is not None or http.answers() else Way.DATABASE
        if way is Way.DATABASE and settings.database_url is None:
            raise Told(
                f"nothing answers at http://{settings.http}, and LAUNCHPAD_DATABASE_URL is not set",
                "start everything here with: launchpad run, or give --url, or LAUNCHPAD_DATABASE_URL",
            )
    if way is Way.HTTP:
        yield ByHttp(http)
    elif way is Way.KAFKA:
        with by_kafka(settings, token) as bus:
            yield bus
    else:
        with _to_database(settings, token) as to_database:
            yield to_database


class ByHttp:
    """POST /v1/commands."""

    name = "HTTP"

    def __init__(self, http: Http) -> None:
        self._http = http

    def send(self, lines: Sequence[Line]) -> list[Answer]:
        """Send these as one list."""
        outcomes = self._http.post("/v1/commands", [line.message() for line in lines])
        return [answer(each) for each in outcomes]


def answer(said: dict[str, object]) -> Answer:
    """An outcome as HTTP and the bus tell it."""
    wrong = said.get("errors") or []
    fields = "; ".join(f"{each['field']}: {each['reason']}" for each in wrong) if isinstance(wrong, list) else ""
    code, position = said.get("code"), said.get("position")
    words = [str(each) for each in (code, said.get("sentence")) if each]
    told = ", ".join(words) + (f" ({fields})" if fields else "")
    return Answer(str(said["outcome"]), position if isinstance(position, int) else None, str(code) if code else None, told)


@contextmanager
def _to_database(settings: Settings, token: str) -> Iterator[OpenWay]:
    from adapters.compose import Launchpad
    from adapters.http.bodies import outcome_out
    from adapters.intake import Request
    from adapters.logging import set_up_logging
    from adapters.taking import Taker

    set_up_logging(settings.log, "warning")  # The table says it all.

    class ToDatabase:
        name = "database"

        def __init__(self, taker: Taker) -> None:
            self._taker = taker

        def send(self, lines: Sequence[Line]) -> list[Answer]:
            requests = [
                Request(
                    line.id,
                    line.type,
                    orjson.dumps(line.data),
                    f"Bearer {token}",
                    on_behalf_of=None if line.onbehalfof is None else str(line.onbehalfof),
                )
                for line in lines
            ]
            return [answer(outcome_out(outcome)) for outcome in self._taker.take(requests)]

    with Launchpad(settings) as launchpad:
        yield ToDatabase(launchpad.taker())


@contextmanager
def by_kafka(settings: Settings, token: str | Callable[[], str]) -> Iterator[OpenWay]:
    """Open the way by the bus; a token may be made anew for each command. Raises Told."""
    from launchpad_client.client import LaunchpadClient
    from launchpad_client.reply import NoReply, NotSent, Reply

    class ByKafka:
        name = "Kafka"

        def __init__(self, client: LaunchpadClient) -> None:
            self._client = client

        def send(self, lines: Sequence[Line]) -> list[Answer]:
            pending = [
                self._client.send(line.type, line.data, subject(line), command_id=line.id, on_behalf_of=line.onbehalfof) for line in lines
            ]
            return [_of_reply(each.wait(REPLY_SECONDS_MAX)) for each in pending]

    def _of_reply(reply: Reply) -> Answer:
        errors = [{"field": error.field, "reason": error.reason} for error in reply.errors]
        return answer(
            {"outcome": reply.outcome, "position": reply.position, "code": reply.code, "sentence": reply.sentence, "errors": errors}
        )

    if not settings.kafka:
        raise Told("LAUNCHPAD_KAFKA is not set: there is no bus to send by")
    try:
        with LaunchpadClient(list(settings.kafka), token, source="launchpad send", kafka=settings.kafka_client) as client:
            yield ByKafka(client)
    except (NoReply, NotSent) as error:
        raise Told(str(error), "see that a worker runs (launchpad work) and the topics are there (launchpad topics)") from None


def subject(line: Line) -> UUID | str:
    """The id of what a command is about, as its record's key."""
    from commands.catalogue import CATALOGUE
    from domain.derived_ids import POLICY_ID

    entry = CATALOGUE.get(line.type)
    field = getattr(entry.command, "TARGET", None) if entry else None
    return POLICY_ID if field is None else str(line.data.get(field, line.id))
