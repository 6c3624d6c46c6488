"""What was erased is in no byte of a SQLite file that was written anew."""

import asyncio
import sqlite3
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, col, delete

from handlers.found import found
from storage.database import Database
from storage.erasing import clear_log
from storage.errors import StorageFull
from storage.sqlite import CLEAR_LOG, WritingConnection, file_of
from storage.tables import InboundDelivery
from tests.storage.notes import MONDAY_NOON, leave, notes

pytestmark = pytest.mark.sqlite("PostgreSQL clears its pages itself")


def _come_and_go(session: Session, dice: Random, kept: list[str], gone: list[str]) -> None:
    """Fifty times a note comes, or one goes: their keys are in no order, so pages are split in the middle."""
    for _ in range(50):
        if dice.random() < 0.6 or not kept:
            kept.append(f"note{dice.getrandbits(64):016x}" + "x" * dice.randrange(5, 900))
            session.add(InboundDelivery(channel="notes", delivery_id=kept[-1], at=MONDAY_NOON))
        else:
            gone.append(kept.pop(dice.randrange(len(kept))))
            session.execute(delete(InboundDelivery).where(col(InboundDelivery.delivery_id) == gone[-1]))
        session.flush()
    session.info[CLEAR_LOG] = True


def _left_in(database: Database, gone: list[str]) -> list[str]:
    file = found(file_of(database.url))
    held = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*") if part.is_file())
    return [note[:20] for note in gone if note[:20].encode() in held]


def test_what_was_erased_leaves_even_the_bytes_that_nothing_uses(database: Database) -> None:
    """Without it `secure_delete` leaves one in some hundreds: where SQLite had moved rows to another page."""
    dice, kept, gone = Random(1), list[str](), list[str]()
    for _ in range(80):
        database.write_now(lambda session: _come_and_go(session, dice, kept, gone))
    assert _left_in(database, gone), "as SQLite does today; were it none, nothing would need to be rebuilt"

    database.rebuild_now()

    assert _left_in(database, gone) == []
    assert sorted(database.read_now(notes)) == sorted(kept)


async def test_whoever_writes_or_reads_meanwhile_is_served(database: Database) -> None:
    await asyncio.gather(*(database.write(leave(f"before {n}")) for n in range(50)))
    answers = await asyncio.gather(
        *(database.write_briefly(leave(f"brief {n}")) for n in range(50)),
        asyncio.to_thread(database.rebuild_now),
        *(database.write(leave(f"long {n}")) for n in range(50)),
        *(database.read_briefly(notes) for _ in range(5)),
        asyncio.to_thread(database.rebuild_now),
    )
    assert answers[0] == "brief 0"
    assert len(await database.read(notes)) == 150
    assert len(await database.read_briefly(notes)) == 150, "the standing connection knows the new file"


async def test_without_room_for_a_second_copy_everybody_who_waits_hears_so_and_nothing_is_lost(
    database: Database,
) -> None:
    def execute(connection: WritingConnection, statement: str, *given: Any) -> sqlite3.Cursor:
        """Stands for a disk with room for what is stored and not for it twice, nor for the log to be emptied."""
        if statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            refusal = sqlite3.OperationalError("database or disk is full")
            refusal.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise refusal
        return sqlite3.Connection.execute(connection, statement, *given)

    await database.write(leave("kept"))
    with pytest.MonkeyPatch.context() as small_disk:
        small_disk.setattr(WritingConnection, "execute", execute)
        told = await asyncio.gather(
            asyncio.to_thread(database.rebuild_now),
            asyncio.to_thread(database.rebuild_now),
            return_exceptions=True,
        )
        await database.write(clear_log)
        await database.write(leave("kept too"))

    assert {type(error) for error in told} == {StorageFull}
    assert await database.read(notes) == ["kept", "kept too"]
    await asyncio.to_thread(database.rebuild_now)
