"""What is missing before Telegram works, in words and with the next step."""

from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.telegram.doctor import examine
from bot.findings import Finding
from tests.bot.channels.telegram.conftest import settings_for
from tests.helpers.telegram_server import TelegramServer

OURS = "https://kaiku.example.org/telegram/webhook"


async def found(server: TelegramServer, **more: Any) -> list[Finding]:
    return await examine(settings_for(server, **more))


async def test_all_is_well_with_a_webhook(server: TelegramServer) -> None:
    server.webhook |= {"url": OURS}
    findings = await found(server)

    assert [finding.ok for finding in findings] == [True, True]
    assert findings[0].sentence == "Telegram knows us as @KaikuTestBot."
    assert findings[1].sentence == f"Telegram calls {OURS}. Waiting: 0."


async def test_all_is_well_with_polling(server: TelegramServer) -> None:
    findings = await found(server, telegram_webhook_secret=SecretStr(""))
    assert findings[1].sentence == "Telegram is asked for them (polling). Waiting: 0."


@pytest.mark.parametrize(
    ("webhook", "secret", "sentence"),
    [
        ({"url": OURS}, "", "Telegram still calls a webhook"),
        ({"url": ""}, "x" * 32, "Telegram calls nobody"),
        (
            {"url": "https://elsewhere.example.org/"},
            "x" * 32,
            "Telegram calls https://elsewhere.example.org/",
        ),
        (
            {"url": OURS, "pending_update_count": 3, "last_error_message": "Connection timed out"},
            "x" * 32,
            f"Telegram calls {OURS} in vain: Connection timed out.",
        ),
        ({"url": "", "pending_update_count": 500}, "", "Telegram is asked for them (polling). Waiting: 500."),
    ],
)
async def test_what_is_wrong_comes_with_the_next_step(
    server: TelegramServer, webhook: dict[str, Any], secret: str, sentence: str
) -> None:
    server.webhook |= webhook
    _, updates = await found(server, telegram_webhook_secret=SecretStr(secret))

    assert not updates.ok
    assert updates.sentence.startswith(sentence)
    assert updates.next_step


async def test_a_wrong_token_is_told_and_never_shown(server: TelegramServer) -> None:
    (finding,) = await found(server, telegram_bot_token=SecretStr("123456789:hush"))

    assert finding.sentence == "Telegram refuses it."
    assert "@BotFather" in finding.next_step
    assert "hush" not in repr(finding)


async def test_no_network_is_told(server: TelegramServer) -> None:
    (finding,) = await found(server, telegram_api_url="http://127.0.0.1:9")
    assert finding.sentence.startswith("Telegram could not be reached")
