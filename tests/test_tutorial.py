"""The tutorial does what it says: every console block is run, in order, against a real `launchpad run`."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers
from tests.cli.test_run import WITHOUT_JAVA, Run, home

TUTORIAL = Path(__file__).parent.parent / "docs/tutorial.md"
MARK = "--- end of command ---"
__all__ = ["home"]


def told() -> list[tuple[str, str]]:
    """Each command of the page, and what it is said to print."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```", TUTORIAL.read_text(), re.DOTALL | re.MULTILINE):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = step.splitlines()
            length = next((number for number, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
            command = "\n".join([lines[0], *(line.removeprefix("> ") for line in lines[1:length])])
            found.append((command, "\n".join(lines[length:])))
    return found


def is_as_told(printed: str, expected: str) -> bool:
    """Loosely: spaces count as one, ... stands for anything, on a line of its own also for lines."""
    if not expected.strip():
        return not printed.strip()
    lines = [" ".join(line.split()) for line in expected.splitlines()]
    # Within a line ... never reaches into the next one.
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n" for line in lines)
    given = "".join(" ".join(line.split()) + "\n" for line in printed.splitlines())
    return re.fullmatch(pattern, given) is not None


def test_loosely_is_not_anything() -> None:
    assert is_as_told("a  b\nc\nd\n", "...\nc\n...")
    assert is_as_told("one two three\n", "one ...three")
    assert not is_as_told("one two\n", "one three")
    assert not is_as_told("one two\n", "")
    assert not is_as_told("", "one")
    assert not is_as_told("one\ntwo\n", "one ...two")


@pytest.mark.timeout(200)
def test_every_command_of_the_tutorial_prints_what_the_tutorial_says(home: Path, tmp_path: Path) -> None:
    servers.need(None if shutil.which("curl") else "curl is needed; on Debian or Ubuntu: sudo apt install curl")
    running = Run(home, tmp_path, WITHOUT_JAVA, []).started()
    try:
        run_every_command(running, tmp_path)
    finally:
        assert running.end(signal.SIGINT) == 0


def run_every_command(running: Run, folder: Path) -> None:
    steps = told()
    assert len(steps) > 20
    script = "\n".join(f"{command}\necho '{MARK}'" for command, _ in steps).replace("http://127.0.0.1:8000", running.url)
    env = running.env | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "COLUMNS": "160"}
    env.pop("LAUNCHPAD_HTTP")
    shown = f"exec 2>&1\n{script}"  # As a reader sees it: errors belong to what is printed.
    done = subprocess.run(["bash"], input=shown, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=150)
    printed = done.stdout.split(f"{MARK}\n")[:-1]
    wrong = [
        f"$ {command}\n{given}\ninstead of\n{expected}"
        for (command, expected), given in zip(steps, printed, strict=True)
        if not is_as_told(given, expected)
    ]
    assert wrong == [], "\n".join(wrong)
    assert "Traceback" not in done.stdout
