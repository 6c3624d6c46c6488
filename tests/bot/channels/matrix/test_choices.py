"""What can be typed under a message, and what an answer means."""

import pytest

from bot.channels.matrix.choices import as_json, chosen, from_json, key_of, marks, offered
from handlers.messages import Action, Button, Buttons, Message, Scale, Verb
from handlers.rules.scales import NO, YES
from tests.helpers.samples import ALERT, CHIPS, HUGE, PROMPT

CONSENT = Message(
    (
        Buttons(
            (
                Button("Kyllä", Action(Verb.RATE, "t", f"consent={YES}")),
                Button("Ei", Action(Verb.RATE, "t", f"consent={NO}")),
            )
        ),
        Buttons((Button("Ohita", Action(Verb.SKIP, "t", "consent")),)),
    ),
    "May we call?",
)


def test_beside_a_scale_everything_else_has_a_letter() -> None:
    keys = [choice.key for choice in offered(PROMPT)]
    assert keys == ["1", "2", "3", "4", "5", "A", "B"]


def test_without_a_scale_there_are_numbers() -> None:
    assert [choice.key for choice in offered(ALERT)] == ["1", "2", "3", "4"]
    assert [choice.key for choice in offered(CHIPS)] == ["1", "2", "3"]


def test_every_choice_has_a_key_of_its_own_however_many_there_are() -> None:
    keys = [choice.key for choice in offered(HUGE)]
    assert len(keys) == len(set(keys)) == 11 + 60 + 1
    assert keys[:11] == [str(score) for score in range(11)]


def test_points_without_digits_are_numbered_by_place() -> None:
    faces = Scale(tuple(Button(face, Action(Verb.RATE, "t", f"q={n}")) for n, face in enumerate("😀🙁")))
    assert [choice.key for choice in offered(Message((faces,), ""))] == ["1", "2"]


@pytest.mark.parametrize(
    ("said", "label"),
    [("2", "Hand over"), (" 1 ", "Take it"), ("take it!", "Take it"), ("Otan", "Take it"), ("jag tar", "Take it"),
     ("ei meidän", "Not ours"), ("soitin", "I called")],
)  # fmt: skip
def test_an_alert_is_answered_by_number_label_or_word(said: str, label: str) -> None:
    choice = chosen(offered(ALERT), said)
    assert choice
    assert choice.label == label


@pytest.mark.parametrize(
    ("said", "score"),
    [("1", YES), ("joo", YES), ("Ja.", YES), ("👍", YES), ("nej", NO), ("👎🏽", NO), ("2️⃣", NO)],
)
def test_yes_and_no_are_understood_in_three_languages(said: str, score: int) -> None:
    choice = chosen(offered(CONSENT), key_of(said))
    assert choice
    assert Action.decode(choice.action).value == f"consent={score}"


@pytest.mark.parametrize("said", ["", "9", "11", "take", "two", "2 of 5", "A B", "<b>"])
def test_anything_else_is_no_answer_to_a_scale(said: str) -> None:
    assert chosen(offered(PROMPT), said) is None


@pytest.mark.parametrize(
    ("reaction", "key"),
    [("1️⃣", "1"), ("5\u20e3", "5"), ("0️⃣", "0"), ("🔟", "10"), ("🇦", "A"), ("🇿", "Z"), ("✅", "✅"),
     ("☑️", "☑"), ("", "")],
)  # fmt: skip
def test_reactions_stand_for_keys(reaction: str, key: str) -> None:
    assert key_of(reaction) == key


def test_only_short_scales_get_reactions_of_ours() -> None:
    assert marks(PROMPT) == ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")
    assert [key_of(mark) for mark in marks(CONSENT)] == ["1", "2"]
    assert marks(HUGE) == ()
    assert marks(ALERT) == ()


def test_choices_travel_and_strangers_are_left_out() -> None:
    choices = offered(PROMPT)
    assert from_json(as_json(choices)) == choices
    strange = [{"key": "1"}, {"key": "1", "label": 2, "action": "x"}, "1", None]
    assert from_json(strange) == from_json("12") == from_json(None) == ()
