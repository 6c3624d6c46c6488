"""Messages as Telegram texts and inline keyboards. Pure.

Texts travel with entities and never with a parse mode, so that what somebody typed reads as typed.
Telegram still makes links of `@name` and `/word` by itself, which would ping or act: an invisible word
joiner after the `@` or `/` keeps it from doing so.

Lengths are counted as Telegram counts them, in UTF-16 code units. What does not fit is shortened with
“…”, the longest texts first; people's own words that were shortened follow whole, as `rest`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from handlers.messages import (
    Bullets,
    Button,
    Buttons,
    Chips,
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
)

TEXT, CAPTION, DATA, POPUP = 4096, 1024, 64, 200
"""The most units of a text and a caption, bytes of a button's value, characters of a pop-up."""
ENTITIES, KEYS = 100, 100
"""The most entities of a text and buttons of a keyboard."""
LABEL, ROW, POINTS, ACROSS = 60, 34, 8, 3
"""Characters of a label and of a whole row that a telephone still shows; buttons in a row."""
REST = 5
"""Messages that may follow with what did not fit."""
EXPANDABLE = 600
"""A longer quote is folded until its reader opens it."""
JOINER = "\u2060"

_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])
_ACTING = re.compile(r"(?<!\w)@(?=\w)|(?<![\w/<>])/(?=\w)")
"""Where Telegram begins a mention or a command."""


@dataclass(frozen=True)
class Text:
    """A text and what is bold or quoted in it."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A message as it is sent: one text with its keyboard, and words that follow it."""

    main: Text
    keyboard: InlineKeyboardMarkup | None
    rest: tuple[Text, ...] = ()


@dataclass(frozen=True)
class _Run:
    """A piece of text in one style. `glue` holds pieces together and is never shortened."""

    text: str
    kind: str = ""
    glue: bool = False
    address: str = ""
    """What opens when it is tapped."""
    words: bool = False
    """Somebody's words or ours in sentences: worth following whole when they were shortened."""


def draw(message: Message, told: Iterable[Picture] = ()) -> Drawn:
    """The message as Telegram takes it. Pictures in `told` are told in words; the others are sent as such."""
    pictures = frozenset(told)
    runs = _joined([*_part(part, pictures)] for part in message.parts) or [_Run(tame(message.summary))]
    most = _level(runs)
    rest = [run.text for run in runs if run.words and units(run.text) > most]
    return Drawn(_set(runs, most), keyboard(message), tuple(_chunks(rest)))


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons of the message in rows that a telephone can show; none where there are none."""
    rows = [row for part in message.parts for row in _rows(part)]
    kept = _few(rows)
    return InlineKeyboardMarkup(kept) if kept else None


def packed(keys: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Buttons in rows, as many beside each other as their labels leave room for: in a row all are equally wide."""
    rows: list[list[InlineKeyboardButton]] = []
    for key in keys:
        beside = [*rows[-1], key] if rows else [key]
        if rows and len(beside) <= ACROSS and max(len(k.text) + 1 for k in beside) * len(beside) <= ROW:
            rows[-1].append(key)
        else:
            rows.append([key])
    return rows


def pictures(message: Message) -> tuple[Picture, ...]:
    """The pictures of a message, in order."""
    return tuple(part for part in message.parts if isinstance(part, Picture))


def sounds(message: Message) -> tuple[Sound, ...]:
    """What there is to hear in a message, in order."""
    return tuple(part for part in message.parts if isinstance(part, Sound))


def caption(picture: Picture) -> str:
    """What stands under a picture: its finding in words."""
    return shortened(tame(picture.alt), CAPTION)


def popup(message: Message) -> str:
    """A message of one short line as it pops up over the conversation; empty for more, which would be lost there."""
    match message.parts:
        case ():
            line = message.summary
        case (Paragraph(text),):
            line = text
        case _:
            return ""
    popping = tame(line)
    return popping if units(popping) <= POPUP else ""


def tame(text: str) -> str:
    """The text without control characters, with nothing in it that acts; Telegram refuses an empty one."""
    clean = text.translate(_CONTROLS).encode(errors="ignore").decode()
    return _ACTING.sub(lambda found: found[0] + JOINER, clean).strip() or "–"


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, most: int) -> str:
    """The text with at most so many units."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


def label(text: str) -> str:
    """A button's label."""
    return shortened(text.translate(_CONTROLS).encode(errors="ignore").decode().strip() or "–", LABEL)


# The parts of a message.


def _part(part: Part, told: frozenset[Picture]) -> Iterator[_Run]:  # noqa: C901 -- one line for each kind of part
    match part:
        case Heading() | Paragraph() | Small():
            yield _line(part)
        case Quote():
            yield from _quote(part)
        case Facts():
            yield from _facts(part)
        case Bullets():
            yield from _joined(([_Run("• ", glue=True), _Run(tame(item))] for item in part.items), "\n")
        case Scale():
            yield from _anchors(part)
        case Picture():
            if part in told:
                yield _Run(tame(part.alt))
        case Sound():
            yield _Run(tame(part.alt))
        case Link(label, address):
            yield _Run(tame(label), MessageEntity.TEXT_LINK, address=address)
        case Chips() | Buttons():
            pass
        case _:
            assert_never(part)


def _line(part: Heading | Paragraph | Small) -> _Run:
    if isinstance(part, Small):
        return _Run(tame(part.text), MessageEntity.ITALIC)
    strong = isinstance(part, Heading) or part.strong
    return _Run(tame(part.text), MessageEntity.BOLD if strong else "", words=isinstance(part, Paragraph))


def _quote(part: Quote) -> Iterator[_Run]:
    long = len(part.text) > EXPANDABLE
    kind = MessageEntity.EXPANDABLE_BLOCKQUOTE if long else MessageEntity.BLOCKQUOTE
    yield _Run(tame(part.text), kind, words=True)
    if part.by:
        yield _Run("\n— ", glue=True)
        yield _Run(tame(part.by))


def _facts(part: Facts) -> Iterator[_Run]:
    for place, (name, value) in enumerate(part.rows):
        if place:
            yield _Run("\n", glue=True)
        yield _Run(tame(name), MessageEntity.BOLD)
        yield _Run(": ", glue=True)
        yield _Run(tame(value))


def _anchors(part: Scale) -> Iterator[_Run]:
    if part.points:
        ends = ((part.points[0], part.low_anchor), (part.points[-1], part.high_anchor))
        told = " · ".join(f"{point.label} = {anchor}" for point, anchor in ends if anchor)
        if told:
            yield _Run(tame(told))


def _joined(groups: Iterable[list[_Run]], between: str = "\n\n") -> list[_Run]:
    runs: list[_Run] = []
    for group in filter(None, groups):
        runs += [_Run(between, glue=True), *group] if runs else group
    return runs


# Text and room for it.


@dataclass
class _Page:
    """A text being set."""

    text: str = ""
    used: int = 0
    entities: list[MessageEntity] = field(default_factory=list)

    def write(self, text: str, kind: str, address: str = "") -> None:
        """Add a piece, as far as there is room."""
        text = shortened(text, TEXT - self.used) if self.used < TEXT else ""
        length = units(text)
        if kind and length and len(self.entities) < ENTITIES:
            self.entities.append(MessageEntity(kind, self.used, length, url=address or None))
        self.text += text
        self.used += length


def _set(runs: Iterable[_Run], most: int) -> Text:
    page = _Page()
    for run in runs:
        page.write(run.text if run.glue else shortened(run.text, most), run.kind, run.address)
    return Text(page.text, tuple(page.entities))


def _level(runs: Sequence[_Run]) -> int:
    """The length to which the longest texts must be cut so that all together fit into one message."""
    room = TEXT - sum(units(run.text) for run in runs if run.glue)
    ordered = sorted(units(run.text) for run in runs if not run.glue)
    for place, length in enumerate(ordered):
        share = room // (len(ordered) - place)
        if length > share:
            return max(share, 1)
        room -= length
    return TEXT


def _chunks(texts: Iterable[str]) -> Iterator[Text]:
    """Long words in several messages, broken where there is a blank."""
    left = "\n\n".join(texts)
    for _ in range(REST - 1):
        if units(left) <= TEXT:
            break
        piece = left.encode("utf-16-le")[: 2 * TEXT].decode("utf-16-le", "ignore")
        cut = max(piece.rfind(" "), piece.rfind("\n"), len(piece) // 2)
        yield Text(left[:cut].strip() or "–")
        left = left[cut:].strip()
    if left:
        yield Text(shortened(left, TEXT))


# Buttons.


def _rows(part: Part) -> list[list[InlineKeyboardButton]]:
    match part:
        case Scale():
            return _scale([*map(_key, _sendable(part.points))])
        case Chips(options=buttons) | Buttons(buttons=buttons):
            return packed([*map(_key, _sendable(buttons))])
        case _:
            return []


def _sendable(buttons: Iterable[Button]) -> Iterator[Button]:
    """Telegram refuses a whole message for one value that is too long."""
    return (button for button in buttons if len(button.action.encode().encode()) <= DATA)


def _key(button: Button) -> InlineKeyboardButton:
    text = f"✓ {button.label}" if button.chosen else button.label
    return InlineKeyboardButton(label(text), callback_data=button.action.encode())


def _scale(points: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """In one row, or in rows as long as each other: eleven points are six and five."""
    rows = -(-len(points) // POINTS)
    across = -(-len(points) // rows) if rows else 1
    return [points[start : start + across] for start in range(0, len(points), across)]


def _few(rows: list[list[InlineKeyboardButton]]) -> list[list[InlineKeyboardButton]]:
    """At most as many as Telegram shows; what can be done comes last in a message, so earlier ones give way."""
    kept: list[list[InlineKeyboardButton]] = []
    room = KEYS
    for row in reversed(rows):
        if len(row) <= room:
            kept.insert(0, row)
            room -= len(row)
    return kept
