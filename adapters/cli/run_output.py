"""What `launchpad run` prints: its steps, what to try next, and then the lines of its children."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import threading
from pathlib import Path
from typing import Final
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from adapters.cli.app_tables import in_short
from adapters.identity.local_issuer import developer_id
from adapters.postgres.connections import connect
from adapters.postgres.questions import answer
from adapters.settings import Settings
from readmodels.apps import page_of_apps

COLOURS = {"serve": "cyan", "project": "magenta", "react": "yellow", "work": "blue"}
EVERYDAY: Final = re.compile(r"\[(?:\x1b\[[0-9;]*m)*(?:info|debug)\b|\"level\": ?\"(?:info|debug)\"")
"""What structlog writes of those levels, for people and as JSON."""


class Output:
    """The terminal. The children's lines wait for the end of the start, and only warnings and worse are shown; their files have all."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._started = False

    def step(self, sentence: str) -> None:
        """One thing is done."""
        self._print(Text.assemble(("✓ ", "green"), sentence))

    def note(self, sentence: str) -> None:
        """Something to know."""
        self._print(Text.assemble(("! ", "yellow"), sentence))

    def line(self, child: str, line: str) -> None:
        """A child's line; everyday ones would push away what to try next."""
        if self._started and not EVERYDAY.search(line):
            self._print(Text(f"{child:<8}", style=COLOURS.get(child, "")) + Text("│ ", style="dim") + Text.from_ansi(line))

    def tell_what_next(self, settings: Settings, seconds: float) -> None:
        """Show the dashboard, and commands that work as they stand."""
        with connect(settings.database) as connection:
            apps = answer(connection, page_of_apps(limit=200))
        program, at = _program(), f"http://{settings.http}"
        create = {"app_id": str(uuid4()), "owner": {"id": str(developer_id("ada"))}, "name": "My first app"}
        with self._lock:
            if apps:
                self._console.print(Console.render_str(self._console, "\n[bold]The dashboard[/]"))
                Console(width=max(self._console.width, 100)).print(in_short(apps))
            self._console.print(Text.assemble((f"Started in {seconds:.0f} s.", "bold"), " In a browser:"))
            print(f"  {at}/dashboard   the sample apps\n  {at}/docs        the API, with every command\n")
            self._console.print(Text("In another terminal:", style="bold"))
            if "home" in settings.model_fields_set:
                print(f"  export LAUNCHPAD_HOME={shlex.quote(str(settings.home))}")
            print(f"  {program} dashboard --owner ada")
            print(f"""  echo '{{"type": "app.create.v1", "data": {_json(create)}}}' | {program} send - --as developer:ada""")
            print(f"""  curl -H "authorization: Bearer $({program} token --as developer:ada)" {at}/v1/apps""")
            print(f"  {program} inbox --as developer:ada")
            print(f"  {program} status\n")
            print(f"Data and logs: {settings.home}. Ctrl-C ends everything; the data stay.", flush=True)
            self._started = True

    def _print(self, text: Text) -> None:
        with self._lock:
            self._console.print(text)


def _json(content: object) -> str:
    import json

    return json.dumps(content)


def _program() -> str:
    """How this program is called here: by its name where that finds it, else by its path."""
    called = Path(sys.argv[0])
    found = shutil.which("launchpad")
    if found is not None and called.name == "launchpad" and Path(found).resolve() == called.resolve():
        return "launchpad"
    return shlex.quote(str(called.resolve())) if called.name == "launchpad" else f"{shlex.quote(sys.executable)} -m adapters.cli"
