"""Messages as Telegram takes them: every word, within every limit, and nothing that acts."""

import pytest
from pydantic import TypeAdapter, ValidationError
from telegram import MessageEntity
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from bot.channels.telegram import render
from bot.channels.telegram.render import JOINER, draw, keyboard, shortened, tame, units
from handlers.declared import WordKey
from handlers.messages import (
    Action,
    Button,
    Buttons,
    Chips,
    Heading,
    Link,
    Message,
    Paragraph,
    Part,
    Quote,
    Scale,
    Small,
    Verb,
)
from storage.tokens import new_token
from tests.helpers.samples import ALERT, CHIPS, DIGEST, HOSTILE, HUGE, MESSAGES, PROMPT

LONGEST = Action(Verb.REASON, "x" * 12, f"{'q' * 23}={'r' * 23}")


def labels(message: Message) -> list[list[str]]:
    drawn = keyboard(message)
    return [[key.text for key in row] for row in drawn.inline_keyboard] if drawn else []


def test_our_limits_are_those_of_the_library() -> None:
    assert render.TEXT == MessageLimit.MAX_TEXT_LENGTH
    assert render.CAPTION == MessageLimit.CAPTION_LENGTH
    assert render.ENTITIES == MessageLimit.MESSAGE_ENTITIES
    assert render.DATA == InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


def test_a_prompt_reads_from_top_to_bottom() -> None:
    lines = draw(PROMPT).main.text.split("\n\n")

    assert lines[0] == "How was it?"
    assert lines[2:4] == [
        "It was easy for me to get my matter handled.",
        "1 = Strongly disagree · 5 = Strongly agree",
    ]
    assert labels(PROMPT) == [["1", "2", "3", "4", "5"], ["I'd rather talk to Maya"], ["Not my matter"]]


def test_a_chosen_point_and_a_chosen_chip_are_marked() -> None:
    assert labels(MESSAGES["rated"]) == [["1", "✓ 2", "3", "4", "5"]]
    assert labels(CHIPS) == [["✓ Slow", "Passed on"], ["Write"]]


def test_eleven_points_stand_in_two_rows() -> None:
    points = tuple(Button(str(n), Action(Verb.RATE, "t", f"nps={n}")) for n in range(11))

    assert [len(row) for row in labels(Message((Scale(points),), "?"))] == [6, 5]


def test_an_entity_covers_exactly_its_words_also_after_emoji() -> None:
    text = draw(Message((Heading("👍🏽👍🏽"), Paragraph("Åke", strong=True), Quote("hyvä")), "x")).main

    def covered(entity: MessageEntity) -> str:
        raw = text.text.encode("utf-16-le")
        return raw[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")

    assert [(entity.type, covered(entity)) for entity in text.entities] == [
        ("bold", "👍🏽👍🏽"),
        ("bold", "Åke"),
        ("blockquote", "hyvä"),
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_fits(name: str) -> None:
    drawn = draw(MESSAGES[name], told=render.pictures(MESSAGES[name]))

    for text in (drawn.main, *drawn.rest):
        assert 1 <= units(text.text) <= render.TEXT
        assert len(text.entities) <= render.ENTITIES
        assert all(e.length > 0 and e.offset + e.length <= units(text.text) for e in text.entities)
    rows = drawn.keyboard.inline_keyboard if drawn.keyboard else ()
    assert sum(map(len, rows)) <= render.KEYS
    assert all(1 <= len(str(key.callback_data).encode()) <= render.DATA for row in rows for key in row)


def test_no_value_that_an_organisation_can_cause_is_too_long() -> None:
    key = "q" * 23
    for refused in ("q" * 24, "Ö"):
        with pytest.raises(ValidationError):
            TypeAdapter(WordKey).validate_python(refused)
    for verb in Verb:
        value = f"{TypeAdapter(WordKey).validate_python(key)}={key if verb is Verb.REASON else 10}"
        assert len(Action(verb, new_token(), value).encode().encode()) <= render.DATA


def test_the_longest_value_travels_and_a_longer_one_is_left_out() -> None:
    assert len(LONGEST.encode().encode()) == 64
    too_long = Action(LONGEST.verb, LONGEST.ref, f"{LONGEST.value}!")
    chips = Chips((Button("Fits", LONGEST), Button("Too long", too_long)))

    assert labels(Message((chips,), "?")) == [["Fits"]]


def test_a_label_has_its_share_of_the_row_or_a_row_of_its_own() -> None:
    long, short = (Button(label, Action(Verb.TAKE, "x")) for label in ("Ei meidän asiamme…", "Sulje…"))

    assert labels(Message((Buttons((long, short)),), "?")) == [["Ei meidän asiamme…"], ["Sulje…"]]
    assert labels(Message((Buttons((short, short, short)),), "?")) == [["Sulje…"] * 3]
    two = tuple(Button(label, Action(Verb.TAKE, "x")) for label in ("Otan hoitaakseni", "Otin yhteyttä…"))
    assert labels(Message((Buttons(two),), "?")) == [["Otan hoitaakseni", "Otin yhteyttä…"]]


def test_what_can_be_done_stands_even_beneath_a_hundred_chips() -> None:
    chips = Chips(tuple(Button("C" * 40, Action(Verb.REASON, "t", f"q={n}")) for n in range(150)))
    take = Buttons((Button("Take it", Action(Verb.TAKE, "c4Se")),))
    rows = labels(Message((chips, take), "?"))

    assert rows[-1] == ["Take it"]
    assert sum(map(len, rows)) == 100


def test_long_words_are_shortened_and_follow_whole() -> None:
    story = " ".join(f"word{n}" for n in range(1500))
    drawn = draw(Message((*ALERT.parts[:2], Quote(story), *ALERT.parts[3:]), "x"))

    assert "Tom Guest was dissatisfied (2 of 5)" in drawn.main.text
    assert "…" in drawn.main.text
    assert " ".join(text.text for text in drawn.rest).split() == story.split()


def test_what_goes_beyond_everything_ends_somewhere() -> None:
    assert len(draw(HUGE).rest) == render.REST
    assert draw(HUGE).rest[-1].text.endswith("…")


def test_a_picture_is_told_in_words_only_when_asked_for() -> None:
    assert "n = 20 each" not in draw(DIGEST).main.text
    assert "n = 20 each" in draw(DIGEST, told=render.pictures(DIGEST)).main.text


def test_hostile_words_read_as_typed() -> None:
    text = draw(Message((Quote(HOSTILE),), "x")).main

    assert text.text.replace(JOINER, "") == HOSTILE
    assert [entity.type for entity in text.entities] == ["blockquote"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("@maya and /stop", f"@{JOINER}maya and /{JOINER}stop"),
        ("/stop@KaikuBot", f"/{JOINER}stop@KaikuBot"),
        ("(/stop)", f"(/{JOINER}stop)"),
        ("tom@example.com and/or http://a.b/c </b>", "tom@example.com and/or http://a.b/c </b>"),
        ("nul\0 bell\a half\ud800 tab\t", "nul bell half tab"),
        ("\0", "–"),
        ("", "–"),
    ],
)
def test_nothing_acts_that_somebody_typed(typed: str, told: str) -> None:
    assert tame(typed) == told


def test_shortening_never_cuts_a_character_in_two() -> None:
    assert shortened("👍" * 10, 6) == "👍👍…"
    assert shortened("abc", 3) == "abc"


def test_a_popup_is_one_short_line() -> None:
    assert render.popup(Message((Paragraph("Thank you."),), "Thanks")) == "Thank you."
    assert render.popup(Message((), "Thanks")) == "Thanks"


@pytest.mark.parametrize(
    "parts", [(Paragraph("S" * 201),), (Paragraph("x"), Small("y")), (Link("Open", "https://kaiku.test/x"),)]
)
def test_what_is_more_does_not_pop_up(parts: tuple[Part, ...]) -> None:
    assert render.popup(Message(parts, "x")) == ""
