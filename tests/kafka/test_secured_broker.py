"""A broker that asks for TLS and a password: every client of ours passes both on, and says what is wrong."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka.errors import KafkaError
from pydantic import SecretStr

from adapters.kafka.events_feed import EventsFeed
from adapters.kafka.health import State
from adapters.kafka.status import bus_status
from adapters.kafka.topics import EVENTS, create_topics
from adapters.local.kafka import JVM
from adapters.local.kafka_jars import jars, java, missing
from adapters.local.ports import free_port
from adapters.postgres.following import Follower
from adapters.settings import Settings
from tests import servers
from tests.kafka.bus import Bus
from tests.kafka.conftest import working
from tests.kafka.world import World

PASSWORD = "s3cret, with \\ and more"
LOGIN = (
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="launchpad" password="{password}"'
    ' user_launchpad="{password}";'
)
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
    "inter.broker.listener.name": "SASL_SSL",
    "sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "ssl.keystore.type": "PEM",
    "ssl.truststore.type": "PEM",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "auto.create.topics.enable": "false",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


@dataclass
class Secured:
    """Where it is, and who vouches for it."""

    servers: str
    ca: Path


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key with a certificate that vouches for itself, on the loopback address; and the certificate alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "broker.pem").write_bytes(private + made)
    (folder / "ca.pem").write_bytes(made)
    return folder / "broker.pem", folder / "ca.pem"


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    """A broker that talks SASL_SSL alone."""
    servers.need(missing())
    with servers.scratch(servers.roomy_memory() or servers.DISK) as folder:
        store, ca = certificate(folder)
        port, controller = free_port(), free_port()
        escaped = PASSWORD.replace("\\", "\\\\")
        properties = PROPERTIES | {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"SASL_SSL://127.0.0.1:{port}",
            "log.dirs": str(folder / "data"),
            "ssl.keystore.location": str(store),
            "ssl.truststore.location": str(ca),
            "listener.name.sasl_ssl.plain.sasl.jaas.config": LOGIN.format(password=escaped),
        }
        config = folder / "server.properties"
        config.write_text("".join(f"{name}={value.replace(chr(92), chr(92) * 2)}\n" for name, value in properties.items()))
        command = [java(), *JVM, "-cp", f"{jars()}/*"]
        subprocess.run(
            [*command, "kafka.tools.StorageTool", "format", "-g", "-t", "L" + uuid4().hex[:21], "-c", str(config)],
            check=True,
            capture_output=True,
        )
        with (folder / "log").open("wb") as log:
            broker = subprocess.Popen([*command, "kafka.Kafka", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield Secured(f"127.0.0.1:{port}", ca)
        finally:
            broker.terminate()
            broker.wait(30)


@pytest.fixture
def login(secured: Secured, without_bus: Settings) -> Settings:
    """Settings that open it; its topics are there."""
    settings = without_bus.but(
        kafka=(secured.servers,),
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username="launchpad",
        kafka_sasl_password=SecretStr(PASSWORD),
        kafka_ssl_cafile=secured.ca,
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            create_topics(settings)
        except KafkaError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return settings


def test_commands_replies_and_events_go_through_tls_with_a_password(login: Settings, world: World) -> None:
    bus = Bus(login)
    with working(login, "g"), Follower(login.database, EventsFeed(login)):
        assert bus.do(*world.register("olga"), world.token("developer:olga"))["outcome"] == "accepted"
        bus.until(lambda: len(bus.heard[EVENTS]) == 1, "the event")
        assert bus_status(login, "g").healthy
    bus.close()


@pytest.mark.parametrize(
    "wrong", [{"kafka_sasl_password": SecretStr("wrong")}, {"kafka_ssl_cafile": None}], ids=["a wrong password", "an unknown certificate"]
)
def test_what_does_not_open_it_is_waited_for_and_told_without_the_password(
    login: Settings, wrong: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    with working(login.but(**wrong), "g") as worker:
        deadline = time.monotonic() + 30
        while worker.health.report.state is not State.WAITING_FOR_KAFKA:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert worker.health.report.last_error
    told = capsys.readouterr()
    assert PASSWORD not in told.out + told.err
    assert "wrong" not in (worker.health.report.last_error or "")
