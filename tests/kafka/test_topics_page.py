"""The examples of docs/reference/topics.md do what they say, on a real bus."""

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
from tests.kafka.world import World
from tests.own_process import environment
from tests.servers import need

PAGE = (FOLDER / "topics.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def shell(script: str, settings: Settings, **more: str) -> str:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -eu\n" + script.replace("localhost:9092", settings.kafka[0])
    env = environment(settings) | {"PATH": programs} | more
    return subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=True, timeout=60).stdout


def test_what_the_page_does_with_kcat_sends_a_command_and_shows_its_reply(bus: Bus, worker: Worker, settings: Settings) -> None:
    need(None if shutil.which("kcat") else "kcat is not here; on Debian or Ubuntu: sudo apt install kcat")
    sending, reading = blocks("sh")
    command_id = shell(sending + "\necho $ID", settings).strip()
    assert bus.reply(UUID(command_id))["outcome"] == "accepted"
    (shown,) = shell(reading, settings, ID=command_id).splitlines()
    assert f'"command_id":"{command_id}","outcome":"accepted"' in shown


def test_what_the_page_does_with_kafka_python_creates_an_app(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    token = world.token("developer:olga")
    bus.do(*world.register("olga"), token)
    (program,) = blocks("python")
    names: dict[str, Any] = {"SERVERS": list(settings.kafka), "TOKEN": token, "DEVELOPER_ID": str(world.person("olga"))}
    exec(compile(program, "topics.md", "exec"), names)
    assert names["reply"]["command_id"] == names["command_id"]
    assert names["reply"]["outcome"] == "accepted"
