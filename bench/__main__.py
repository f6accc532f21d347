"""Measures; `python -m bench --help` says how to choose."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from adapters.local import LocalServerError
from bench.access import AccessPart
from bench.bulk import BulkPart
from bench.bus import BusPart
from bench.commanded import Commanded
from bench.executor import ExecutorPart
from bench.following import FollowingPart
from bench.lag import LagPart
from bench.long_log import LongLog
from bench.memory import MemoryPart
from bench.queue import QueuePart
from bench.report import as_markdown, show, write
from bench.rounds import Part, play
from bench.scale import FULL, QUICK
from bench.stand import Stand, stand
from bench.verify import VerifyPart


class Shared(NamedTuple):
    """What several parts measure with."""

    commanded: Commanded
    log: LongLog


PARTS: Final[dict[str, Callable[[Stand, Shared], Part]]] = {
    "executor": lambda stand, shared: ExecutorPart(stand, shared.commanded),
    "bus": lambda stand, shared: BusPart(stand, shared.commanded),
    "following": lambda stand, shared: FollowingPart(stand, shared.log),
    "lag": lambda stand, _: LagPart(stand),
    "access": lambda stand, _: AccessPart(stand),
    "memory": lambda stand, _: MemoryPart(stand),
    "verify": lambda stand, _: VerifyPart(stand),
    "queue": lambda stand, _: QueuePart(stand),
    "bulk": lambda stand, _: BulkPart(stand),
}
RESULTS: Final = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser("python -m bench", description="Measures Launchpad Apps beside what it is measured against.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which parts to run (default: all): {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="only see that every part runs; the figures say nothing")
    parser.add_argument("--out", type=Path, help="the file for the figures (default: bench/results.json for a full run, none otherwise)")
    parser.add_argument("--folder", type=Path, help="a folder on a disk for the servers' data (default: the system's temporary folder)")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="measure nothing: print the figures of that file as a table in Markdown"
    )
    chosen = parser.parse_args(arguments)
    if chosen.markdown:
        print(as_markdown(chosen.markdown))
        return 0
    if unknown := [part for part in chosen.parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]}; there are: {', '.join(PARTS)}")
    names = [name for name in PARTS if name in chosen.parts or not chosen.parts]
    out = chosen.out or (RESULTS if names == list(PARTS) and not chosen.quick else None)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    began = time.monotonic()

    def say(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.0f} s  {what}[/]")

    scale = QUICK if chosen.quick else FULL
    try:
        with stand(scale, say, chosen.folder) as place:
            run = place.circumstances()
            console.print(", ".join(f"{name} {value}" for name, value in run.items()))
            shared = Shared(Commanded(place), LongLog(place))
            results = play([PARTS[name](place, shared) for name in names], scale.rounds, say)
    except LocalServerError as error:
        console.print(f"[red]{error}[/]")
        return 1
    show(results, console)
    if out is not None:
        write(results, run, out)
        console.print(f"written to {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
