"""The wheel: each touchpoint a traffic light against its target, told by colour, pattern, symbol and words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.pictures.canvas import (
    HEIGHT,
    MARGIN,
    TITLE,
    WIDTH,
    Palette,
    Sheet,
    face_of,
    shortened,
)
from bot.pictures.svg import rests_on
from handlers.messages import WheelChart, WheelSegment
from handlers.rules.targets import Signal

if TYPE_CHECKING:
    from matplotlib.patches import Wedge

    from bot.pictures.canvas import Face

_ACROSS = 640
"""Pixels across the wheel."""
_ROW, _SECOND = 104, 46
"""Pixels from one touchpoint of the list to the next, and to its second line."""
_HEAD = 120
_LIST = MARGIN + _ACROSS + 50
"""Pixels from the left edge to the list."""
_COLUMNS, _SECOND_COLUMNS = 27, 46
_SMALL = 12
_ROOMY = 12
"""Of more segments each bears its number alone; colour, pattern and the list tell its light."""
_RIM, _HOLE, _EDGE = 1.0, 0.45, 1.02


def drawn(chart: WheelChart, palette: Palette) -> bytes:
    """The wheel as a PNG, with a list beside it that makes the picture as high as it is long."""
    rows = len(chart.segments) * _ROW
    sheet = Sheet(chart.title, palette, max(HEIGHT, _HEAD + rows + MARGIN))
    sheet.top += MARGIN // 2
    # Beside a long list the wheel stays at the top, where reading begins.
    _wheel(sheet, chart.segments)
    _list(sheet, sheet.top + max(_ACROSS - rows, 0) // 2, chart.segments)
    return sheet.png()


def _wheel(sheet: Sheet, segments: tuple[WheelSegment, ...]) -> None:
    """Clockwise from the top, each segment with its number and symbol on it."""
    beneath = sheet.height - sheet.top - _ACROSS
    axes = sheet.axes(left=MARGIN, right=WIDTH - MARGIN - _ACROSS, bottom=beneath)
    axes.set_axis_off()
    axes.set_xlim(-_EDGE, _EDGE)
    axes.set_ylim(-_EDGE, _EDGE)
    centre, radius = (MARGIN + _ACROSS / 2, sheet.top + _ACROSS / 2), _ACROSS / 2 / _EDGE
    step, far = 360 / max(len(segments), 1), radius * (_RIM + _HOLE) / 2
    for place, segment in enumerate(segments):
        end = 90 - place * step
        axes.add_patch(_wedge(end - step, end, face_of(segment.signal, sheet.palette)))
        middle = math.radians(end - step / 2)
        at = (centre[0] + far * math.cos(middle), centre[1] - far * math.sin(middle))
        crowded = len(segments) > _ROOMY
        said = str(place + 1) if crowded else _number(place, segment, sheet.palette)
        sheet.stamp(said, at, _SMALL)
    sheet.stamp(_hub(segments, sheet.palette), centre, TITLE)


def _wedge(start: float, end: float, face: Face) -> Wedge:
    from matplotlib.patches import Wedge

    wedge = Wedge((0, 0), _RIM, start, end, width=_RIM - _HOLE, facecolor=face.colour, hatch=face.hatch)
    wedge.set(linewidth=1.2, edgecolor=face.edge)
    return wedge


def _number(place: int, segment: WheelSegment, palette: Palette) -> str:
    return f"{place + 1}\u00a0{face_of(segment.signal, palette).symbol}"


def _hub(segments: tuple[WheelSegment, ...], palette: Palette) -> str:
    """How many of those with a light are at their target."""
    lit = [s for s in segments if s.signal in (Signal.BELOW, Signal.NEAR, Signal.AT)]
    at = sum(s.signal is Signal.AT for s in lit)
    return f"{face_of(Signal.AT, palette).symbol}\u00a0{at}/{len(lit)}" if lit else "–"


def _list(sheet: Sheet, top: int, segments: tuple[WheelSegment, ...]) -> None:
    """Each touchpoint with its name, and what its light rests on beneath."""
    for place, segment in enumerate(segments):
        sheet.top = top + place * _ROW
        name = f"{_number(place, segment, sheet.palette)}\u00a0 {shortened(segment.label, _COLUMNS)}"
        sheet.write(name, left=_LIST, space=_SECOND, bold=True)
        said = shortened(rests_on(segment), _SECOND_COLUMNS)
        sheet.write(said, left=_LIST, size=_SMALL, colour=sheet.palette.quiet)
