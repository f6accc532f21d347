"""A command goes in, a reply comes out: every kind of outcome, from any Kafka client."""

from __future__ import annotations

import json
import shutil
import subprocess
from uuid import UUID, uuid4

import psycopg

from adapters.kafka.topics import REPLIES
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from tests.kafka.bus import Bus, as_headers
from tests.kafka.world import World
from tests.servers import need


def events_of(database: str, command_id: UUID) -> list[str]:
    """The events that a command caused."""
    with psycopg.connect(database) as connection:
        query = "SELECT topic FROM log.events WHERE command_id = %s ORDER BY notification_id"
        return [name for (name,) in connection.execute(query, [command_id]).fetchall()]


def test_an_accepted_command_is_in_the_log_at_the_position_that_its_reply_names(
    bus: Bus, worker: Worker, world: World, settings: Settings
) -> None:
    command_id = bus.send(*world.register("olga"), world.token("developer:olga"))
    said = bus.reply(command_id)
    assert said == {"command_id": str(command_id), "outcome": "accepted", "position": 1, "code": None, "sentence": None, "errors": []}
    assert events_of(settings.database, command_id) == ["developer.registered.v1"]


def test_a_reply_carries_what_tells_which_command_it_answers(bus: Bus, worker: Worker, world: World) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    command_id = bus.send(
        *world.register("olga"), world.token("developer:olga"), correlationid="order 7", causationid="click 3", traceparent=trace
    )
    bus.reply(command_id)
    (reply,) = bus.replies[command_id]
    time = reply.headers.pop("ce_time")
    assert time.endswith("+00:00")
    assert reply.headers == {
        "ce_specversion": "1.0",
        "ce_type": "command.accepted.v1",
        "ce_source": "/launchpad-apps",
        "ce_id": f"{command_id}:accepted",
        "ce_subject": str(world.person("olga")),
        "ce_correlationid": "order 7",
        "ce_causationid": str(command_id),
        "ce_traceparent": trace,
        "content-type": "application/json",
    }
    assert (reply.topic, reply.key) == (REPLIES, str(world.person("olga")).encode())


def test_without_a_correlation_id_the_commands_own_id_is_told(bus: Bus, worker: Worker, world: World) -> None:
    command_id = bus.send(*world.register("olga"), world.token("developer:olga"))
    bus.reply(command_id)
    assert bus.replies[command_id][0].headers["ce_correlationid"] == str(command_id)


def test_a_refused_command_says_why_and_stays_refused(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    token = world.token("developer:olga")
    command_id = bus.send(*world.create("olga"), token)
    said = bus.reply(command_id)
    assert (said["outcome"], said["code"]) == ("refused", "owner_unknown")
    assert said["sentence"]
    assert events_of(settings.database, command_id) == ["command.refused.v1"]
    assert bus.replies[command_id][0].headers["ce_type"] == "command.refused.v1"


def test_an_invalid_command_says_where_and_uses_up_nothing(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    name, data = world.register("olga")
    command_id = bus.send(name, data | {"email": "no address"}, world.token("developer:olga"))
    said = bus.reply(command_id)
    assert (said["outcome"], [error["field"] for error in said["errors"]]) == ("invalid", ["email"])
    assert events_of(settings.database, command_id) == []
    again = bus.reply(bus.send(name, data, world.token("developer:olga"), command_id=command_id), count=2)
    assert again["outcome"] == "accepted"


def test_nobody_is_told_that_nobody_is_recognised(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    command_id = bus.send(*world.register("olga"), "forged")
    assert bus.reply(command_id)["outcome"] == "unauthenticated"
    assert events_of(settings.database, command_id) == []


def test_a_command_id_that_was_used_for_another_request_is_refused_as_such(bus: Bus, worker: Worker, world: World) -> None:
    token = world.token("developer:olga")
    command_id = bus.send(*world.register("olga"), token)
    bus.reply(command_id)
    name, data = world.register("olga")
    said = bus.reply(bus.send(name, data | {"name": "Another"}, token, command_id=command_id), count=2)
    assert said["outcome"] == "command_id_reused"


def test_the_same_command_sent_five_times_has_one_effect_and_five_equal_replies(
    bus: Bus, worker: Worker, world: World, settings: Settings
) -> None:
    token = world.token("developer:olga")
    command_id = uuid4()
    for _ in range(5):
        bus.send(*world.register("olga"), token, command_id=command_id)
    bus.reply(command_id, count=5)
    assert len({reply.value for reply in bus.replies[command_id]}) == 1
    assert events_of(settings.database, command_id) == ["developer.registered.v1"]


def test_a_service_acts_on_behalf_of_a_person_and_the_log_keeps_both(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    olga = world.person("olga")
    token = world.token("service:billing", may_act=[olga])
    assert bus.do(*world.register("olga"), world.admin)["outcome"] == "accepted"
    command_id = bus.send(*world.create("olga"), token, onbehalfof=str(olga))
    assert bus.reply(command_id)["outcome"] == "accepted"
    with psycopg.connect(settings.database) as connection:
        query = "SELECT DISTINCT principal, on_behalf_of FROM log.events WHERE command_id = %s"
        assert connection.execute(query, [command_id]).fetchall() == [("service:billing@launchpad-local", olga)]


def test_a_service_that_may_not_act_for_that_person_is_refused(bus: Bus, worker: Worker, world: World) -> None:
    bus.do(*world.register("olga"), world.admin)
    token = world.token("service:billing", may_act=[world.person("otto")])
    assert bus.do(*world.create("olga"), token, onbehalfof=str(world.person("olga")))["outcome"] == "refused"


def test_a_thousand_commands_get_a_thousand_replies(bus: Bus, worker: Worker, world: World) -> None:
    token = world.token("developer:olga")
    bus.do(*world.register("olga"), token)
    sent = [bus.send(*world.create("olga"), token) for _ in range(1_000)]
    bus.until(lambda: all(bus.replies[each] for each in sent), "all replies")
    assert {bus.replies[each][0].said["outcome"] for each in sent} == {"accepted"}
    assert worker.health.report.commands == 1_001


def test_kcat_sends_a_command_and_reads_its_reply(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    need(None if shutil.which("kcat") else "kcat is not here; on Debian or Ubuntu: sudo apt install kcat")
    kcat = shutil.which("kcat") or "kcat"
    name, data = world.register("olga")
    command_id = uuid4()
    headers = as_headers(command_id, name, world.token("developer:olga"), data["developer_id"], {})
    sending = [kcat, "-P", "-b", settings.kafka[0], "-t", "launchpad.commands", "-k", data["developer_id"], "-z", "snappy"]
    for header, value in headers.items():
        sending += ["-H", f"{header}={value.decode()}"]
    subprocess.run(sending, input=json.dumps(data), text=True, check=True)
    assert bus.reply(command_id)["outcome"] == "accepted"
    reading = [kcat, "-C", "-b", settings.kafka[0], "-t", REPLIES, "-o", "beginning", "-e", "-q", "-f", "%h %s\n"]
    read = subprocess.run(reading, capture_output=True, text=True, check=True).stdout
    assert [line for line in read.splitlines() if f"ce_causationid={command_id}" in line and '"outcome":"accepted"' in line]
