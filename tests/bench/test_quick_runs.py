"""`make bench`, short: every part runs on real servers, and leaves figures of the right form."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.local.kafka_jars import missing as missing_kafka
from adapters.local.postgres_programs import missing as missing_postgres
from tests.servers import need

ROOT = Path(__file__).parents[2]
GOALS = {
    "executor": {15, 1.2, 24},
    "bus": {8, 12},
    "following": {40, 60},
    "verify": {0.5, 10},
    "bulk": {0.8},
}
BOUNDS = {"lag": {5, 20, 10}, "memory": {1.1}, "verify": {10}, "queue": {50, 10}, "bulk": {10, 1.1, 1_000}}


def quick(out: Path, *parts: str) -> tuple[dict[str, Any], str]:
    """Run parts, and give what they wrote and printed."""
    command = [sys.executable, "-m", "bench", *parts, "--quick", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    written: dict[str, Any] = json.loads(out.read_text())
    return written, done.stdout


@pytest.mark.parametrize("part", ["executor", "bus", "following", "lag", "access", "memory", "verify", "queue", "bulk"])
def test_a_quick_run_leaves_every_figure_of_its_part(part: str, tmp_path: Path) -> None:
    need(missing_postgres())
    if part in {"bus", "access"}:
        need(missing_kafka())
    written, printed = quick(tmp_path / "results.json", part)
    results = written["results"]
    assert {result["goal"] for result in results} - {None} == GOALS.get(part, set())
    assert {result["bound"] for result in results} - {None} == BOUNDS.get(part, set())
    for result in results:
        assert result["ours"] > 0 or result["unit"] == "MiB"
        assert (result["rival"] is None) is (result["theirs"] is None) is (result["ratio"] is None)
        if result["ratio"] is not None:
            times = result["ours"] / result["theirs"]
            assert result["ratio"] == pytest.approx(times if result["better"] == "higher" else 1 / times, rel=0.01)
        assert result["name"] in printed.replace("\n", "") or result["name"][:40] in printed
    assert [written["run"][setting] for setting in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert "fsync on, synchronous_commit on, full_page_writes on" in printed
    if part == "executor":
        assert "3.2 a command of the mix" in printed
    if part == "following":
        assert "rows compared: all the same" in printed


def test_an_unknown_part_is_told_with_those_that_there_are() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "executer"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there are: executor, bus, following, lag, access, memory, verify, queue, bulk" in done.stderr
