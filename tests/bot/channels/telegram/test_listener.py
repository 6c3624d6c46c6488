"""What is heard is stored, then answered: in place, in a pop-up, in the private chat."""

import asyncio
import logging
from typing import Any

import pytest

from bot.channels.telegram import links
from bot.channels.telegram.listener import NOT_SAVED
from bot.channels.telegram.payloads import Place, Spot
from bot.clock import Clock
from handlers.events import CommandGiven, ConversationOpened, PersonLost
from handlers.messages import Action, EditInPlace, Message, Paragraph, Say, Verb
from handlers.wording import login
from tests.bot.channels.telegram.conftest import Telegram
from tests.helpers import telegram_payloads as sends
from tests.helpers.telegram_server import BLOCKED, GROUP, MAYA, NO_MESSAGE, TOKEN, TOM, Refusal, flood

TAP = Action(Verb.RATE, "x7Gk", "ease=2").encode()
THANKS = Message((Paragraph("Thank you."),), "Thank you.")


async def test_a_press_is_settled_and_its_message_changed(telegram: Telegram) -> None:
    telegram.server.messages[TOM, 100] = {"text": "How was it?"}
    telegram.house.reply = EditInPlace(THANKS)
    await telegram.hear(sends.press(TAP, 100))

    assert [call.method for call in telegram.server.calls] == ["answerCallbackQuery", "editMessageText"]
    assert telegram.server.messages[TOM, 100]["text"] == "Thank you."


async def test_a_press_too_old_to_be_settled_counts(telegram: Telegram) -> None:
    telegram.server.messages[TOM, 100] = {"text": "How was it?"}
    too_old = Refusal(
        400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )
    telegram.server.scripted["answerCallbackQuery"].append(too_old)
    telegram.house.reply = EditInPlace(THANKS)
    assert await telegram.hear(sends.press(TAP, 100))

    assert telegram.server.messages[TOM, 100]["text"] == "Thank you."


async def test_where_the_message_is_gone_the_reply_stands_alone(telegram: Telegram) -> None:
    telegram.house.reply = EditInPlace(THANKS)
    await telegram.hear(sends.press(TAP, 100))
    assert telegram.said() == ["Thank you."]


async def test_of_many_edits_of_one_message_the_newest_stands(telegram: Telegram) -> None:
    telegram.server.messages[TOM, 100] = {"text": "How was it?"}
    for n in range(5):
        telegram.house.reply = EditInPlace(Message((Paragraph(f"No. {n}"),), "x"))
        await telegram.channel._hear(sends.press(TAP, 100))
    await telegram.channel._replies.finish(within=5)

    assert telegram.server.messages[TOM, 100]["text"] == "No. 4"


async def test_an_edit_that_is_left_out_keeps_those_before_it_from_nothing(telegram: Telegram) -> None:
    telegram.server.messages[TOM, 100] = {"text": "How was it?"}
    telegram.channel._replies._courtesies.most = 2
    for n in range(3):
        telegram.house.reply = EditInPlace(Message((Paragraph(f"No. {n}"),), "x"))
        await telegram.channel._hear(sends.press(TAP, 100))
    await telegram.channel._replies.finish(within=5)

    assert telegram.server.messages[TOM, 100]["text"] == "No. 1"
    assert telegram.channel._replies._newest == {}


async def test_in_one_chat_nothing_runs_beside_what_stands_in_line(telegram: Telegram) -> None:
    replies, place = telegram.channel._replies, Place(TOM, Spot(TOM), private=True, language="fi")
    under_way = most = 0

    async def say() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1

    for _ in range(4):  # each comes while others stand in line, or just when one has ended
        replies._soon(place, say)
        replies._soon(place, say)
        await asyncio.sleep(0.021)
    await replies.finish(within=5)
    assert most == 1
    assert not replies._turns


async def test_a_reply_waits_as_long_as_telegram_asks(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.courtesies.LONGEST_WAIT", 0.01)
    telegram.server.scripted["sendMessage"].append(flood(9))
    telegram.house.reply = Say(THANKS)
    await telegram.hear(sends.words("/help"))
    assert telegram.said() == ["Thank you.", "Thank you."]


async def test_in_a_group_a_private_word_pops_up(telegram: Telegram) -> None:
    telegram.house.reply = Say(
        Message((Paragraph("Ville already has this case."),), "Ville already has this case.")
    )
    await telegram.hear(sends.press(Action(Verb.TAKE, "c4Se").encode(), 100, by=MAYA, where=GROUP))

    settled = telegram.server.to("answerCallbackQuery")[-1]
    assert (settled["text"], settled["show_alert"]) == ("Ville already has this case.", True)
    assert telegram.said() == []


async def test_in_a_group_what_is_more_than_a_line_goes_to_the_private_chat(telegram: Telegram) -> None:
    telegram.house.reply = Say(login.link("https://kaiku.test/dashboard/login/k7Gk", "en"))
    await telegram.hear(sends.press(Action(Verb.LOGIN).encode(), 100, by=MAYA, where=GROUP))

    (said,) = telegram.server.to("sendMessage")
    assert said["chat_id"] == MAYA
    assert "k7Gk" in str(said)
    assert "text" not in telegram.server.to("answerCallbackQuery")[-1]


async def test_a_command_in_a_group_is_answered_privately(telegram: Telegram) -> None:
    telegram.house.reply = Say(THANKS)
    await telegram.hear(sends.words("/feedback help", by=MAYA, where=GROUP))
    assert telegram.server.to("sendMessage")[-1]["chat_id"] == MAYA


async def test_who_never_opened_the_chat_is_told_how_to(telegram: Telegram) -> None:
    telegram.server.scripted["sendMessage"].append(BLOCKED)
    telegram.house.reply = Say(THANKS)
    await telegram.hear(sends.words("/palaute apua", by=MAYA, where=GROUP, language="fi"))

    told = telegram.server.to("sendMessage")[-1]
    assert told["chat_id"] == GROUP
    assert told["text"].startswith("En saa kirjoittaa sinulle ensin: avaa t.me/KaikuTestBot")


async def test_what_is_not_stored_is_said_in_three_languages(telegram: Telegram) -> None:
    telegram.house.broken = True
    assert not await telegram.hear(sends.press(TAP, 100))
    assert not await telegram.hear(sends.words("Nobody answered."))

    assert telegram.server.to("answerCallbackQuery")[-1]["text"] == NOT_SAVED
    assert telegram.said() == [NOT_SAVED]


@pytest.mark.parametrize(
    ("language", "beginning"),
    [("fi", "Voin ottaa"), ("sv", "Jag kan"), ("en", "I can only"), ("de", "I can only")],
)
async def test_a_sticker_is_answered_with_a_request_for_words(
    telegram: Telegram, language: str, beginning: str
) -> None:
    update = sends.wordless(**sends.STICKER)
    update["message"]["from"]["language_code"] = language
    assert await telegram.hear(update)

    assert telegram.said()[0].startswith(beginning)
    assert telegram.house.events == []


async def test_start_brings_the_customer_of_a_link(telegram: Telegram) -> None:
    payload = links.payload("x7gk2mpq4abc", TOKEN, Clock().now())
    await telegram.hear(sends.words(f"/start {payload}"))
    await telegram.hear(sends.words("/start"))
    await telegram.hear(sends.words("/start x7gk2mpq4abc"))

    encounters = [event.encounter for event in telegram.house.events if isinstance(event, ConversationOpened)]
    assert encounters == ["x7gk2mpq4abc", "", links.UNKNOWN]


async def test_who_blocks_the_bot_is_lost_at_once(telegram: Telegram) -> None:
    await telegram.hear(sends.membership("kicked"))
    (lost,) = telegram.house.events
    assert isinstance(lost, PersonLost)
    assert telegram.server.calls == []


async def test_a_command_to_another_bot_is_left_to_it(telegram: Telegram) -> None:
    await telegram.hear(sends.words("/feedback@SomeOtherBot help"))
    await telegram.hear(sends.words("/feedback@KaikuTestBot help"))
    assert [type(event) for event in telegram.house.events] == [CommandGiven]


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 5, "from_tomorrow": {"words": "secret"}},
        {"update_id": 5, "message": {"text": "secret"}},
        sends.press("nonsense|secret", 100),
        {},
    ],
)
async def test_what_nobody_knows_is_taken_in_and_told_once(
    telegram: Telegram, caplog: pytest.LogCaptureFixture, update: dict[str, Any]
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await telegram.hear(update)
        assert await telegram.hear(update)

    (line,) = caplog.messages
    assert "not understood" in line
    assert "secret" not in line
    assert telegram.house.events == []


async def test_a_reply_that_cannot_be_said_is_left_unsaid(
    telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.server.scripted["sendMessage"].append(BLOCKED)
    telegram.server.scripted["editMessageText"].append(NO_MESSAGE)
    telegram.house.reply = EditInPlace(THANKS)
    assert await telegram.hear(sends.press(TAP, 100))
    assert "left unsaid" in caplog.text
