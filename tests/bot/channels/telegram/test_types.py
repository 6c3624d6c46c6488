"""Every call that is made holds to Telegram's own description of it: fields, types and lengths."""

from typing import Any

import pytest

from bot.channels import Destination
from handlers.messages import Say
from tests.bot.channels.telegram.conftest import Telegram
from tests.helpers import telegram_payloads as sends
from tests.helpers.samples import CLOSING, FORMS, LOGGING, MESSAGES
from tests.helpers.telegram_api import FILE, MISSING, complaints
from tests.helpers.telegram_server import GROUP, TOM

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=MISSING)

KEY = {"text": "2", "callback_data": "rate|x|ease=2"}


@pytest.mark.parametrize("name", MESSAGES)
async def test_messages_of_every_kind(telegram: Telegram, name: str) -> None:
    for place in (Destination(person=str(TOM)), Destination(conversation=f"{GROUP}/7")):
        sent = await telegram.channel.send(place, MESSAGES[name], "a")
        await telegram.channel.edit(sent, MESSAGES["alert"])
        await telegram.channel.edit(sent, MESSAGES[name])
        await telegram.channel.remove(sent)
    assert telegram.server.wrong == []


@pytest.mark.parametrize("name", FORMS)
async def test_forms_of_every_kind(telegram: Telegram, name: str) -> None:
    telegram.house.form = FORMS[name]
    await telegram.hear(sends.press("close|c4Se|", 100))
    for _ in FORMS[name].fields:
        await telegram.hear(sends.words("Kind 3" if FORMS[name] is LOGGING else "Resolved"))
    assert telegram.server.to("sendMessage")
    assert telegram.server.wrong == []


@pytest.mark.parametrize("name", MESSAGES)
async def test_pop_ups_of_every_kind(telegram: Telegram, name: str) -> None:
    telegram.house.reply = Say(MESSAGES[name])
    await telegram.hear(sends.press("take|c4Se|", 100, where=GROUP))
    assert telegram.server.to("answerCallbackQuery")
    assert telegram.server.wrong == []


async def test_giving_up_in_every_language(telegram: Telegram) -> None:
    telegram.house.form = CLOSING
    for language in ("fi", "sv", "en"):
        await telegram.hear(sends.press("close|c4Se|", 100, language=language))
        await telegram.hear(sends.words("/cancel"))
    assert len(set(telegram.said()[1::2])) == 3


@pytest.mark.parametrize(
    ("method", "arguments", "complaint"),
    [
        ("sendMessage", {"chat_id": 1}, "sendMessage.text is missing"),
        ("sendMessage", {"chat_id": 1, "text": "x" * 4097}, "sendMessage.text has 4097"),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": 1}, "sendMessage.colour is unknown"),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "sendMessage.chat_id is no"),
        ("sendPigeon", {}, "there is no method sendPigeon"),
        (
            "sendMessage",
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{**KEY, "callback_data": "x" * 65}]]},
            },
            "sendMessage.reply_markup.inline_keyboard[0][0].callback_data has 65 bytes",
        ),
    ],
)
def test_the_description_finds_what_is_wrong(method: str, arguments: dict[str, Any], complaint: str) -> None:
    assert any(line.startswith(complaint) for line in complaints(method, arguments))
