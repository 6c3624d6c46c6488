"""What staff say without their name: sealed, opened together, and whoever takes everything away finds no author."""

import hmac
import json
import random
import sqlite3
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from handlers.messages import Action, Verb
from storage.tables import (
    AuditEntry,
    InboundDelivery,
    NoteBatch,
    OutboxMessage,
    Person,
    SealedNote,
    StaffNote,
)
from storage.vault import Vault, name_of
from storage.vocabulary import OutboxKind
from tests.helpers.logged import everything_logged
from tests.helpers.town import Town, example, helsinki, town_of

KEY = b64encode(b"k" * 32).decode()
AUTHORS = ("maya", "ville", "sanna", "pekka", "olli", "kaisa")
"""Staff who do not read notes on the work as a whole: liisa does."""


@pytest.fixture
async def sealing(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(example(), tmp_path / "sealing", key=KEY) as town:
        yield town


def _words(author: str) -> str:
    """Something that can be told from everything else in any file."""
    return f"the weekly form q{author[::-1]}q is pointless"


async def _says(town: Town, author: str, topic: str = "") -> Action:
    """The whole way: the screen, the form, the words. The form's action is returned."""
    person = town.person(author)
    await person.writes("/feedback anonymous")
    opened = await person.presses(Action(Verb.NOTE))
    name = opened.form.split("note|")[1].split("|")[0]
    await person.submits(Action(Verb.NOTE, name), topic=topic, words=_words(author))
    return Action(Verb.NOTE, name)


async def test_one_screen_says_what_is_hidden_and_what_is_not(sealing: Town) -> None:
    await sealing.maya.writes("/feedback anonymous")
    screen = await sealing.maya.latest()
    assert "I keep neither your name nor the time with your words." in screen
    assert "at least 5 people have written on the topic" in screen
    assert "perhaps nobody ever reads them" in screen
    assert "The chat platform knows that you typed here" in screen
    assert "Write anonymously…" in screen


async def test_scenario_9_nothing_is_shown_before_five_came_in(sealing: Town) -> None:
    for author in AUTHORS[:4]:
        await _says(sealing, author)
    assert await sealing.liisa.conversation() == []
    assert await sealing.rows(StaffNote) == []

    await _says(sealing, AUTHORS[4])
    told = await sealing.liisa.latest()
    for author in AUTHORS[:5]:
        assert _words(author) in told
    assert len(await sealing.rows(NoteBatch)) == 1


async def test_scenario_9_when_the_week_closes_several_topics_are_opened_together(sealing: Town) -> None:
    """No topic has five. A narrower group than five people is never shown, so what is shown does not tell the topic."""
    topics = {"sanna": "lobby", "pekka": "lobby", "maya": "", "olli": "helpdesk", "kaisa": "helpdesk"}
    for author, topic in topics.items():
        await _says(sealing, author, topic=topic)
    await sealing.until(helsinki("2026-11-29 23:59"))
    assert await sealing.liisa.conversation() == [], "Sunday: the week has not closed"

    await sealing.until(helsinki("2026-11-30 00:00"))
    told = await sealing.liisa.latest()
    assert "Nimetöntä palautetta henkilöstöltä: useita aiheita" in told
    assert told.count("is pointless") == 5
    for service in sealing.app.organisation.services.values():
        assert service.name["fi"] not in told
    for owner in (sealing.maya, sealing.ville):
        assert "pointless" not in await owner.reads(), (
            "whoever answers for one of the topics does not read it"
        )


async def test_scenario_9_fewer_than_five_wait_also_when_weeks_close(sealing: Town) -> None:
    for author in AUTHORS[:4]:
        await _says(sealing, author)
    for _ in range(4):
        await sealing.later(days=7)
    assert await sealing.rows(StaffNote) == []
    assert len(await sealing.rows(SealedNote)) == 4

    await _says(sealing, AUTHORS[4])
    assert len(await sealing.rows(StaffNote)) == 5


async def test_people_are_counted_and_not_notes(sealing: Town) -> None:
    """Four notes of one's own, or forty, do not open somebody else's."""
    for number in range(8):
        await sealing.sanna.submits(Action(Verb.NOTE, f"sanna-{number}"), topic="", words=f"Number {number}")
    for author in ("maya", "pekka", "olli"):
        await _says(sealing, author)
    await sealing.later(days=14)
    assert await sealing.rows(StaffNote) == [], "eleven notes of four people"

    await _says(sealing, "kaisa")
    assert len(await sealing.rows(StaffNote)) == 12
    assert len(await sealing.rows(NoteBatch)) == 1


async def test_who_has_come_to_read_them_does_not_count(sealing: Town) -> None:
    for author in ("sanna", "pekka", "olli", "kaisa"):
        await _says(sealing, author, topic="lobby")
    sealing.reorganise(services={"lobby": {"owner": "sanna"}})
    await _says(sealing, "ville", topic="lobby")
    assert await sealing.rows(StaffNote) == [], "sanna, who would read them now, wrote one of these five"
    await _says(sealing, "maya", topic="lobby")
    assert len(await sealing.rows(StaffNote)) == 6


async def test_each_batch_is_of_enough_people(sealing: Town) -> None:
    sealing.reorganise(anonymous={"minimum_group": 3})
    topics = dict(zip(AUTHORS, ("", "", "lobby", "lobby", "helpdesk", "helpdesk"), strict=True))
    for author, topic in topics.items():
        for number in range(2):
            form = Action(Verb.NOTE, f"{author}-{number}")
            await sealing.person(author).submits(form, topic=topic, words=f"{author} again")
    await sealing.until(helsinki("2026-11-30 00:00"))
    batches = defaultdict[int, list[str]](list)
    for note in await sealing.rows(StaffNote):
        batches[note.batch_id].append(note.words.split()[0])
    assert [len(set(batch)) for batch in batches.values()] == [3, 3]


async def test_what_was_promised_holds_when_fewer_are_wanted_later(sealing: Town) -> None:
    for author in AUTHORS[:4]:
        await _says(sealing, author)
    sealing.reorganise(anonymous={"minimum_group": 3})
    await sealing.later(days=7)
    assert await sealing.rows(StaffNote) == [], "four of them were told five"
    await _says(sealing, AUTHORS[4])
    assert len(await sealing.rows(StaffNote)) == 5


async def test_the_owner_of_the_topic_reads_it(sealing: Town) -> None:
    for author in ("maya", "kaisa", "sanna", "pekka", "olli"):
        await _says(sealing, author, topic="helpdesk")
    assert "Nimetöntä palautetta henkilöstöltä" in await sealing.ville.latest()
    assert _words("sanna") in await sealing.ville.latest()
    refused = await sealing.ville.submits(Action(Verb.NOTE, "mine"), topic="helpdesk", words="Mine.")
    assert "topic" in refused.errors, "who reads them could else open one other note with four of their own"


async def test_notes_on_different_topics_do_not_open_each_other(sealing: Town) -> None:
    for author in AUTHORS[:3]:
        await _says(sealing, author)
        await _says(sealing, author, topic="lobby" if author != "maya" else "helpdesk")
    assert await sealing.rows(StaffNote) == []


async def test_submitted_twice_it_is_one_note_also_after_it_was_opened(sealing: Town) -> None:
    forms = {author: await _says(sealing, author) for author in AUTHORS[:4]}
    for author, form in forms.items():
        await sealing.person(author).submits(form, topic="", words=_words(author))
    assert len(await sealing.rows(SealedNote)) == 4
    forms["olli"] = await _says(sealing, "olli")
    for author, form in forms.items():
        await sealing.person(author).submits(form, topic="", words=_words(author))
    assert len(await sealing.rows(StaffNote)) == 5
    assert [row for row in await sealing.rows(SealedNote) if row.box is not None] == []


async def test_in_a_shared_conversation_it_is_refused_kindly(sealing: Town) -> None:
    told = await sealing.maya.at("#advice").writes("/feedback anonymous")
    assert "Others read along here." in told
    assert "Say it anonymously" not in told
    opened = await sealing.maya.at("#advice").presses(Action(Verb.NOTE))
    assert not opened.form


async def test_customers_have_other_ways(sealing: Town) -> None:
    assert "You do not have the right" in await sealing.omar.writes("/feedback anonymous")
    await sealing.omar.submits(Action(Verb.NOTE, "x"), topic="", words="Hello")
    assert await sealing.rows(SealedNote) == []


async def test_without_a_key_nothing_is_taken(town: Town) -> None:
    assert "there is no key for that here yet" in await town.maya.writes("/feedback anonymous")
    await town.maya.submits(Action(Verb.NOTE, "x"), topic="", words="Hello")
    assert await town.rows(SealedNote) == []


@pytest.mark.parametrize("words", ["", "   ", "x" * 1501])
async def test_what_cannot_be_taken_is_said_in_the_form(sealing: Town, words: str) -> None:
    told = await sealing.maya.submits(Action(Verb.NOTE, "x"), topic="", words=words)
    assert "words" in told.errors
    assert await sealing.rows(SealedNote) == []


# The attacker has a copy of every file and every log line, and knows who was at work.


def _stolen(folder: Path) -> dict[str, bytes]:
    """The database, its write-ahead log and whatever else lies beside it: pages in use and free ones."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.mark.sqlite("its files are searched, page by page")
async def test_an_attacker_reads_nothing_before_the_notes_are_opened(tmp_path: Path) -> None:
    async with town_of(example(), tmp_path, key=KEY) as town:
        for author in AUTHORS[:4]:
            await _says(town, author, topic="lobby")
        stolen = _stolen(tmp_path)
        assert any(name.endswith("-wal") for name in stolen), "the log is there to be searched"
        for author in AUTHORS[:4]:
            assert [name for name, content in stolen.items() if _words(author).encode() in content] == []
        boxes = {len(row.box or b"") for row in await town.rows(SealedNote)}
    assert len(boxes) == 1, "no note is longer than another"


async def test_an_attacker_who_also_has_the_key_reads_the_words_and_no_author(tmp_path: Path) -> None:
    """The mark by which people are counted is made with a secret that was in memory alone."""
    async with town_of(example(), tmp_path, key=KEY) as town:
        for author in AUTHORS[:4]:
            await _says(town, author)
        people = {str(row.id) for row in await town.rows(Person)} | set(AUTHORS)
        boxes = [row.box or b"" for row in await town.rows(SealedNote)]
    vault, key = Vault(KEY), b64decode(KEY)
    marks = {json.loads(vault.open_bytes(name_of(b64encode(key)), box))["by"] for box in boxes}
    guesses = {vault.passing_name(person) for person in people}
    guesses |= {hmac.new(key, person.encode(), "sha256").hexdigest()[:16] for person in people}
    guesses |= {sha256(person.encode()).hexdigest()[:16] for person in people}
    assert len(marks) == 4
    assert not marks & guesses


@pytest.mark.sqlite("its files are searched, page by page")
@pytest.mark.clear("the attacker reads rows")
async def test_an_attacker_finds_no_author_in_rows_deliveries_or_logs(tmp_path: Path) -> None:
    with everything_logged() as log:
        async with town_of(example(), tmp_path, key=KEY) as town:
            for author in AUTHORS:
                await _says(town, author)
                await town.later(minutes=7)
            await _search(town)
            stolen = _stolen(tmp_path)
    for author in AUTHORS:
        assert _words(author) not in log.text()
    _every_table(stolen, tmp_path)


async def _search(town: Town) -> None:
    """What the rows about notes hold, and what others hold about them."""
    notes, batches = await town.rows(StaffNote), await town.rows(NoteBatch)
    assert set(StaffNote.model_fields) == {"id", "batch_id", "words"}
    assert {batch.opened_on for batch in batches} == {town.clock.at.date()}, "a day, and no time of day"
    assert len(notes) == len(AUTHORS) - 1, "five were opened, the sixth waits for others"
    assert [entry for entry in await town.rows(AuditEntry) if "note" in entry.subject.lower()] == []
    told = [row for row in await town.rows(OutboxMessage) if row.kind == OutboxKind.STAFF_NOTES]
    assert len(told) == 1, "one message to who answers, none to who wrote"
    deliveries = len(await town.rows(InboundDelivery))
    assert deliveries == 2 * len(AUTHORS), (
        "typing the command and opening the form; submitting it leaves none"
    )


def _every_table(stolen: dict[str, bytes], folder: Path) -> None:
    """Wherever the words stand, no author stands beside them; nowhere else do they stand."""
    copy = folder / "stolen"
    copy.mkdir()
    for name, content in stolen.items():
        (copy / name).write_bytes(content)
    database = sqlite3.connect(copy / "kaiku.db")
    holding = set()
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 -- names of our own
            if any("is pointless" in str(value) for value in row):
                holding.add(table)
                if table == "staff_notes":
                    assert not [author for author in AUTHORS if author in str(row[:2])]
    database.close()
    assert holding == {"staff_notes", "chat_messages"}, "and before who answers, in the chat itself"


@pytest.mark.sqlite("its files are searched, page by page")
async def test_the_order_of_notes_says_nothing_of_the_order_of_authors(tmp_path: Path) -> None:
    """The attacker knows in which order people wrote, and guesses that the notes stand in the same, or the reverse."""
    hits = {"same": 0, "reverse": 0, "by place in the file": 0}
    rounds = 12
    async with town_of(example(), tmp_path, key=KEY) as town:
        for number in range(rounds):
            authors = random.sample(AUTHORS, 5)
            for author in authors:
                form = Action(Verb.NOTE, f"{number}{author}")
                await town.person(author).submits(form, topic="", words=f"{author} in round {number}")
            notes = (await town.rows(StaffNote))[-5:]
            found = [note.words.split()[0] for note in notes]
            file = (tmp_path / "kaiku.db-wal").read_bytes()
            by_place = sorted(authors, key=lambda a: file.rfind(f"{a} in round {number}".encode()))
            for guess, order in (
                ("same", found),
                ("reverse", found[::-1]),
                ("by place in the file", by_place),
            ):
                hits[guess] += sum(one == other for one, other in zip(authors, order, strict=True))
    # By chance one in five is right: twelve of sixty. Thirty-five would happen once in some hundred million runs.
    assert max(hits.values()) < 35, hits
