import pytest
from sqlmodel import Session

from storage.database import Database
from storage.look import look
from storage.tables import Person
from tests.storage.notes import MONDAY_NOON


def _omar() -> Person:
    return Person(name="Omar", role="customer", created_at=MONDAY_NOON)


def test_a_row_is_seen_with_its_types_and_with_what_is_not_flushed_yet(database: Database) -> None:
    def work(session: Session) -> Person | None:
        omar = _omar()
        session.add(omar)
        session.flush()
        omar.title = "Dr"
        return look(session, Person, omar.id)

    seen = database.write_now(work)
    assert seen is not None
    assert (seen.name, seen.title, seen.created_at) == ("Omar", "Dr", MONDAY_NOON)


def test_what_is_not_there_is_not_seen(database: Database) -> None:
    assert database.read_now(lambda session: look(session, Person, 7)) is None
    assert database.read_now(lambda session: look(session, Person, None)) is None


def test_what_is_seen_cannot_be_changed(database: Database) -> None:
    def work(session: Session) -> None:
        omar = _omar()
        session.add(omar)
        session.flush()
        seen = look(session, Person, omar.id)
        assert seen is not None
        seen.name = "Somebody else"

    with pytest.raises(AttributeError):
        database.write_now(work)
