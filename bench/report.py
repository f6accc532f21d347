"""What a run leaves: a table to read, and a file to compare with later ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.results import Result

DIGITS: Final = 4
"""More than the figures are good for."""


def show(results: Sequence[Result], console: Console) -> None:
    """Print the table."""
    table = Table(title="medians of all rounds", title_justify="left", header_style="bold")
    for heading, justify in (
        ("what", "left"),
        ("ours", "right"),
        ("unit", "left"),
        ("beside", "left"),
        ("theirs", "right"),
        ("ratio", "right"),
        ("goal", "right"),
        ("", "left"),
    ):
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type] # a literal in a loop
    for result in results:
        table.add_row(
            result.name,
            _figure(result.ours),
            result.unit,
            result.rival or "",
            _figure(result.theirs),
            "" if result.ratio is None else f"{result.ratio:.2f}",
            _goal(result),
            {True: "[green]reached[/]", False: "[red]missed[/]", None: ""}[result.reached],
        )
    console.print(table)
    missed = [result for result in results if result.reached is False]
    for result in missed:
        console.print(f"[red]missed:[/] {result.name}: {_shortfall(result)}")


def as_markdown(written: Path) -> str:
    """The table of a run that was written before, for docs/explanation/speed.md."""
    lines = ["| what | ours | unit | beside | theirs | ratio | goal | |", "|---|---:|---|---|---:|---:|---:|---|"]
    for each in json.loads(written.read_text())["results"]:
        result = Result(**{name: value for name, value in each.items() if name != "reached"})
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        said = {True: "reached", False: "missed", None: ""}[result.reached]
        cells = (result.name, _figure(result.ours), result.unit, result.rival or "", _figure(result.theirs), ratio, _goal(result), said)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write(results: Sequence[Result], run: Mapping[str, object], path: Path) -> None:
    """Write all figures as JSON, rounded; `run` says under which circumstances they were measured."""
    lines = [{name: _rounded(value) for name, value in asdict(result).items()} | {"reached": result.reached} for result in results]
    path.write_text(json.dumps({"run": run, "results": lines}, indent=2) + "\n")


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if abs(value) < 10**DIGITS else round(value)
    return [_rounded(each) for each in value] if isinstance(value, tuple) else value


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _goal(result: Result) -> str:
    if result.goal is not None:
        return f">= {result.goal:g} x"
    if result.bound is not None:
        return f"{'<=' if result.better == 'lower' else '>='} {result.bound:g} {result.unit}"
    return ""


def _shortfall(result: Result) -> str:
    if result.goal is not None and result.ratio is not None:
        return f"{result.ratio:.2f} times instead of {result.goal:g}, {1 - result.ratio / result.goal:.0%} short"
    return f"{result.ours:.3g} {result.unit} instead of {result.bound:g}"
