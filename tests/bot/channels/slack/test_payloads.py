from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.slack.payloads import Heard, Kind, as_typed, kind_of, tame
from handlers.events import (
    CaseClosed,
    CommandGiven,
    FeedbackRequested,
    FormAsked,
    RatingGiven,
    Sender,
    WordsReceived,
)
from handlers.messages import Action, Verb
from storage.vocabulary import Outcome
from tests.helpers import slack_payloads as slack

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TWO = Action(Verb.RATE, "x7Gk", "ease=2")
CLOSE = Action(Verb.CLOSE, "c4Se")


def heard(payload: dict[str, Any]) -> Heard:
    found = tame(payload, NOW)
    assert found is not None
    return found


def test_a_tap_is_a_rating() -> None:
    found = heard(slack.block_action(TWO))
    assert found.event == RatingGiven(
        by=Sender("slack", "U0TOM", workspace="T0CLINIC", name="u0tom"),
        at=NOW,
        delivery_id="D0TOM:1795500000.000100:U0TOM:1795500060.123456:rate.0:rate|x7Gk|ease=2",
        conversation="D0TOM",
        message="1795500000.000100",
        invitation="x7Gk",
        question="ease",
        score=2,
    )
    assert found.kind is Kind.PRESS
    assert found.trigger


def test_the_same_delivery_has_the_same_id_and_another_tap_another() -> None:
    first, again = heard(slack.block_action(TWO)), heard(slack.block_action(TWO))
    later = heard(slack.block_action(TWO, at="1795500060.200000"))
    other = heard(slack.block_action(TWO, user="U0ANNA"))
    ids = [found.event.delivery_id for found in (first, again, later, other)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_tap_where_others_read_is_not_private_unless_only_one_sees_the_message() -> None:
    shared = heard(slack.block_action(TWO, conversation="C0SUPPORT"))
    alone = heard(slack.block_action(TWO, conversation="C0SUPPORT", ephemeral=True))
    assert not shared.event.private
    assert shared.place.response_url == ""
    assert alone.event.private
    assert alone.place.response_url.startswith("https://hooks.slack.com/")


def test_a_form_comes_back_with_its_action_and_the_message_it_was_asked_on() -> None:
    found = heard(
        slack.view_submission(
            CLOSE, {"words": " Called her. ", "more": None}, choices={"outcome": "explained", "x": None}
        )
    )
    assert isinstance(found.event, CaseClosed)
    assert (found.event.case, found.event.outcome, found.event.words) == (
        "c4Se",
        Outcome.EXPLAINED,
        "Called her.",
    )
    assert (found.event.conversation, found.event.message) == ("D0MAYA", "1795500000.000200")
    assert found.fields == ("words", "more", "outcome", "x")
    assert found.event.delivery_id == "V0FORM:156772938.1827394"
    assert found.event.private


def test_the_shortcut_asks_for_a_form_about_the_author_of_the_message() -> None:
    found = heard(slack.message_shortcut())
    assert isinstance(found.event, FormAsked)
    assert found.event.action == Action(Verb.ASK, ref="U0TOM")
    assert (found.event.conversation, found.event.message) == ("C0SUPPORT", "1795500000.000300")


def test_a_command_is_its_words_with_mentions_as_ids() -> None:
    found = heard(slack.slash_command("log + Acme &amp; Co: thanked <@U0VILLE|ville> <#C0HELP|helpdesk>"))
    assert isinstance(found.event, CommandGiven)
    assert found.event.words == "log + Acme & Co: thanked <@U0VILLE> #helpdesk"
    assert found.event.delivery_id == "13345224609.738474920.8088930838"
    assert found.event.private


def test_a_direct_message_is_words() -> None:
    found = heard(slack.direct_message("Thank you &lt;3", thread_ts="1795500000.000100"))
    assert isinstance(found.event, WordsReceived)
    assert (found.event.words, found.event.reply_to) == ("Thank you <3", "1795500000.000100")
    assert found.event.delivery_id == "Ev0DM"
    assert found.place.thread == "1795500000.000100"


def test_a_check_mark_asks_for_the_authors_feedback() -> None:
    found = heard(slack.reaction())
    assert isinstance(found.event, FeedbackRequested)
    assert found.event.customer == Sender("slack", "U0TOM", workspace="T0CLINIC")
    assert found.event.external_reference == "slack:C0SUPPORT:1795500000.000300"
    assert found.event.source == "reaction"
    assert not found.event.private


@pytest.mark.parametrize(
    "payload",
    [
        slack.reaction(name="tada"),
        slack.reaction(user="U0TOM", author="U0TOM"),
        slack.reaction(author=""),
        slack.direct_message("x", subtype="message_changed"),
        slack.direct_message("x", bot_id="B0OTHER"),
        slack.direct_message(""),
        slack.direct_message("x", conversation="C0SUPPORT"),
    ],
    ids=["another emoji", "own message", "no author", "an edit", "a bot", "no words", "a shared channel"],
)
def test_what_is_nothing_for_us(payload: dict[str, Any]) -> None:
    assert tame(payload, NOW) is None


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": None},
        {"type": ["block_actions"]},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "event_callback", "event": "message"},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": "event_callback", "event": {"type": {"a": 1}}},
        {"type": "view_submission", "view": []},
        {"command": "/feedback"},
        slack.message_shortcut(callback_id="of_another_version"),
        {
            **slack.block_action(TWO),
            "actions": [{"action_id": "x", "action_ts": "1", "value": "fly|me|away"}],
        },
        {
            **slack.block_action(TWO),
            "actions": [{"action_id": "x", "action_ts": "1", "value": "rate|t|ease=many"}],
        },
        {**slack.block_action(TWO), "actions": [{"action_id": "x", "action_ts": "1"}]},
    ],
)
def test_what_is_not_known_is_refused_as_such(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        tame(payload, NOW)
    assert len(kind_of(payload)) <= 60


def test_the_refusal_does_not_repeat_what_somebody_wrote() -> None:
    secret = slack.direct_message("x")
    secret["event"]["text"] = {"words": "my phone is 040 123"}
    with pytest.raises(ValueError, match=r"^text: string_type$"):
        tame(secret, NOW)


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("plain", "plain"),
        ("a &amp;copy; b", "a &copy; b"),
        ("<https://x.example|x.example>", "x.example"),
        ("<https://x.example>", "https://x.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!channel> <!subteam^S1|@desk>", "@channel @desk"),
        ("<@U1> <@U2|ville>", "<@U1> <@U2>"),
        ("<#C1>", "<#C1>"),
        ("&lt;!channel&gt; 1 &lt; 2", "<!channel> 1 < 2"),
    ],
)
def test_words_are_as_typed(sent: str, typed: str) -> None:
    assert as_typed(sent) == typed


def test_a_reaction_in_a_conversation_with_the_bot_asks_nobody() -> None:
    assert tame(slack.reaction(conversation=slack.TOMS_CHAT), NOW) is None
