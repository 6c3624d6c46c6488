"""Messages and forms as HTML: everything is drawn, and nothing a person wrote runs."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sandbox import render
from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Chips,
    ChoiceField,
    Facts,
    Form,
    Heading,
    Message,
    Paragraph,
    Part,
    Picture,
    Quote,
    Scale,
    Small,
    Style,
    TextField,
    TrendChart,
    Verb,
)
from tests.helpers.samples import HEARD

HOSTILE = (
    '<!channel> *bold* [x](http://evil) =HYPERLINK("…") <b>x</b> @everyone',
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "</p></blockquote><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; <!-- -->",
    "]]><svg onload=alert(1)>",
)
RATE = Action(Verb.RATE, "tok", "satisfied=2")
CHART = TrendChart("Satisfaction", ())


class Reader(HTMLParser):
    """What a browser makes of it: the tags, their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        return [value for attribute, value in self.attributes if attribute == name]


def read(*parts: Part) -> Reader:
    return Reader(render.html(Message(parts, "summary"), "7"))


def button(text: str = "2") -> Button:
    return Button(text, RATE, spoken=text)


def every_part(text: str) -> tuple[Part, ...]:
    return (
        Heading(text),
        Paragraph(text),
        Paragraph(text, strong=True),
        Quote(text, by=text),
        Facts(((text, text),)),
        Bullets((text,)),
        Scale((button(text),), text, text),
        Chips((button(text),)),
        Buttons((button(text),)),
        Small(text),
        Picture(CHART, text),
    )


def form_of(text: str) -> Form:
    options = ((text, text), ("b", text))
    fields = (
        TextField("words", text, multiline=True, hint=text, value=text),
        TextField("name", text, value=text),
        ChoiceField("outcome", text, options, value=text),
        ChoiceField("to", text, options * 5, value=text),
    )
    return Form(Action(Verb.CLOSE, "tok", text), text, fields, text, intro=text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_person_wrote_makes_no_tag_and_no_attribute_in_a_message(hostile: str) -> None:
    harmless, written = read(*every_part("words")), read(*every_part(hostile))

    assert written.tags == harmless.tags
    assert [name for name, _ in written.attributes] == [name for name, _ in harmless.attributes]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_person_wrote_makes_no_tag_and_no_attribute_in_a_form(hostile: str) -> None:
    harmless, written = Reader(render.form(form_of("words"))), Reader(render.form(form_of(hostile)))

    assert written.tags == harmless.tags
    assert [name for name, _ in written.attributes] == [name for name, _ in harmless.attributes]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_it_reads_as_typed(hostile: str) -> None:
    assert read(Quote(hostile)).text == hostile
    assert read(Picture(CHART, hostile)).values("alt") == [hostile]


@given(st.text().filter(lambda text: "\0" not in text))
def test_any_words_read_as_typed(text: str) -> None:
    assert read(Paragraph(text)).text == text


def test_something_to_hear_has_a_player_with_a_name() -> None:
    player = read(HEARD)
    assert player.values("src") == ["/sandbox/voices/v7Gk"]
    assert player.values("aria-label") == [HEARD.alt]


def test_the_character_html_cannot_hold_is_made_visible() -> None:
    assert read(Paragraph("a\0b")).text == "a\ufffdb"


def test_words_of_any_direction_keep_to_themselves() -> None:
    written = read(Quote("מצוין \u202e txet", by="דנה"))

    assert written.values("dir") == ["auto"]
    assert "bdi" in written.tags


def test_a_line_break_at_the_beginning_of_words_survives_in_the_text_box() -> None:
    field = TextField("words", "Words", multiline=True, value="\nsecond line")
    html = render.form(Form(RATE, "Title", (field,), "Send"))

    assert ">\n\nsecond line</textarea>" in html


def test_a_button_is_a_button_that_says_what_it_does() -> None:
    written = read(Buttons((Button("2", RATE, Style.PRIMARY, spoken="2 out of 5"),)))

    assert written.tags == ["div", "button"]
    assert written.attributes[2:] == [
        ("type", "button"),
        ("class", "button primary"),
        ("aria-label", "2 out of 5"),
        ("data-action", "rate|tok|satisfied=2"),
    ]


def test_what_is_chosen_says_so() -> None:
    written = read(Chips((Button("Slow", RATE, chosen=True), Button("Rude", RATE))))

    assert written.values("aria-pressed") == ["true", "false"]


def test_a_scale_is_a_group_with_its_ends_for_a_label() -> None:
    written = read(Scale((button("1"), button("2")), "Very bad", "Very good"))

    assert written.values("role") == ["group"]
    assert "Very bad – Very good" in written.values("aria-label")
    assert written.text == "12Very badVery good"


def test_a_scale_without_anchors_has_no_empty_ends() -> None:
    assert "span" not in read(Scale((button("1"),))).tags


def test_each_picture_has_its_address_and_its_finding_in_words() -> None:
    message = Message((Heading("Digest"), Picture(CHART, "Up"), Small("n"), Picture(CHART, "Down")), "Digest")
    written = Reader(render.html(message, "12"))

    assert written.values("src") == ["/sandbox/pictures/12-1.png", "/sandbox/pictures/12-3.png"]
    assert written.values("alt") == ["Up", "Down"]
    assert set(render.charts(message)) == {1, 3}


def test_few_options_are_radio_buttons_and_many_are_a_list() -> None:
    options = tuple((str(number), f"Option {number}") for number in range(render.MOST_RADIOS + 1))
    few = Reader(
        render.form(Form(RATE, "Title", (ChoiceField("to", "To", options[:-1], value="1"),), "Send"))
    )
    many = Reader(render.form(Form(RATE, "Title", (ChoiceField("to", "To", options, value="1"),), "Send")))

    assert few.tags.count("input") == render.MOST_RADIOS
    assert "select" not in few.tags
    assert ("checked", None) in few.attributes
    assert "select" in many.tags
    assert ("selected", None) in many.attributes


def test_a_list_without_a_choice_begins_with_none() -> None:
    options = tuple((str(number), "x") for number in range(render.MOST_RADIOS + 1))
    written = Reader(render.form(Form(RATE, "Title", (ChoiceField("to", "To", options),), "Send")))

    assert written.values("value")[0] == ""


def test_every_field_has_a_label_and_a_place_for_what_is_wrong() -> None:
    written = Reader(render.form(form_of("x")))

    assert {"field-words", "field-name", "field-to"} <= set(written.values("for"))
    assert written.values("data-error-for") == ["words", "name", "outcome", "to", ""]


def test_the_browser_cuts_nothing_that_was_pasted() -> None:
    assert "maxlength" not in render.form(
        Form(RATE, "Title", (TextField("words", "Words", max_length=5),), "Send")
    )
