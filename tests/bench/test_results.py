"""How figures become results: what a wrong sum here would say of us, nobody could check later."""

import json
from pathlib import Path

import pytest

from bench.results import Result, Samples
from bench.watching import Lags, NotSeen, lags


def samples(**figures: list[float]) -> Samples:
    taken = Samples()
    for name, each in figures.items():
        for figure in each:
            taken.add({name: figure})
    return taken


def test_a_result_is_the_median_of_all_rounds_beside_the_rivals() -> None:
    result = samples(ours=[90, 120, 10], theirs=[30, 4, 60]).result("speed", "ours", "commands/s", rival="theirs", goal=3)
    assert (result.ours, result.theirs, result.ratio, result.reached) == (90, 30, 3, True)
    assert (result.ours_by_round, result.theirs_by_round) == ((90, 120, 10), (30, 4, 60))


def test_a_ratio_below_its_goal_is_missed() -> None:
    assert samples(ours=[89.0], theirs=[30.0]).result("speed", "ours", "commands/s", rival="theirs", goal=3).reached is False


def test_where_lower_is_better_the_ratio_says_how_many_times_lower() -> None:
    result = samples(ours=[2.0], theirs=[8.0]).result("lag", "ours", "ms", rival="theirs", bound=5, better="lower")
    assert (result.ratio, result.reached) == (4, True)


def test_a_bound_that_was_passed_is_missed() -> None:
    assert samples(ours=[5.1]).result("lag", "ours", "ms", bound=5, better="lower").reached is False


def test_what_has_no_goal_is_neither_reached_nor_missed() -> None:
    assert samples(ours=[1.0]).result("limit", "ours", "commits/s").reached is None


def test_figures_are_written_with_what_is_needed_to_compare_them(tmp_path: Path) -> None:
    from bench.report import write

    out = tmp_path / "results.json"
    write([Result("speed", 1234.5678, "commands/s", "theirs", 3.00004, 411.5, 15, ours_by_round=(1.00004, 2.0))], {"fsync": "on"}, out)
    written = json.loads(out.read_text())
    assert written["run"] == {"fsync": "on"}
    assert written["results"] == [
        {
            "name": "speed",
            "ours": 1235,
            "unit": "commands/s",
            "rival": "theirs",
            "theirs": 3,
            "ratio": 411.5,
            "goal": 15,
            "bound": None,
            "better": "higher",
            "ours_by_round": [1, 2],
            "theirs_by_round": [],
            "reached": True,
        }
    ]


def test_a_lag_runs_from_the_commit_to_the_first_look_that_shows_it() -> None:
    committed = [(10, 1.000), (20, 1.020), (30, 1.040)]
    seen = [(5, 0.9), (12, 1.003), (30, 1.045)]  # The look at 1.045 showed both 20 and 30.
    found = lags(committed, seen)
    assert found.p50 == pytest.approx(5)
    assert found.p99 == pytest.approx(24.6, abs=0.1)


def test_what_was_never_seen_is_no_lag_at_all() -> None:
    with pytest.raises(NotSeen):
        lags([(10, 1.0)], [(9, 1.1)])


def test_a_single_lag_is_its_own_percentile() -> None:
    assert lags([(10, 1.0)], [(10, 1.0)]) == Lags(0, 0)
