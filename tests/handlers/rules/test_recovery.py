"""What a second rating is compared with, and what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.figures import MINIMUM_N
from handlers.rules.recovery import before, gained, is_poor
from handlers.rules.scales import NO, YES, Question
from storage.vocabulary import Metric, Polarity


def question(metric: Metric, polarity: Polarity, lowest: int = 1, highest: int = 5) -> Question:
    return Question(metric, metric, {}, polarity, lowest, highest)


SATISFIED = question(Metric.CSAT, Polarity.HIGH_IS_GOOD)
EASY = question(Metric.CES, Polarity.HIGH_IS_GOOD)
EFFORT = question(Metric.CES, Polarity.LOW_IS_GOOD)
GRADE = question(Metric.GRADE, Polarity.HIGH_IS_GOOD, 4, 10)
SEVEN_STEPS = question(Metric.FEELING, Polarity.HIGH_IS_GOOD, 1, 7)
FROM_NOUGHT = question(Metric.FEELING, Polarity.HIGH_IS_GOOD, 0, 5)
RESOLVED = question(Metric.RESOLVED, Polarity.NONE, 0, 0)


@pytest.mark.parametrize(
    ("scores", "compared"),
    [
        ([], None),
        ([(SATISFIED, 2)], 2),
        ([(EASY, 3)], 3),
        ([(EFFORT, 4)], 2),
        ([(EFFORT, 1)], 5),
        ([(EASY, 1), (SATISFIED, 4)], 4),
        ([(EASY, 4), (question(Metric.FEELING, Polarity.HIGH_IS_GOOD), 2)], 2),
        ([(RESOLVED, NO), (RESOLVED, YES)], None),
        ([(GRADE, 4), (SEVEN_STEPS, 1), (FROM_NOUGHT, 1)], None),
        ([(GRADE, 4), (EASY, 3)], 3),
    ],
)
def test_satisfaction_is_compared_or_else_the_worst_on_five_steps(
    scores: list[tuple[Question, int]], compared: int | None
) -> None:
    assert before(scores) == compared


@pytest.mark.parametrize(("score", "poor"), [(None, False), (1, True), (2, True), (3, False), (5, False)])
def test_two_and_less_open_the_case_again(score: int | None, poor: bool) -> None:
    assert is_poor(score) is poor


def test_nobody_who_rated_us_again_is_no_figure() -> None:
    assert gained([]) is None


def test_too_few_are_counted_and_not_compared() -> None:
    told = gained([(1, 5)] * (MINIMUM_N - 1) + [(None, 4), (2, None)])
    assert told is not None
    assert (told.n, told.compared) == (MINIMUM_N + 1, MINIMUM_N - 1)
    assert (told.before, told.after, told.gain) == (None, None, None)


def test_those_who_rated_us_both_times_are_compared() -> None:
    told = gained([(1, 4), (2, 5), (1, 5), (2, 3), (3, 4), (None, 1), (5, None)])
    assert told is not None
    assert (told.n, told.compared, told.before, told.after) == (7, 5, 1.8, 4.2)
    assert told.gain is not None
    assert told.gain.low == pytest.approx(2.4 - 2.776 * (1.8 / 5) ** 0.5, abs=0.001)
    assert told.gain.high == 4, "more than four steps nobody can gain"


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=MINIMUM_N))
def test_the_interval_holds_what_was_gained(pairs: list[tuple[int, int]]) -> None:
    told = gained(pairs)
    assert told is not None
    assert told.gain is not None
    assert told.before is not None
    assert told.after is not None
    assert -4 <= told.gain.low <= told.after - told.before + 1e-9
    assert told.after - told.before - 1e-9 <= told.gain.high <= 4
