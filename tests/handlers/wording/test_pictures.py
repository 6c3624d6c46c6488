"""A picture says its finding in words."""

from collections.abc import Sequence

import pytest

from handlers.messages import DistributionChart, ScoreBar, TrendChart, TrendMark, TrendPoint, WheelChart
from handlers.rules.targets import Signal
from handlers.wording.labels import label
from handlers.wording.pictures import finding, picture
from storage.vocabulary import Band
from tests.helpers.views import TREND, WHEEL


def points(*values: float | None) -> tuple[TrendPoint, ...]:
    return tuple(TrendPoint(f"W{n}", 9, value, value, value) for n, value in enumerate(values, 1))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((), "Ease: no period had enough answers for a share."),
        ((None, None), "Ease: no period had enough answers for a share."),
        ((None, 0.5), "Ease: 50% in W2 (n = 9)."),
        ((0.5, None, 0.75), "Ease: 50% in W1 (n = 9), 75% in W3 (n = 9)."),
    ],
)
def test_a_trend_tells_where_it_began_and_where_it_is(values: Sequence[float | None], told: str) -> None:
    assert finding(TrendChart("Ease", points(*values)), "en") == told


def test_a_trend_tells_its_target_and_what_happened() -> None:
    chart = TrendChart(
        "Ease", points(0.5), target=0.8, annotations=(TrendMark(0, "a strike"), TrendMark(7, "of no window"))
    )
    assert finding(chart, "en") == "Ease: 50% in W1 (n = 9). Target: 80%. W1: a strike."


def spread(poor: int, fair: int, good: int) -> DistributionChart:
    bars = (("1", poor, Band.POOR), ("2", fair, Band.FAIR), ("3", good, Band.GOOD))
    return DistributionChart("Ease", tuple(ScoreBar(*bar) for bar in bars))


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        (spread(0, 0, 0), "Ease: no answers."),
        (spread(0, 0, 1), "Ease: n = 1, too few for a percentage."),
        (spread(0, 0, 8), "Ease: 100% good, 0% poor, most often 3 (n = 8)."),
        (spread(2, 5, 3), "Ease: 30% good, 20% poor, most often 2 (n = 10)."),
        (DistributionChart("Ease", ()), "Ease: no answers."),
    ],
)
def test_a_distribution_tells_its_ends_and_its_peak(chart: DistributionChart, told: str) -> None:
    assert finding(chart, "en") == told


def test_a_wheel_tells_the_worst_first() -> None:
    assert finding(WHEEL, "fi") == (
        "Kosketuspisteet: 5 kosketuspistettä. Alle tavoitteen: Puhelu (60\u00a0%, n = 100). "
        "Lähellä tavoitetta: Käynti (75\u00a0%, n = 40). Tavoitteessa: Sähköposti (90\u00a0%, n = 40). "
        "Liian vähän vastauksia: Tukipyyntö (n = 3). Ei tavoitetta: Projektin vaihe (90\u00a0%, n = 40)."
    )


def test_a_wheel_of_nothing_says_so() -> None:
    assert finding(WheelChart("Touchpoints", ()), "en") == "Touchpoints: 0 touchpoints."


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_light_has_words_of_its_own(language: str) -> None:
    assert len({label(light, language) for light in Signal}) == len(Signal)


def test_a_picture_carries_its_finding() -> None:
    assert picture(TREND, "en").alt == finding(TREND, "en")
