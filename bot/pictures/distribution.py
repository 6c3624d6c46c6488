"""A distribution: how many chose each point of a scale, in the colour and pattern of what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.pictures.canvas import (
    BODY,
    LINE,
    MARGIN,
    Palette,
    Sheet,
    face_of,
    percent,
    shortened,
    words,
    wrapped,
)
from handlers.messages import DistributionChart, ScoreBar
from handlers.rules.figures import MINIMUM_N

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 84
_HEAD = 190
_COLUMNS = 24
"""Letters of a label at most; a longer one is cut visibly."""
_LETTER = 23
"""Pixels that a letter takes, roughly."""
_KEY_COLUMNS, _KEY_LINES = 64, 2
_COUNTS = 330
"""Pixels on the right, for the count and its share."""


def drawn(chart: DistributionChart, palette: Palette) -> bytes:
    """The distribution as a PNG; it is as high as its scale has points."""
    rows = max(len(chart.bars), 1)
    key = list(wrapped(_anchors(chart), _KEY_COLUMNS, _KEY_LINES))
    sheet = Sheet(chart.title, palette, _HEAD + LINE * len(key) + rows * _ROW + MARGIN // 2)
    for line in (f"n = {chart.n}", *key):
        sheet.write(line, colour=palette.quiet)
    labels = [shortened(bar.label, _COLUMNS) for bar in chart.bars]
    left = 2 * MARGIN + _LETTER * max(map(len, labels), default=1)
    axes = sheet.axes(left=left, right=_COUNTS, bottom=MARGIN // 2)
    axes.set_axis_off()
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(0, max((bar.n for bar in chart.bars), default=0) or 1)
    for row, (bar, label) in enumerate(zip(chart.bars, labels, strict=True)):
        _bar(axes, row, bar, palette)
        words(axes, -0.02, row, label, transform=axes.get_yaxis_transform(), **_looks(palette, "right"))
        words(axes, bar.n, row, f"  {_count(bar, chart.n)}", **_looks(palette, "left"))
    return sheet.png()


def _anchors(chart: DistributionChart) -> str:
    """What the ends of the scale stand for."""
    if not chart.bars:
        return ""
    ends = ((chart.bars[0].label, chart.low_anchor), (chart.bars[-1].label, chart.high_anchor))
    return " · ".join(f"{label} = {anchor}" for label, anchor in ends if anchor)


def _bar(axes: Axes, row: int, bar: ScoreBar, palette: Palette) -> None:
    face = face_of(bar.band, palette)
    axes.barh(
        row,
        bar.n,
        height=0.72,
        color=face.colour,
        hatch=face.hatch,
        edgecolor=face.edge,
        linewidth=0.6 if bar.n else 0,
    )


def _count(bar: ScoreBar, n: int) -> str:
    """Below the minimum n there is no share; nobody needs none."""
    return str(bar.n) if n < MINIMUM_N or not bar.n else f"{bar.n}  ({percent(bar.n / n)})"


def _looks(palette: Palette, side: str) -> dict[str, object]:
    return {"ha": side, "va": "center", "fontsize": BODY, "color": palette.ink}
