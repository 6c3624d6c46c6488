"""Words that people wrote are held in the clear or sealed, and read the same."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Text, bindparam, func, select, type_coerce
from sqlmodel import Session
from sqlmodel import select as model_select

from storage.database import Database
from storage.prepared import Prepared
from storage.search import found, index_waiting, query, stems
from storage.tables import Feedback, core
from storage.vault import HIDDEN, Vault
from storage.words import MARK, UNREADABLE, Sealing
from tests.helpers.databases import on_postgresql
from tests.helpers.town import TUESDAY_TEN, fresh_database

OLD, NEW = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))
SAID = "Laskutusjärjestelmä on hidas. 😀"
SEALS = Sealing(Vault(NEW), seals=True)
OPENS = Sealing(Vault(NEW), seals=False)
OTHER = Sealing(Vault(OLD), seals=True)

pytestmark = pytest.mark.clear("it says itself how words are held")

_F = core(Feedback)
_PREPARED = Prepared(select(_F.c.words, _F.c.token).where(_F.c.token == bindparam("token")))


class House:
    """Feedback in a database that holds words in one way."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def says(self, words: str, token: str = "t", *, indexed: bool = True) -> None:
        """Something is said."""

        def work(session: Session) -> None:
            session.add(
                Feedback(
                    token=token, type="other", tone="neutral", source="customer", words=words, at=TUESDAY_TEN
                )
            )
            session.flush()
            while indexed and index_waiting(session, 10):
                pass

        self.database.write_now(work)

    def stored(self) -> list[str]:
        """What the rows hold, to whoever reads them without us."""
        rows = select(type_coerce(_F.c.words, Text)).order_by(_F.c.id)
        return self.database.read_now(lambda session: list(session.connection().scalars(rows)))

    def read(self) -> list[str]:
        """The words, as the three ways of asking give them, which agree."""

        def work(session: Session) -> list[str]:
            asked = session.connection().execute(select(_F.c.words, _F.c.token).order_by(_F.c.id)).all()
            prepared = [_PREPARED.all(session, {"token": row.token})[0].words for row in asked]
            objects = [feedback.words for feedback in session.exec(model_select(Feedback).order_by(_F.c.id))]
            assert [row.words for row in asked] == prepared == objects
            return prepared

        return self.database.read_now(work)

    def finds(self, words: str) -> list[str]:
        """What is found by some words."""
        wanted = select(_F.c.words).where(found("feedback", _F.c.id, words)).order_by(_F.c.id)
        return self.database.read_now(lambda session: list(session.connection().scalars(wanted)))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return fresh_database(tmp_path)


@contextmanager
def house(url: str, sealing: Sealing | None) -> Iterator[House]:
    with Database(url, sealing) as database:
        yield House(database)


def test_sealed_words_are_read_by_who_has_the_key_and_by_nobody_else(url: str) -> None:
    with house(url, SEALS) as ours:
        ours.says(SAID)
        [stored] = ours.stored()
        assert stored.startswith(f"{MARK}{SEALS.newest}:")
        assert "Lasku" not in stored
        assert ours.read() == [SAID]
    with house(url, OTHER) as others:
        assert others.read() == [UNREADABLE]


def test_the_same_words_are_never_sealed_the_same(url: str) -> None:
    with house(url, SEALS) as ours:
        ours.says(SAID, "one")
        ours.says(SAID, "other")
        assert len(set(ours.stored())) == 2


def test_what_is_sealed_tells_no_time(url: str) -> None:
    """A seal usually begins with the moment at which it was made."""
    with house(url, SEALS) as ours:
        ours.says(SAID)
        assert ours.stored()[0].partition(":")[2].startswith("gAAAAAAAAAAA")


def test_who_does_not_seal_opens_what_was_and_writes_in_the_clear(url: str) -> None:
    with house(url, SEALS) as ours:
        ours.says(SAID, "before")
    with house(url, OPENS) as ours:
        ours.says("Kiitos", "after")
        assert ours.read() == [SAID, "Kiitos"]
        assert ours.stored()[1] == "Kiitos"


def test_without_a_key_words_are_in_the_clear(url: str) -> None:
    with house(url, None) as ours:
        ours.says(SAID)
        assert ours.stored() == ours.read() == [SAID]


@pytest.mark.parametrize("sealing", [None, OPENS, SEALS])
def test_nobody_can_write_what_would_be_taken_for_sealed(url: str, sealing: Sealing | None) -> None:
    with house(url, sealing) as ours:
        ours.says(f"{MARK}{SEALS.newest}:gAAAA")
        assert ours.read() == [f"{SEALS.newest}:gAAAA"]


def test_nothing_stays_nothing_so_that_conditions_hold(url: str) -> None:
    with house(url, SEALS) as ours:
        ours.says("")
        ours.says(SAID, "said")
        counted = select(func.count()).where(_F.c.words != "")
        assert ours.database.read_now(lambda session: session.connection().scalar(counted)) == 1
        assert ours.stored()[0] == ""


def test_words_that_were_changed_from_outside_are_told_in_the_log_and_never_quoted(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with house(url, SEALS) as ours:
        ours.says(SAID)
        changed = f"UPDATE feedback SET words = '{MARK}{SEALS.newest}:gAAAAsecret'"  # noqa: S608
        ours.database.write_now(lambda session: session.connection().exec_driver_sql(changed))
        with caplog.at_level(logging.WARNING):
            assert ours.read() == [UNREADABLE]
    assert "words cannot be opened" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("wanted", ["lasku", "laskutus", "laskutusjärjestelmän", "hidas", "on", "on hidas"])
def test_sealed_words_are_found_as_others_are(url: str, wanted: str) -> None:
    with house(url, SEALS) as ours:
        ours.says(SAID)
        ours.says("Jotain aivan muuta", "other")
        assert ours.finds(wanted) == [SAID]
        assert ours.finds("lasku muuta") == []


def test_a_stem_of_three_letters_is_found_as_a_whole_only(url: str) -> None:
    with house(url, SEALS) as ours:
        ours.says("onnellinen")
        assert ours.finds("on") == []


def test_a_word_like_a_hash_finds_none(url: str) -> None:
    hidden = SEALS.hidden("lasku", SEALS.newest)
    with house(url, SEALS) as ours:
        ours.says("lasku")
        assert hidden.startswith(HIDDEN)
        assert ours.finds(hidden.removeprefix(HIDDEN)[:4]) == []
        assert ours.finds(hidden[:6]) == []


def test_what_was_said_under_an_older_key_or_none_is_found_as_well(url: str) -> None:
    both = Sealing(Vault(f"{NEW},{OLD}"), seals=True)
    for sealing, said in ((OTHER, "Lasku yksi"), (both, "Lasku kaksi")):
        with house(url, sealing) as ours:
            ours.says(said, said)
    with house(url, Sealing(Vault(f"{NEW},{OLD}"), seals=False)) as ours:
        ours.says("Lasku kolme", "three")
        assert ours.finds("laskun") == ["Lasku yksi", "Lasku kaksi", "Lasku kolme"]


def test_the_index_of_sealed_words_knows_no_stem(url: str) -> None:
    assert "lasku" in stems(SAID)
    hidden = stems(SAID, partial(SEALS.hidden, key=SEALS.newest)).split()
    assert all(one.startswith("zq0") for one in hidden)
    others = stems(SAID, partial(OTHER.hidden, key=OTHER.newest)).split()
    assert set(hidden).isdisjoint(others), "nor does another key"
    assert '"lasku"*' in query("lasku", SEALS), "what is in the clear is looked for, too"


def test_the_index_follows_what_is_stored_and_not_the_settings_of_whoever_indexes(url: str) -> None:
    """A replica that was not yet started anew, or a start with other settings, betrays no stem."""
    with house(url, SEALS) as ours:
        ours.says(SAID, indexed=False)
    with house(url, OPENS) as later:
        later.says("Muuta", "other")
        assert later.finds("lasku") == [SAID]
        index = (
            "SELECT stems::text FROM feedback_words"
            if on_postgresql()
            else "SELECT * FROM feedback_words_data"
        )
        rows = later.database.read_now(lambda session: session.connection().exec_driver_sql(index).all())
    assert "lasku" not in str(rows)
    assert "muu" in str(rows)
