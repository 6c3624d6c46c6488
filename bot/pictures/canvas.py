"""What every picture is drawn on: its size, its colours, its words.

Figures are made without pyplot, whose registry of figures is shared between threads and never
forgets one. Everything is measured in pixels of a picture 1600 wide; a phone shows a quarter of that.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from handlers.rules.targets import Signal
from storage.vocabulary import Band

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1600, 800
"""Pixels: 800 × 400 on a screen with two to the point. Lists make a picture higher, never wider."""

DPI = 200
TITLE, BODY = 17, 14
"""Points, large: a phone shows the picture at a quarter of its size."""
MARGIN = 40
LINE = 62
"""Pixels from one line of the title to the next."""
_COLOURS = 128
_PATCH = 8
_TITLE_COLUMNS = 54
_TITLE_LINES = 2
_ON_COLOUR = "#1f2328"
"""Ink on any of the coloured faces."""


@dataclass(frozen=True)
class Palette:
    """The colours of Okabe and Ito (*Color Universal Design*, 2008), told apart in every colour vision."""

    paper: str
    ink: str
    quiet: str
    grid: str
    line: str
    target: str
    good: str
    fair: str
    poor: str
    plain: str


LIGHT = Palette(
    *("#ffffff", "#1f2328", "#57606a", "#d8dee4"),
    line="#0072b2",
    target="#d55e00",
    good="#2fb88f",
    fair="#f0e442",
    poor="#d55e00",
    plain="#d0d7de",
)
DARK = Palette(
    *("#1b1f24", "#f0f3f6", "#afb8c1", "#3d444d"),
    line="#56b4e9",
    target="#e69f00",
    good="#2fb88f",
    fair="#f0e442",
    poor="#d55e00",
    plain="#8b949e",
)


@dataclass(frozen=True)
class Face:
    """How a light or band looks: a colour, a pattern and a symbol, each of which tells it alone."""

    colour: str
    hatch: str
    symbol: str
    edge: str = _ON_COLOUR


def face_of(light: Signal | Band | None, palette: Palette) -> Face:
    """The face of a light of the wheel, or of a band of answers."""
    match light:
        case Signal.BELOW | Band.POOR:
            return Face(palette.poor, "//", "▼")
        case Signal.NEAR | Band.FAIR:
            return Face(palette.fair, "..", "◆")
        case Signal.AT | Band.GOOD:
            return Face(palette.good, "", "✔")
        case Signal.FEW:
            return Face(palette.paper, "", "?", palette.quiet)
        case _:
            return Face(palette.plain, "", "–")


@dataclass(frozen=True)
class _Line:
    """Words in their place, which Pillow writes ten times as fast as matplotlib."""

    said: str
    left: int
    top: int
    size: float
    bold: bool
    colour: str
    stamped: bool = False
    """Centred, on a patch of paper: a pattern would eat it."""


class Sheet:
    """A picture being drawn: its paper with the title on it, and how far down it is written on."""

    def __init__(self, title: str, palette: Palette, height: int = HEIGHT) -> None:
        from matplotlib.figure import Figure

        self.palette = palette
        lines = textwrap.wrap(drawable(title), _TITLE_COLUMNS, max_lines=_TITLE_LINES, placeholder=" …")
        self.height = height + LINE * max(len(lines) - 1, 0)
        size = (WIDTH / DPI, self.height / DPI)
        self.figure: Figure = Figure(figsize=size, dpi=DPI, facecolor=palette.paper)
        self._lines: list[_Line] = []
        self.top = MARGIN
        """Pixels from the upper edge to what is free."""
        for line in lines:
            self.write(line, size=TITLE, bold=True)

    def write(
        self,
        line: str,
        *,
        size: float = BODY,
        bold: bool = False,
        colour: str = "",
        left: int = MARGIN,
        space: int = LINE,
    ) -> None:
        """A line beneath what was written before."""
        self._lines.append(_Line(line, left, self.top, size, bold, colour or self.palette.ink))
        self.top += space

    def stamp(self, said: str, middle: tuple[float, float], size: float) -> None:
        """Words around a point that is given in pixels from the upper left corner."""
        left, top = map(round, middle)
        self._lines.append(_Line(said, left, top, size, bold=True, colour=self.palette.ink, stamped=True))

    def axes(self, left: int, right: int, bottom: int, space: int = 0) -> Axes:
        """Axes in what is left, with margins in pixels."""
        width, height = WIDTH - left - right, self.height - self.top - space - bottom
        return self.figure.add_axes(
            (left / WIDTH, bottom / self.height, width / WIDTH, height / self.height),
            facecolor=self.palette.paper,
        )

    def png(self) -> bytes:
        """The picture, in a palette of its own: a third of the bytes, in half the time."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL.Image import Dither, Quantize, frombytes
        from PIL.ImageDraw import Draw

        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = canvas.renderer.buffer_rgba()
        whole = frombytes("RGB", (WIDTH, self.height), pixels, "raw", "RGBX")
        pen = Draw(whole)
        for line in self._lines:
            self._put(line, pen)
        picture = BytesIO()
        whole.quantize(_COLOURS, Quantize.FASTOCTREE, dither=Dither.NONE).save(
            picture, "png", compress_level=4
        )
        return picture.getvalue()

    def _put(self, line: _Line, pen: ImageDraw) -> None:
        at, letters = (line.left, line.top), _letters(line.size, bold=line.bold)
        anchor = "mm" if line.stamped else "la"
        if line.stamped:
            left, top, right, bottom = pen.textbbox(at, line.said, letters, anchor)
            patch = (left - _PATCH, top - _PATCH, right + _PATCH, bottom + _PATCH)
            pen.rounded_rectangle(patch, _PATCH, fill=self.palette.paper)
        pen.text(at, line.said, line.colour, letters, anchor)


def words(on: Axes | Figure, x: float, y: float, said: str, **looks: object) -> None:
    """Write somebody's words as they are."""
    # Between two dollar signs it would read a formula.
    on.text(x, y, said, parse_math=False, **looks)  # type: ignore[arg-type]


def drawable(text: str) -> str:
    """The text without what the font has no glyph for; an emoji would be drawn as an empty box."""
    font = _font()
    known = "".join(letter for letter in text if letter.isspace() or font.get_char_index(ord(letter)))
    return " ".join(known.split())


def shortened(text: str, columns: int) -> str:
    """The drawable text on one line of at most so many letters, cut visibly."""
    known = drawable(text)
    return known if len(known) <= columns else f"{known[: columns - 1].rstrip()}…"


def wrapped(text: str, columns: int, lines: int) -> Iterator[str]:
    """The drawable text on a few lines, cut visibly."""
    yield from textwrap.wrap(drawable(text), columns, max_lines=lines, placeholder=" …")


def percent(share: float) -> str:
    """With a no-break space, as in two of our three languages; a picture has no room to speak all."""
    return f"{100 * share:.0f}\u00a0%"


@cache
def _font() -> FT2Font:
    from matplotlib.font_manager import get_font

    return get_font(_font_file(bold=True))


@cache
def _font_file(*, bold: bool) -> str:
    from matplotlib.font_manager import FontProperties, findfont

    return str(findfont(FontProperties(weight="bold" if bold else "normal")))


@cache
def _letters(points: float, *, bold: bool) -> FreeTypeFont:
    from PIL.ImageFont import Layout, truetype

    return truetype(_font_file(bold=bold), points * DPI / 72, layout_engine=Layout.BASIC)
