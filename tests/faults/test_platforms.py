"""What only Telegram or Teams does to us: F25, F26, F41 and F42."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers.events import Sender
from tests.faults.checker import asked
from tests.helpers import telegram_payloads as sends
from tests.helpers.asking import ask
from tests.helpers.site import served
from tests.helpers.teams_server import APP, MAYA, PASSWORD, TENANT, TOM, Refusal, chat_of, teams_server
from tests.helpers.teams_tenant import Tenant
from tests.helpers.telegram_server import BLOCKED, GROUP, TOKEN, TelegramServer, telegram_server
from tests.helpers.telegram_server import MAYA as MAYAS_CHAT
from tests.helpers.telegram_server import TOM as TOMS_CHAT
from tests.helpers.telegram_server import Refusal as No
from tests.helpers.town import HandClock, example, fresh_database, helsinki

SECRET = "a-secret-that-nobody-can-guess-in-time"
LIISAS_CHAT = 4444
TUESDAY = helsinki("2026-11-24 10:00")


class Telegram:
    """Kaiku called by Telegram's webhook; Tom has pressed Start, and was asked about a telephone call."""

    def __init__(self, app: App, clock: HandClock, server: TelegramServer, door: str) -> None:
        self.app, self.clock, self.server = app, clock, server
        self._door = door

    async def happens(self, update: dict[str, Any]) -> int:
        """Telegram calls; the status it gets."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "content-type": "application/json"}
        async with (
            aiohttp.ClientSession() as web,
            web.post(self._door, data=orjson.dumps(update), headers=headers) as answer,
        ):
            await self.app.tick()
            return answer.status

    async def is_asked(self) -> tuple[str, int]:
        """What the first button of the scale carries, and the message on which it stands."""
        await ask(self.app, Sender("telegram", str(TOMS_CHAT)), self.clock.at)
        prompt = self.server.to("sendMessage")[-1]
        keys = [key for row in prompt["reply_markup"]["inline_keyboard"] for key in row]
        one = next(key for key in keys if key["callback_data"].endswith("=1"))
        message = max(number for chat, number in self.server.messages if chat == TOMS_CHAT)
        return str(one["callback_data"]), message

    def told(self, chat: int) -> list[str]:
        """What was said there."""
        return [told["text"] for told in self.server.to("sendMessage") if told["chat_id"] == chat]


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    async with telegram_server() as server:
        settings = Settings(
            _env_file=None,
            database_url=fresh_database(tmp_path),
            telegram_bot_token=SecretStr(TOKEN),
            telegram_webhook_secret=SecretStr(SECRET),
            telegram_api_url=server.url,
            public_url="https://kaiku.example.org",
        )
        app = build(settings, clock := HandClock(TUESDAY))
        app.open()
        chats = {"maya": MAYAS_CHAT, "liisa": LIISAS_CHAT}
        people = {name: {"identities": {"telegram": str(chat)}} for name, chat in chats.items()}
        await asyncio.to_thread(app.apply, example(language="en", people=people), "a test")
        await app.channels["telegram"].start(app.receive)
        async with served(create_site(app)) as port:
            yield Telegram(app, clock, server, f"http://127.0.0.1:{port}/telegram/webhook")
        await app.channels["telegram"].stop()
        app.close()


def count(app: App, table: str) -> int:
    """How many rows there are."""
    (found,) = asked(app.settings.database_url, f"SELECT count(*) AS n FROM {table}")  # noqa: S608
    return int(found.n)


async def test_f25_updates_of_telegrams_that_come_again_or_leave_a_gap_are_one_answer(
    telegram: Telegram, dice: random.Random
) -> None:
    value, message = await telegram.is_asked()
    press = sends.press(value, message)
    later = sends.press(value.replace("=1", "=2"), message)
    later["update_id"] += dice.randint(100, 10_000)
    for update in (press, press, later, press, later):
        assert await telegram.happens(update) == 200
    assert (count(telegram.app, "answers"), count(telegram.app, "cases")) == (1, 1)
    (answer,) = asked(telegram.app.settings.database_url, "SELECT score FROM answers")
    assert answer.score == 2, "the replay of an older update takes nothing back"


MOVED = -1009876543210


@pytest.mark.parametrize(
    ("refusal", "reader"),
    [
        (BLOCKED, LIISAS_CHAT),
        (No(403, "Forbidden: bot was kicked from the supergroup chat"), LIISAS_CHAT),
        (No(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": MOVED}), MOVED),
    ],
    ids=["blocked", "kicked", "migrated"],
)
async def test_f41_who_blocked_or_moved_in_telegram_costs_no_alert(
    telegram: Telegram, refusal: No, reader: int
) -> None:
    value, message = await telegram.is_asked()
    telegram.server.scripted["sendMessage"].append(refusal)
    assert await telegram.happens(sends.press(value, message)) == 200
    for _ in range(4):
        telegram.clock.at += timedelta(seconds=30)
        await telegram.app.tick()
    assert any("Low score" in text for text in telegram.told(reader))
    assert telegram.server.wrong == []
    assert GROUP not in [told["chat_id"] for told in telegram.server.to("sendMessage")]


@pytest.fixture
async def tenant(tmp_path: Path) -> AsyncIterator[Tenant]:
    async with teams_server() as server:
        settings = Settings(
            _env_file=None,
            database_url=fresh_database(tmp_path),
            sandbox=True,
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_tenant=TENANT,
            teams_stand_in=server.url,
        )
        app = build(settings, HandClock(TUESDAY))
        app.open()
        people = {"maya": {"identities": {"teams": MAYA.directory}}}
        await asyncio.to_thread(app.apply, example(people=people), "a test")
        prefers = "UPDATE people SET prefers = 'teams' WHERE key = 'maya'"
        await app.database.write(lambda session: session.connection().exec_driver_sql(prefers).rowcount)
        await app.channels["teams"].start(app.receive)
        async with served(create_site(app)) as port, aiohttp.ClientSession() as web:
            yield Tenant(app, port, server, web)
        await app.channels["teams"].stop()
        app.close()


async def is_asked(tenant: Tenant) -> None:
    """Tom is asked how his phone call went."""
    mention = {"type": "mention", "mentioned": {"id": TOM.account}, "text": "<at>Tom</at>"}
    await tenant.writes(TOM, "feedback language english")
    await tenant.writes(MAYA, "feedback ask <at>Tom</at> phone #pension-advice", entities=[mention])
    await tenant.reads(TOM, "It was easy for me to get my matter handled.")


async def test_f26_an_activity_of_teams_that_comes_again_is_one_answer(
    tenant: Tenant, dice: random.Random
) -> None:
    await is_asked(tenant)
    message, button = await tenant._button(TOM, "1")
    press = tenant.server.press(message, button)
    answers = await asyncio.gather(*(tenant.sends(press) for _ in range(dice.randint(2, 6))))
    assert {status for status, _ in answers} == {200}
    assert (count(tenant.app, "answers"), count(tenant.app, "cases")) == (1, 1)
    assert len(await tenant.reads(MAYA, "Low score")) == 1


@pytest.mark.parametrize("code", ["ConversationNotFound", "BotNotInConversationRoster"])
async def test_f42_a_conversation_that_is_gone_in_teams_costs_no_alert(tenant: Tenant, code: str) -> None:
    await is_asked(tenant)
    message, button = await tenant._button(TOM, "1")
    press = tenant.server.press(message, button)
    tenant.server.scripted.extend([Refusal(404, code)] * 4)  # of what changes before Tom, and of Maya's alert
    assert (await tenant.sends(press))[0] == 200
    clock = tenant.app.clock
    assert isinstance(clock, HandClock)
    for _ in range(4):
        clock.at += timedelta(seconds=30)
        await tenant.app.tick()
    assert "Low score" not in str(tenant.server.standing(chat_of(MAYA)))
    elsewhere = "SELECT body FROM chat_messages WHERE conversation = 'maya'"
    assert "Low score" in asked(tenant.app.settings.database_url, elsewhere)[0].body


async def test_f42_a_service_address_that_is_not_microsofts_is_refused(tenant: Tenant) -> None:
    activity = tenant.server.activity("message", text="feedback")
    activity["serviceUrl"] = "http://127.0.0.1:9/elsewhere"
    status, _ = await tenant.sends(activity)
    assert status in {401, 403}
    await is_asked(tenant)
