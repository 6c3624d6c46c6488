"""Messages and forms as Adaptive Cards 1.5. Pure.

Words travel as `TextRun`s, which know no markdown, no links and no mentions, so that what somebody
typed reads as typed and pings nobody; `TextBlock` and `FactSet` know a part of markdown and are not
used. Without `msteams.entities` a card mentions nobody.

A card beyond 20 KB is refused by Teams. What is longer is shortened with “…”, the longest texts
first; then texts give way from the end; buttons stay whatever happens.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, assert_never

import orjson

from handlers.buttons import asks_for_form
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

Card = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
LARGEST = 20_000
"""Bytes of one card as JSON."""
TEXT, LABEL, SUMMARY = 6000, 75, 1000
"""The most characters of a text, of a button or option, and of a notification."""
SHORTEST = 20
ACTIONS = 5
"""Buttons in one row: what Teams shows without a menu, on the narrowest client."""
PRESS, SUBMIT, OPEN = "press", "submit", "open"
"""What pressing means: done at once; a form is handed in; a form is wanted."""
FIELD = "field."
"""Stands before the key of a field, so that none is taken for a part of the button's own data."""

_STYLES = {Style.PLAIN: "default", Style.PRIMARY: "positive", Style.DANGER: "destructive"}
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])


def card(message: Message) -> Card:
    """The message as a card of at most 20 000 bytes."""
    return _within(lambda most: _card([*_drawn(message, most)], message.summary))


def form_card(
    form: Form,
    *,
    dialog: bool,
    origin: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Card:
    """The form as a card: in a dialog, or standing in the conversation.

    `origin` comes back with what was filled in; `values` is what was typed already, by field, and
    `errors` what is wrong with it.
    """
    typed, wrong = values or {}, errors or {}

    def drawn(most: int) -> Card:
        heading = [] if dialog else [_text(form.title, most, size="Medium", weight="Bolder")]
        intro = [_text(form.intro, most)] if form.intro else []
        fields = [part for field in form.fields for part in _field(field, typed, wrong, most)]
        body = [*heading, *intro, *_elsewhere(form, wrong, most), *fields]
        return {**_card(body, form.title), "actions": [_submit(form, dialog=dialog, origin=origin)]}

    return _within(drawn)


def dialog(form: Form, drawn: Card) -> dict[str, Any]:
    """What opens a dialog, or keeps it open, with this card in it."""
    content = {"contentType": CARD, "content": drawn}
    value = {"title": clean(form.title, LABEL), "width": "medium", "height": "medium", "card": content}
    return {"task": {"type": "continue", "value": value}}


def text(message: Message) -> str:
    """The message in one line: for notifications."""
    return clean(message.summary, SUMMARY)


def clean(words: str, most: int) -> str:
    """The words without control characters, at most `most` long; Teams refuses an empty text."""
    kept = words.translate(_CONTROLS).encode(errors="ignore").decode() or "–"
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


# Room for it.


def _within(draw: Callable[[int], Card]) -> Card:
    most = TEXT
    drawn = draw(most)
    while _size(drawn) > LARGEST and most > SHORTEST:
        most = max(SHORTEST, most * 2 // 3)
        drawn = draw(most)
    while _size(drawn) > LARGEST and (spare := _spare(drawn["body"])):
        drawn["body"].remove(spare[-1])
    return drawn


def _spare(body: Sequence[Card]) -> list[Card]:
    return [part for part in body if part["type"] in ("RichTextBlock", "Container")]


def _size(drawn: Card) -> int:
    return len(orjson.dumps(drawn))


def _card(body: list[Card], summary: str) -> Card:
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "fallbackText": clean(summary, SUMMARY),
        "body": body or [_text(summary, SUMMARY)],
    }


# The parts of a message.


def _drawn(message: Message, most: int) -> Iterator[Card]:
    for part in message.parts:
        yield from _part(part, most)


def _part(part: Part, most: int) -> Iterator[Card]:  # noqa: C901 -- one line for each kind of part
    match part:
        case Heading():
            yield _text(part.text, most, size="Large", weight="Bolder")
        case Paragraph():
            yield _text(part.text, most, **({"weight": "Bolder"} if part.strong else {}))
        case Quote():
            yield _quote(part, most)
        case Facts():
            yield from (_fact(label, value, most) for label, value in part.rows)
        case Bullets():
            yield from (_runs(_run("• ", most), _run(item, most), spacing="Small") for item in part.items)
        case Scale():
            yield from _rows(part.points, most)
            yield from _anchors(part, most)
        case Chips(options=buttons) | Buttons(buttons=buttons):
            yield from _rows(buttons, most)
        case Small():
            yield _small(part.text, most)
        case Picture():
            # Drawn beside the card, where it fits: what it shows is said here for everybody.
            yield _small(part.alt, most)
        case Sound():
            # Teams plays nothing that a bot sends.
            yield _small(part.elsewhere, most)
        case Link():
            opens = {"type": "Action.OpenUrl", "title": clean(part.label, LABEL), "url": part.address}
            yield {"type": "ActionSet", "actions": [opens]}
        case _:
            assert_never(part)


def _text(words: str, most: int, **look: Any) -> Card:
    return _runs(_run(words, most, **look))


def _runs(*runs: Card, **look: Any) -> Card:
    return {"type": "RichTextBlock", "inlines": list(runs), **look}


def _run(words: str, most: int, **look: Any) -> Card:
    return {"type": "TextRun", "text": clean(words, most), **look}


def _small(words: str, most: int) -> Card:
    return _text(words, most, size="Small", isSubtle=True)


def _quote(part: Quote, most: int) -> Card:
    by = [_small(f"— {part.by}", most)] if part.by else []
    return {"type": "Container", "style": "emphasis", "items": [_text(part.text, most), *by]}


def _fact(label: str, value: str, most: int) -> Card:
    return _runs(_run(f"{label}: ", most, weight="Bolder"), _run(value, most), spacing="Small")


def _anchors(part: Scale, most: int) -> Iterator[Card]:
    if part.points and (part.low_anchor or part.high_anchor):
        ends = ((part.points[0], part.low_anchor), (part.points[-1], part.high_anchor))
        yield _small(" · ".join(f"{point.label} = {anchor}" for point, anchor in ends if anchor), most)


def _rows(buttons: Sequence[Button], most: int) -> Iterator[Card]:
    """Rows of nearly equal length."""
    count = -(-len(buttons) // ACTIONS)
    for row in range(count):
        start, end = row * len(buttons) // count, (row + 1) * len(buttons) // count
        yield {"type": "ActionSet", "actions": [_action(button, most) for button in buttons[start:end]]}


def _action(button: Button, most: int) -> Card:
    style = Style.PRIMARY if button.chosen else button.style
    label = f"✓ {button.label}" if button.chosen else button.label
    drawn: Card = {"title": clean(label, min(LABEL, most)), **_meaning(button)}
    if style is not Style.PLAIN:
        drawn["style"] = _STYLES[style]
    if button.spoken:
        drawn["tooltip"] = clean(button.spoken, min(LABEL, most))
    return drawn


def _meaning(button: Button) -> Card:
    """A dialog can only be opened by `Action.Submit`; everything else is `Action.Execute`."""
    action = button.action.encode()
    if asks_for_form(button.action):
        data = {"msteams": {"type": "task/fetch"}, "verb": OPEN, "action": action}
        return {"type": "Action.Submit", "data": data, "associatedInputs": "none"}
    return {
        "type": "Action.Execute",
        "verb": PRESS,
        "data": {"action": action},
        "associatedInputs": "none",
    }


# The fields of a form.


def _submit(form: Form, *, dialog: bool, origin: str) -> Card:
    data = {"action": form.action.encode(), "origin": origin}
    title = clean(form.submit, LABEL)
    if dialog:
        return {"type": "Action.Submit", "title": title, "style": "positive", "data": data}
    return {"type": "Action.Execute", "title": title, "style": "positive", "verb": SUBMIT, "data": data}


def _elsewhere(form: Form, errors: Mapping[str, str], most: int) -> Iterator[Card]:
    """Errors of fields that the form does not have."""
    known = {field.key for field in form.fields}
    yield from (_error(sentence, most) for key, sentence in errors.items() if key not in known)


def _field(
    field: FormField, values: Mapping[str, str], errors: Mapping[str, str], most: int
) -> Iterator[Card]:
    if field.key in errors:
        yield _error(errors[field.key], most)
    label = clean(field.label, most)
    drawn: Card = {"id": FIELD + field.key, "label": label, "isRequired": field.required}
    if field.required:
        drawn["errorMessage"] = label
    if value := values.get(field.key, field.value):
        drawn["value"] = value
    yield drawn | (_choice(field, most) if isinstance(field, ChoiceField) and field.options else _box(field))


def _box(field: FormField) -> Card:
    box: Card = {"type": "Input.Text"}
    if isinstance(field, TextField):
        box |= {"isMultiline": field.multiline, "maxLength": field.max_length}
        if field.hint:
            box["placeholder"] = clean(field.hint, SUMMARY)
    return box


def _choice(field: ChoiceField, most: int) -> Card:
    choices = [{"title": clean(label, min(LABEL, most)), "value": key} for key, label in field.options]
    return {"type": "Input.ChoiceSet", "style": "compact", "choices": choices}


def _error(sentence: str, most: int) -> Card:
    return _text(sentence, most, color="Attention", weight="Bolder")
