"""A message as plain text: the command line, the log of a demo, and the eyes of the tests."""

import textwrap
from collections.abc import Iterable
from itertools import zip_longest
from typing import assert_never

from handlers.messages import (
    Bullets,
    Button,
    Buttons,
    Chart,
    Chips,
    DistributionChart,
    Facts,
    Heading,
    Link,
    Message,
    Paragraph,
    Part,
    Picture,
    Quote,
    Scale,
    Small,
    Sound,
    TrendChart,
    WheelChart,
)
from handlers.rules.words import harmless

WIDTH = 78
"""Columns; the narrowest terminal has 80."""

_LABEL = 24
"""A longer label of a fact stands on its own line."""

_BARS = "▁▂▃▄▅▆▇█"


def as_text(message: Message, width: int = WIDTH) -> str:
    """The whole message for a terminal, without a line feed at its end."""
    blocks = [(part, _block(part, width)) for part in message.parts]
    following = zip_longest(blocks, blocks[1:], fillvalue=(None, ""))
    return "".join(block + _gap(part, after) for (part, block), (after, _) in following if part and block)


def _gap(part: Part, after: Part | None) -> str:
    if after is None:
        return ""
    close = type(part) is type(after) and isinstance(part, Small | Buttons)
    return "\n" if close or isinstance(part, Heading) else "\n\n"


def _block(part: Part, width: int) -> str:  # noqa: C901, PLR0911 - one for each kind of part
    match part:
        case Heading(text):
            title = harmless(text)
            return f"{title}\n{'─' * min(len(title), width)}"
        case Paragraph(text) | Small(text):
            return _wrapped(text, width)
        case Quote(text, by):
            return _quote(text, by, width)
        case Facts(rows):
            return _facts(rows, width)
        case Bullets(items):
            return "\n".join(_wrapped(item, width, "• ", "  ") for item in items)
        case Scale(points, low, high):
            return "\n".join(filter(None, (_row(points), _anchors(points, low, high))))
        case Chips(options):
            return _flow(
                (f"{'☑' if option.chosen else '☐'} {harmless(option.label)}" for option in options), width
            )
        case Buttons(buttons):
            return _flow((_button(button) for button in buttons), width)
        case Sound():
            return _wrapped(part.elsewhere, width)
        case Link(label, address):
            return f"{harmless(label)}: {address}"
        case Picture(chart, alt):
            return f"{_sketch(chart)}\n{_wrapped(alt, width)}".lstrip("\n")
        case _:
            assert_never(part)


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> str:
    lines = harmless(text).split("\n")
    return "\n".join(
        textwrap.fill(line, width, initial_indent=rest if number else first, subsequent_indent=rest)
        for number, line in enumerate(lines)
    )


def _quote(text: str, by: str, width: int) -> str:
    words = _wrapped(text, width, "│ ", "│ ")
    return f"{words}\n  — {harmless(by)}" if by else words


def _facts(rows: tuple[tuple[str, str], ...], width: int) -> str:
    column = max((len(name) for name, _ in rows if len(name) <= _LABEL), default=2) + 2
    return "\n".join(_fact(harmless(name), value, column, width) for name, value in rows)


def _fact(name: str, value: str, column: int, width: int) -> str:
    if len(name) <= _LABEL:
        return _wrapped(value, width, name.ljust(column), " " * column)
    return f"{name}\n{_wrapped(value, width, ' ' * column, ' ' * column)}"


def _button(button: Button) -> str:
    return f"[{'✓ ' if button.chosen else ''}{harmless(button.label)}]"


def _row(points: tuple[Button, ...]) -> str:
    return " ".join(_button(point) for point in points)


def _anchors(points: tuple[Button, ...], low: str, high: str) -> str:
    if not points:
        return ""
    ends = ((points[0].label, low), (points[-1].label, high))
    return " · ".join(f"{harmless(label)} = {harmless(anchor)}" for label, anchor in ends if anchor)


def _flow(items: Iterable[str], width: int) -> str:
    """Items side by side, never broken in their midst."""
    lines = [""]
    for item in items:
        longer = f"{lines[-1]}  {item}" if lines[-1] else item
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(item)
    return "\n".join(lines)


def _sketch(chart: Chart) -> str:
    """One bar a window or point of the scale; a wheel has its finding alone."""
    match chart:
        case TrendChart(points=points):
            return "".join("·" if point.value is None else _bar(point.value) for point in points)
        case DistributionChart(bars=bars):
            most = max((bar.n for bar in bars), default=0) or 1
            return "".join(_bar(bar.n / most) if bar.n else "·" for bar in bars)
        case WheelChart():
            return ""
        case _:
            assert_never(chart)


def _bar(share: float) -> str:
    return _BARS[round(max(0.0, share) * (len(_BARS) - 1))]
