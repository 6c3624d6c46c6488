"""A message or a form as HTML. Pure; every text is escaped, so that nothing a person wrote can run."""

from collections.abc import Iterable
from typing import assert_never

from markupsafe import Markup, escape

from handlers.messages import (
    Bullets,
    Button,
    Buttons,
    Chart,
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
    TextField,
)

PICTURES = "/sandbox/pictures"
VOICES = "/sandbox/voices"
MOST_RADIOS = 8
"""A choice of more options than this is drawn as a drop-down list."""


def html(message: Message, name: str = "") -> str:
    """The message as HTML. `name` is what the chat calls the message; its pictures are served under it."""
    addresses = (f"{PICTURES}/{name}-{place}.png" for place in range(len(message.parts)))
    parts = (_part(part, address) for part, address in zip(message.parts, addresses, strict=True))
    return str(_joined(parts))


def charts(message: Message) -> dict[int, Chart]:
    """The charts of a message by the number in their picture's address: their place among the parts."""
    return {place: part.chart for place, part in enumerate(message.parts) if isinstance(part, Picture)}


def form(form: Form) -> str:
    """The form as HTML: fields with their labels, hints and an empty place for what is wrong with each."""
    return str(
        Markup(
            '<form class="form" data-action="{action}" novalidate>'
            '<h2 id="form-title" dir="auto">{title}</h2>{intro}{fields}'
            '<p class="error" role="alert" data-error-for="" hidden></p>'
            '<button class="button primary">{submit}</button></form>'
        ).format(
            action=_clean(form.action.encode()),
            title=_clean(form.title),
            intro=_paragraph(form.intro) if form.intro else "",
            fields=_joined(map(_field, form.fields)),
            submit=_clean(form.submit),
        )
    )


def _part(part: Part, address: str) -> Markup:  # noqa: C901, PLR0911, PLR0912 -- one line for each kind of part
    match part:
        case Heading(text):
            return Markup('<h3 dir="auto">{}</h3>').format(_clean(text))
        case Paragraph(text, strong):
            return _paragraph(text, "strong" if strong else "")
        case Quote():
            return _quote(part)
        case Facts(rows):
            return Markup("<dl>{}</dl>").format(_joined(map(_fact, rows)))
        case Bullets(items):
            return Markup("<ul>{}</ul>").format(_joined(map(_bullet, items)))
        case Scale():
            return _scale(part)
        case Chips(options):
            return _group("chips", map(_toggle, options))
        case Buttons(buttons):
            return _group("buttons", map(_button, buttons))
        case Small(text):
            return _paragraph(text, "small")
        case Picture():
            return _picture(part, address)
        case Sound():
            return _sound(part)
        case Link(label, address):
            return _link(label, address)
        case _:
            assert_never(part)


def _paragraph(text: str, style: str = "") -> Markup:
    return Markup('<p class="{}" dir="auto">{}</p>').format(style, _clean(text))


def _link(label: str, address: str) -> Markup:
    return Markup(
        '<p><a class="button primary" href="{}" target="_blank" rel="noopener noreferrer">{}</a></p>'
    ).format(address, _clean(label))


def _quote(quote: Quote) -> Markup:
    by = Markup("<footer><bdi>{}</bdi></footer>").format(_clean(quote.by)) if quote.by else ""
    return Markup('<blockquote><p dir="auto">{}</p>{}</blockquote>').format(_clean(quote.text), by)


def _fact(row: tuple[str, str]) -> Markup:
    label, value = map(_clean, row)
    return Markup('<div><dt>{}</dt><dd dir="auto">{}</dd></div>').format(label, value)


def _bullet(item: str) -> Markup:
    return Markup('<li dir="auto">{}</li>').format(_clean(item))


def _scale(scale: Scale) -> Markup:
    anchors = tuple(_clean(anchor) for anchor in (scale.low_anchor, scale.high_anchor))
    ends = Markup('<span class="anchors" aria-hidden="true"><span>{}</span><span>{}</span></span>')
    return Markup('<div class="scale" role="group" aria-label="{}">{}{}</div>').format(
        " – ".join(filter(None, anchors)),
        Markup('<div class="points">{}</div>').format(_joined(map(_toggle, scale.points))),
        ends.format(*anchors) if any(anchors) else "",
    )


def _group(style: str, buttons: Iterable[Markup]) -> Markup:
    return Markup('<div class="{}" role="group">{}</div>').format(style, _joined(buttons))


def _button(button: Button) -> Markup:
    """A button for something to do."""
    return _drawn(button, Markup())


def _toggle(button: Button) -> Markup:
    """A button for something to choose: it says whether it is chosen."""
    return _drawn(button, Markup(' aria-pressed="{}"').format("true" if button.chosen else "false"))


def _drawn(button: Button, state: Markup) -> Markup:
    spoken = Markup(' aria-label="{}"').format(_clean(button.spoken)) if button.spoken else ""
    return Markup('<button type="button" class="button {}"{}{} data-action="{}">{}</button>').format(
        button.style, spoken, state, _clean(button.action.encode()), _clean(button.label)
    )


def _picture(picture: Picture, address: str) -> Markup:
    return Markup(
        '<picture><source srcset="{address}?dark=1" media="(prefers-color-scheme: dark)">'
        '<img src="{address}" alt="{alt}"></picture>'
    ).format(address=address, alt=_clean(picture.alt))


def _sound(sound: Sound) -> Markup:
    return Markup('<audio controls preload="none" src="{}/{}" aria-label="{}"></audio>').format(
        VOICES, _clean(sound.name), _clean(sound.alt)
    )


def _field(field: FormField) -> Markup:
    match field:
        case TextField():
            return _labelled(field.key, field.label, _text_box(field), field.hint)
        case ChoiceField() if len(field.options) <= MOST_RADIOS:
            return _radios(field)
        case ChoiceField():
            return _labelled(field.key, field.label, _list(field))
        case _:
            assert_never(field)


def _labelled(key: str, label: str, control: Markup, hint: str = "") -> Markup:
    return Markup(
        '<div class="field"><label for="field-{key}" dir="auto">{label}</label>'
        '<p class="small" id="hint-{key}" dir="auto">{hint}</p>{control}{error}</div>'
    ).format(key=key, label=_clean(label), hint=_clean(hint), control=control, error=_error(key))


def _text_box(field: TextField) -> Markup:
    """No `maxlength`: the browser would cut what was pasted; the handler says what is too long."""
    common = Markup(
        'id="field-{key}" name="{key}" dir="auto" aria-required="{required}" '
        'aria-describedby="hint-{key} error-{key}"'
    ).format(key=field.key, required="true" if field.required else "false")
    if field.multiline:
        # A browser drops a line break right after the tag: the extra one keeps the person's own.
        return Markup('<textarea {} rows="5">\n{}</textarea>').format(common, _clean(field.value))
    return Markup('<input {} value="{}">').format(common, _clean(field.value))


def _list(field: ChoiceField) -> Markup:
    empty = () if field.value else (Markup('<option value=""></option>'),)
    options = (
        Markup('<option value="{}"{}>{}</option>').format(
            key, Markup(" selected") if key == field.value else "", _clean(label)
        )
        for key, label in field.options
    )
    return Markup(
        '<select id="field-{key}" name="{key}" aria-describedby="error-{key}">{options}</select>'
    ).format(key=field.key, options=_joined((*empty, *options)))


def _radios(field: ChoiceField) -> Markup:
    options = (
        Markup(
            '<label class="option"><input type="radio" name="{}" value="{}"{}> <bdi>{}</bdi></label>'
        ).format(field.key, key, Markup(" checked") if key == field.value else "", _clean(label))
        for key, label in field.options
    )
    return Markup(
        '<fieldset class="field" aria-describedby="error-{key}">'
        '<legend dir="auto">{label}</legend>{options}{error}</fieldset>'
    ).format(key=field.key, label=_clean(field.label), options=_joined(options), error=_error(field.key))


def _error(key: str) -> Markup:
    return Markup('<p class="error" role="alert" id="error-{0}" data-error-for="{0}" hidden></p>').format(key)


def _clean(text: str) -> Markup:
    """Escaped, and with the one character that HTML cannot hold made visible."""
    return escape(text.replace("\0", "\ufffd"))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
