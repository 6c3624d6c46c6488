"""A form, one question after another."""

import json

import pytest

from bot.channels.matrix import forms
from bot.channels.matrix.choices import from_json
from bot.channels.matrix.forms import Filling
from bot.channels.matrix.memory import FORM
from bot.channels.matrix.render import ACTIONS
from handlers.messages import Action, Verb
from tests.helpers.samples import CLOSING, HOSTILE, LOGGING

BEGUN = Filling(CLOSING.action, {}, conversation="!room", message="$alert")


def test_how_far_a_form_has_come_survives_the_journey() -> None:
    asked = json.loads(json.dumps(forms.question(CLOSING, BEGUN)))
    back = Filling.from_json(asked[FORM])
    assert back == Filling(CLOSING.action, {}, "outcome", "!room", "$alert")
    assert back.with_answer("resolved").given == {"outcome": "resolved"}


def test_a_choice_is_asked_by_number() -> None:
    asked = forms.question(CLOSING, BEGUN)
    assert "Close the case\nTom Guest: 2 of 5\nHow did it end?\n1 Resolved\n2 Explained" in asked["body"]
    choices = from_json(asked[ACTIONS])
    assert forms.value_of("2", choices) == forms.value_of("explained", choices) == "explained"
    assert forms.value_of("3", choices) is None


def test_words_are_asked_with_their_hint_and_may_be_left_out_where_the_form_says_so() -> None:
    asked = forms.question(CLOSING, Filling(CLOSING.action, {"outcome": "explained"}))
    assert "What was agreed\nThe customer does not see it" in asked["body"]
    assert forms.HOW_TO_SKIP in asked["body"]
    assert forms.value_of("-", ()) == forms.value_of("Ohita", ()) == ""
    assert forms.value_of(" as typed ", ()) == " as typed "


def test_after_the_last_field_the_form_is_complete() -> None:
    full = Filling(CLOSING.action, {"outcome": "explained", "words": ""})
    assert forms.next_field(CLOSING, full) is None
    with pytest.raises(ValueError, match="complete"):
        forms.question(CLOSING, full)


def test_a_choice_of_nothing_is_not_asked_for() -> None:
    filling, asked = Filling(LOGGING.action, {}), []
    while field := forms.next_field(LOGGING, filling):
        asked.append(field.key)
        filling = Filling(LOGGING.action, {**filling.given, field.key: "x"})
    assert asked == ["customer", "service", "type", "words"]


def test_what_people_wrote_into_a_form_reads_as_typed() -> None:
    given = {"customer": "x", "service": "", "type": "t1"}
    asked = forms.question(LOGGING, Filling(LOGGING.action, given), problem=HOSTILE)
    assert asked["body"].count(HOSTILE) == 3
    assert "<b>" not in asked["formatted_body"]


@pytest.mark.parametrize("word", ["peru", "Avbryt", " cancel "])
def test_one_may_stop_in_three_languages(word: str) -> None:
    assert forms.wants_to_stop(word)
    assert not forms.wants_to_stop(f"{word} my contract")


@pytest.mark.parametrize(
    "strange",
    [{}, {"action": "close|x|"}, {"action": "nonsense", "given": {}, "asking": "", "conversation": "", "message": ""},
     {**BEGUN.as_json(), "given": 7}],
)  # fmt: skip
def test_what_we_did_not_write_is_no_form(strange: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever way it is strange
        Filling.from_json(strange)


def test_a_form_about_nothing_travels_too() -> None:
    assert Filling.from_json(Filling(Action(Verb.LOG), {}).as_json()).action == Action(Verb.LOG)
