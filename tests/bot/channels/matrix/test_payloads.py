"""What a homeserver tells, tamed; and what is not for us."""

from typing import Any

import pytest

from bot.channels.matrix.payloads import Moved, Reacted, Said, Sealed, command_in, tame

ROOM = "!room:kaiku.test"


def event(kind: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"event_id": "$1", "sender": "@tom:kaiku.test", "origin_server_ts": 1_795_000_000_000}
    return {**told, "type": kind, "content": content, **more}


def text(body: str, **more: Any) -> dict[str, Any]:
    return event("m.room.message", {"msgtype": "m.text", "body": body, **more})


def said(source: dict[str, Any]) -> Said:
    heard = tame(ROOM, source)
    assert isinstance(heard, Said)
    return heard


def test_words_come_as_they_were_written() -> None:
    heard = said(text("> not a quote\nÅke & <b>@room</b> @maya:kaiku.test"))
    assert heard.words == "> not a quote\nÅke & <b>@room</b> @maya:kaiku.test"
    assert (heard.room, heard.event, heard.person) == (ROOM, "$1", "@tom:kaiku.test")
    assert heard.reply_to == ""


def test_a_reply_is_told_without_what_it_quotes() -> None:
    relation = {"m.in_reply_to": {"event_id": "$prompt"}}
    heard = said(text("> <@kaiku:kaiku.test> How was it?\n> 1 2 3\n\n2", **{"m.relates_to": relation}))
    assert (heard.words, heard.reply_to) == ("2", "$prompt")


def test_in_a_thread_only_a_real_reply_is_one() -> None:
    thread = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    assert said(text("2", **{"m.relates_to": {**thread, "is_falling_back": True}})).reply_to == ""
    assert said(text("2", **{"m.relates_to": thread})).reply_to == "$last"


@pytest.mark.parametrize("word", ["!feedback", "!palaute", "!respons", "!Feedback"])
def test_commands_in_three_languages(word: str) -> None:
    assert command_in(f"{word} log + Acme: ok") == "log + Acme: ok"
    assert command_in(word) == ""
    assert command_in(f"{word}s") is None
    assert command_in(f"say {word}") is None


def test_somebody_named_in_a_command_is_named_by_id() -> None:
    typed = said(text("!palaute ask @tom:kaiku.test visit"))
    assert typed.words == "!palaute ask <@@tom:kaiku.test> visit"
    pill = '!feedback ask <a href="https://matrix.to/#/@tom:kaiku.test">Tom &amp; Co</a> visit'
    picked = said(text("!feedback ask Tom & Co visit", formatted_body=pill))
    assert picked.words == "!feedback ask <@@tom:kaiku.test> visit"


def test_reactions_memberships_and_sealed_words() -> None:
    relation = {"rel_type": "m.annotation", "event_id": "$prompt", "key": "2️⃣"}
    heard = tame(ROOM, event("m.reaction", {"m.relates_to": relation}))
    assert isinstance(heard, Reacted)
    assert (heard.message, heard.reaction) == ("$prompt", "2️⃣")

    moved = tame(ROOM, event("m.room.member", {"membership": "leave"}, state_key="@tom:kaiku.test"))
    assert isinstance(moved, Moved)
    assert (moved.member, moved.membership) == ("@tom:kaiku.test", "leave")

    assert isinstance(tame(ROOM, event("m.room.encrypted", {"ciphertext": "x"})), Sealed)


@pytest.mark.parametrize(
    "source",
    [
        event("m.room.topic", {"topic": "x"}),
        event("m.room.message", {}),
        event("m.room.message", {"msgtype": "m.notice", "body": "from another bot"}),
        event("m.room.message", {"msgtype": "m.image", "body": "cat.png"}),
        text("* corrected", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}),
        event("m.reaction", {}),
        event("m.reaction", {"m.relates_to": {"rel_type": "m.reference", "event_id": "$0"}}),
    ],
)
def test_what_is_nothing_for_us(source: dict[str, Any]) -> None:
    assert tame(ROOM, source) is None


@pytest.mark.parametrize(
    "source",
    [{}, {"type": "m.room.message"}, text("x", **{"m.relates_to": 7}), event("m.room.message", {"body": 7})],
)
def test_an_unknown_shape_says_where_it_does_not_fit_but_not_what_it_says(source: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\(") as strange:
        tame(ROOM, source)
    assert "7" not in str(strange.value)
