"""An office that seals what people write lives as any other does; who steals its database reads nothing."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import delete, select

from bot.app import App
from bot.exporting import export
from bot.jobs import Reseal, SettingsDiffer
from bot.remembering import database_of
from bot.settings import Settings
from bot.side_door import Hands
from bot.wiring import channels
from handlers import searching
from handlers.context import Context
from handlers.exports import Extract, Kind
from handlers.filters import Filters
from storage import search
from storage.backup import backup, restore
from storage.database import Database
from storage.errors import KeysMissing
from storage.tables import Answer, ChatMessage, Wish, core
from storage.vault import Vault
from storage.vocabulary import FileForm, Metric
from storage.words import Sealing
from tests.helpers.databases import all_of, everything_in, on_postgresql
from tests.helpers.town import Town, example, fresh_database, helsinki, town_of

KEY, NEXT = (b64encode(letter * 32).decode() for letter in (b"k", b"n"))
COMMENT = "My zither was dropped."
FIRST = "It was a zitherette."
LOGGED = "The zitherists waited outside."
ANSWER = "We bring another zither."
NEED = "I wish there were a zither stand in the lobby."

pytestmark = pytest.mark.clear("it says itself how words are held")


async def _everything_is_written(town: Town) -> None:
    """A comment that is changed, a reply to it, what a colleague logged, a wish; and all of it is indexed."""
    await town.asked("phone", "zeb", service="pension-advice", handler="ville", customer_language="en")
    zeb = town.person("zeb")
    await zeb.answers("1")
    await zeb.writes(FIRST)
    await zeb.writes(COMMENT)
    await zeb.answers("Skip", "Skip", "Yes")
    await town.maya.taps("Take it")
    await town.maya.fills("Write to the customer", words=ANSWER)
    await town.maya.logs(customer="Acme", words=LOGGED, type="defect", service="helpdesk")
    await town.person("ida").writes(NEED)
    await town.liisa.taps("Kirjaa toiveeksi")
    await town.settle()
    await town.app.write(searching.index)


def _found(ctx: Context, words: str) -> list[str]:
    """The comments that are found by some words."""
    answers = core(Answer)
    wanted = select(answers.c.words).where(search.found("answers", answers.c.id, words))
    return list(ctx.session.connection().scalars(wanted))


@asynccontextmanager
async def _opened_again(settings: Settings, before: Town) -> AsyncIterator[Town]:
    """The same office, started with other settings."""
    database = database_of(settings)
    app = App(settings, before.clock, database, channels(settings, before.clock, database))
    app.open()
    try:
        yield Town(app, before.clock)
    finally:
        app.close()


def _reseal(app: App) -> None:
    share = 0.0
    while share < 1:
        _, unopened, share = Hands(app).do(Reseal.of(app.database.sealing))
        assert not unopened


async def _stolen(town: Town, folder: Path) -> str:
    """Whatever a thief of the database finds, in rows and in bytes.

    Without the sandbox's chat: it stands for a platform, which has its own copy of what it carried.
    """
    await town.app.write(lambda ctx: ctx.session.connection().execute(delete(core(ChatMessage))))
    await asyncio.to_thread(town.app.rebuild_now)
    rows = [repr(row) for table in (await town.look(everything_in)).values() for row in table]
    files = _bytes(folder)
    assert rows
    assert files or on_postgresql()
    return "\n".join([*rows, *files])


def _bytes(folder: Path) -> list[str]:
    return [file.read_bytes().decode("latin-1") for file in folder.glob("kaiku.db*") if file.is_file()]


@pytest.fixture
async def sealed(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(example(), tmp_path, key=KEY, seal_comments=True) as town:
        yield town


async def test_everybody_reads_what_they_should(sealed: Town, tmp_path: Path) -> None:
    await _everything_is_written(sealed)
    assert COMMENT in await sealed.maya.reads(), "the alert"
    assert ANSWER in await sealed.person("zeb").reads()
    assert NEED in await sealed.maya.writes("/feedback wishes")
    await sealed.until(helsinki("2026-11-27 15:00"))
    assert COMMENT in await sealed.maya.latest(), "the digest"

    extract = Extract(Kind.RESPONSES, Filters(words="zither"), named=True)
    file = tmp_path / "found.csv"
    await asyncio.to_thread(
        export, Hands(sealed.app), extract, FileForm.CSV, file, by="liisa", console=Console(quiet=True)
    )
    assert COMMENT in file.read_text("utf-8"), "found by a word, and taken out"


async def test_who_steals_the_database_finds_no_word_of_it(sealed: Town, tmp_path: Path) -> None:
    await _everything_is_written(sealed)
    stolen = await _stolen(sealed, tmp_path)
    assert "pension-advice" in stolen, "what is not words is there"
    assert "zither" not in stolen.casefold()


async def test_what_was_written_before_is_sealed_beside_the_running_office(tmp_path: Path) -> None:
    async with town_of(example(), tmp_path) as town:
        await _everything_is_written(town)
        settings = town.app.settings
    with_key = settings.model_copy(update={"encryption_key": SecretStr(KEY), "seal_comments": True})
    async with _opened_again(with_key, town) as again:
        assert "zither" in repr(await again.look(everything_in))
        await asyncio.to_thread(_reseal, again.app)
        assert "zither" not in (await _stolen(again, tmp_path)).casefold()
        assert f"{FIRST}\n{COMMENT}" in {answer.words for answer in await again.rows(Answer)}
        await again.app.write(searching.index)
        assert await again.app.read(lambda ctx: _found(ctx, "zither")) == [f"{FIRST}\n{COMMENT}"]


async def test_kaiku_does_not_start_without_a_key_that_it_needs_and_says_which(
    sealed: Town, tmp_path: Path
) -> None:
    await _everything_is_written(sealed)
    settings, name = sealed.app.settings, Vault(KEY).newest
    sealed.app.close()
    for keys in ("", NEXT):
        without = settings.model_copy(update={"encryption_key": SecretStr(keys), "seal_comments": False})
        for only_to_read in (True, False):
            with pytest.raises(KeysMissing, match=f"sealed with the key {name}"):
                App(without, sealed.clock, database_of(without), {}).open(only_to_read=only_to_read)
    both = settings.model_copy(update={"encryption_key": SecretStr(f"{NEXT},{KEY}")})
    App(both, sealed.clock, database := database_of(both), {}).open()
    try:
        read = database.read_now(lambda session: [answer.words for answer in session.exec(all_of(Answer))])
        assert f"{FIRST}\n{COMMENT}" in read
    finally:
        database.close()


@pytest.mark.sqlite("a server keeps copies its own way")
async def test_a_backup_that_could_not_be_read_is_not_put_back(sealed: Town, tmp_path: Path) -> None:
    await _everything_is_written(sealed)
    url, sealing = sealed.app.settings.database_url, sealed.app.database.sealing
    backup(url, tmp_path / "copy.db")
    (tmp_path / "elsewhere").mkdir()
    elsewhere = fresh_database(tmp_path / "elsewhere")
    with pytest.raises(KeysMissing):
        restore(tmp_path / "copy.db", elsewhere, Sealing(Vault(NEXT), seals=True))
    with Database(elsewhere, sealing) as database:
        assert not database.read_now(lambda session: session.exec(all_of(Answer)).all()), (
            "nothing was changed"
        )
    restore(tmp_path / "copy.db", elsewhere, sealing)
    with Database(elsewhere, sealing) as database:
        assert database.read_now(lambda session: session.exec(all_of(Answer)).all())


async def test_a_kaiku_that_holds_words_otherwise_does_not_reseal_for_others(sealed: Town) -> None:
    others = (None, Sealing(Vault(KEY), seals=False), Sealing(Vault(f"{NEXT},{KEY}"), seals=True))
    for other in others:
        with pytest.raises(SettingsDiffer, match="Start it anew"):
            await asyncio.to_thread(Hands(sealed.app).do, Reseal.of(other))


async def test_who_is_forgotten_is_forgotten_and_so_is_a_wish_in_their_words(
    sealed: Town, tmp_path: Path
) -> None:
    await _everything_is_written(sealed)
    for name, yes in (("zeb", "Erase me"), ("ida", "Poista tietoni")):
        person = sealed.person(name)
        await person.writes("/feedback forget me")
        await person.taps(yes)
    await sealed.settle()
    [wish] = await sealed.rows(Wish)
    assert wish.need == ""
    assert not any(answer.words for answer in await sealed.rows(Answer) if answer.metric == Metric.WORDS)
    assert not await sealed.app.read(lambda ctx: _found(ctx, "zither"))
