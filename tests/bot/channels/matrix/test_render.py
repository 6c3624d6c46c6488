"""Messages as events: what they say, and that nobody's words do anything."""

import json
import re
from html import unescape

import pytest

from bot.channels.matrix import render
from handlers.messages import Message, Quote
from tests.helpers.samples import DIGEST, HEARD, HOSTILE, HUGE, MESSAGES, PROMPT, TREND, UGLY, VOICE

TAGS = {"h4", "p", "strong", "em", "blockquote", "ul", "li", "br", "img"}
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
    ours = re.compile(r"</?(?:h4|p|strong|em|blockquote|ul|li)>|<br/>")
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
