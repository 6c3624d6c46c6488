"""Messages and questions of forms as the content of `m.room.message`. Pure.

Each is said twice: plain, and as HTML in which everything is escaped, so that what somebody typed
reads as typed. `m.mentions` is there and empty: it tells servers and clients that nobody is mentioned,
whatever name or `@room` stands in the words. Clients find addresses in plain words by themselves.

An event has at most 65 536 bytes, and an edit carries its content beside a fallback: texts that are
too long are shortened with “…”, the longest first; what can be chosen stays whatever happens.
"""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, assert_never

from bot.channels.matrix.choices import Choice, as_json, numbered, offered, polled
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

Content = dict[str, Any]

ACTIONS = "io.kaiku.actions"
"""What can be chosen under the message: kept on the server, so that a restart forgets nothing."""
POLL = "org.matrix.msc3381.poll.start"
"""Polls are in the specification's drafts since 2021; clients still send and read them by this name."""
ROOM = 28_000
"""Bytes of a content that an edit can carry as well."""
LONGEST = 6000
"""Characters of one text to begin with."""
LABEL = 80
SUMMARY = 400
HOW = "Vastaa numerolla tai sanalla · Svara med siffra eller ord · Reply with a number or a word"
"""In three languages at once: a message does not say its own. It stands under whatever can be chosen."""

_TEXT = "org.matrix.msc1767.text"
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])


def content(message: Message, pictures: Mapping[Picture, str] | None = None) -> Content:
    """The message as an event's content. `pictures` gives each uploaded picture's address."""
    most = LONGEST
    while True:
        drawn = _content(message, pictures or {}, most)
        if most < 20 or len(json.dumps(drawn)) <= ROOM:
            return drawn
        most //= 2


def note(words: str, choices: Iterable[Choice] = ()) -> Content:
    """Words of the channel's own, and what can be chosen."""
    said = _clean(words, LONGEST)
    rendered = {**_both(said, _lines(said)), "m.mentions": {}}
    listed = as_json(choices)
    return {**rendered, ACTIONS: listed} if listed else rendered


def sound(part: Sound, address: str) -> Content:
    """Something to hear that was uploaded, as an event of its own."""
    told = {"mimetype": part.media_type, "size": len(part.content), "duration": 1000 * part.seconds}
    return {"msgtype": "m.audio", "body": part.file_name, "url": address, "info": told, "m.mentions": {}}


def poll(message: Message, beneath: str) -> Content:
    """The poll that stands beneath a message with a long scale, as clients of today understand it.

    Who voted how is not shown; whoever has no polls sees nothing of it, and answers the message.
    """
    question, choices = _clean(message.summary, SUMMARY), polled(message)
    answers = [{"id": choice.key, _TEXT: _clean(choice.label, LABEL)} for choice in choices]
    fallback = "\n".join([question, *(answer[_TEXT] for answer in answers)])
    return {
        POLL: {
            "kind": "org.matrix.msc3381.poll.undisclosed",
            "max_selections": 1,
            "question": {_TEXT: question, "msgtype": "m.text", "body": question},
            "answers": answers,
        },
        _TEXT: fallback,
        ACTIONS: as_json(choices),
        "m.relates_to": {"rel_type": "m.reference", "event_id": beneath},
        "m.mentions": {},
    }


def edited(event: str, new: Content) -> Content:
    """The content that replaces that of an event; clients that know no edits show the beginning of it."""
    fallback = {"msgtype": new["msgtype"], "body": f"* {new['body'][:SUMMARY]}", "m.mentions": {}}
    return {**fallback, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event}}


def _content(message: Message, pictures: Mapping[Picture, str], most: int) -> Content:
    keys = numbered(message)
    drawn = [_part(part, keys, pictures, most) for part in message.parts]
    if not drawn:
        drawn = [_paragraph(message.summary, min(most, SUMMARY))]
    if keys:
        drawn.append(_small(HOW, most))
    rendered = _both("\n".join(plain for plain, _ in drawn), "".join(html for _, html in drawn))
    return {**rendered, "m.mentions": {}, ACTIONS: as_json(offered(message))}


def _both(plain: str, html: str) -> Content:
    return {
        "msgtype": "m.text",
        "body": plain,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
    }


# The parts of a message, each plain and as HTML.

Drawn = tuple[str, str]


def _part(part: Part, keys: Mapping[Button, str], pictures: Mapping[Picture, str], most: int) -> Drawn:  # noqa: C901, PLR0911 -- one line for each kind of part
    match part:
        case Heading(text):
            return _wrapped(text, "h4", most)
        case Paragraph(text, strong):
            return _wrapped(text, "strong", most, "<p>{}</p>") if strong else _paragraph(text, most)
        case Quote():
            return _quote(part, most)
        case Facts(rows):
            return _facts(rows, most)
        case Bullets(items):
            return _bullets(items, most)
        case Scale():
            return _scale(part, keys, most)
        case Chips(options=row) | Buttons(buttons=row):
            return _choices(row, keys)
        case Small(text):
            return _small(text, most)
        case Picture():
            return _picture(part, pictures.get(part), most)
        case Sound():
            return _small(part.alt, most)
        case Link(label, address):
            return _linked(_clean(label, LABEL), address)
        case _:
            assert_never(part)


def _wrapped(text: str, tag: str, most: int, around: str = "{}") -> Drawn:
    said = _clean(text, most)
    return said, around.replace("{}", f"<{tag}>{_lines(said)}</{tag}>")


def _paragraph(text: str, most: int) -> Drawn:
    return _wrapped(text, "p", most)


def _small(text: str, most: int) -> Drawn:
    return _wrapped(text, "em", most, "<p>{}</p>")


def _linked(label: str, address: str) -> Drawn:
    return f"{label}: {address}", f'<p><a href="{escape(address)}">{_lines(label)}</a></p>'


def _quote(quote: Quote, most: int) -> Drawn:
    said, by = _clean(quote.text, most), _clean(quote.by, LABEL)
    plain = "\n".join(f"“{line}”" if "\n" not in said else f"| {line}" for line in said.split("\n"))
    html = f"<blockquote><p>{_lines(said)}</p>{f'<p>— {escape(by)}</p>' if by else ''}</blockquote>"
    return (f"{plain}\n— {by}" if by else plain), html


def _facts(rows: Iterable[tuple[str, str]], most: int) -> Drawn:
    facts = [(_clean(label, most), _clean(value, most) or "–") for label, value in rows]
    plain = "\n".join(f"{label}: {value}" for label, value in facts)
    html = "<br/>".join(f"<strong>{_lines(label)}:</strong> {_lines(value)}" for label, value in facts)
    return plain, f"<p>{html}</p>"


def _bullets(items: Iterable[str], most: int) -> Drawn:
    said = [_clean(item, most) for item in items]
    html = "".join(f"<li>{_lines(item)}</li>" for item in said)
    return "\n".join(f"• {item}" for item in said), f"<ul>{html}</ul>"


def _scale(scale: Scale, keys: Mapping[Button, str], most: int) -> Drawn:
    """The points in a row, and what both ends mean."""
    points = _choices(scale.points, keys)
    ends = zip(scale.points[:1] + scale.points[-1:], (scale.low_anchor, scale.high_anchor), strict=False)
    anchors = " · ".join(f"{keys[point]} = {_clean(anchor, most)}" for point, anchor in ends if anchor)
    return _joined(points, _wrapped(anchors, "p", 2 * most + LABEL)) if anchors else points


def _choices(row: Iterable[Button], keys: Mapping[Button, str]) -> Drawn:
    drawn = [_choice(button, keys[button]) for button in row]
    return " · ".join(plain for plain, _ in drawn), f"<p>{' · '.join(html for _, html in drawn)}</p>"


def _choice(button: Button, key: str) -> Drawn:
    label, tick = _clean(button.label, LABEL), "✓ " if button.chosen else ""
    if label == key:
        return f"{tick}{key}", f"{tick}<strong>{escape(key)}</strong>"
    return f"{key} {tick}{label}", f"<strong>{escape(key)}</strong> {tick}{_lines(label)}"


def _picture(picture: Picture, address: str | None, most: int) -> Drawn:
    alt = _clean(picture.alt, most)
    if address is None:
        return _small(picture.alt, most)
    return alt, f'<p><img src="{escape(address)}" alt="{escape(alt)}" width="640"/></p>'


def _joined(first: Drawn, second: Drawn) -> Drawn:
    return f"{first[0]}\n{second[0]}", first[1] + second[1]


# Text and room for it.


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


def _clean(text: str, most: int) -> str:
    """The text without control characters and halves of characters, at most `most` long."""
    clean = text.translate(_CONTROLS).encode(errors="ignore").decode()
    return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"
