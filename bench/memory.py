"""Memory of a worker over a long run: what it keeps has to be full early, and stay as it is."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from adapters.compose import Launchpad
from adapters.intake import Request
from adapters.logging import set_up_logging
from adapters.settings import Settings
from bench.mix import Mix, people
from bench.ours import Ours, batches, must_be_accepted
from bench.results import PER_SECOND, Result, Samples
from bench.rounds import Contender
from bench.scale import Scale
from bench.stand import Stand

DATABASE: Final = "memory"
SEED, SEED_OF_SETTING = 6, 7
BATCH: Final = 100
GROWTH_MAX: Final = 1.1
LOOK_COMMANDS: Final = 1_000
GROWN: Final = "memory"


class Watched(NamedTuple):
    """The resident memory in MB from a certain command on, and how fast it went in all."""

    megabytes: tuple[float, ...]
    rate: float


class Worker:
    """Takes commands for a long time, in a process of its own: nothing is prepared, nothing is kept."""

    def __init__(self, environment: Mapping[str, str], owners: int) -> None:
        settings = Settings.load(environment)
        set_up_logging(settings.log, settings.log_level)
        self._launchpad = Launchpad(settings)
        self._taker = self._launchpad.taker()
        self._commands: Iterator[Request] = Mix(people(settings, owners), SEED).commands()

    def take(self, count: int, after: int) -> Watched:
        """Take that many commands; memory is looked at from the command after which it has to be flat."""
        megabytes = []
        done, begun = 0, monotonic()
        for outcomes in self._taker.stream(batches(islice(self._commands, count), BATCH)):
            must_be_accepted(outcomes)
            done += len(outcomes)
            if done >= after and done % LOOK_COMMANDS == 0:
                megabytes.append(resident_megabytes())
        return Watched(tuple(megabytes), done / (monotonic() - begun))

    def close(self) -> None:
        """Give back connections."""
        self._launchpad.close()


def resident_megabytes() -> float:
    """Resident memory of the process that asks; where the system does not tell, the most that it ever was."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


class MemoryPart:
    """One long run, after all rounds."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._watched = Watched((), 0)

    def contenders(self) -> list[Contender]:
        return []

    def finish(self) -> None:
        """The run."""
        scale: Scale = self._stand.scale
        self._stand.say(f"one worker takes {scale.memory_commands:,} commands")
        environment = self._stand.migrated(DATABASE)
        setting = self._stand.child(Ours, environment, scale.owners, SEED_OF_SETTING)
        setting.ask("set_up", scale.apps_of_each)
        setting.close()
        worker = self._stand.child(Worker, environment, scale.owners)
        self._watched = worker.ask("take", scale.memory_commands, scale.memory_after)
        worker.close()

    def results(self, samples: Samples) -> list[Result]:
        first, most = self._watched.megabytes[0], max(self._watched.megabytes)
        samples.add({GROWN: most / first, "first": first, "most": most, "long run": self._watched.rate})
        scale = self._stand.scale
        span = f"from the {scale.memory_after:,}th to the {scale.memory_commands:,}th command"
        return [
            samples.result(f"memory of a worker {span}: the most beside the first", GROWN, "times", bound=GROWTH_MAX, better="lower"),
            samples.result(f"memory of a worker at the {scale.memory_after:,}th command", "first", "MB", better="lower"),
            samples.result(f"memory of a worker {span}: the most", "most", "MB", better="lower"),
            samples.result(f"executor, one process, {scale.memory_commands:,} commands without a pause", "long run", PER_SECOND),
        ]
