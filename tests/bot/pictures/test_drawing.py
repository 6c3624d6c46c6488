"""Pictures are drawn whatever there is to draw, beside other threads and without a display."""

import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from bot.pictures import draw, warm_up
from bot.pictures.canvas import HEIGHT, LIGHT, WIDTH, face_of
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
from tests.helpers.views import TREND, WHEEL


def size(png: bytes) -> tuple[int, int]:
    """Width and height out of the header of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def weeks(*values: float | None) -> tuple[TrendPoint, ...]:
    return tuple(
        TrendPoint(f"W{n}", 0 if value is None else 9, value, value, value) for n, value in enumerate(values)
    )


def bars(*counts: int) -> tuple[ScoreBar, ...]:
    bands = (Band.POOR, Band.POOR, Band.FAIR, Band.GOOD, Band.GOOD)
    return tuple(ScoreBar(str(n), *bar) for n, bar in enumerate(zip(counts, bands, strict=True), 1))


def segments(count: int) -> tuple[WheelSegment, ...]:
    lights = list(Signal)
    return tuple(
        WheelSegment(
            str(n), "Ikääntyneiden palveluohjaus $x$ 🙂" * 3, 9, 0.5, lights[n % 5], "near target", 0.8
        )
        for n in range(count)
    )


TRENDS: dict[str, Chart] = {
    "a trend with a gap": TREND,
    "a target": TrendChart("Ease", TREND.points, target=0.8),
    "no windows": TrendChart("Ease", ()),
    "one point": TrendChart("Ease", (TrendPoint("W47", 7, 1.0, 0.65, 1.0),)),
    "no answers at all": TrendChart("Ease", weeks(None, None, None)),
    "a year": TrendChart("Ease", weeks(*[0.5] * 52)),
    "no interval": TrendChart("Ease", (TrendPoint("W1", 9, 0.5, None, None),)),
    "a title that looks like a formula": TrendChart("$x^2$ 🙂 \\frac{", TREND.points),
    "annotations": TrendChart(
        "Ease", TREND.points, annotations=(TrendMark(0, "a strike"), TrendMark(2, "version 4"))
    ),
    "an annotation of no window": TrendChart(
        "Ease", TREND.points, annotations=(TrendMark(9, "later"), TrendMark(-1, "before"))
    ),
    "more annotations than letters": TrendChart(
        "Ease", weeks(*[0.5] * 52), annotations=tuple(TrendMark(n, "a long day " * 9) for n in range(52))
    ),
}
CHARTS: dict[str, Chart] = {
    **TRENDS,
    "a long title": TrendChart("How did it go? " * 20, TREND.points),
    "a distribution": DistributionChart("Ease", bars(1, 0, 4, 9, 3), "Hard", "Easy"),
    "all answers equal": DistributionChart("Ease", bars(0, 0, 0, 0, 40)),
    "one answer": DistributionChart("Ease", bars(1, 0, 0, 0, 0)),
    "no answer to any point": DistributionChart("Ease", bars(0, 0, 0, 0, 0)),
    "no points": DistributionChart("Ease", ()),
    "points with long names": DistributionChart("Why?", (ScoreBar("$a$ 🙂 long " * 20, 7, None),), "x" * 300),
    "a wheel": WHEEL,
    "a wheel of nothing": WheelChart("", ()),
    "a wheel of one": WheelChart("One", segments(1)),
    "a wheel of twenty": WheelChart("Twenty", segments(20)),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_a_png_of_one_width(chart: Chart, dark: bool) -> None:
    assert size(draw(chart, dark=dark))[0] == WIDTH


@pytest.mark.parametrize("chart", TRENDS.values(), ids=TRENDS.keys())
def test_a_trend_is_half_as_high_as_wide(chart: Chart) -> None:
    assert size(draw(chart)) == (WIDTH, HEIGHT)


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert draw(TREND) == draw(TREND)
    assert draw(TREND) != draw(TREND, dark=True)


def test_a_gap_is_not_bridged() -> None:
    bridged = TrendChart(TREND.title, (TREND.points[0], TrendPoint("W46", 2, 0.8, 0.7, 0.9), TREND.points[2]))
    assert draw(TREND) != draw(bridged)


def test_an_annotation_is_seen() -> None:
    told = TrendChart(TREND.title, TREND.points, annotations=(TrendMark(1, "a strike"),))
    assert draw(told) != draw(TREND)


def test_a_light_looks_different_without_its_colour() -> None:
    looks = {(face.hatch, face.symbol) for face in (face_of(light, LIGHT) for light in Signal)}
    assert len(looks) == len(Signal)


def test_a_light_looks_different_in_grey() -> None:
    colours = [face_of(light, LIGHT).colour for light in (Signal.BELOW, Signal.NEAR, Signal.AT)]
    greys = sorted(luminance(colour) for colour in colours)
    assert all(lighter / darker > 1.2 for darker, lighter in pairwise(greys))


def luminance(colour: str) -> float:
    """Relative luminance, with the 0.05 of the contrast ratio (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05


@pytest.mark.slow
def test_threads_draw_side_by_side() -> None:
    alone = [draw(chart) for chart in CHARTS.values()]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, CHARTS.values())) == alone


def test_the_stateful_interface_stays_unloaded() -> None:
    warm_up()
    assert "matplotlib.pyplot" not in sys.modules
