"""Bulk runs as the command line shows them: sums, the odd ones out, and a bar that fills."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters.cli.http_calls import Http
from adapters.cli.told import Told

LOOK_SECONDS: Final = 0.2
LIST_SECONDS_MAX: Final = 120.0
"""A list of a hundred thousand apps takes some seconds; one that takes this long is made by nobody."""
ODD_ONES_SHOWN_MAX: Final = 50
ENDED: Final = frozenset({"finished", "stopped"})
ODD: Final = ("would_be_refused", "already_so")

Run = dict[str, Any]


def when_prepared(http: Http, bulk_id: UUID, position: int) -> Run:
    """The run, once its list can be looked at. Raises Told."""
    deadline = time.monotonic() + LIST_SECONDS_MAX
    with Console(stderr=True).status("making the list"):
        while (run := _look(http, bulk_id, position))["status"] == "preparing":
            if time.monotonic() > deadline:
                raise Told(
                    f"the list of {bulk_id} is not there after {LIST_SECONDS_MAX:.0f} s",
                    "see that launchpad project and launchpad react are running: launchpad status",
                )
            time.sleep(LOOK_SECONDS)
    if run["status"] == "stopped":
        raise Told(f"the run was called off: {run['stop_reason'] or 'no reason was given'}")
    return run


def follow_run(http: Http, bulk_id: UUID, position: int) -> Run:
    """Fill a bar until the run is over; the run as it ended."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        while True:
            run = _look(http, bulk_id, position)
            progress.update(task, description=run["status"], completed=_reported(run), total=run["targets"])
            if run["status"] in ENDED:
                return run
            time.sleep(LOOK_SECONDS)


def print_run(run: Run) -> None:
    """A run's sums, foreseen and come true."""
    table = Table(
        "",
        "foreseen",
        "so far" if run["status"] not in ENDED else "became",
        title=f"{run['action']}: {run['status']}",
        title_justify="left",
    )
    started = run["started_at"] is not None
    table.add_row("done", f"{run['would_do']:,}", f"{run['done']:,}" if started else "")
    table.add_row("already so", f"{run['would_be_so']:,}", f"{run['already_so']:,}" if started else "")
    for code in sorted({*run["would_be_refused"], *run["refused"]}):
        told = f"{run['refused'].get(code, 0):,}" if started else ""
        table.add_row(f"refused: {code}", f"{run['would_be_refused'].get(code, 0):,}", told)
    if run["not_sent"]:
        table.add_row("left alone", "", f"{run['not_sent']:,}")
    table.add_row("all", f"{run['targets']:,}", f"{_reported(run):,}" if started else "", style="bold")
    Console().print(table)
    print(f"run {run['bulk_id']}")


def print_items(http: Http, run: Run, *, everything: bool) -> None:
    """The targets that are not as the others, or all of them."""
    table = Table("app", "of it", "foreseen", "became", "why")
    shown = 0
    for item in _items(http, run, everything=everything):
        if shown == ODD_ONES_SHOWN_MAX and not everything:
            table.caption = "and more: launchpad bulk show RUN --all"
            break
        shown += 1
        part = "" if item["id"] == item["app_id"] else item["id"]
        became = "" if item["result"] == "waiting" else item["result"]
        table.add_row(item["app_id"] or "", part, item["foreseen"], became, item["code"] or item["foreseen_code"] or "")
    if shown:
        Console().print(table)


def print_runs(runs: list[Run]) -> None:
    """One line for each run."""
    table = Table("run", "action", "status", "targets", "done", "asked for", "by")
    for run in runs:
        asked = run["requested_at"][:19].replace("T", " ")
        table.add_row(run["bulk_id"], run["action"], run["status"], f"{run['targets']:,}", f"{run['done']:,}", asked, run["requested_by"])
    Console().print(table)


def _look(http: Http, bulk_id: UUID, position: int) -> Run:
    run: Run = http.get(f"/v1/bulk/{bulk_id}?min_position={position}")
    return run


def _reported(run: Run) -> int:
    refused: int = sum(run["refused"].values())
    done: int = run["done"] + run["already_so"] + run["not_sent"]
    return done + refused


def _items(http: Http, run: Run, *, everything: bool) -> Iterator[dict[str, Any]]:
    if everything:
        only = [""]
    elif run["started_at"] is None:
        only = [f"foreseen={each}" for each in ODD]
    else:
        only = [f"result={each}" for each in ("refused", "already_so", "not_sent")]
    for each in only:
        cursor: str | None = ""
        while cursor is not None:
            page = http.get(f"/v1/bulk/{run['bulk_id']}/items?limit=200&{each}{cursor}")
            yield from page["items"]
            cursor = None if page["next"] is None else f"&cursor={page['next']}"
