"""The wheel for a page: each segment is a link, and everything is told without colour and without seeing."""

import math
from collections.abc import Callable

from markupsafe import Markup

from bot.pictures.canvas import LIGHT, face_of, percent
from handlers.messages import WheelChart, WheelSegment
from handlers.rules.targets import Signal

_RIM, _HOLE = 100.0, 46.0
_ROOMY = 12
"""Of more segments each bears its number alone; pattern and colour, and its words, tell its light."""

# What stands still in light and dark: paper and ink are the page's own.
_PATTERNS = Markup(
    '<defs><pattern id="{id}-below" width="8" height="8" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="8" height="8" fill="{below}"/>'
    '<path d="M0 0V8" stroke="#1f2328" stroke-width="1.6"/></pattern>'
    '<pattern id="{id}-near" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<rect width="7" height="7" fill="{near}"/><circle cx="3.5" cy="3.5" r="1" fill="#1f2328"/></pattern></defs>'
)
_SEGMENT = Markup(
    '<a href="{href}" class="segment {light}" aria-label="{sign} {told}"><title>{told}</title>'
    '<path d="{path}" fill="{fill}" stroke="currentColor"/>'
    '<circle cx="{x}" cy="{y}" r="{r}" fill="var(--paper, Canvas)"/>'
    '<text x="{x}" y="{y}" text-anchor="middle" dominant-baseline="central" font-size="11" font-weight="bold" '
    'fill="var(--ink, CanvasText)" aria-hidden="true">{sign}</text></a>'
)
_WHEEL = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-102 -102 204 204" role="group" class="wheel" '
    'aria-labelledby="{id}-title" aria-describedby="{id}-told">'
    '<title id="{id}-title">{title}</title><desc id="{id}-told">{alt}</desc>{patterns}{segments}</svg>'
)


def wheel_svg(
    chart: WheelChart, href_of: Callable[[WheelSegment], str], *, alt: str = "", id_: str = "wheel"
) -> Markup:
    """The wheel as SVG to be put into a page: one link a segment, reached by the keyboard clockwise from the top.

    `alt` is the finding, `id_` what its parts are called on the page. Paper and ink are the page's `--paper`
    and `--ink`, or follow its colour scheme; every text is escaped.
    """
    fills = {
        Signal.BELOW: f"url(#{id_}-below)",
        Signal.NEAR: f"url(#{id_}-near)",
        Signal.FEW: "var(--paper, Canvas)",
    }
    patterns = _PATTERNS.format(id=id_, below=LIGHT.poor, near=LIGHT.fair)
    step = math.tau / max(len(chart.segments), 1)
    drawn = (
        _segment(segment, place, step, href_of(segment), fills)
        for place, segment in enumerate(chart.segments)
    )
    segments = Markup().join(drawn)
    return _WHEEL.format(id=id_, title=chart.title, alt=alt, patterns=patterns, segments=segments)


def _segment(segment: WheelSegment, place: int, step: float, href: str, fills: dict[Signal, str]) -> Markup:
    face, start = face_of(segment.signal, LIGHT), place * step
    roomy = step >= math.tau / _ROOMY
    x, y = _point((_RIM + _HOLE) / 2 if roomy else 86, start + step / 2)
    return _SEGMENT.format(
        href=href,
        light=segment.signal.value,
        told=told(segment),
        path=_ring(start, start + step),
        fill=fills.get(segment.signal, face.colour),
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        r=13 if roomy else 10,
        sign=f"{place + 1}{face.symbol}" if roomy else place + 1,
    )


def told(segment: WheelSegment) -> str:
    """A segment in words: *Phone call: 62 % · n = 41 · below target (80 %)*."""
    return f"{segment.label}: {rests_on(segment)}"


def rests_on(segment: WheelSegment) -> str:
    """The share of a segment, what it rests on, and its light in words."""
    target = "" if segment.target is None else f" ({percent(segment.target)})"
    share = [] if segment.value is None else [percent(segment.value)]
    return " · ".join([*share, f"n = {segment.n}", f"{segment.said}{target}"])


def _ring(start: float, end: float) -> str:
    """Drawn in halves: one arc cannot close a circle."""
    middle = (start + end) / 2
    return (
        f"M{_at(_RIM, start)}A{_RIM:g} {_RIM:g} 0 0 1 {_at(_RIM, middle)}A{_RIM:g} {_RIM:g} 0 0 1 {_at(_RIM, end)}"
        f"L{_at(_HOLE, end)}A{_HOLE:g} {_HOLE:g} 0 0 0 {_at(_HOLE, middle)}"
        f"A{_HOLE:g} {_HOLE:g} 0 0 0 {_at(_HOLE, start)}Z"
    )


def _at(radius: float, angle: float) -> str:
    x, y = _point(radius, angle)
    return f"{x:.2f} {y:.2f}"


def _point(radius: float, angle: float) -> tuple[float, float]:
    """Clockwise from the top, in radians."""
    return radius * math.sin(angle), -radius * math.cos(angle)
