import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from bot.channels.teams.render import FIELD, LARGEST, OPEN, PRESS, SUBMIT, card, dialog, form_card, text
from handlers.messages import Action, Button, Buttons, Form, Message, Paragraph, Scale, TextField, Verb
from tests.helpers.samples import (
    ALERT,
    CLOSING,
    FORMS,
    HEARD,
    HOSTILE,
    HUGE,
    LOGGING,
    MESSAGES,
    PROMPT,
    UGLY,
    VOICE,
)
from tests.helpers.teams_server import actions, words
from tests.peers.running import ask

Json = dict[str, Any]
DRAWN = {
    **{name: card(message) for name, message in MESSAGES.items()},
    **{f"{name} in a dialog": form_card(form, dialog=True) for name, form in FORMS.items()},
    **{f"{name} as a message": form_card(form, dialog=False) for name, form in FORMS.items()},
}


def parts(node: Any) -> Iterator[Json]:
    """Every element of a card, at any depth."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from parts(value)
    if isinstance(node, dict):
        yield node


def test_teams_plays_nothing_and_says_how_to_hear() -> None:
    assert HEARD.elsewhere in json.dumps(card(VOICE))


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_a_card_is_never_larger_than_teams_takes(drawn: Json) -> None:
    assert len(orjson.dumps(drawn)) <= LARGEST
    assert drawn["version"] == "1.5"


@pytest.mark.peer
@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_microsofts_own_library_has_nothing_against_a_card(drawn: Json) -> None:
    assert ask("adaptive_card.cjs", drawn) == []


@pytest.mark.peer
def test_microsofts_own_library_would_have_told() -> None:
    assert ask("adaptive_card.cjs", {**card(PROMPT), "body": [{"type": "Input.Text"}]})


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_nothing_that_knows_markdown_or_mentions_is_used(drawn: Json) -> None:
    kinds = {part.get("type") for part in parts(drawn)}
    assert not kinds & {"TextBlock", "FactSet", "Fact"}
    assert "entities" not in json.dumps(drawn)


def test_hostile_words_read_as_typed() -> None:
    drawn = card(UGLY)
    assert words(drawn).count(HOSTILE) >= 8
    assert all(HOSTILE[:60] in action["title"] for action in actions(drawn))


def test_a_button_says_what_it_means_and_takes_no_field_with_it() -> None:
    first = actions(card(PROMPT))[0]
    assert first["type"] == "Action.Execute"
    assert (first["verb"], first["data"]) == (PRESS, {"action": "rate|x7Gk2mPq|ease=1"})
    assert (first["title"], first["tooltip"]) == ("1", "1 of 5")
    assert {action["associatedInputs"] for action in actions(card(ALERT))} == {"none"}


def test_a_button_that_needs_words_opens_a_dialog() -> None:
    take, hand_over, *_ = actions(card(ALERT))
    assert take["type"] == "Action.Execute"
    assert hand_over["type"] == "Action.Submit"
    assert hand_over["data"] == {
        "msteams": {"type": "task/fetch"},
        "verb": OPEN,
        "action": "hand|c4Se|",
    }


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (5, [5]), (7, [3, 4]), (11, [3, 4, 4])])
def test_a_scale_stands_in_rows_of_nearly_equal_length(count: int, rows: list[int]) -> None:
    points = tuple(Button(str(n), Action(Verb.RATE, "t", f"q={n}")) for n in range(count))
    drawn = card(Message((Scale(points),), "?"))
    assert [len(row["actions"]) for row in drawn["body"]] == rows
    assert [action["title"] for action in actions(drawn)] == [str(n) for n in range(count)]


def test_the_longest_words_give_way_first_and_no_button_does() -> None:
    drawn = card(HUGE)
    assert len(actions(drawn)) == 11 + 60 + 1 + 1
    long = card(Message((Paragraph("short"), Paragraph("x" * 50_000), Buttons(ALERT.parts[-1].buttons)), "?"))  # type: ignore[union-attr]
    assert "short" in words(long)
    assert [a["title"] for a in actions(long)] == ["Take it", "Hand over", "I called", "Not ours"]


def test_characters_that_json_or_teams_would_choke_on_are_left_out() -> None:
    assert words(card(Message((Paragraph("a\x00b\x07\ud800c\nd"),), ""))) == "abc\nd"
    assert text(Message((), "")) == "–"


def test_a_form_carries_its_action_its_origin_and_what_was_typed() -> None:
    drawn = form_card(CLOSING, dialog=True, origin="1700", values={"words": "typed", "outcome": "resolved"})
    (submit,) = drawn["actions"]
    assert (submit["type"], submit["data"]) == ("Action.Submit", {"action": "close|c4Se|", "origin": "1700"})
    values = {part["id"]: part["value"] for part in drawn["body"] if "id" in part}
    assert values == {f"{FIELD}outcome": "resolved", f"{FIELD}words": "typed"}
    opened = dialog(CLOSING, drawn)["task"]
    assert (opened["type"], opened["value"]["title"]) == ("continue", "Close the case")


def test_a_form_among_messages_has_its_title_and_is_executed() -> None:
    drawn = form_card(CLOSING, dialog=False)
    assert "Close the case" in words(drawn)
    assert (drawn["actions"][0]["type"], drawn["actions"][0]["verb"]) == ("Action.Execute", SUBMIT)


def test_what_is_wrong_stands_by_its_field_and_never_gets_lost() -> None:
    drawn = form_card(CLOSING, dialog=True, errors={"words": "Please write.", "elsewhere": "Too late."})
    kinds = [part.get("id") or words(part) for part in drawn["body"]]
    assert kinds == ["Tom Guest: 2 of 5", "Too late.", f"{FIELD}outcome", "Please write.", f"{FIELD}words"]


def test_every_choice_of_a_long_list_is_offered() -> None:
    drawn = form_card(LOGGING, dialog=True)
    service = next(part for part in drawn["body"] if part.get("id") == f"{FIELD}service")
    assert len(service["choices"]) == 246
    nothing = next(part for part in drawn["body"] if part.get("id") == f"{FIELD}none")
    assert nothing["type"] == "Input.Text"


def test_a_required_field_says_so_with_its_label() -> None:
    field = TextField("words", "What happened?", max_length=300)
    (drawn,) = form_card(Form(Action(Verb.LOG), "Log", (field,), "Send"), dialog=True)["body"]
    assert (drawn["isRequired"], drawn["errorMessage"], drawn["maxLength"]) == (True, "What happened?", 300)
