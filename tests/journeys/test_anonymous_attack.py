"""An attacker has every file and log line, and knows who was asked and when: whose an answer is stays a guess."""

import random
import re
import sqlite3
from base64 import b64encode
from pathlib import Path

import pytest

from tests.helpers.logged import everything_logged
from tests.helpers.town import Town, example, town_of

pytestmark = pytest.mark.sqlite("its files are searched, page by page")

KEY = b64encode(b"k" * 32).decode()
SURVEY = {
    "surveys": {"open": {"privacy": "anonymous", "questions": ["satisfied", "words"]}},
    "touchpoints": {"phone": {"survey": "open", "delay": "0 min"}},
    "asking": {"cool_down": "0 min", "cool_down_any": "0 min"},
    "minimum_group": 5,
}
PEOPLE = ("zeb", "ada", "bo", "cia", "dan")
ABOUT = {"service": "pension-advice", "customer_language": "en"}


def _words(person: str, day: int) -> str:
    """Something that can be told from everything else in any file; only this test knows whose it is."""
    return f"the line q{day}x{PEOPLE.index(person) * 7 + 3}q was cut"


def _stolen(folder: Path) -> dict[str, bytes]:
    """The database, its write-ahead log and whatever else lies beside it: pages in use and free ones."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


async def _a_day_of_answers(town: Town, day: int) -> list[str]:
    """Everybody is asked in one order and answers in another, minutes apart; the order in which they answered."""
    for person in random.sample(PEOPLE, len(PEOPLE)):
        await town.asked("phone", person, external_reference=f"{person}{day}", **ABOUT)
    order = random.sample(PEOPLE, len(PEOPLE))
    for person in order:
        await town.later(minutes=random.randrange(1, 9))
        await town.person(person).taps(str(random.randrange(1, 6)))
        await town.person(person).fills("Write…", words=_words(person, day))
    return order


async def test_before_they_are_opened_answers_are_in_no_file_and_no_sheet_is_longer(tmp_path: Path) -> None:
    with everything_logged() as log:
        async with town_of(example(**SURVEY), tmp_path, key=KEY) as town:
            await _a_day_of_answers(town, 1)
            stolen = _stolen(tmp_path)
            boxes = await _column(town, _BOXES)
    assert any(name.endswith("-wal") for name in stolen), "the log is there to be searched"
    for person in PEOPLE:
        told = _words(person, 1)
        assert [name for name, content in stolen.items() if told.encode() in content] == []
        assert told not in log.text()
    assert len(boxes) == len(PEOPLE)
    assert len(set(boxes)) == 1


_BOXES = "SELECT length(box) FROM sealed_sheets"


@pytest.mark.clear("the attacker reads rows")
async def test_wherever_an_answer_stands_nothing_stands_beside_it_that_leads_to_anybody(
    tmp_path: Path,
) -> None:
    with everything_logged() as log:
        async with town_of(example(**SURVEY), tmp_path, key=KEY) as town:
            await _a_day_of_answers(town, 1)
            await town.later(days=2)
            stolen = _stolen(tmp_path)
            tokens = await _names(town)
    database = _copy(stolen, tmp_path)
    plain = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
    tables = [name for (name,) in database.execute(plain)]
    holding = {table for table in tables for row in _rows(database, table) if "was cut" in str(row)}
    assert holding == {"sheet_answers"}
    columns = {row[1] for row in database.execute("PRAGMA table_info(sheet_answers)")}
    assert columns == {"id", "batch_id", "sheet", "question", "metric", "score", "band", "words"}
    sheets = [
        *_rows(database, "sheet_answers"),
        *_rows(database, "sheet_batches"),
        *_rows(database, "sealed_sheets"),
    ]
    assert not [row for row in sheets if any(token in str(row) for token in tokens)]
    assert _rows(database, "responses") == _rows(database, "answers") == _rows(database, "inbound") == []
    assert not re.search(r"was cut|RatingGiven|CommentGiven|FormAsked", log.text())
    database.close()


async def test_no_order_in_rows_or_files_tells_the_order_in_which_people_answered(tmp_path: Path) -> None:
    """The attacker knows when everybody pressed, and guesses that the answers stand in the same order, or the
    reverse, or as the names of sheets do, or as they lie in the files.
    """
    hits = dict.fromkeys(("same", "reverse", "by name of the sheet", "by place in the log", "as asked"), 0)
    days = 8
    async with town_of(example(**SURVEY), tmp_path, key=KEY) as town:
        for day in range(days):
            answered = await _a_day_of_answers(town, day)
            asked = await _column(town, _ASKED)
            await town.later(days=7)
            told = (await _column(town, _TOLD))[-5:]
            log = (tmp_path / "kaiku.db-wal").read_bytes()
            named = (await _column(town, _NAMES))[-5:]
            guesses = {
                "same": told,
                "reverse": told[::-1],
                "by name of the sheet": [told[n] for n in _ranks(named)],
                "by place in the log": sorted(told, key=lambda words: log.rfind(words.encode())),
            }
            truth = [_words(person, day) for person in answered]
            for guess, order in guesses.items():
                hits[guess] += sum(one == other for one, other in zip(truth, order, strict=True))
            as_asked = [_words(person, day) for person in asked[-5:]]
            hits["as asked"] += sum(one == other for one, other in zip(as_asked, told, strict=True))
    # By chance one in five is right: eight of forty, give or take three. Twenty-six would be six such steps away.
    assert max(hits.values()) < 26, hits


_TOLD = "SELECT words FROM sheet_answers WHERE metric = 'words' ORDER BY id"
_NAMES = "SELECT name FROM sealed_sheets ORDER BY rowid"
_ASKED = """SELECT identities.external_id FROM sent_messages JOIN identities USING (person_id)
    WHERE sent_messages.kind = 'prompt' AND identities.channel = 'sandbox' ORDER BY sent_messages.id"""


async def _column(town: Town, query: str) -> list[str]:
    """The first column of what is found, as text."""
    return await town.look(lambda s: [str(row[0]) for row in s.connection().exec_driver_sql(query)])


def _ranks(names: list[str]) -> list[int]:
    """The place of each, were they sorted."""
    return [sorted(names).index(name) for name in names]


async def _names(town: Town) -> set[str]:
    """Everything by which a person, a request or an encounter is known."""
    queries = ("SELECT token FROM invitations", "SELECT token FROM encounters", "SELECT name FROM people")
    return {name for query in queries for name in await _column(town, query) if len(name) > 3}


def _copy(stolen: dict[str, bytes], folder: Path) -> sqlite3.Connection:
    copy = folder / "stolen"
    copy.mkdir()
    for name, content in stolen.items():
        (copy / name).write_bytes(content)
    return sqlite3.connect(copy / "kaiku.db")


def _rows(database: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 -- names of our own
