"""Questions asked of what happened."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, or_, select

from storage.tables import Annotation


def between(session: Session, first: date, last: date, service: str | None) -> Sequence[Annotation]:
    """What happened on these days, both included, to everything or to a service; with none, all of it. Oldest first."""
    to_it = or_(col(Annotation.service).is_(None), Annotation.service == service) if service else True
    return session.exec(
        select(Annotation)
        .where(Annotation.happened_on >= first, Annotation.happened_on <= last, to_it)
        .order_by(col(Annotation.happened_on), col(Annotation.id))
    ).all()


def by_token(session: Session, token: str) -> Annotation | None:
    """The one a form speaks of."""
    return session.exec(select(Annotation).where(Annotation.token == token)).first()
