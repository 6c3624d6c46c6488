"""Questions asked of second ratings: how customers rate us once their case was closed."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.prepared import Prepared
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import SecondRating, core

_SR = core(SecondRating)


def rating_by_token(session: Session, token: str) -> SecondRating | None:
    """The second rating a button speaks of."""
    return session.exec(select(SecondRating).where(SecondRating.token == token)).first()


def rating_of_case(session: Session, case_id: int) -> SecondRating | None:
    """The one second rating of a case, if it was asked for."""
    return session.exec(select(SecondRating).where(SecondRating.case_id == case_id)).first()


def gained(
    session: Session, scope: Scope, start: datetime, end: datetime
) -> Sequence[tuple[int | None, int | None]]:
    """Before and after, of each second rating that was given in a window. It knows no team, as a request does not."""
    shape, names = shaped(scope.of_requests)
    return _gained(shape).run(session, {"start": start, "end": end, **names}).fetchall()


@lru_cache
def _gained(shape: Shape) -> Prepared:
    within = (_SR.c.answered_at >= bindparam("start"), _SR.c.answered_at < bindparam("end"))
    given = core_select(_SR.c.before, _SR.c.score).where(_SR.c.score.is_not(None))
    return Prepared(given.where(shape.whole(_SR), *within))
