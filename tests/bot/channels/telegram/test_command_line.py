"""`python -m bot invite telegram` and `voice`, as they are typed."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
import segno
from sqlmodel import select
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.app import App
from bot.channels.telegram import links
from bot.clock import Clock
from bot.settings import Settings
from bot.wiring import build
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Event, Sender, VoiceFetched, VoiceReceived
from handlers.receive import receive
from storage.tables import VoiceMessage
from storage.vocabulary import VoiceState
from tests.helpers.telegram_server import TOKEN, TelegramServer
from tests.helpers.town import example, fresh_database

pytestmark = pytest.mark.whole

SOUND = b"OggS, and what Tom thinks"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: TelegramServer) -> Path:
    """Where the commands are typed, with a bot in the settings."""
    for name in [name for name in os.environ if name.upper().startswith("KAIKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIKU_DATABASE_URL", fresh_database(tmp_path))
    monkeypatch.setenv("KAIKU_TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("KAIKU_TELEGRAM_API_URL", server.url)
    monkeypatch.setenv("KAIKU_ENCRYPTION_KEY", KEY)
    return tmp_path


@pytest.fixture
def house(folder: Path) -> Iterator[App]:
    """A Kaiku with an organisation, at rest."""
    app = build(Settings(_env_file=None))
    app.open()
    app.apply(example(), "a test")
    yield app
    app.close()


@pytest.fixture
def encounter(house: App) -> str:
    """A visit, `T-1042`, of somebody whom no chat reaches."""
    happened = EncounterHappened(
        by=Sender("api", "test"),
        at=house.clock.now(),
        delivery_id="",
        source="api:test",
        touchpoint="phone",
        customer="new@example.com",
        happened_at=house.clock.now(),
        external_reference="T-1042",
    )
    return house.write_now(lambda ctx: record_encounter(happened, ctx)).token


async def kaiku(*words: str) -> Result:
    """Type a command, while Telegram can answer."""
    return await asyncio.to_thread(CliRunner().invoke, cli, list(words))


async def test_an_invitation_is_a_link_a_code_to_scan_and_a_picture(encounter: str, folder: Path) -> None:
    told = await kaiku("invite", "telegram", "--encounter", "T-1042")
    assert told.exit_code == 0, told.stderr

    link = told.stdout.splitlines()[0]
    payload = link.removeprefix("https://t.me/KaikuTestBot?start=")
    assert links.read(payload, TOKEN, Clock().now()) == encounter
    scanned, picture = StringIO(), BytesIO()
    code = segno.make(link, error="m")
    code.terminal(scanned, compact=True)
    code.save(picture, kind="png", scale=8, border=4)
    assert scanned.getvalue().strip() in told.stdout
    assert (folder / f"telegram-{encounter}.png").read_bytes() == picture.getvalue()
    assert f"The picture is telegram-{encounter}.png. The link is for one person, for 14 days." in told.stdout


async def test_the_picture_is_named_and_drawn_as_wished(encounter: str, folder: Path) -> None:
    told = await kaiku("invite", "telegram", "--encounter", encounter, "--picture", "counter.svg")
    assert told.exit_code == 0, told.stderr
    assert "<svg" in (folder / "counter.svg").read_text("utf-8")


def pictures_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.png"))


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--encounter", "T-9999"), 1, "I do not know the encounter “T-9999”."),
        (("--encounter", "T-1042", "--picture", "counter.jpeg"), 2, "must end in .png or .svg"),
        (("--encounter", "T-1042", "--picture", "gone/counter.png"), 1, "gone/counter.png: No such file"),
        ((), 2, "Missing option '--encounter'"),
    ],
)
async def test_what_cannot_be_made_is_told_in_a_sentence(
    encounter: str, folder: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    told = await kaiku("invite", "telegram", *words)
    assert (told.exit_code, told.stdout) == (code, "")
    assert sentence in told.stderr
    assert pictures_in(folder) == []


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("", "KAIKU_TELEGRAM_BOT_TOKEN is empty. Get a token from @BotFather"),
        ("123456789:AAHwrongwrongwrongwrongwrongwrongwrong", "Telegram does not say what the bot is called"),
    ],
)
async def test_without_a_bot_it_says_where_to_get_one(
    encounter: str, monkeypatch: pytest.MonkeyPatch, token: str, sentence: str
) -> None:
    monkeypatch.setenv("KAIKU_TELEGRAM_BOT_TOKEN", token)
    told = await kaiku("invite", "telegram", "--encounter", "T-1042")
    assert told.exit_code == 1
    assert sentence in told.stderr
    assert "wrongwrong" not in told.stderr


def spoken(house: App) -> str:
    """A voice message that somebody sent; its name."""
    common = {
        "by": Sender("telegram", "4242"),
        "at": datetime(2026, 11, 24, 8, tzinfo=UTC),
        "delivery_id": "",
    }
    _hear(house, VoiceReceived(source="AwAC", seconds=12, **common))  # type: ignore[arg-type]
    return house.read_now(lambda ctx: ctx.session.exec(select(VoiceMessage)).one()).token


def _hear(house: App, event: Event) -> None:
    house.write_now(lambda ctx: receive(event, ctx))


async def test_a_voice_message_becomes_a_file(
    house: App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = spoken(house)
    assert "still on its way" in (await kaiku("voice", token)).stderr
    _hear(
        house,
        VoiceFetched(
            voice=token, content=SOUND, by=Sender("telegram", ""), at=house.clock.now(), delivery_id=""
        ),
    )
    kept = house.read_now(lambda ctx: ctx.session.exec(select(VoiceMessage)).one())
    assert (kept.state, SOUND in (kept.content or b"")) == (VoiceState.KEPT, False)

    told = await kaiku("voice", token)
    assert (told.exit_code, told.stdout) == (0, f"The voice message is in {token}.ogg.\n")
    assert (folder / f"{token}.ogg").read_bytes() == SOUND
    assert (await kaiku("voice", token, "--to", "tom.ogg")).exit_code == 0
    assert "no longer here" in (await kaiku("voice", "nobody")).stderr

    monkeypatch.delenv("KAIKU_ENCRYPTION_KEY")
    assert "sealed with the key" in (await kaiku("voice", token)).stderr
