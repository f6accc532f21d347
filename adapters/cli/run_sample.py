"""The sample data of `launchpad run`: sent as commands, by the bus where there is one, with tokens of the local issuer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from adapters.cli.http_calls import Http
from adapters.cli.send_lines import Line
from adapters.cli.send_ways import Answer, ByHttp, OpenWay, by_kafka, subject
from adapters.identity.local_issuer import LocalIssuer
from adapters.sample.story import ADMIN, SampleCommand
from adapters.sample.tell import EXPIRES_SOON, in_groups, sample_commands
from adapters.settings import Settings
from launchpad_client import make_credential

KEPT_FILE: Final = "sample-data.json"
FOLLOWED_SECONDS_MAX: Final = 20.0

Say = Callable[[str], None]


def load_sample(settings: Settings, say: Say) -> None:
    """Tell the sample story, unless it was told to this database before; wait until the dashboard shows it. Raises Told."""
    issuer = LocalIssuer(settings.home, settings.audience)
    admin = Http(f"http://{settings.http}", issuer.issue(ADMIN))
    kept = _Kept(settings.home / KEPT_FILE)
    told = sample_commands(kept.at, kept.digest_of)
    if admin.try_get(f"/v1/commands/{told[-1].id}") is not None:
        say("the sample data are here already")
        return
    if admin.try_get(f"/v1/commands/{told[0].id}") is None:
        kept.anew()  # Nothing of it is known here: expiries count from now.
        told = sample_commands(kept.at, kept.digest_of)
    began = time.monotonic()
    position = _send(settings, issuer, told, say)
    _await_dashboard(admin, position)
    # One credential expires while we look, so that it can be seen.
    time.sleep(max(0.0, (kept.at + EXPIRES_SOON - datetime.now(UTC)).total_seconds()))
    say(f"sample data: {len(told)} commands in {time.monotonic() - began:.1f} s")


def _send(settings: Settings, issuer: LocalIssuer, told: list[SampleCommand], say: Say) -> int:
    position = 0
    with _way(settings, issuer) as way:
        for number, group in enumerate(in_groups(told)):
            way.sender = group[0].sender
            lines = [Line(index, each.id, each.type, dict(each.data), None) for index, each in enumerate(group, 1)]
            if number == 0 and settings.kafka:
                _show_one(way, lines.pop(0), say)
            for line, answer in zip(lines, way.send(lines) if lines else [], strict=True):
                position = max(position, answer.position or 0)
                if answer.outcome != "accepted":
                    say(f"the sample command {line.type} was not accepted: {answer.told}")
    return position


def _show_one(way: _Way, line: Line, say: Say) -> None:
    """Say how one command goes through the bus and what comes back."""
    began = time.monotonic()
    (answer,) = way.send([line])
    took = (time.monotonic() - began) * 1000
    say(f"one command through the bus: {line.type} about {subject(line)} on launchpad.commands")
    say(f"its reply on launchpad.replies after {took:.0f} ms: {answer.outcome} at position {answer.position}")


class _Way:
    """Sends as whoever speaks at the moment."""

    def __init__(self, issuer: LocalIssuer, open_way: Callable[[str], OpenWay]) -> None:
        self._issuer = issuer
        self._open_way = open_way
        self._tokens: dict[str, str] = {}
        self.sender = ADMIN

    def token(self) -> str:
        """The token of whoever speaks."""
        if self.sender not in self._tokens:
            self._tokens[self.sender] = self._issuer.issue(self.sender)
        return self._tokens[self.sender]

    def send(self, lines: list[Line]) -> list[Answer]:
        """Send these as him."""
        return self._open_way(self.token()).send(lines)


@contextmanager
def _way(settings: Settings, issuer: LocalIssuer) -> Iterator[_Way]:
    if not settings.kafka:
        yield _Way(issuer, lambda token: ByHttp(Http(f"http://{settings.http}", token)))
        return
    way = _Way(issuer, lambda _: bus)
    with by_kafka(settings, way.token) as bus:
        yield way


def _await_dashboard(admin: Http, position: int) -> None:
    deadline = time.monotonic() + FOLLOWED_SECONDS_MAX
    while admin.try_get(f"/v1/apps?limit=1&min_position={position}") is None and time.monotonic() < deadline:
        time.sleep(0.1)


class _Kept:
    """What makes telling it again the same story: its time, and the digests of credentials whose texts nobody kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        said = json.loads(path.read_text()) if path.exists() else {}
        self.at = datetime.fromisoformat(said["at"]) if said else datetime.now(UTC)
        self._digests: dict[str, str] = said.get("digests", {})

    def anew(self) -> None:
        """Let the story begin now."""
        self.at = datetime.now(UTC)
        self._path.touch(mode=0o600)
        self._path.chmod(0o600)  # One of an older version is readable by all.
        self._path.write_text(json.dumps({"at": self.at.isoformat(), "digests": self._digests}))

    def digest_of(self, kind: str, credential: UUID) -> str:
        """The digest of a sample credential, made at random the first time."""
        return self._digests.setdefault(str(credential), make_credential(kind, "test", credential).digest)
