"""The webhook's door: who has the secret, and what happens to what they bring."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr

from bot.channels.telegram.door import Door
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings, SettingsError
from handlers.events import RatingGiven
from handlers.messages import Action, Verb
from storage.database import Database
from tests.bot.channels.telegram.conftest import SECRET, Telegram
from tests.helpers import telegram_payloads as telegram_sends

HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = telegram_sends.press(Action(Verb.RATE, "x7Gk", "ease=2").encode(), 100)


class Ears:
    """Remembers what got through the door."""

    def __init__(self, *, taken: bool = True) -> None:
        self.heard: list[Mapping[str, Any]] = []
        self.taken = taken

    async def __call__(self, update: Mapping[str, Any]) -> bool:
        self.heard.append(update)
        return self.taken


async def knock(
    ears: Ears, body: bytes, headers: Mapping[str, str | bytes] | None = None, method: str = "POST"
) -> int:
    transport = httpx.ASGITransport(Door(SECRET, ears))
    told = {HEADER: SECRET} if headers is None else headers
    raw = [(k.encode(), v if isinstance(v, bytes) else v.encode()) for k, v in told.items()]
    async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
        return (await client.request(method, "/telegram/webhook", content=body, headers=raw)).status_code


async def test_with_the_secret_an_update_gets_through_whole() -> None:
    ears = Ears()
    assert await knock(ears, orjson.dumps(UPDATE)) == 200
    assert ears.heard == [UPDATE]


async def test_what_was_not_stored_is_not_acknowledged() -> None:
    assert await knock(Ears(taken=False), orjson.dumps(UPDATE)) == 503


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET.upper()}, {HEADER: SECRET.encode() + b"\xe4"}],
)
async def test_without_the_secret_nothing_gets_through(headers: Mapping[str, str | bytes]) -> None:
    ears = Ears()
    assert await knock(ears, orjson.dumps(UPDATE), headers) == 401
    assert await knock(ears, b"\xff" * 10_000_000, headers) == 401
    assert ears.heard == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000])
async def test_garbage_is_refused(body: bytes) -> None:
    ears = Ears()
    assert await knock(ears, body) == 400
    assert ears.heard == []


async def test_ten_megabytes_are_not_even_read() -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": taken < 160}

    assert await _status([], receive) == 413
    assert taken == 5


@pytest.mark.parametrize("length", [b"10485760", b"many", b"-5", b"9" * 400])
async def test_a_length_too_large_is_refused_at_once(length: bytes) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing is to be read")

    assert await _status([(b"content-length", length)], receive) == 413


async def _status(headers: list[tuple[bytes, bytes]], receive: Any) -> int:
    sent: list[MutableMapping[str, Any]] = []

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event)

    known = [(HEADER.lower().encode(), SECRET.encode()), *headers]
    await Door(SECRET, Ears())({"type": "http", "method": "POST", "headers": known}, receive, send)
    return int(sent[0]["status"])


async def test_only_posts_are_taken() -> None:
    assert await knock(Ears(), b"", method="GET") == 405


@pytest.mark.parametrize("secret", ["", "short", "s" * 31])
def test_a_secret_that_can_be_guessed_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match="KAIKU_TELEGRAM_WEBHOOK_SECRET"):
        Door(secret, Ears())


@pytest.mark.parametrize("address", ["", "http://kaiku.example.org"])
def test_without_an_https_address_it_does_not_start(address: str, database: Database) -> None:
    settings = Settings(
        _env_file=None,
        telegram_bot_token=SecretStr("1:a"),
        telegram_webhook_secret=SecretStr(SECRET),
        public_url=address,
    )
    with pytest.raises(SettingsError, match="KAIKU_PUBLIC_URL"):
        TelegramChannel(settings, Clock(), database)


async def test_telegram_is_told_where_to_call_and_with_which_secret(telegram: Telegram) -> None:
    await telegram.channel.stop()
    await telegram.channel.start(telegram.house.receive)

    told = telegram.server.to("setWebhook")[-1]
    assert told["url"] == "https://kaiku.example.org/telegram/webhook"
    assert told["secret_token"] == SECRET
    assert told["allowed_updates"] == ["message", "callback_query", "my_chat_member"]


async def test_an_exact_replay_is_the_same_delivery(telegram: Telegram) -> None:
    await telegram.hear(UPDATE)
    await telegram.hear(UPDATE)

    first, second = telegram.house.events
    assert isinstance(first, RatingGiven)
    assert first.delivery_id == second.delivery_id == str(UPDATE["update_id"])
