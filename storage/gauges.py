"""Figures of what waits, cheap enough to be asked every few seconds: each is answered from an index."""

from datetime import datetime

from sqlalchemy import func, literal, select
from sqlmodel import Session, col

from storage.tables import Case, OutboxMessage
from storage.vocabulary import CaseState, OutboxState, Priority

MOST = 10_000
"""Rows counted at most: beyond it a figure says *at least this many* and costs no more."""


def messages_in(session: Session, state: OutboxState) -> int:
    """Outbound messages in a state, due or not; counted up to `MOST`."""
    some = select(literal(1)).where(col(OutboxMessage.state) == state).limit(MOST).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def size(session: Session) -> int:
    """Bytes that a SQLite file takes."""
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(session.connection().exec_driver_sql(pages).scalar_one())


def oldest_due(session: Session, priority: Priority, now: datetime) -> datetime | None:
    """Since when the oldest due message of a priority has waited to be sent."""
    first = (
        select(col(OutboxMessage.not_before))
        .where(col(OutboxMessage.state) == OutboxState.QUEUED, col(OutboxMessage.priority) == priority)
        .where(col(OutboxMessage.not_before) <= now)
        .order_by(col(OutboxMessage.not_before))
        .limit(1)
    )
    return session.connection().execute(first).scalar_one_or_none()


def open_cases(session: Session, state: CaseState, overdue_at: datetime | None = None) -> int:
    """Cases in a state, or only those whose due time is over at `overdue_at`; counted up to `MOST`."""
    rows = select(literal(1)).where(col(Case.state) == state)
    if overdue_at is not None:
        rows = rows.where(col(Case.due_at) <= overdue_at)
    return (
        session.connection()
        .execute(select(func.count()).select_from(rows.limit(MOST).subquery()))
        .scalar_one()
    )
