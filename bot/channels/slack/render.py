"""Messages and forms as Slack's Block Kit. Pure.

Nothing is ever written in Slack's own markup: words travel as `rich_text` and `plain_text`, which
know no mentions, links, emoji codes or formatting, so that what somebody typed reads as typed and
pings nobody. Slack decodes `&amp; &lt; &gt;` in `plain_text` but not in `rich_text`, so only the
former is escaped.

The limits are Slack's, from its Block Kit reference. What is longer is shortened with “…”, the
longest texts first; buttons stay whatever happens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2s
from typing import Any, assert_never

import orjson

from handlers.messages import (
    Bullets,
    Button,
    Buttons,
    Chips,
    ChoiceField,
    Facts,
    Form,
    FormField,
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
    Style,
    TextField,
)

Block = dict[str, Any]

HEADER, LABEL, TITLE, NOTE, ALT, HINT = 150, 75, 24, 2000, 2000, 2000
"""The most characters of a header, a button or option, a modal's title, fine print, alt text, a hint."""
BLOCKS, ACTIONS, OPTIONS, RADIOS = 50, 25, 100, 10
"""The most blocks in a message, elements in a row of actions, options in a menu, radio buttons."""
FALLBACK = 3000
ROOM = 11_000
"""Text in one message. Slack refuses at about 13 000 characters and does not say what it counts."""

FORM = "form"
"""The `callback_id` of every form; what it is about travels in its `private_metadata`."""
FIELD = "field"
"""The `action_id` of every field; its key is the `block_id`, which is how Slack names it in errors."""

_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])


def blocks(message: Message, pictures: Mapping[Picture, str] | None = None, room: int = ROOM) -> list[Block]:
    """The message as at most 50 blocks whose texts together have at most `room` characters.

    `pictures` names the uploaded file of each picture; one that is not in it is told in words.
    Equal messages get equal block ids and different messages different ones, as Slack wants of an update.
    """
    uploaded = pictures or {}
    whole = _drawn(message, uploaded, room)
    # Counting the texts takes longer than drawing them, and hardly any message comes near.
    if len(orjson.dumps(whole)) > room:
        lengths = [len(text) for text in _texts(whole)]
        if sum(lengths) > room:
            whole = _drawn(message, uploaded, water_level(lengths, room))
    return _numbered(_few(whole))


def text(message: Message) -> str:
    """The message in one line: for notifications, and for clients that draw no blocks."""
    return _escaped(message.summary, FALLBACK)


def words(message: Message) -> str:
    """The whole message as plain text, for when Slack refuses its blocks."""
    return _escaped("\n".join([message.summary, *_texts(_drawn(message, {}, ROOM))]), ROOM)


def view(form: Form, origin: str = "") -> Block:
    """The form as a modal. `origin` comes back when it is submitted, in its `private_metadata`."""
    intro = [_rich(_section(form.intro, NOTE))] if form.intro else []
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": origin,
        "title": _plain(form.title, TITLE),
        "submit": _plain(form.submit, TITLE),
        "blocks": [*intro, *map(_input, form.fields)],
    }


def home(message: Message) -> Block:
    """The message as somebody's Home tab."""
    return {"type": "home", "blocks": blocks(message)}


def water_level(lengths: Iterable[int], room: int) -> int:
    """The length to which the longest texts must be cut so that all together fit into the room."""
    ordered = sorted(lengths)
    for place, length in enumerate(ordered):
        share = room // (len(ordered) - place)
        if length > share:
            return max(share, 1)
        room -= length
    return max(ordered, default=0)


# The parts of a message.


def _drawn(message: Message, pictures: Mapping[Picture, str], most: int) -> list[Block]:
    return [block for part in message.parts for block in _part(part, pictures, most)]


def _part(part: Part, pictures: Mapping[Picture, str], most: int) -> Iterator[Block]:  # noqa: C901 -- one line for each kind of part
    match part:
        case Heading():
            yield {"type": "header", "text": _plain(part.text, min(HEADER, most))}
        case Paragraph():
            yield _rich(_section(part.text, most, bold=part.strong))
        case Quote():
            yield _rich(_quote(part, most))
        case Facts():
            yield _rich(_facts(part, most))
        case Bullets():
            yield _rich(_bullets(part, most))
        case Scale():
            yield from _actions(part.points)
            yield from _anchors(part, most)
        case Chips(options=row) | Buttons(buttons=row):
            yield from _actions(row)
        case Small():
            yield _note(part.text, most)
        case Picture():
            yield _picture(part, pictures.get(part), most)
        case Sound():
            yield _note(part.alt, most)
        case Link(label, address):
            yield _rich(_linked(label, address, most))
        case _:
            assert_never(part)


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(text: str, most: int, *, bold: bool = False) -> Block:
    return {"type": "rich_text_section", "elements": [_run(text, most, bold=bold)]}


def _run(text: str, most: int, *, bold: bool = False) -> Block:
    run: Block = {"type": "text", "text": _shortened(text, most)}
    return {**run, "style": {"bold": True}} if bold else run


def _linked(label: str, address: str, most: int) -> Block:
    link: Block = {"type": "link", "url": address, "text": _shortened(label, most), "style": {"bold": True}}
    return {"type": "rich_text_section", "elements": [link]}


def _quote(part: Quote, most: int) -> Block:
    elements = [_run(part.text, most)]
    if part.by:
        elements.append(_run(f"\n— {part.by}", most))
    return {"type": "rich_text_quote", "elements": elements}


def _facts(part: Facts, most: int) -> Block:
    elements: list[Block] = []
    for label, value in part.rows:
        start = "\n" if elements else ""
        elements += [_run(f"{start}{label}: ", most, bold=True), _run(value or "–", most)]
    return {"type": "rich_text_section", "elements": elements}


def _bullets(part: Bullets, most: int) -> Block:
    items = [_section(item, most) for item in part.items]
    return {"type": "rich_text_list", "style": "bullet", "elements": items}


def _anchors(part: Scale, most: int) -> Iterator[Block]:
    if part.points and (part.low_anchor or part.high_anchor):
        ends = ((part.points[0], part.low_anchor), (part.points[-1], part.high_anchor))
        yield _note(" · ".join(f"{point.label} = {anchor}" for point, anchor in ends if anchor), most)


def _note(text: str, most: int) -> Block:
    return {"type": "context", "elements": [_plain(text, min(NOTE, most))]}


def _picture(part: Picture, file: str | None, most: int) -> Block:
    if file is None:
        return _note(part.alt, most)
    return {"type": "image", "slack_file": {"id": file}, "alt_text": _shortened(part.alt, ALT)}


def _actions(buttons: Sequence[Button]) -> Iterator[Block]:
    for row in _chunks(buttons, ACTIONS):
        yield {"type": "actions", "elements": [_button(button, place) for place, button in enumerate(row)]}


def _button(button: Button, place: int) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": f"{button.action.verb}.{place}",
        "text": _plain(f"✓ {button.label}" if button.chosen else button.label, LABEL),
        "value": button.action.encode(),
    }
    style = Style.PRIMARY if button.chosen else button.style
    if style is not Style.PLAIN:
        drawn["style"] = style.value
    if button.spoken:
        drawn["accessibility_label"] = _shortened(button.spoken, LABEL)
    return drawn


# The fields of a form.


def _input(field: FormField) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.key,
        "label": _plain(field.label, NOTE),
        "optional": not field.required,
        "element": _choice(field) if isinstance(field, ChoiceField) and field.options else _box(field),
    }
    if isinstance(field, TextField) and field.hint:
        block["hint"] = _plain(field.hint, HINT)
    return block


def _box(field: FormField) -> Block:
    box: Block = {"type": "plain_text_input", "action_id": FIELD}
    if isinstance(field, TextField):
        box |= {"multiline": field.multiline, "max_length": field.max_length}
    if field.value:
        box["initial_value"] = field.value[: box.get("max_length")]
    return box


def _choice(field: ChoiceField) -> Block:
    element: Block = {"action_id": FIELD}
    if len(field.options) <= OPTIONS:
        kind = "radio_buttons" if len(field.options) <= RADIOS else "static_select"
        element |= {"type": kind, "options": [_option(*option) for option in field.options]}
    else:
        groups = [_group(options) for options in _chunks(field.options, OPTIONS)]
        element |= {"type": "static_select", "option_groups": groups}
    chosen = [_option(key, label) for key, label in field.options if key == field.value]
    return element | {"initial_option": chosen[0]} if chosen else element


def _option(key: str, label: str) -> Block:
    return {"text": _plain(label, LABEL), "value": key}


def _group(options: Sequence[tuple[str, str]]) -> Block:
    """A hundred options under the names of the first and the last: a menu holds no more in one group."""
    first, last = options[0][1], options[-1][1]
    label = _plain(f"{first[:30]} – {last[:30]}", LABEL)
    return {"label": label, "options": [_option(*option) for option in options]}


# Text and room for it.


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": _escaped(text, most), "emoji": False}


def _escaped(text: str, most: int) -> str:
    """At most `most` characters, counted after escaping, and never half an escape."""
    kept = _shortened(text, most)
    while len(escaped := kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) > most:
        kept = _shortened(kept, len(kept) - (len(escaped) - most + 4) // 5)
    return escaped


def _shortened(text: str, most: int) -> str:
    """The text without control characters, at most `most` long; Slack refuses an empty one."""
    clean = text.translate(_CONTROLS).encode(errors="ignore").decode() or "–"
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"


def _texts(node: Any) -> Iterator[str]:
    """Every text in the blocks, in order."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for inner in node.values():
            yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


def _few(whole: list[Block]) -> list[Block]:
    """At most 50 blocks: neighbouring texts become one, and if need be later ones give way to buttons."""
    if len(whole) <= BLOCKS:
        return whole
    merged: list[Block] = []
    for block in whole:
        if merged and block["type"] == merged[-1]["type"] == "rich_text":
            merged[-1] = _rich(*merged[-1]["elements"], *block["elements"])
        else:
            merged.append(block)
    while len(merged) > BLOCKS:
        spare = [place for place, block in enumerate(merged) if block["type"] != "actions"]
        del merged[spare[-1] if spare else -1]
    return merged


def _numbered(whole: list[Block]) -> list[Block]:
    edition = blake2s(orjson.dumps(whole), digest_size=6).hexdigest()
    return [{**block, "block_id": f"{edition}.{place}"} for place, block in enumerate(whole)]


def _chunks(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + most] for start in range(0, len(items), most))
