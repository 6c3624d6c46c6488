"""Pictures are drawn whatever there is to draw, beside other threads and without a display."""

import struct
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.pictures import HEIGHT, WIDTH, draw, warm_up
from handlers.messages import TrendChart, TrendPoint
from tests.helpers.views import TREND


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


CHARTS = {
    "a trend with a gap": TREND,
    "a target": TrendChart("Ease", TREND.points, target=0.8),
    "no windows": TrendChart("Ease", ()),
    "one point": TrendChart("Ease", (TrendPoint("W47", 7, 1.0, 0.65, 1.0),)),
    "no answers at all": TrendChart("Ease", weeks(None, None, None)),
    "a year": TrendChart("Ease", weeks(*[0.5] * 52)),
    "no interval": TrendChart("Ease", (TrendPoint("W1", 9, 0.5, None, None),)),
    "a title that looks like a formula": TrendChart("$x^2$ 🙂 \\frac{", TREND.points),
    "a long title": TrendChart("How did it go? " * 20, TREND.points),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_a_png_of_its_size(chart: TrendChart, dark: bool) -> None:
    assert size(draw(chart, dark=dark)) == (WIDTH, HEIGHT)


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert draw(TREND) == draw(TREND)
    assert draw(TREND) != draw(TREND, dark=True)


def test_a_gap_is_not_bridged() -> None:
    bridged = TrendChart(TREND.title, (TREND.points[0], TrendPoint("W46", 2, 0.8, 0.7, 0.9), TREND.points[2]))
    assert draw(TREND) != draw(bridged)


@pytest.mark.slow
def test_threads_draw_side_by_side() -> None:
    alone = [draw(chart) for chart in CHARTS.values()]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, CHARTS.values())) == alone


def test_the_stateful_interface_stays_unloaded() -> None:
    warm_up()
    assert "matplotlib.pyplot" not in sys.modules
