"""Questions asked of what happened."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, col, or_, select

from storage.tables import Annotation


def between(
    session: Session, first: date, last: date, services: Collection[str] = ()
) -> Sequence[Annotation]:
    """What happened on these days, both included, to everything or to these services; without any, all of it.

    Oldest first.
    """
    to_it = (
        or_(col(Annotation.service).is_(None), col(Annotation.service).in_(services)) if services else True
    )
    return session.exec(
        select(Annotation)
        .where(Annotation.happened_on >= first, Annotation.happened_on <= last, to_it)
        .order_by(col(Annotation.happened_on), col(Annotation.id))
    ).all()


def newest_of(session: Session, person_id: int) -> Annotation | None:
    """What somebody noted last."""
    mine = select(Annotation).where(Annotation.by_id == person_id)
    return session.exec(mine.order_by(col(Annotation.noted_at).desc(), col(Annotation.id).desc())).first()


def by_token(session: Session, token: str) -> Annotation | None:
    """The one a form speaks of."""
    return session.exec(select(Annotation).where(Annotation.token == token)).first()
