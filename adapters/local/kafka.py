"""One Kafka broker, run by Java in a folder: started, stopped, its messages kept."""

import base64
import os
import signal
import subprocess
import time
from pathlib import Path
from uuid import uuid4

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from adapters.local import LocalServerError
from adapters.local.kafka_jars import jars, java
from adapters.local.local_server import LocalServer
from adapters.local.ownership import Ownership
from adapters.local.ports import free_port, is_taken
from adapters.local.processes import living

START_SECONDS_MAX = 60  # 3 to 7 s here; a slow machine may need several times that.
STOP_SECONDS_MAX = 30
POLL_SECONDS = 0.1

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# A broker that was killed is missed after 2 s, and comes back the sooner.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Without this the cleaner takes 128 MB, half of the heap.
log.cleaner.dedupe.buffer.size=16777216
"""
JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")


class LocalKafka(LocalServer):
    """One broker without encryption or passwords, on the loopback address alone; `libs` is where its jars are kept."""

    def __init__(self, folder: Path, port: int | None = None, *, libs: Path | None = None) -> None:
        super().__init__(port)
        self.folder = folder = folder.absolute()  # Its command line must name the folder whatever ours is called from.
        self._libs = libs
        self._ownership = Ownership(folder)
        self._data = folder / "data"
        self._log = folder / "server.log"
        self._pid_file = folder / "kafka.pid"
        self._properties = folder / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        """The address for LAUNCHPAD_KAFKA and for any client's bootstrap servers."""
        return self.address

    def start(self) -> None:
        """Start the broker, or take over the one that an owner who was killed has left; LocalServerError says why it can't."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._ownership.take()
        try:
            if self.find() and self._wanted_port in {None, self.port}:
                return
            self._end(signal.SIGKILL)  # On its way up, hung, or on another port.
            self._launch()
        except BaseException:
            self._end(signal.SIGKILL)
            self._ownership.give_back()
            raise

    def stop(self) -> None:
        """Stop the broker; what it has acknowledged is kept."""
        self._end(signal.SIGTERM)
        self._ownership.give_back()

    def kill(self) -> None:
        """End the broker as a power cut would; for tests."""
        self._end(signal.SIGKILL)
        self._ownership.give_back()

    def find(self) -> bool:
        """Say whether this folder's broker answers, whoever started it; then `port` is its own."""
        if self._pid() is None:
            return False
        listeners = next(line for line in self._properties.read_text().splitlines() if line.startswith("advertised.listeners="))
        self.port = int(listeners.rpartition(":")[2])
        return self._answers()

    def _launch(self) -> None:
        libs = f"{jars(self._libs)}/*"
        self.port = self._wanted_port or free_port(self.folder / "port")
        if is_taken(self.port):
            raise LocalServerError(f"port {self.port} is taken by another program; choose another one, or none to have one chosen")
        self._properties.write_text(PROPERTIES.format(port=self.port, controller=free_port(), data=self._data))
        if not (self._data / "meta.properties").exists():
            self._format(libs)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [java(), *JVM, "-cp", libs, "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop the broker when nobody needs it any more.
            )
        self._pid_file.write_text(str(self._process.pid))
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if self._process.poll() is not None:
                raise LocalServerError(f"Kafka did not start: {_telling_line(self._log)} (more in {self._log})")
            if time.monotonic() > deadline:
                raise LocalServerError(f"Kafka did not answer within {START_SECONDS_MAX} s (see {self._log})")
            time.sleep(POLL_SECONDS)

    def _format(self, libs: str) -> None:
        """Give the data folder its cluster id, once; doing it again does no harm."""
        cluster = "L" + base64.urlsafe_b64encode(uuid4().bytes).decode()[1:22]  # Never a leading dash, which would be an option.
        command = [java(), *JVM, "-cp", libs, "kafka.tools.StorageTool", "format", "-g", "-t", cluster, "-c", str(self._properties)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LocalServerError(f"Kafka's data folder could not be made: {(done.stderr or done.stdout).strip()[-300:]}")

    def _answers(self) -> bool:
        """Ask for the cluster, since a port may listen before there is anybody to serve."""
        if self.port is None or not is_taken(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.servers, bootstrap_timeout_ms=2_000, request_timeout_ms=2_000)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _pid(self) -> int | None:
        """Name the broker's process, if it lives and is this folder's: ids are given again after a restart of the machine."""
        stated = self._pid_file.read_text() if self._pid_file.exists() else ""
        return living(int(stated), str(self._properties)) if stated.isdigit() else None

    def _end(self, how: signal.Signals) -> None:
        deadline = time.monotonic() + STOP_SECONDS_MAX
        pid = self._pid()
        if pid is not None:
            os.kill(pid, how)
        while pid is not None and (self._process is None or self._process.poll() is None) and self._pid() == pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        if self._process is not None:
            self._process.wait()
            self._process = None
        self._pid_file.unlink(missing_ok=True)


def _telling_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    telling = [line for line in lines if "ERROR" in line or "Exception" in line]
    return (telling or lines or ["it said nothing"])[0]
