"""Charts as pictures, for chat and page.

Matplotlib is imported when the first picture is drawn (about a second; `warm_up` takes it
beforehand).
"""

from __future__ import annotations

from typing import assert_never

from handlers.messages import Chart, DistributionChart, TrendChart, WheelChart


def draw(chart: Chart, *, dark: bool = False) -> bytes:
    """The chart as a PNG, 1600 pixels wide.

    Safe in any thread; takes some 100 ms, so draw beside the writer and the event loop, not on them.
    """
    from bot.pictures import distribution, trend, wheel
    from bot.pictures.canvas import DARK, LIGHT

    palette = DARK if dark else LIGHT
    match chart:
        case TrendChart():
            return trend.drawn(chart, palette)
        case DistributionChart():
            return distribution.drawn(chart, palette)
        case WheelChart():
            return wheel.drawn(chart, palette)
        case _:
            assert_never(chart)


def warm_up() -> None:
    """Import what drawing needs and find the fonts, so that the first digest does not wait for it."""
    draw(TrendChart(title="", points=()))
