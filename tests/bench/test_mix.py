"""The mix is what the goals were set for: five commands an app, of 200 owners, each in its order."""

from collections import defaultdict
from itertools import islice
from pathlib import Path
from uuid import UUID

import orjson

from adapters.settings import Settings
from bench.mix import COHORT, STEPS, Mix, People, people


def who(home: Path) -> People:
    return people(Settings.load({"LAUNCHPAD_HOME": str(home), "LAUNCHPAD_LOCAL_ISSUER": "on"}), 3)


def test_each_app_goes_through_the_five_steps_in_order(tmp_path: Path) -> None:
    steps = defaultdict(list)
    for request in islice(Mix(who(tmp_path), 1).commands(), 10_000):
        steps[orjson.loads(request.payload)["app_id"]].append(request.name)
    assert len([each for each in steps.values() if tuple(each) == STEPS]) > 1_900
    assert all(tuple(each) == STEPS[: len(each)] for each in steps.values())


def test_a_hundred_commands_hold_every_step_of_different_apps(tmp_path: Path) -> None:
    commands = Mix(who(tmp_path), 1).commands()
    under_way = sum(range(len(STEPS))) * COHORT
    hundred = list(islice(commands, under_way, under_way + 100))
    assert [request.name for request in hundred].count(STEPS[0]) == COHORT
    assert {request.name for request in hundred} == set(STEPS)
    assert len({orjson.loads(request.payload)["app_id"] for request in hundred}) == 100


def test_the_same_seed_sends_the_same_commands_and_another_seed_others(tmp_path: Path) -> None:
    people_there = who(tmp_path)

    def first(seed: int) -> list[tuple[UUID, bytes]]:
        return [(request.command_id, request.payload) for request in islice(Mix(people_there, seed).commands(), 500)]

    assert first(1) == first(1)
    assert not {command_id for command_id, _ in first(1)} & {command_id for command_id, _ in first(2)}
