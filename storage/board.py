"""Questions asked for the board of cases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from storage.scope import Scope
from storage.tables import Case
from storage.vocabulary import CaseState


def open_cases(session: Session, scope: Scope, holder: int | None, most: int) -> Sequence[Case]:
    """Open cases, those due first before the others; with a holder, only what is theirs to act on."""
    found = select(Case).where(scope.of(Case), Case.state != CaseState.CLOSED, *_held(holder))
    return session.exec(found.order_by(col(Case.due_at), col(Case.id)).limit(most)).all()


def closed_cases(
    session: Session, scope: Scope, holder: int | None, since: datetime, most: int
) -> Sequence[Case]:
    """Cases closed since an instant, the newest first; with a holder, only theirs."""
    found = select(Case).where(
        scope.of(Case), Case.state == CaseState.CLOSED, col(Case.closed_at) >= since, *_held(holder)
    )
    return session.exec(found.order_by(col(Case.closed_at).desc()).limit(most)).all()


def _held(holder: int | None) -> tuple[ColumnElement[bool], ...]:
    if holder is None:
        return ()
    mine = col(Case.claimed_by_id) == holder
    return (or_(mine, (col(Case.claimed_by_id).is_(None)) & (col(Case.owner_id) == holder)),)
