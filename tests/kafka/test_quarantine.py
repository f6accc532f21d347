"""What can't be decoded lies in quarantine, whole; its sender hears of it where he can; and the partition goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID, uuid4

import pytest
from kafka import TopicPartition

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.kafka.health import State
from adapters.kafka.quarantine import quarantined, shortened
from adapters.kafka.records import Record
from adapters.kafka.topics import COMMANDS
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from adapters.taking import Taker
from commands.executor import Executor
from commands.outcome import Outcome
from domain.limits import MESSAGE_BYTES_MAX
from tests.kafka.bus import Bus, Heard, as_headers
from tests.kafka.conftest import working
from tests.kafka.world import World

Headers = dict[str, bytes]
Change = Callable[[Headers], Headers]


def without(name: str) -> Change:
    return lambda headers: {header: value for header, value in headers.items() if header != name}


def having(name: str, value: bytes) -> Change:
    return lambda headers: {**headers, name: value}


UNREADABLE: dict[str, Change] = {
    "no id": without("ce_id"),
    "an id that is no UUID": having("ce_id", b"17"),
    "an id that is not even text": having("ce_id", b"\xff\xfe"),
}
UNDECODABLE: dict[str, Change] = {
    "no type": without("ce_type"),
    "an empty type": having("ce_type", b""),
    "no specversion": without("ce_specversion"),
    "another specversion": having("ce_specversion", b"0.3"),
    "structured mode": having("content-type", b"application/cloudevents+json"),
    "a type that is no UTF-8": having("ce_type", b"app.create.\xff"),
    "a correlation id with U+0000": having("ce_correlationid", b"a\x00b"),
    "an endless correlation id": having("ce_correlationid", b"x" * 256),
    "a time without a zone": having("ce_time", b"2026-03-01T12:00:00"),
    "a time that is none": having("ce_time", b"yesterday"),
    "a time that no reader of the log could read again": having("ce_time", b"9999-12-31T23:59:59-23:59"),
    "a time before all clocks": having("ce_time", b"0001-01-01T00:00:00+14:00"),
}


@pytest.fixture
def healthy(bus: Bus, worker: Worker, world: World) -> Callable[[int], None]:
    """Send a good command to that partition, and see it answered."""
    bus.do(*world.register("olga"), world.token("developer:olga"))

    def send(partition: int) -> None:
        assert bus.do(*world.create("olga"), world.token("developer:olga"), partition=partition)["outcome"] == "accepted"

    return send


def in_quarantine(bus: Bus, key: bytes) -> Heard:
    bus.until(lambda: any(heard.key == key for heard in bus.quarantined()), "quarantine")
    (found,) = [heard for heard in bus.quarantined() if heard.key == key]
    return found


def offset_before(bus: Bus, partition: int) -> int:
    place = TopicPartition(COMMANDS, partition)
    return bus._consumer.end_offsets([place])[place]


@pytest.mark.parametrize("form", UNREADABLE)
def test_what_names_no_sender_goes_to_quarantine_and_the_partition_goes_on(
    form: str, bus: Bus, world: World, healthy: Callable[[int], None]
) -> None:
    name, data = world.create("olga")
    key, value = uuid4().bytes, json.dumps(data).encode()
    headers = UNREADABLE[form](as_headers(uuid4(), name, world.admin, data["app_id"], {}))
    offset = offset_before(bus, 3)
    bus.put(value, headers, key, partition=3)
    healthy(3)
    found = in_quarantine(bus, key)
    assert found.value == value
    assert {name: found.headers[f"quarantine_{name}"] for name in ("topic", "partition", "offset", "attempts")} == {
        "topic": COMMANDS,
        "partition": "3",
        "offset": str(offset),
        "attempts": "1",
    }
    assert found.headers["quarantine_error"].startswith("ce_id")
    assert "authorization" not in found.headers
    assert found.headers["ce_type"] == name


@pytest.mark.parametrize("form", UNDECODABLE)
def test_what_names_its_sender_is_answered_as_well(form: str, bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    name, data = world.create("olga")
    command_id, key = uuid4(), uuid4().bytes
    bus.put(json.dumps(data).encode(), UNDECODABLE[form](as_headers(command_id, name, world.admin, data["app_id"], {})), key, partition=3)
    said = bus.reply(command_id)
    assert (said["outcome"], said["code"], said["position"]) == ("invalid", "invalid", None)
    assert said["errors"]
    healthy(3)
    assert in_quarantine(bus, key).headers["quarantine_error"].startswith(said["errors"][0]["field"])


def test_an_oversize_command_is_kept_whole_and_answered(bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    command_id, key, value = uuid4(), uuid4().bytes, b'"' + b"x" * MESSAGE_BYTES_MAX + b'"'
    bus.put(value, as_headers(command_id, "app.create.v1", world.admin, "s", {}), key, partition=3)
    assert str(MESSAGE_BYTES_MAX) in bus.reply(command_id)["errors"][0]["reason"]
    assert in_quarantine(bus, key).value == value
    healthy(3)


@pytest.mark.parametrize("value", [b"", b"{nope", b"[" * 5_000, b'{"app_id": "\\ud800"}', b"\xff\xfe"])
def test_a_value_that_is_no_json_is_put_aside_and_answered(value: bytes, bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    command_id, key = uuid4(), uuid4().bytes
    bus.put(value, as_headers(command_id, "app.create.v1", world.admin, "s", {}), key, partition=3)
    said = bus.reply(command_id)
    assert (said["outcome"], said["code"], said["position"]) == ("invalid", "not_json", None)
    found = in_quarantine(bus, key)
    assert (found.value, found.headers["quarantine_error"]) == (value, said["errors"][0]["reason"])
    healthy(3)


AS_LARGE_AS_GOES = 1_048_200
LARGE: dict[str, Callable[[dict[str, bytes], bytes], tuple[list[tuple[str, bytes]], bytes]]] = {
    "a correlation id": lambda headers, key: ([*headers.items(), ("ce_correlationid", b"x" * AS_LARGE_AS_GOES)], key),
    "a subject": lambda headers, key: ([*headers.items(), ("ce_subject", b"x" * AS_LARGE_AS_GOES)], key),
    "a key": lambda headers, key: ([*headers.items(), ("ce_time", b"never")], key + b"x" * AS_LARGE_AS_GOES),
}


@pytest.mark.parametrize("form", LARGE)
def test_what_is_as_large_as_a_topic_takes_is_answered_shortly_and_stalls_nothing(
    form: str, bus: Bus, world: World, healthy: Callable[[int], None]
) -> None:
    command_id = uuid4()
    attributes = {"ce_id": str(command_id).encode(), "ce_specversion": b"1.0", "ce_type": b"app.create.v1"}
    headers, key = LARGE[form](attributes, uuid4().bytes)
    bus.put(b"{}", headers, key, partition=3)
    assert bus.reply(command_id)["outcome"] == "invalid"
    assert in_quarantine(bus, key).headers["quarantine_error"].startswith("ce_")
    healthy(3)


FORGED = [(b"quarantine_error", b"x" * 1_000), (b"quarantine_headers_left_out", b"larger than this topic takes")]


def test_what_not_even_quarantine_takes_is_kept_as_far_as_it_does() -> None:
    record = Record(COMMANDS, 3, 17, 0, b"k" * 10, b"v" * 10, [(b"quarantine_\xff", b"h"), (b"ce_type", b"t"), *FORGED])
    whole = quarantined(record, "why", 1, 4)
    without_value = shortened(whole)
    assert without_value is not None
    assert (without_value.key, without_value.value, without_value.headers[:2]) == (whole.key, b"", whole.headers[:2])
    bare = shortened(without_value)
    assert bare is not None
    assert {name for name, _ in bare.headers} == {
        *(f"quarantine_{name}" for name in ("topic", "partition", "offset", "timestamp", "error", "attempts", "at")),
        "quarantine_value_left_out",
        "quarantine_headers_left_out",
    }
    assert (bare.key, bare.value) == (None, b"")
    assert dict(bare.headers)["quarantine_error"] == b"why"
    assert shortened(bare) is None


def test_a_message_without_a_value_is_told_from_an_empty_one(bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    command_id, key = uuid4(), uuid4().bytes
    bus.put(None, as_headers(command_id, "app.create.v1", world.admin, "s", {}), key, partition=3)
    assert bus.reply(command_id)["outcome"] == "invalid"
    assert in_quarantine(bus, key).headers["quarantine_null_value"] == "true"
    healthy(3)


def test_the_token_is_left_out_however_it_is_written(bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    key = uuid4().bytes
    bus.put(b"{}", [("Authorization", b"Bearer secret"), ("authorization", b"Bearer secret"), (" AUTHORIZATION ", b"secret")], key, 3)
    assert "secret" not in str(in_quarantine(bus, key))
    healthy(3)


def test_an_attribute_given_twice_is_ambiguous(bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    command_id, key = uuid4(), uuid4().bytes
    headers = list(as_headers(command_id, "app.create.v1", world.admin, "s", {}).items())
    bus.put(b"{}", [*headers, ("ce_subject", b"other")], key, partition=3)
    assert bus.reply(command_id)["errors"] == [{"field": "ce_subject", "reason": "is given twice"}]
    healthy(3)


def test_a_header_whose_name_is_no_text_hangs_nothing(bus: Bus, world: World, healthy: Callable[[int], None]) -> None:
    """kafka-python itself raises at such a name, and hangs at the next poll."""

    class NotText(str):
        __slots__ = ()

        def encode(self, *_: object) -> bytes:
            return b"\xff\xfe"

    name, data = world.create("olga")
    command_id, key = uuid4(), uuid4().bytes
    headers = list(as_headers(command_id, name, world.token("developer:olga"), data["app_id"], {}).items())
    bus.put(json.dumps(data).encode(), [*headers, (NotText("odd"), b"1")], key, partition=3)
    assert bus.reply(command_id)["outcome"] == "accepted"
    healthy(3)


def test_poison_in_the_middle_of_a_full_batch_harms_nobody_else(bus: Bus, worker: Worker, world: World) -> None:
    token = world.token("developer:olga")
    bus.do(*world.register("olga"), token)
    good, bad = [], []
    for number in range(300):
        if number % 10 == 5:
            bad.append(uuid4())
            bus.put(b"{}", {"ce_id": str(bad[-1]).encode()}, bad[-1].bytes, partition=number % 4)
        elif number % 10 == 7:
            bus.put(os.urandom(64), {}, b"noise", partition=number % 4)
        else:
            good.append(bus.send(*world.create("olga"), token, partition=number % 4))
    bus.until(lambda: all(bus.replies[each] for each in good + bad), "all replies")
    assert {bus.replies[each][0].said["outcome"] for each in good} == {"accepted"}
    assert {bus.replies[each][0].said["outcome"] for each in bad} == {"invalid"}
    bus.until(lambda: len(list(bus.quarantined())) == 60, "quarantine")
    bus.until(lambda: worker.health.report.quarantined == 60, "health counts it")


class BuggyTaker(Taker):
    """The real thing, with a bug that one command meets."""

    def __init__(self, launchpad: Launchpad, poison: UUID) -> None:
        super().__init__(launchpad.intake, Executor(launchpad.log))
        self._poison = poison
        self.met = 0

    def take(self, requests: Sequence[Request]) -> list[Outcome]:
        self._look(requests)
        return super().take(requests)

    def stream(self, batches: Iterable[Sequence[Request]]) -> Iterator[list[Outcome]]:
        return super().stream(self._looked(batches))

    def _looked(self, batches: Iterable[Sequence[Request]]) -> Iterator[Sequence[Request]]:
        for requests in batches:
            self._look(requests)
            yield requests

    def _look(self, requests: Sequence[Request]) -> None:
        if any(request.command_id == self._poison for request in requests):
            self.met += 1
            raise ZeroDivisionError("a bug, with somebody's secret in it")


def test_a_bug_that_one_command_meets_puts_that_one_into_quarantine_after_three_attempts(
    bus: Bus, settings: Settings, group: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    token, poison = world.token("developer:olga"), uuid4()
    takers: list[BuggyTaker] = []

    def make_taker(launchpad: Launchpad) -> Taker:
        takers.append(BuggyTaker(launchpad, poison))
        return takers[-1]

    with working(settings, group, make_taker=make_taker) as worker:
        bus.do(*world.register("olga"), token)
        sent = [bus.send(*world.create("olga"), token, command_id=poison if number == 20 else None, partition=2) for number in range(60)]
        bus.until(lambda: all(bus.replies[each] for each in sent), "all replies")
        said = {each: bus.replies[each][0].said for each in sent}
        assert {each["outcome"] for id_, each in said.items() if id_ != poison} == {"accepted"}
        assert (said[poison]["outcome"], said[poison]["code"]) == ("invalid", "quarantined")
        bus.until(lambda: bool(list(bus.quarantined())), "quarantine")
        (kept,) = bus.quarantined()
        assert (kept.headers["ce_id"], kept.headers["quarantine_attempts"]) == (str(poison), "3")
        assert takers[0].met == 1 + 3  # Once in its batch, then alone.
        assert worker.health.report.state is State.RUNNING
    assert "secret" not in capsys.readouterr().err
