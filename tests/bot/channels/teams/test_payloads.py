from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.teams.payloads import Kind, kind_of, tame, tenant_of
from bot.channels.teams.places import Place
from handlers.events import CaseClosed, CommandGiven, FormAsked, PersonLost, RatingGiven, WordsReceived
from storage.vocabulary import Outcome
from tests.helpers.teams_server import BOT, MAYA, TENANT, TOM, Json, TeamsServer

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
RATE = {"type": "Action.Execute", "verb": "press", "data": {"action": "rate|x7Gk|ease=2"}}
GROUP = {"id": "19:abc@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}


@pytest.fixture
def says() -> TeamsServer:
    """A Microsoft that only writes activities."""
    server = TeamsServer(None)  # type: ignore[arg-type]
    server.url = "https://smba.trafficmanager.net/emea/"
    return server


def heard(activity: Json) -> Any:
    found = tame(activity, AT)
    assert found is not None
    return found.event


def test_a_press_is_a_rating(says: TeamsServer) -> None:
    rating = heard(says.press("1700", RATE))
    assert isinstance(rating, RatingGiven)
    assert (rating.invitation, rating.question, rating.score) == ("x7Gk", "ease", 2)
    assert (rating.by.external_id, rating.by.workspace, rating.by.name) == (TOM.directory, "", TOM.name)
    assert (rating.message, rating.private, rating.at) == ("1700", True, AT)
    assert rating.conversation == str(Place("a:tom", "https://smba.trafficmanager.net/emea"))
    assert rating.by.language == "en"


def test_somebody_without_a_directory_is_known_by_their_account(says: TeamsServer) -> None:
    activity = says.press("1700", RATE)
    del activity["from"]["aadObjectId"]
    assert heard(activity).by.external_id == TOM.account


def test_the_same_id_in_another_conversation_is_another_delivery(says: TeamsServer) -> None:
    one, other = says.press("1700", RATE), says.press("1700", RATE, MAYA)
    other["id"] = one["id"]
    assert heard(one).delivery_id != heard(other).delivery_id
    assert heard(one).delivery_id == heard(dict(one)).delivery_id


def test_a_dialog_is_asked_for_and_handed_in(says: TeamsServer) -> None:
    close = {"type": "Action.Submit", "data": {"msteams": {"type": "task/fetch"}, "action": "close|c4Se|"}}
    asked = heard(says.press("1700", close))
    assert isinstance(asked, FormAsked)
    assert (asked.action.ref, asked.message) == ("c4Se", "1700")
    card = {"actions": [{"data": {"action": "close|c4Se|", "origin": "1700"}}]}
    entered = {"field.outcome": "resolved", "field.words": " Åke ", "elsewhere": "x"}
    closed = heard(says.submit(card, entered=entered))
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.words, closed.message) == (Outcome.RESOLVED, "Åke", "1700")


def test_words_to_the_bot_are_words(says: TeamsServer) -> None:
    words = heard(says.activity("message", text="1 &lt; 2 &amp; fine&nbsp;\n", replyToId="1699"))
    assert isinstance(words, WordsReceived)
    assert (words.words, words.reply_to) == ("1 < 2 & fine", "1699")


@pytest.mark.parametrize("typed", ["feedback log + Acme", "Feedback  log + Acme", "/feedback log + Acme"])
def test_a_command_begins_with_feedback(says: TeamsServer, typed: str) -> None:
    command = heard(says.activity("message", text=typed))
    assert isinstance(command, CommandGiven)
    assert command.words == "log + Acme"


def test_in_a_channel_the_bots_own_mention_is_left_out_and_others_are_kept(says: TeamsServer) -> None:
    activity = says.activity(
        "message",
        text="<at>Kaiku</at> feedback ask <at>Maya</at> phone",
        conversation=GROUP,
        entities=[
            {"type": "clientInfo", "locale": "en-GB"},
            {"type": "mention", "mentioned": {"id": BOT}, "text": "<at>Kaiku</at>"},
            {"type": "mention", "mentioned": {"id": MAYA.account}, "text": "<at>Maya</at>"},
        ],
    )
    found = tame(activity, AT)
    assert found is not None
    assert isinstance(found.event, CommandGiven)
    assert (found.event.words, found.event.private) == ("ask <@29:maya> phone", False)
    assert found.mentions == (MAYA.account,)


def test_whoever_removes_the_app_is_lost_but_not_a_team_that_does(says: TeamsServer) -> None:
    removed = says.activity("installationUpdate", action="remove")
    lost = heard(removed)
    assert isinstance(lost, PersonLost)
    assert lost.person.external_id == TOM.directory
    assert tame({**removed, "conversation": GROUP}, AT) is None


def test_whoever_adds_the_app_is_remembered(says: TeamsServer) -> None:
    found = tame(says.activity("installationUpdate", action="add-upgrade"), AT)
    assert found is not None
    assert (found.kind, found.event) == (Kind.COMING, None)


@pytest.mark.parametrize(
    "rest",
    [
        {"type": "conversationUpdate", "membersAdded": [{"id": BOT}]},
        {"type": "messageReaction"},
        {"type": "message", "text": "  \n"},
        {"type": "message", "attachments": [{"contentType": "image/png"}]},
    ],
)
def test_what_is_nothing_for_us_is_let_go(says: TeamsServer, rest: Json) -> None:
    assert tame({**says.activity("message"), **rest}, AT) is None


@pytest.mark.parametrize(
    "change",
    [
        {"type": "handoff"},
        {"type": None},
        {"name": "composeExtension/query"},
        {"id": ""},
        {"from": None},
        {"from": {"name": "nobody"}},
        {"conversation": {"id": "a/../../b"}},
        {"conversation": {"id": ""}},
        {"value": None},
        {"value": {"action": {"verb": "press", "data": {}}}},
        {"value": {"action": {"verb": "press", "data": {"action": "rate|x|ease"}}}},
        {"value": {"action": {"verb": "press", "data": {"action": "nuke|x|"}}}},
        {"value": {"action": {"verb": "elsewhere", "data": {"action": "rate|x|ease=2"}}}},
        {"value": {"action": {"verb": "submit", "data": {"action": "rate|x|ease=2"}}}},
    ],
    ids=str,
)
def test_an_unknown_shape_is_told_without_what_it_says(says: TeamsServer, change: Json) -> None:
    activity = {**says.press("1700", RATE), **change, "text": "a secret"}
    with pytest.raises(ValueError, match=r".") as problem:
        tame(activity, AT)
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize(
    ("body", "kind", "tenant"),
    [
        ({}, "None", ""),
        ({"type": "invoke", "name": "task/fetch"}, "task/fetch", ""),
        ({"type": "x" * 100, "conversation": 7, "channelData": []}, "x" * 60, ""),
        ({"type": "message", "channelData": {"tenant": {"id": TENANT}}}, "message", TENANT),
        ({"type": "message", "channelData": {"tenant": "?"}}, "message", ""),
    ],
)
def test_kind_and_tenant_are_read_from_anything(body: Json, kind: str, tenant: str) -> None:
    assert (kind_of(body), tenant_of(body)) == (kind, tenant)
