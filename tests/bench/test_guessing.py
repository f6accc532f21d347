"""How sure a measured difference is: a bootstrap that is too sure of itself would find secrets in noise."""

import random

from bench.verify_guessing import BLOCK, Guesses, ratio_of_medians

PAIRS = 40 * BLOCK


def milliseconds(times: float, seed: int, mood: float = 0.0) -> list[float]:
    """About one each; the machine's mood, the same for neighbours, comes on top."""
    draw = random.Random(seed)
    moods = [draw.gauss(0, mood) for _ in range(PAIRS // BLOCK)]
    return [times * draw.gauss(1, 0.1) + moods[number // BLOCK] for number in range(PAIRS)]


def test_no_difference_is_not_found_and_one_is() -> None:
    low, high = ratio_of_medians(Guesses(milliseconds(1, 1), milliseconds(1, 2)))
    assert low < 1 < high
    assert high - low < 0.04
    low, high = ratio_of_medians(Guesses(milliseconds(1, 1), milliseconds(1.05, 2)))
    assert 1.02 < low < 1.05 < high < 1.08


def test_neighbours_that_share_a_mood_make_us_less_sure() -> None:
    calm = ratio_of_medians(Guesses(milliseconds(1, 1), milliseconds(1, 2)))
    moody = ratio_of_medians(Guesses(milliseconds(1, 1, mood=0.3), milliseconds(1, 2, mood=0.3)))
    assert moody.high - moody.low > 3 * (calm.high - calm.low)
