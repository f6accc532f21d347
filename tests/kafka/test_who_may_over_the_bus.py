"""Who may do what over the bus: every role sends every command, of one's own and of others, and is told what the one table says."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.kafka.worker import Worker
from adapters.settings import Settings
from commands.catalogue import CATALOGUE
from commands.outcome import OutcomeKind
from tests.kafka.bus import Bus
from tests.kafka.world import World
from tests.who_may import ASKERS, OWN, VERBS, Asker, Data, Scene, cases, new_app
from tests.who_may_in_teams import ASKERS as TEAM_ASKERS
from tests.who_may_in_teams import TEAM_VERBS, TeamScene
from tests.who_may_in_teams import cases as team_cases


def test_the_matrix_has_every_command() -> None:
    assert VERBS.keys() | TEAM_VERBS.keys() == CATALOGUE.keys()


def test_each_command_is_for_whom_the_table_says_and_for_nobody_else(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    with Launchpad(settings) as launchpad:
        taker = launchpad.taker()

        def send(name: str, data: Data, by: str, command_id: UUID) -> None:
            (told,) = taker.take([Request(command_id, name, json.dumps(data).encode(), f"Bearer {world.token(by)}")])
            assert told.kind is OutcomeKind.ACCEPTED, (name, told)

        scene = Scene(send)
        asked = [(name, *case) for name in VERBS for case in cases(scene, name)]
    sent = {_send(bus, world, name, data, asker): (name, asker.name, code) for name, asker, data, code in asked}
    bus.until(lambda: all(bus.replies[each] for each in sent), "all replies")
    told = {command_id: bus.replies[command_id][0].said for command_id in sent}
    wrong = [(*case, told[each]) for each, case in sent.items() if (told[each]["outcome"], told[each]["code"]) != _outcome(case[2])]
    assert not wrong
    assert len(sent) == len(VERBS) * len(ASKERS)
    assert {code for _, _, code in sent.values()} == {None, "not_allowed", "not_due", "own_request"}


def test_each_command_on_what_is_a_team_s_is_for_whom_the_table_says(bus: Bus, worker: Worker, world: World, settings: Settings) -> None:
    with Launchpad(settings) as launchpad:
        taker = launchpad.taker()

        def send(name: str, data: Data, by: str, command_id: UUID) -> None:
            (told,) = taker.take([Request(command_id, name, json.dumps(data).encode(), f"Bearer {world.token(by)}")])
            assert told.kind is OutcomeKind.ACCEPTED, (name, told)

        scene = TeamScene(send)
        asked = [(name, *case) for name in TEAM_VERBS for case in team_cases(scene, name)]
    sent = {_send(bus, world, name, data, asker): (name, asker.name, code) for name, asker, data, code in asked}
    bus.until(lambda: all(bus.replies[each] for each in sent), "all replies")
    told = {command_id: bus.replies[command_id][0].said for command_id in sent}
    wrong = [(*case, told[each]) for each, case in sent.items() if (told[each]["outcome"], told[each]["code"]) != _outcome(case[2])]
    assert not wrong
    assert len(sent) == len(TEAM_VERBS) * len(TEAM_ASKERS)


def test_nothing_is_a_team_s_that_nobody_created(bus: Bus, worker: Worker, world: World) -> None:
    team = new_app() | {"owner": {"kind": "team", "id": str(uuid4())}}
    sent = {_send(bus, world, "app.create.v1", team, asker): asker.name for asker in ASKERS if asker.whose == OWN}
    assert {name: bus.reply(command_id)["code"] for command_id, name in sent.items()} == dict.fromkeys(sent.values(), "owner_unknown")


def _outcome(code: str | None) -> tuple[str, str | None]:
    return ("accepted", None) if code is None else ("refused", code)


def _send(bus: Bus, world: World, name: str, data: Data, asker: Asker) -> UUID:
    acting: dict[str, Any] = {} if asker.acts_for is None else {"onbehalfof": str(asker.acts_for)}
    return bus.send(name, data, world.token(asker.token, may_act=asker.may_act), **acting)
