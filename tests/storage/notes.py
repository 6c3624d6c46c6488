"""The smallest piece of work there is: leaving a note, as an inbound delivery."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import Session, select

from storage.database import Database
from storage.tables import InboundDelivery

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

_PLACES = {"sqlite": "rowid", "postgresql": "ctid"}
"""Where a row lies."""


def leave(note: str) -> Callable[[Session], str]:
    """Work that stores a note and returns it; the same note twice is an IntegrityError."""

    def work(session: Session) -> str:
        session.add(InboundDelivery(channel="notes", delivery_id=note, at=MONDAY_NOON))
        session.flush()
        return note

    return work


def notes(session: Session) -> list[str]:
    """All notes, in the order they were left."""
    place = _PLACES[session.get_bind().dialect.name]
    return list(session.exec(select(InboundDelivery.delivery_id).order_by(text(place))))


@contextmanager
def writer_held(database: Database) -> Iterator[None]:
    """Keep the writer busy, so that what is written meanwhile waits and becomes one batch."""
    holding, go_on = threading.Event(), threading.Event()

    def hold(_: Session) -> None:
        holding.set()
        go_on.wait()

    holder = threading.Thread(target=database.write_now, args=(hold,))
    holder.start()
    holding.wait()
    try:
        yield
    finally:
        go_on.set()
        holder.join()
