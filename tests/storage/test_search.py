"""Words are found in whatever form, and nothing is found that is not said any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from storage.database import Database
from storage.search import found, index_waiting, query, stems, tidy
from storage.search_index import GONE
from storage.tables import Feedback, Unindexed, core
from tests.helpers.databases import on_postgresql
from tests.helpers.town import TUESDAY_TEN, fresh_database


class Said:
    """What was said and is searched; each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def says(self, *said: str) -> None:
        def work(session: Session) -> None:
            for words in said:
                session.add(_feedback(words))

        self.database.write_now(work)
        while self.database.write_now(lambda session: index_waiting(session, 2)):
            pass

    def does(self, statement: str) -> None:
        self.database.write_now(lambda session: session.connection().execute(text(statement)))

    def finds(self, words: str) -> list[str]:
        def work(session: Session) -> list[str]:
            rows = session.exec(select(Feedback).where(found("feedback", core(Feedback).c.id, words)))
            return [row.words for row in rows]

        return self.database.read_now(work)


def _feedback(words: str) -> Feedback:
    return Feedback(
        token=str(hash(words)), type="other", tone="neutral", source="customer", words=words, at=TUESDAY_TEN
    )


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Said]:
    with Database(fresh_database(tmp_path)) as database:
        yield Said(database)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Sain laskun kahdesti", "lasku"),
        ("Lasku tuli kahdesti", "laskun"),
        ("Laskutusjärjestelmä on hidas", "lasku"),
        ("Tilauksen numero puuttui", "tilaus"),
        ("Odotin puhelimessa", "puhelin"),
        ("Räkningen kom två gånger", "räkning"),
        ("Two invoices came", "invoice"),
        ("LASKU!", "lasku"),
        ("a\u0308iti soitti", "äiti"),
    ],
)
def test_a_word_is_found_in_whatever_form(session: Said, said: str, wanted: str) -> None:
    session.says(said, "Jotain aivan muuta, tack, thanks")
    assert session.finds(wanted) == [said]


def test_every_word_must_be_there(session: Said) -> None:
    session.says("Lasku myöhästyi", "Lasku ja kuitti", "Kuitti")
    assert session.finds("kuitti lasku") == ["Lasku ja kuitti"]


@pytest.mark.parametrize(
    "typed",
    [
        '"', "'", "%", "\x00", "*", "(", "NEAR(a b)", "a AND", "stems:lasku", "lasku OR 1=1; --", "x" * 5000,
        "-lasku", "^lasku", '"lasku', "{lasku}", "ÅÄÖ" * 80, "😀", "   ",
    ],
)  # fmt: skip
def test_whatever_is_typed_only_looks_for_words(session: Said, typed: str) -> None:
    session.says("Lasku myöhästyi")
    assert session.finds(typed) in ([], ["Lasku myöhästyi"])


def test_no_word_finds_nothing() -> None:
    assert query("%%% \x00 '") == ""
    assert stems("") == ""


@pytest.mark.clear("rows are found by their words")
def test_what_is_emptied_changed_or_deleted_is_found_no_more(session: Said) -> None:
    session.says("Lasku yksi", "Lasku kaksi", "Lasku kolme", "Lasku")
    for statement in (
        "UPDATE feedback SET words = '' WHERE words = 'Lasku yksi'",
        "UPDATE feedback SET words = 'Kuitti' WHERE words = 'Lasku kaksi'",
        "DELETE FROM feedback WHERE words = 'Lasku kolme'",
    ):
        session.does(statement)
    assert session.finds("lasku") == ["Lasku"]
    assert session.finds("kuitti") == []
    session.says()
    assert session.finds("kuitti") == ["Kuitti"]
    waiting = session.database.read_now(lambda s: s.exec(select(Unindexed.kind)).all())
    assert waiting == ([] if on_postgresql() else [GONE])


@pytest.mark.sqlite("PostgreSQL cleans its files by itself")
@pytest.mark.clear("the file is searched for a stem")
def test_nothing_is_left_of_a_word_in_the_file(session: Said, tmp_path: Path) -> None:
    session.says(*(f"sana{number} zyxwvut kept{number}" for number in range(40)), "secretissimo")
    session.does("UPDATE feedback SET words = '' WHERE words = 'secretissimo'")
    while session.database.write_now(lambda s: tidy(s, 50)):
        pass
    assert session.database.read_now(lambda s: s.exec(select(Unindexed)).all()) == []
    session.database.close()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"zyxwvut" in left
    assert b"secretis" not in left
