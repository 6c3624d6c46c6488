"""Messages as events: what they say, and that nobody's words do anything."""

import json
import re
from html import unescape

import pytest

from bot.channels.matrix import render
from bot.channels.matrix.choices import polled
from handlers.messages import Action, Button, Message, Quote, Scale, Verb
from tests.helpers.samples import DIGEST, HEARD, HOSTILE, HUGE, MESSAGES, PROMPT, TREND, UGLY, VOICE

TAGS = {"a", "h4", "p", "strong", "em", "blockquote", "ul", "li", "br", "img"}
"""Those that the specification lets pass."""
MOST = 65_536


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_an_event_that_servers_take(name: str) -> None:
    content = render.content(MESSAGES[name])
    assert content["msgtype"] == "m.text"
    assert content["body"]
    assert content["format"] == "org.matrix.custom.html"
    assert content["m.mentions"] == {}
    assert set(re.findall(r"<(\w+)", content["formatted_body"])) <= TAGS
    assert len(json.dumps(render.edited("$event", content)).encode()) < MOST / 2


def test_hostile_words_read_as_typed_in_both_forms() -> None:
    content = render.content(Message((Quote(HOSTILE),), "said"))
    assert HOSTILE in content["body"]
    assert HOSTILE in unescape(re.sub(r"<[^>]+>", "", content["formatted_body"]))


def test_no_tag_comes_from_anybodys_words() -> None:
    ours = re.compile(
        r'</?(?:h4|p|strong|em|blockquote|ul|li)>|<br/>|<a href="https://kaiku\.test/[^"]*">|</a>'
    )
    assert "<" not in ours.sub("", render.content(UGLY)["formatted_body"])


def test_lines_stay_lines_and_control_characters_go() -> None:
    content = render.content(Message((Quote("one\ntwo\x00\x1b[31m\ud800"),), ""))
    assert "one<br/>two[31m" in content["formatted_body"]


def test_a_picture_stands_where_it_was_uploaded_and_else_is_told() -> None:
    shown = render.content(DIGEST, {TREND: "mxc://kaiku.test/abc"})
    assert '<img src="mxc://kaiku.test/abc" alt="Satisfied customers' in shown["formatted_body"]
    assert TREND.alt in shown["body"]
    assert TREND.alt in render.content(DIGEST)["formatted_body"]


def test_something_to_hear_is_an_event_of_its_own() -> None:
    assert HEARD.alt in render.content(VOICE)["body"]
    heard = render.sound(HEARD, "mxc://kaiku.test/abc")
    assert (heard["msgtype"], heard["url"], heard["info"]["duration"]) == (
        "m.audio",
        "mxc://kaiku.test/abc",
        12_000,
    )


def test_what_can_be_chosen_is_written_out_and_kept_in_the_event() -> None:
    content = render.content(PROMPT)
    assert "1 · 2 · 3 · 4 · 5" in content["body"]
    assert "1 = Strongly disagree · 5 = Strongly agree" in content["body"]
    assert "A I'd rather talk to Maya · B Not my matter" in content["body"]
    assert content[render.ACTIONS][1] == {"key": "2", "label": "2", "action": "rate|x7Gk2mPq|ease=2"}


def test_beyond_every_limit_the_choices_stay() -> None:
    content = render.content(HUGE)
    assert len(content[render.ACTIONS]) == 72
    assert "Take it" in content["body"]


def test_an_edit_carries_the_new_content_and_a_short_fallback() -> None:
    edit = render.edited("$old", render.content(HUGE))
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$old"}
    assert edit["m.new_content"] == render.content(HUGE)
    assert edit["body"].startswith("* ")
    assert len(edit["body"]) < 500


def test_a_poll_has_the_ends_of_its_scale_in_words_and_hides_how_others_voted() -> None:
    ends = Scale(
        tuple(Button(str(n), Action(Verb.RATE, "t", f"q={n}")) for n in range(1, 11)), "poor", HOSTILE
    )
    drawn = render.poll(Message((ends,), "How was it?"), "$prompt")
    poll = drawn[render.POLL]
    assert [answer["id"] for answer in poll["answers"]] == [str(n) for n in range(1, 11)]
    assert poll["answers"][0]["org.matrix.msc1767.text"] == "1 – poor"
    assert poll["kind"].endswith("undisclosed")
    assert drawn["m.relates_to"]["event_id"] == "$prompt"
    assert (drawn["m.mentions"], "formatted_body" in drawn) == ({}, False)


def test_beyond_twenty_points_there_is_no_poll() -> None:
    many = Scale(tuple(Button(str(n), Action(Verb.RATE, "t", f"q={n}")) for n in range(21)))
    assert polled(Message((many,), "How was it?")) == ()
