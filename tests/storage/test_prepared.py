from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from storage.database import Database
from storage.dialects import one_of
from storage.prepared import TOGETHER, Prepared, Record
from storage.tables import InboundDelivery, core
from tests.storage.notes import MONDAY_NOON, leave, notes

_I = core(InboundDelivery)
REMEMBER = Prepared(insert(_I))
SINCE = Prepared(select(_I).where(_I.c.at >= bindparam("since")).order_by(_I.c.at))
MOVE = Prepared(
    update(_I).where(_I.c.delivery_id == bindparam("which"), _I.c.channel == "notes"), columns=("at",)
)
TUESDAY = datetime(2026, 11, 24, 8, 30, 15, 250, tzinfo=UTC)


def remember(note: str, at: datetime) -> dict[str, Any]:
    return {"channel": "notes", "delivery_id": note, "at": at}


def test_what_is_written_is_read_with_the_types_of_its_columns(database: Database) -> None:
    def work(session: Session) -> list[Record]:
        REMEMBER.run(session, remember("b", TUESDAY))
        REMEMBER.run(session, remember("a", MONDAY_NOON))
        return SINCE.all(session, {"since": MONDAY_NOON})

    rows = database.write_now(work)
    assert [(row.delivery_id, row.at) for row in rows] == [("a", MONDAY_NOON), ("b", TUESDAY)]
    assert database.read_now(lambda session: SINCE.first(session, {"since": TUESDAY})) == rows[1]
    assert (
        database.read_now(lambda session: SINCE.first(session, {"since": TUESDAY.replace(year=2030)})) is None
    )


def test_the_columns_of_an_update_are_given_by_name(database: Database) -> None:
    def work(session: Session) -> int:
        leave("a")(session)
        return MOVE.run(session, {"which": "a", "at": TUESDAY}).rowcount

    assert database.write_now(work) == 1
    moved = database.read_now(lambda session: SINCE.all(session, {"since": TUESDAY}))
    assert [row.at for row in moved] == [TUESDAY]


def test_a_naive_instant_is_refused_as_everywhere(database: Database) -> None:
    with pytest.raises(ValueError, match="naive"):
        database.write_now(lambda session: REMEMBER.run(session, remember("a", TUESDAY.replace(tzinfo=None))))


def test_a_reader_cannot_write_with_it(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        database.read_now(lambda session: REMEMBER.run(session, remember("a", TUESDAY)))


def test_a_work_that_fails_takes_back_what_was_prepared(database: Database) -> None:
    def work(session: Session) -> None:
        REMEMBER.run(session, remember("a", TUESDAY))
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(work)
    assert database.read_now(notes) == []


def test_several_sets_of_values_are_asked_at_once(database: Database) -> None:
    def work(session: Session) -> list[tuple[Any, ...]]:
        for note, at in (("a", MONDAY_NOON), ("b", TUESDAY)):
            REMEMBER.run(session, remember(note, at))
        never = TUESDAY.replace(year=2030)
        several = [{"since": at} for at in (TUESDAY, *[never] * TOGETHER, MONDAY_NOON)]
        return [(place, row[:2]) for place, row in SINCE.run_together(session, several)]

    a, b = ("notes", "a"), ("notes", "b")
    assert sorted(database.write_now(work)) == [(0, b), (TOGETHER + 1, a), (TOGETHER + 1, b)]


def test_the_character_zero_makes_nothing_fail_and_finds_nothing_else(database: Database) -> None:
    listed = Prepared(select(_I).where(one_of(_I.c.delivery_id, "names")))

    def work(session: Session) -> tuple[int, int]:
        for note in ("a", "ab", "a\0b"):
            REMEMBER.run(session, remember(note, MONDAY_NOON))
        found = listed.all(session, {"names": '["a\\u0000", "ab\\u0000"]'})
        return len(SINCE.all(session, {"since": MONDAY_NOON})), len(found)

    assert database.write_now(work) == (3, 0)
