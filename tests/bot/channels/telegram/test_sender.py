"""What is said to Telegram, and what its refusals mean for a message."""

import logging

import pytest
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels import Destination, Sent
from bot.channels.errors import DeliveryError
from bot.channels.telegram.bot_api import PARKED, delivery_error
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from handlers.messages import Chart, Message, Paragraph, Quote
from storage.database import Database
from tests.bot.channels.telegram.conftest import Telegram, settings_for
from tests.helpers import telegram_payloads as sends
from tests.helpers.samples import ALERT, DIGEST, PROMPT
from tests.helpers.telegram_server import GROUP, TOKEN, TOM, Refusal, TelegramServer, flood

TO_TOM = Destination(person=str(TOM))
MOVED = -1009876543210


async def test_a_person_is_written_to_without_previews(telegram: Telegram) -> None:
    sent = await telegram.channel.send(TO_TOM, ALERT, "alert:7:1")

    [told] = telegram.server.to("sendMessage")
    assert sent == Sent(str(TOM), "100")
    assert told["chat_id"] == TOM
    assert told["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in told
    rows = told["reply_markup"]["inline_keyboard"]
    assert rows[0][0] == {"text": "Take it", "callback_data": "take|c4Se|"}


async def test_a_topic_of_a_group_is_written_to(telegram: Telegram) -> None:
    sent = await telegram.channel.send(Destination(conversation=f"{GROUP}/7"), PROMPT, "prompt:1")

    assert telegram.server.to("sendMessage")[0]["message_thread_id"] == 7
    assert sent.conversation == f"{GROUP}/7"
    await telegram.channel.edit(sent, ALERT)
    assert telegram.server.to("editMessageText")[0]["chat_id"] == GROUP


async def test_a_group_that_moved_is_found_again(telegram: Telegram) -> None:
    moved = Refusal(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": MOVED})
    telegram.server.scripted["sendMessage"].append(moved)
    team = Destination(conversation=str(GROUP))

    assert (await telegram.channel.send(team, ALERT, "a")).conversation == str(MOVED)
    await telegram.channel.send(team, ALERT, "b")
    assert [told["chat_id"] for told in telegram.server.to("sendMessage")] == [GROUP, MOVED, MOVED]


async def test_a_group_that_says_it_moved_is_written_to_at_its_new_place(telegram: Telegram) -> None:
    await telegram.hear(sends.migration(GROUP, MOVED))
    await telegram.channel.send(Destination(conversation=str(GROUP)), ALERT, "a")
    assert telegram.server.to("sendMessage")[0]["chat_id"] == MOVED


async def test_a_picture_follows_with_its_finding(telegram: Telegram) -> None:
    await telegram.channel.send(TO_TOM, DIGEST, "digest:1")

    [shown] = telegram.server.to("sendPhoto")
    assert shown["photo"] == b"PNG" + "Satisfied, weeks 44–47".encode()
    assert shown["caption"].startswith("Satisfied customers: 90 %")
    assert shown["reply_parameters"]["message_id"] == 100


async def test_a_picture_telegram_does_not_take_is_told_in_words(telegram: Telegram) -> None:
    telegram.server.scripted["sendPhoto"].append(Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED"))
    sent = await telegram.channel.send(TO_TOM, DIGEST, "digest:1")

    assert sent.message == "100"
    assert telegram.said()[-1].startswith("Satisfied customers: 90 %")


async def test_a_picture_that_cannot_be_drawn_is_told_in_words(telegram: Telegram) -> None:
    def broken(chart: Chart) -> bytes:
        raise ZeroDivisionError

    telegram.channel._draw = broken
    await telegram.channel.send(TO_TOM, DIGEST, "digest:1")
    assert telegram.said()[-1].startswith("Satisfied customers: 90 %")


async def test_words_that_did_not_fit_follow_and_their_loss_is_not_the_messages(telegram: Telegram) -> None:
    story = Message((*ALERT.parts[:2], Quote("All of it. " * 1000)), "x")
    await telegram.channel.send(TO_TOM, story, "a")
    assert telegram.server.to("sendMessage")[1]["reply_parameters"]["message_id"] == 100

    count = len(telegram.said())
    telegram.server.calls.clear()
    await telegram.channel.edit(Sent(str(TOM), "100"), story)
    assert count > 2
    assert telegram.said() == []


async def test_the_same_text_again_is_no_mistake_and_gone_is(telegram: Telegram) -> None:
    sent = await telegram.channel.send(TO_TOM, PROMPT, "a")
    await telegram.channel.edit(sent, PROMPT)
    await telegram.channel.remove(sent)
    await telegram.channel.remove(sent)

    with pytest.raises(DeliveryError, match="not found") as problem:
        await telegram.channel.edit(sent, PROMPT)
    assert (problem.value.permanent, problem.value.unreachable) == (True, False)


@pytest.mark.parametrize(
    ("failure", "permanent", "unreachable", "retry_after"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), True, True, None),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), True, True, None),
        (BadRequest("Bad Request: chat not found"), True, True, None),
        (BadRequest("Bad Request: user is deactivated"), True, True, None),
        (BadRequest("Bad Request: message to edit not found"), True, False, None),
        (BadRequest("Bad Request: BUTTON_DATA_INVALID"), True, False, None),
        (RetryAfter(17), False, False, 17.0),
        (InvalidToken("Unauthorized"), False, False, PARKED),
        (TimedOut(), False, False, None),
        (NetworkError("Bad Gateway"), False, False, None),
        (TelegramError("anything"), False, False, None),
    ],
)
def test_what_a_refusal_means(
    failure: TelegramError, *, permanent: bool, unreachable: bool, retry_after: float | None
) -> None:
    problem = delivery_error(failure)
    assert (problem.permanent, problem.unreachable, problem.retry_after) == (
        permanent,
        unreachable,
        retry_after,
    )


async def test_somebody_by_a_name_that_is_no_chat_is_unreachable(telegram: Telegram) -> None:
    with pytest.raises(DeliveryError) as problem:
        await telegram.channel.send(Destination(person="@maya"), ALERT, "a")
    assert problem.value.unreachable


async def test_a_refused_token_keeps_nobody_from_starting_and_is_never_told(
    server: TelegramServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "123456789:AAHwrongwrongwrongwrongwrongwrongwrong"
    channel = TelegramChannel(settings_for(server, telegram_bot_token=wrong), Clock(), database)

    async def deaf(event: object) -> object:
        raise AssertionError(event)

    with caplog.at_level(logging.DEBUG, "bot"):
        await channel.start(deaf)  # type: ignore[arg-type]
        with pytest.raises(DeliveryError) as problem:
            await channel.send(TO_TOM, ALERT, "a")
        await channel.stop()
    assert problem.value.retry_after == PARKED
    assert wrong not in caplog.text + repr(problem.value) + repr(problem.value.__cause__)


async def test_a_telegram_out_of_reach_is_told_without_its_address(
    server: TelegramServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(server, telegram_api_url="http://127.0.0.1:9")
    channel = TelegramChannel(settings, Clock(), database)
    with caplog.at_level(logging.DEBUG, "bot"), pytest.raises(DeliveryError) as problem:
        await channel.send(TO_TOM, Message((Paragraph("Hello"),), "Hello"), "a")
    await channel.stop()

    assert not problem.value.permanent
    assert TOKEN not in caplog.text + repr(problem.value)


async def test_it_is_deaf_before_it_is_started(server: TelegramServer, database: Database) -> None:
    channel = TelegramChannel(settings_for(server), Clock(), database)
    assert not await channel._hear(sends.words("Hello"))
    await channel.stop()


async def test_a_telegram_that_was_out_when_we_started_hears_of_us_later(telegram: Telegram) -> None:
    await telegram.channel.stop()
    telegram.channel.rest = 0.01
    telegram.server.scripted["getMe"].extend([Refusal(502, "Bad Gateway")] * 2)
    await telegram.channel.start(telegram.house.receive)
    assert not telegram.server.to("setWebhook")
    await telegram.server.told("setWebhook")


async def test_commands_are_shown_in_three_languages(telegram: Telegram) -> None:
    await telegram.channel.stop()
    await telegram.channel.start(telegram.house.receive)
    shown = {told.get("language_code", ""): told["commands"] for told in telegram.server.to("setMyCommands")}

    assert [command["command"] for command in shown["fi"]] == ["palaute", "apua"]
    assert set(shown) == {"", "fi", "sv", "en"}


async def test_a_flood_is_the_chats_own_patience(telegram: Telegram) -> None:
    telegram.server.scripted["sendMessage"].append(flood(12))
    with pytest.raises(DeliveryError) as problem:
        await telegram.channel.send(TO_TOM, ALERT, "a")
    assert problem.value.retry_after == 12.0
