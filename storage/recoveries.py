"""Questions asked of second ratings: how customers rate us once their case was closed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.scope import Scope
from storage.tables import SecondRating


def rating_by_token(session: Session, token: str) -> SecondRating | None:
    """The second rating a button speaks of."""
    return session.exec(select(SecondRating).where(SecondRating.token == token)).first()


def rating_of_case(session: Session, case_id: int) -> SecondRating | None:
    """The one second rating of a case, if it was asked for."""
    return session.exec(select(SecondRating).where(SecondRating.case_id == case_id)).first()


def gained(
    session: Session, scope: Scope, start: datetime, end: datetime
) -> Sequence[tuple[int | None, int | None]]:
    """Before and after, of each second rating that was given in a window."""
    return session.exec(
        select(SecondRating.before, SecondRating.score)
        .where(scope.of(SecondRating), col(SecondRating.score).is_not(None))
        .where(col(SecondRating.answered_at) >= start, col(SecondRating.answered_at) < end)
    ).all()
