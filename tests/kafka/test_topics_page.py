"""What topics.md tells people to type does what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.kafka.worker import Worker
from adapters.reference.__main__ import FOLDER
from adapters.settings import Settings
from tests.kafka.bus import Bus
from tests.kafka.worker_process import ROOT, environment
from tests.kafka.world import World
from tests.servers import need

PAGE = (FOLDER / "topics.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_lines_for_kcat_register_ada(bus: Bus, worker: Worker, settings: Settings, world: World) -> None:
    need(None if shutil.which("kcat") else "kcat is not here; on Debian or Ubuntu: sudo apt install kcat")
    lines = "set -e\n" + block("sh").replace("localhost:9092", settings.kafka[0])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", lines], env=environment(settings) | {"PATH": path}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bus.until(lambda: bool(bus.replies), "the reply")
    (replies,) = bus.replies.values()
    assert replies[0].said["outcome"] == "accepted"
    assert replies[0].headers["ce_type"] == "command.accepted.v1"


def test_the_lines_for_kafka_python_create_an_app(bus: Bus, worker: Worker, settings: Settings, world: World) -> None:
    token = world.token("developer:ada")
    bus.do(*world.register("ada"), token)
    names: dict[str, Any] = {"TOKEN": token, "DEVELOPER_ID": str(world.person("ada")), "SERVERS": list(settings.kafka)}
    exec(compile(block("python"), "topics.md", "exec"), names)
    assert bus.reply(UUID(names["command_id"]))["outcome"] == "accepted"
    names["producer"].close()
