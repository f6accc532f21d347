"""The client over a real broker: what it sends, what it hears, and what it survives."""

import gc
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewPartitions

from adapters.local.kafka import LocalKafka
from launchpad_client import replies as replies_module
from launchpad_client.client import MESSAGE_BYTES_MAX, LaunchpadClient
from launchpad_client.reply import FieldError, NoReply, NotSent
from tests import servers
from tests.client.answering import accepted, answering, make_topics


@pytest.fixture
def topics(kafka_server: LocalKafka) -> tuple[str, str]:
    """A commands topic and a replies topic of this test's own."""
    name = uuid4().hex
    commands, replies = f"commands-{name}", f"replies-{name}"
    make_topics(kafka_server, **{commands: 1, replies: 3})
    return commands, replies


@pytest.fixture
def client(kafka_server: LocalKafka, topics: tuple[str, str]) -> Iterator[LaunchpadClient]:
    """A client on these topics."""
    with connect(kafka_server, topics) as client:
        yield client


def connect(server: LocalKafka, topics: tuple[str, str], **options: Any) -> LaunchpadClient:  # noqa: ANN401 - passed on
    return LaunchpadClient(
        server.servers, **({"token": "a-token", "source": "tests", "commands_topic": topics[0], "reply_topic": topics[1]} | options)
    )


def test_a_command_goes_out_with_the_documented_headers(client: LaunchpadClient, kafka_server: LocalKafka, topics: tuple[str, str]) -> None:
    command_id, app, ada = uuid4(), uuid4(), uuid4()
    with answering(kafka_server, topics[0]) as heard:
        reply = client.send(
            "app.create.v1", {"name": "Käse", "app_id": app}, app, command_id=command_id, on_behalf_of=ada, traceparent="00-a-b-01"
        ).wait()
    assert (reply.command_id, reply.accepted, reply.position) == (command_id, True, 7)
    ((key, headers, payload),) = heard.came
    assert key == str(app).encode()
    assert payload == {"name": "Käse", "app_id": str(app)}
    sent_at = datetime.fromisoformat(headers.pop("ce_time"))
    assert abs((datetime.now(UTC) - sent_at).total_seconds()) < 60
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": str(command_id),
        "ce_type": "app.create.v1",
        "ce_source": "tests",
        "ce_subject": str(app),
        "ce_replyto": topics[1],
        "ce_correlationid": str(command_id),
        "ce_traceparent": "00-a-b-01",
        "ce_onbehalfof": str(ada),
        "content-type": "application/json",
        "authorization": "Bearer a-token",
    }


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("refused", {"code": "app_deleted", "sentence": "this app is deleted"}),
        ("invalid", {"code": "invalid", "sentence": "1 field", "errors": [{"field": "name", "reason": "too long"}]}),
        ("unauthenticated", {"code": "expired", "sentence": "the token has expired"}),
        ("command_id_reused", {"code": "command_id_reused", "sentence": "this id was used"}),
    ],
)
def test_every_outcome_comes_back_as_it_is(
    client: LaunchpadClient, kafka_server: LocalKafka, topics: tuple[str, str], outcome: str, said: dict[str, Any]
) -> None:
    with answering(kafka_server, topics[0], lambda headers, _: {"command_id": headers["ce_id"], "outcome": outcome, **said}):
        reply = client.send_and_wait("app.edit.v1", {}, uuid4())
    assert not reply.accepted
    assert (reply.outcome, reply.code, reply.sentence) == (outcome, said["code"], said["sentence"])
    assert reply.errors == ((FieldError("name", "too long"),) if outcome == "invalid" else ())


def test_many_commands_of_many_threads_and_clients_each_get_their_own_reply(kafka_server: LocalKafka, topics: tuple[str, str]) -> None:
    def number(headers: dict[str, str], payload: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return accepted(headers, payload) | {"position": payload["number"]}

    with (
        answering(kafka_server, topics[0], number, replies_each=2),
        connect(kafka_server, topics) as one,
        connect(kafka_server, topics) as two,
    ):
        with ThreadPoolExecutor(4) as threads:
            pending = list(
                threads.map(lambda n: (n, (one, two)[n % 2].send("x.y.v1", {"number": n}, uuid4(), correlation_id="one trace")), range(400))
            )
        assert [(n, promise.wait().position) for n, promise in pending] == [(n, n) for n in range(400)]


def test_no_reply_in_time_is_told_and_sending_again_gets_it(
    client: LaunchpadClient, kafka_server: LocalKafka, topics: tuple[str, str]
) -> None:
    command_id = uuid4()
    with pytest.raises(NoReply, match="send it again with the same id"):
        client.send_and_wait("app.edit.v1", {}, uuid4(), command_id=command_id, timeout_seconds=0.2)
    with answering(kafka_server, topics[0]) as heard:
        assert client.send_and_wait("app.edit.v1", {}, uuid4(), command_id=command_id).accepted
        assert client.send_and_wait("app.edit.v1", {}, uuid4(), command_id=command_id).accepted
    assert {headers["ce_id"] for _, headers, _ in heard.came} == {str(command_id)}


def test_what_is_no_reply_is_passed_over(client: LaunchpadClient, kafka_server: LocalKafka, topics: tuple[str, str]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_server.servers)
    kind = ("ce_type", b"command.accepted.v1")
    for value, headers in [
        (b"\xff", [kind]),
        (b"[]", [kind]),
        (b'{"command_id": 1, "outcome": "accepted"}', [kind]),
        (None, [kind]),
        (b"{}", []),
        (b"{}", [("ce_type", b"\xff\xfe")]),
    ]:
        producer.send(topics[1], value, key=b"key", headers=headers)
    producer.flush()
    producer.close()
    with answering(kafka_server, topics[0]):
        assert client.send_and_wait("app.edit.v1", {}, uuid4()).accepted


def test_replies_of_before_its_start_are_not_read(kafka_server: LocalKafka, topics: tuple[str, str]) -> None:
    command_id = uuid4()
    with answering(kafka_server, topics[0]), connect(kafka_server, topics) as earlier:
        assert earlier.send_and_wait("app.edit.v1", {}, uuid4(), command_id=command_id).accepted
    with connect(kafka_server, topics) as later, pytest.raises(NoReply):
        later.send("app.edit.v1", {}, uuid4(), command_id=command_id).wait(0.5)


def test_a_reply_in_a_partition_that_was_added_is_read(
    kafka_server: LocalKafka, topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies_module, "PARTITIONS_SECONDS", 0.2)
    with connect(kafka_server, topics, kafka={"metadata_max_age_ms": 300}) as client:
        pending = client.send("app.edit.v1", {}, uuid4())
        admin = KafkaAdminClient(bootstrap_servers=kafka_server.servers)
        admin.create_partitions({topics[1]: NewPartitions(4)})
        admin.close()
        producer = KafkaProducer(bootstrap_servers=kafka_server.servers)
        value = json.dumps({"command_id": str(pending.command_id), "outcome": "accepted"}).encode()
        producer.send(topics[1], value, partition=3, headers=[("ce_type", b"command.accepted.v1")])
        producer.close()
        assert pending.wait().accepted


def test_whom_nobody_waits_for_is_forgotten(client: LaunchpadClient) -> None:
    for _ in range(50):
        client.send("app.edit.v1", {}, uuid4())
    client._producer.flush()
    gc.collect()
    assert len(client._pending) <= 1  # The last one may still be held by the loop's frame.


def test_a_fresh_token_is_asked_for_each_command(kafka_server: LocalKafka, topics: tuple[str, str]) -> None:
    tokens = iter(["first", "second"])
    with answering(kafka_server, topics[0]) as heard, connect(kafka_server, topics, token=lambda: next(tokens)) as client:
        for _ in range(2):
            client.send_and_wait("app.edit.v1", {}, uuid4())
    assert [headers["authorization"] for _, headers, _ in heard.came] == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("payload", [{"n": float("nan")}, {"at": datetime(2026, 1, 1)}, {"x": object()}])  # noqa: DTZ001 - what is wrong with it
def test_what_is_no_json_is_not_sent(client: LaunchpadClient, payload: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        client.send("app.edit.v1", payload, uuid4())


def test_what_is_too_large_is_not_sent(client: LaunchpadClient) -> None:
    with pytest.raises(ValueError, match=str(MESSAGE_BYTES_MAX)):
        client.send("app.edit.v1", {"text": "a" * MESSAGE_BYTES_MAX}, uuid4())


def test_nothing_shows_the_token(client: LaunchpadClient) -> None:
    assert "a-token" not in repr(client)


def test_no_bus_is_told() -> None:
    with pytest.raises(NotSent, match="can't be reached"):
        LaunchpadClient("127.0.0.1:1", "a-token", kafka={"bootstrap_timeout_ms": 500})


def test_a_missing_reply_topic_is_told(kafka_server: LocalKafka, topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launchpad_client.client.START_SECONDS_MAX", 1.0)
    with connect(kafka_server, (topics[0], f"missing-{uuid4().hex}")) as client, pytest.raises(NotSent) as told:
        client.send("app.edit.v1", {}, uuid4())
    assert "launchpad topics" in str(told.value.__cause__)


def test_a_broker_that_is_killed_and_comes_back_is_survived() -> None:
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder, servers.kafka(folder / "kafka") as kafka:
        topics = ("commands", "replies")
        make_topics(kafka, commands=1, replies=2)
        with answering(kafka, "commands"), connect(kafka, topics) as client:
            assert client.send_and_wait("app.edit.v1", {}, uuid4()).accepted
            kill(kafka)
            pending = client.send("app.edit.v1", {}, uuid4())  # Waits in the producer.
            time.sleep(1)
            kafka.start()
            assert pending.wait(60).accepted
            assert client.send_and_wait("app.edit.v1", {}, uuid4()).accepted


def kill(kafka: LocalKafka) -> None:
    """End the broker as a power cut would."""
    process = kafka._process
    assert process is not None
    process.kill()
    process.wait()


def test_the_readme_does_what_it_says(
    kafka_server: LocalKafka, topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("launchpad_client.client.LaunchpadClient.__init__.__kwdefaults__", {
        **(LaunchpadClient.__init__.__kwdefaults__ or {}), "commands_topic": topics[0], "reply_topic": topics[1],
    })  # fmt: skip
    readme = (Path(__file__).parent.parent.parent / "adapters" / "client" / "README.md").read_text()
    names: dict[str, Any] = {"SERVERS": kafka_server.servers, "TOKEN": "a-token"}
    with answering(kafka_server, topics[0]) as heard:
        for block in readme.split("```python\n")[1:]:
            exec(block.split("```")[0], names)
    assert capsys.readouterr().out.splitlines()[-1] == "accepted 7"
    assert UUID(heard.came[0][2]["product_id"]) == names["product_id"]
