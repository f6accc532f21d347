"""Kafka from Maven's jars: it starts, keeps its messages, survives a kill, and says what is missing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from adapters.local import LocalServerError
from adapters.local.kafka import LocalKafka
from adapters.local.kafka_jars import default_folder, jars, missing
from tests import servers

LEAVES_A_BROKER_BEHIND = """
import os, sys
from pathlib import Path
from adapters.local.kafka import LocalKafka
LocalKafka(Path(sys.argv[1])).start()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    servers.need(missing())
    with servers.scratch(servers.DISK) as scratch:
        yield scratch / "kafka"


def make_topic(broker: LocalKafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.servers)
    admin.create_topics([NewTopic("kept", 1, 1)])
    admin.close()


def send(broker: LocalKafka, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.servers)
    producer.send("kept", value)
    producer.flush(10)
    producer.close()


def messages(broker: LocalKafka) -> list[bytes]:
    partition = TopicPartition("kept", 0)
    consumer = KafkaConsumer(bootstrap_servers=broker.servers, group_id=None, auto_offset_reset="earliest")
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    values: list[bytes] = []
    while (consumer.position(partition) or 0) < end:
        values += [record.value for record in consumer.poll(500).get(partition, [])]
    consumer.close()
    return values


def test_it_keeps_its_messages_and_its_address_over_a_stop_and_a_kill(folder: Path) -> None:
    with LocalKafka(folder) as broker:
        make_topic(broker)
        send(broker, b"before the stop")
        address = broker.servers
    assert not broker.find()
    again = LocalKafka(folder)
    again.start()
    assert again.servers == address
    send(again, b"before the kill")
    again.kill()
    assert not again.find()
    with again:
        assert again.servers == address
        assert messages(again) == [b"before the stop", b"before the kill"]


def test_the_broker_of_an_owner_who_was_killed_is_taken_over(folder: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", LEAVES_A_BROKER_BEHIND, folder], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = (folder / "kafka.pid").read_text()
    with LocalKafka(folder) as broker:
        assert (folder / "kafka.pid").read_text() == left
        with pytest.raises(LocalServerError, match=f"in use by process {os.getpid()};"):
            LocalKafka(folder).start()
    assert not broker.find()


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"port {port} is taken"):
            LocalKafka(folder, port).start()


def test_a_machine_without_java_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    said = missing()
    assert said is not None
    assert said.startswith("Kafka needs Java 17 or newer (found none)")
    assert "sudo apt install default-jre-headless maven" in said
    assert "\n" not in said


def test_an_old_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "java"
    old.write_text("""#!/bin/sh\necho 'openjdk version "11.0.2" 2019-01-15' >&2\n""")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "(found Java 11)" in (missing() or "")


def test_a_maven_that_fails_is_told_in_plain_text_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "mvn"
    broken.write_text("""#!/bin/sh\nprintf '[\\033[1;31mERROR\\033[m] \\033[1mno route\\033[m to repo\\n'\nexit 1\n""")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(LocalServerError) as error:
        jars(tmp_path / "libs")
    assert str(error.value) == (
        "Maven could not bring Kafka's jars: [ERROR] no route to repo; mend Maven (try: mvn -v), or set LAUNCHPAD_KAFKA to a broker that you have"
    )


def test_maven_is_needed_only_until_the_jars_are_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    servers.need(missing())
    version = jars().name
    real = default_folder()
    only_java = tmp_path / "bin"
    only_java.mkdir()
    (only_java / "java").write_text("""#!/bin/sh\necho 'openjdk version "17.0.1" 2021-10-19' >&2\n""")
    (only_java / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(only_java))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert (real / version).is_dir()
    assert missing(real) is None
    assert "brought by Maven (mvn), which is not here" in (missing(tmp_path / "nothing") or "")
