"""Charts as pictures, for chat and page.

Matplotlib is imported when the first picture is drawn (about a second; `warm_up` takes it
beforehand). Figures are made without pyplot, whose registry of figures is shared between threads
and never forgets one.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from handlers.messages import TrendChart, TrendPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1600, 800
"""Pixels: 800 × 400 on a screen with two to the point."""

_DPI = 200
_TITLE, _BODY = 15, 13
"""Points, large: a phone shows the picture at less than half its size."""
_LABELS = 8
"""Windows labelled along the axis at most; of more, every second or third is."""
_TITLE_COLUMNS = 60


@dataclass(frozen=True)
class _Palette:
    """Line and target are a pair of Okabe and Ito (*Color Universal Design*, 2008), told apart in every
    colour vision."""

    paper: str
    ink: str
    quiet: str
    grid: str
    line: str
    target: str


_LIGHT = _Palette("#ffffff", "#1f2328", "#57606a", "#d8dee4", line="#0072b2", target="#d55e00")
_DARK = _Palette("#1b1f24", "#f0f3f6", "#afb8c1", "#3d444d", line="#56b4e9", target="#e69f00")


def draw(chart: TrendChart, *, dark: bool = False) -> bytes:
    """The trend as a PNG: shares with their intervals, n under each window, gaps where answers were too few.

    Safe in any thread; takes some 100 ms, so draw beside the writer, not on it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    palette = _DARK if dark else _LIGHT
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=palette.paper)
    FigureCanvasAgg(figure)
    title = textwrap.wrap(_drawable(chart.title), _TITLE_COLUMNS, max_lines=2, placeholder=" …")
    _title(figure, title, palette)
    axes = figure.add_axes((0.1, 0.2, 0.87, 0.66 if len(title) < 2 else 0.58))
    _frame(axes, chart.points, palette)
    if chart.target is not None:
        _target(axes, chart.target, palette)
    runs = _runs(chart.points)
    for run in runs:
        _line(axes, run, palette)
    if runs:
        place, newest = runs[-1][-1]
        _newest(axes, place, newest.value or 0.0, palette)
    picture = BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def warm_up() -> None:
    """Import what drawing needs and find the fonts, so that the first digest does not wait for it."""
    draw(TrendChart(title="", points=()))


def _runs(points: tuple[TrendPoint, ...]) -> list[list[tuple[int, TrendPoint]]]:
    """Neighbouring windows that have a share; the line is broken between them."""
    runs: list[list[tuple[int, TrendPoint]]] = [[]]
    for place, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append((place, point))
    return [run for run in runs if run]


def _drawable(text: str) -> str:
    """The text without what the font has no glyph for; an emoji would be drawn as an empty box."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(weight="bold")))
    known = "".join(letter for letter in text if font.get_char_index(ord(letter)))
    return " ".join(known.split())


def _percent(share: float) -> str:
    """With a no-break space, as in two of our three languages; a picture has no room to speak all."""
    return f"{100 * share:.0f}\u00a0%"


def _title(figure: Figure, lines: list[str], palette: _Palette) -> None:
    # Between two dollar signs it would read a formula, and the title may be anybody's words.
    figure.text(
        0.025,
        0.965,
        "\n".join(lines),
        fontsize=_TITLE,
        fontweight="bold",
        color=palette.ink,
        va="top",
        linespacing=1.25,
        parse_math=False,
    )


def _frame(axes: Axes, points: tuple[TrendPoint, ...], palette: _Palette) -> None:
    """Axes always from 0 to 100 %: a cut axis makes noise look like news."""
    axes.set_facecolor(palette.paper)
    axes.set_xlim(-0.5, max(len(points), 1) - 0.5)
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", _percent(1)])
    step = -(-len(points) // _LABELS) or 1
    # Counted from the newest window, which must always be labelled.
    shown = [place for place in range(len(points)) if (len(points) - 1 - place) % step == 0]
    axes.set_xticks(shown, [f"{_drawable(points[at].label)}\nn = {points[at].n}" for at in shown])
    axes.tick_params(length=0, labelsize=_BODY, labelcolor=palette.quiet, pad=6)
    axes.grid(axis="y", color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _target(axes: Axes, target: float, palette: _Palette) -> None:
    axes.axhline(target, color=palette.target, linewidth=1.8, linestyle=(0, (5, 3)))
    axes.annotate(
        _percent(target),
        (0, target),
        xycoords=("axes fraction", "data"),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=_BODY,
        color=palette.target,
    )


def _line(axes: Axes, run: list[tuple[int, TrendPoint]], palette: _Palette) -> None:
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


def _newest(axes: Axes, place: int, share: float, palette: _Palette) -> None:
    """The newest share written out, with a rim in the colour of the paper where it crosses a line."""
    from matplotlib.patheffects import withStroke

    axes.annotate(
        _percent(share),
        (place, share),
        # Below the point where there is no room above it.
        xytext=(0, -21 if share > 0.85 else 10),
        textcoords="offset points",
        ha="center",
        fontsize=_TITLE,
        fontweight="bold",
        color=palette.ink,
        path_effects=[withStroke(linewidth=4, foreground=palette.paper)],
    )
