"""Who may do what from the command line: everybody sends every command, of his own, of others and of teams, and is told what the table says."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.compose import Launchpad
from adapters.identity.local_issuer import LocalIssuer
from adapters.intake import Request
from adapters.settings import Settings
from commands.outcome import OutcomeKind
from tests import who_may, who_may_in_teams
from tests.cli.conftest import Cli
from tests.who_may import VERBS, Asker, Data
from tests.who_may_in_teams import TEAM_VERBS

Case = tuple[str, Asker, Data, str | None]


def cases(settings: Settings, issuer: LocalIssuer) -> list[Case]:
    """Everything that is asked; what it is about is made straight away."""
    with Launchpad(settings) as launchpad:
        taker = launchpad.taker()

        def send(name: str, data: Data, by: str, command_id: UUID) -> None:
            (told,) = taker.take([Request(command_id, name, json.dumps(data).encode(), f"Bearer {issuer.issue(by)}")])
            assert told.kind is OutcomeKind.ACCEPTED, (name, told)

        own, team = who_may.Scene(send), who_may_in_teams.TeamScene(send)
        return [
            *((name, *case) for name in VERBS for case in who_may.cases(own, name)),
            *((name, *case) for name in TEAM_VERBS for case in who_may_in_teams.cases(team, name)),
        ]


def line(name: str, asker: Asker, data: Data, command_id: UUID) -> dict[str, Any]:
    acting = {} if asker.acts_for is None else {"onbehalfof": str(asker.acts_for)}
    return {"id": str(command_id), "type": name, "data": data, **acting}


@pytest.mark.timeout(300)
def test_each_command_from_a_file_is_for_whom_the_tables_say_and_for_nobody_else(cli: Cli, databases: dict[str, str], home: Path) -> None:
    settings = Settings.load({"LAUNCHPAD_HOME": str(home), **databases})
    issuer = LocalIssuer(home, settings.audience)
    files: defaultdict[tuple[str, tuple[UUID, ...]], list[dict[str, Any]]] = defaultdict(list)
    wanted: dict[UUID, tuple[str, str, str | None]] = {}
    for name, asker, data, code in cases(settings, issuer):
        command_id = uuid4()
        wanted[command_id] = name, asker.name, code
        files[asker.token, asker.may_act].append(line(name, asker, data, command_id))
    for (token, may_act), lines in files.items():
        said = "".join(json.dumps(each) + "\n" for each in lines)
        env = databases | {"LAUNCHPAD_TOKEN": issuer.issue(token, may_act=may_act)}
        done = cli("send", "-", "--via", "database", env=env, stdin=said)
        assert done.returncode in {0, 1}, done.stderr
    told = _told(databases["LAUNCHPAD_DATABASE_URL"], wanted)
    assert [(*case, told.get(each)) for each, case in wanted.items() if told.get(each, "nothing") != case[2]] == []
    assert len(wanted) == len(VERBS) * len(who_may.ASKERS) + len(TEAM_VERBS) * len(who_may_in_teams.ASKERS)


def _told(url: str, command_ids: Iterable[UUID]) -> dict[UUID, str | None]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT command_id, code FROM log.outcomes WHERE command_id = ANY (%s)", [list(command_ids)]))
