"""How long a picture takes to draw, once matplotlib has been imported."""

import time
from collections.abc import Mapping

from bot.pictures import draw, warm_up
from handlers.messages import (
    Chart,
    DistributionChart,
    ScoreBar,
    TrendChart,
    TrendMark,
    TrendPoint,
    WheelChart,
    WheelSegment,
)
from handlers.rules.targets import Signal
from storage.vocabulary import Band

_POINTS = tuple(TrendPoint(f"W{n}", 40, 0.8, 0.65, 0.9) for n in range(38, 46))
_BARS = tuple(ScoreBar(str(n), n, Band.FAIR) for n in range(11))


def _wheel(touchpoints: int) -> WheelChart:
    lights = list(Signal)
    names = (f"Ikääntyneiden palveluohjaus {n}" for n in range(touchpoints))
    segments = (
        WheelSegment(name, name, 90, 0.8, lights[n % len(lights)], "near target", 0.85)
        for n, name in enumerate(names)
    )
    return WheelChart("Touchpoints and targets", tuple(segments))


CHARTS: Mapping[str, Chart] = {
    "a trend of eight weeks, annotated": TrendChart("Ease", _POINTS, 0.8, (TrendMark(3, "a new version"),)),
    "a distribution of eleven points": DistributionChart("Would recommend", _BARS, "Not at all", "Extremely"),
    "a wheel of five touchpoints": _wheel(5),
    "a wheel of twenty touchpoints": _wheel(20),
}


def pictures(repeats: int) -> Mapping[str, list[float]]:
    """Seconds for each of some drawings of every chart."""
    warm_up()
    return {name: [_timed(chart) for _ in range(repeats)] for name, chart in CHARTS.items()}


def _timed(chart: Chart) -> float:
    draw(chart)  # its letters are known from then on
    began_at = time.perf_counter()
    draw(chart)
    return time.perf_counter() - began_at
