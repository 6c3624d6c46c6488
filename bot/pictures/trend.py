"""A trend: shares with their intervals, n under each window, gaps where answers were too few."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

from bot.pictures.canvas import BODY, TITLE, Palette, Sheet, drawable, percent, words, wrapped
from handlers.messages import TrendChart, TrendPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = 8
"""Windows labelled along the axis at most; of more, every second or third is."""
_KEY_COLUMNS, _KEY_LINES = 68, 2
_KEY_LINE = 50


def drawn(chart: TrendChart, palette: Palette) -> bytes:
    """The trend as a PNG."""
    told = _told(chart)
    key = list(wrapped(" · ".join(f"{sign} {said}" for sign, _, said in told), _KEY_COLUMNS, _KEY_LINES))
    sheet = Sheet(chart.title, palette)
    for line in key:
        sheet.write(line, colour=palette.quiet, space=_KEY_LINE)
    axes = sheet.axes(left=150, right=60, bottom=150, space=60 if told else 10)
    _frame(axes, chart.points, palette)
    if chart.target is not None:
        _target(axes, chart.target, palette)
    for sign, place, _ in told:
        _annotation(axes, place, sign, palette)
    runs = _runs(chart.points)
    for run in runs:
        _line(axes, run, palette)
    if runs:
        place, newest = runs[-1][-1]
        _newest(axes, place, newest.value or 0.0, palette)
    return sheet.png()


def _told(chart: TrendChart) -> list[tuple[str, int, str]]:
    """Each annotation with a letter, in the order of time; one letter tells all of a window."""
    by_place: dict[int, list[str]] = {}
    for mark in sorted(chart.annotations, key=lambda mark: mark.place):
        if 0 <= mark.place < len(chart.points):
            by_place.setdefault(mark.place, []).append(mark.words)
    return [
        (sign, place, f"{chart.points[place].label}: {', '.join(said)}")
        for sign, (place, said) in zip(ascii_uppercase, by_place.items(), strict=False)
    ]


def _runs(points: tuple[TrendPoint, ...]) -> list[list[tuple[int, TrendPoint]]]:
    """Neighbouring windows that have a share; the line is broken between them."""
    runs: list[list[tuple[int, TrendPoint]]] = [[]]
    for place, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((place, point))
    return [run for run in runs if run]


def _frame(axes: Axes, points: tuple[TrendPoint, ...], palette: Palette) -> None:
    """Axes always from 0 to 100 %: a cut axis makes noise look like news."""
    axes.set_xlim(-0.5, max(len(points), 1) - 0.5)
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", percent(1)])
    step = -(-len(points) // _LABELS) or 1
    # Counted from the newest window, which must always be labelled.
    shown = [place for place in range(len(points)) if (len(points) - 1 - place) % step == 0]
    axes.set_xticks(shown, [f"{drawable(points[at].label)}\nn = {points[at].n}" for at in shown])
    axes.tick_params(length=0, labelsize=BODY, labelcolor=palette.quiet, pad=6)
    axes.grid(axis="y", color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _target(axes: Axes, target: float, palette: Palette) -> None:
    axes.axhline(target, color=palette.target, linewidth=1.8, linestyle=(0, (5, 3)))
    axes.annotate(
        percent(target),
        (0, target),
        xycoords=("axes fraction", "data"),
        xytext=(0, -17 if target > 0.9 else 4),
        textcoords="offset points",
        fontsize=BODY,
        color=palette.target,
    )


def _annotation(axes: Axes, place: int, sign: str, palette: Palette) -> None:
    """A line through the window, with the letter that the key explains above it."""
    axes.axvline(place, color=palette.quiet, linewidth=1.4, linestyle=(0, (1, 2)))
    words(
        axes,
        place,
        1.06,
        sign,
        ha="center",
        va="bottom",
        fontsize=BODY,
        fontweight="bold",
        color=palette.paper,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": palette.quiet, "edgecolor": "none"},
    )


def _line(axes: Axes, run: list[tuple[int, TrendPoint]], palette: Palette) -> None:
    """One unbroken stretch with its interval."""
    places = [place for place, _ in run]
    values = [point.value or 0.0 for _, point in run]
    lows = [value if p.low is None else p.low for value, (_, p) in zip(values, run, strict=True)]
    highs = [value if p.high is None else p.high for value, (_, p) in zip(values, run, strict=True)]
    if len(run) == 1:
        axes.vlines(places, lows, highs, color=palette.line, alpha=0.35, linewidth=10)
    else:
        axes.fill_between(places, lows, highs, color=palette.line, alpha=0.25, linewidth=0)
    axes.plot(places, values, color=palette.line, linewidth=2.8, marker="o", markersize=7, clip_on=False)


def _newest(axes: Axes, place: int, share: float, palette: Palette) -> None:
    """The newest share written out, with a rim in the colour of the paper where it crosses a line."""
    from matplotlib.patheffects import withStroke

    axes.annotate(
        percent(share),
        (place, share),
        # Below the point where there is no room above it.
        xytext=(0, -24 if share > 0.85 else 10),
        textcoords="offset points",
        ha="center",
        fontsize=TITLE,
        fontweight="bold",
        color=palette.ink,
        path_effects=[withStroke(linewidth=4, foreground=palette.paper)],
    )
