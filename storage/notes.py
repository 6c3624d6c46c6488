"""Anonymous notes: sealed until enough have come in, then opened together."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col, select

from storage.tables import NoteBatch, SealedNote, StaffNote


def keep(session: Session, name: str, box: bytes, sealed_with: str) -> bool:
    """Keep a sealed note; false when one of that name was kept before, also if it has been opened since."""
    kept = insert(SealedNote).values(name=name, box=box, sealed_with=sealed_with)
    return bool(session.connection().execute(kept.on_conflict_do_nothing()).rowcount)


def sealed(session: Session) -> Sequence[SealedNote]:
    """Every note that waits to be opened, by its name, which is as good as by chance."""
    return session.exec(
        select(SealedNote).where(col(SealedNote.box).is_not(None)).order_by(SealedNote.name)
    ).all()


def empty(session: Session, names: Sequence[str]) -> None:
    """These notes were opened: only their names stay, so that none is taken twice."""
    opened = update(SealedNote).where(col(SealedNote.name).in_(names))
    session.connection().execute(opened.values(box=None))


def notes_of(session: Session, batch: NoteBatch) -> Sequence[StaffNote]:
    """The notes of a batch."""
    return session.exec(
        select(StaffNote).where(StaffNote.batch_id == batch.id).order_by(col(StaffNote.id))
    ).all()
