"""`launchpad send`: commands from a file, each with its outcome."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

SHOWN_MAX: Final = 20
"""Lines of trouble; the table counts the rest."""


class Way(StrEnum):
    """How commands travel."""

    AUTO = "auto"
    HTTP = "http"
    KAFKA = "kafka"
    DATABASE = "database"


def send(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON, one command a line; - reads standard input.")],
    via: Annotated[Way, typer.Option(help="auto: HTTP where it answers, else straight to the database.")] = Way.AUTO,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="WHO", help="Make a token of the local issuer: developer:NAME, admin:NAME, ...")
    ] = None,
    token: Annotated[str | None, typer.Option(help="The token to present. Default: LAUNCHPAD_TOKEN.")] = None,
    url: Annotated[str | None, typer.Option(help="Where HTTP is served. Default: LAUNCHPAD_HTTP.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=500, help="Commands sent at a time.")] = 100,
) -> None:
    """Send the commands in a file, and say what became of them.

    A line is {"id"?, "type", "data", "onbehalfof"?}. Without an id a new one is made; with one, sending again changes nothing.
    Ends with 1 when anything was not accepted.

    \b
    launchpad send commands.ndjson --as developer:ada
    launchpad send commands.ndjson --via kafka
    echo '{"type": "app.suspend.v1", "data": {"app_id": "...", "reason": "spam"}}' | launchpad send - --as admin:grace
    """
    from adapters.cli.here import settings_here
    from adapters.cli.send_lines import read_lines
    from adapters.cli.send_ways import open_way
    from adapters.cli.tokens import token_for
    from adapters.cli.told import MISUSED, Told

    if file != "-" and Path(file).is_dir():
        raise Told(f"{file} is a folder", "give a file of commands, or - for standard input", code=MISUSED)
    if file != "-" and not Path(file).exists():
        raise Told(f"there is no file {file}", "give a file of commands, or - for standard input", code=MISUSED)
    settings = settings_here()
    lines, broken = read_lines(file)
    total = len(lines) + len(broken)
    if not total:
        raise Told(f"{'standard input' if file == '-' else file} holds no command", code=MISUSED)
    outcomes: Counter[tuple[str, str]] = Counter({("invalid", "not_a_command"): len(broken)} if broken else {})
    trouble = list(broken)
    if lines:
        with open_way(via, settings, token_for(settings, as_, token), url) as way, _progress(way.name, len(lines)) as progress:
            for start in range(0, len(lines), batch):
                part = lines[start : start + batch]
                for line, outcome in zip(part, way.send(part), strict=True):
                    outcomes[outcome.outcome, outcome.code or ""] += 1
                    if outcome.outcome != "accepted":
                        trouble.append((line.number, f"{line.type} {line.id}: {outcome.outcome} {outcome.told}"))
                progress.update(progress.task_ids[0], advance=len(part))
    _tell(outcomes, sorted(trouble))
    if outcomes["accepted", ""] != total:
        raise typer.Exit(1)


def _progress(name: str, total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(f"sending by {name}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Bar(*columns, console=Console(stderr=True))
    bar.add_task("send", total=total)
    return bar


def _tell(outcomes: Counter[tuple[str, str]], trouble: list[tuple[int, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("outcome", "code")
    table.add_column("commands", justify="right")
    for (outcome, code), count in sorted(outcomes.items()):
        table.add_row(outcome, code, str(count), style="green" if outcome == "accepted" else "red")
    Console().print(table)
    for number, sentence in trouble[:SHOWN_MAX]:
        print(f"line {number}: {sentence}")
    if len(trouble) > SHOWN_MAX:
        print(f"... and {len(trouble) - SHOWN_MAX} more")
