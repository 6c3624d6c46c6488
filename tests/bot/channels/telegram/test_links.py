"""Deep links: ours, for a while, for one encounter; anything else opens nothing."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.channels.telegram import links
from bot.channels.telegram.invite import invite
from bot.demo.house import example
from bot.settings import SettingsError
from bot.wiring import build
from handlers.encounters import record_encounter
from handlers.errors import UnknownEncounter
from handlers.events import EncounterHappened, Sender
from tests.bot.channels.telegram.conftest import settings_for
from tests.helpers.telegram_server import TOKEN, TelegramServer
from tests.helpers.town import fresh_database

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ENCOUNTER = "x7gk2mpq4abc"
PAYLOAD = links.payload(ENCOUNTER, TOKEN, NOW)


def test_what_we_wrote_we_read() -> None:
    assert links.read(PAYLOAD, TOKEN, NOW + timedelta(days=13)) == ENCOUNTER


def test_it_is_what_telegram_lets_a_link_carry() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", PAYLOAD)
    assert links.address("KaikuBot", PAYLOAD) == f"https://t.me/KaikuBot?start={PAYLOAD}"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        ENCOUNTER,
        f"y{PAYLOAD[1:]}",
        f"{PAYLOAD[:-1]}{'A' if PAYLOAD[-1] != 'A' else 'B'}",
        PAYLOAD[:-1],
        f"{ENCOUNTER}-ffffff-{PAYLOAD.split('-', 2)[2]}",
        "--",
        "a-b-c-d",
        "ä-1-ö",
        "a-1-\udce3",
    ],
)
def test_a_changed_character_opens_nothing(payload: str) -> None:
    assert links.read(payload, TOKEN, NOW) == links.UNKNOWN


def test_after_two_weeks_and_with_another_bot_it_opens_nothing() -> None:
    assert links.read(PAYLOAD, TOKEN, NOW + timedelta(days=14, hours=1)) == links.UNKNOWN
    assert links.read(PAYLOAD, "987654321:another", NOW) == links.UNKNOWN


async def test_an_encounter_gets_a_link_a_code_and_a_picture(server: TelegramServer, tmp_path: Path) -> None:
    app = build(settings_for(server, database_url=fresh_database(tmp_path), telegram_webhook_secret=""))
    app.open()
    app.apply(example(), "a test")
    now = app.clock.now()
    happened = EncounterHappened(
        by=Sender("api", "test"),
        at=now,
        delivery_id="",
        source="api:test",
        touchpoint="phone",
        customer="new@example.com",
        happened_at=now,
        external_reference="T-1042",
    )
    token = app.write_now(lambda ctx: record_encounter(happened, ctx)).token
    picture = tmp_path / "code.png"
    link, code, told = await invite(app, "T-1042", picture)

    payload = link.removeprefix("https://t.me/KaikuTestBot?start=")
    assert links.read(payload, TOKEN, now) == token
    assert "█" in code
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in told
    with pytest.raises(UnknownEncounter):
        await invite(app, "T-9999", picture)
    app.close()


async def test_without_a_bot_the_command_says_what_to_do(server: TelegramServer, tmp_path: Path) -> None:
    settings = settings_for(
        server,
        database_url=fresh_database(tmp_path),
        telegram_webhook_secret="",
        telegram_bot_token="123456789:wrong",
    )
    app = build(settings)
    app.open()
    app.apply(example(), "a test")
    now = app.clock.now()
    happened = EncounterHappened(
        by=Sender("api", "test"),
        at=now,
        delivery_id="",
        source="api:test",
        touchpoint="phone",
        customer="new@example.com",
        happened_at=now,
    )
    token = app.write_now(lambda ctx: record_encounter(happened, ctx)).token
    with pytest.raises(SettingsError, match="token refused") as refused:
        await invite(app, token, tmp_path / "code.png")
    assert "wrong" not in str(refused.value)
    app.close()
