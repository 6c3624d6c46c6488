"""Questions asked of what happened."""

import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from sqlalchemy import bindparam, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.dialects import one_of
from storage.prepared import Prepared
from storage.tables import Annotation, core

_A = core(Annotation)


def between(
    session: Session, first: date, last: date, services: Collection[str] = ()
) -> Sequence[Annotation]:
    """What happened on these days, both included, to everything or to these services; without any, all of it.

    Oldest first: rows to look at.
    """
    days = {"first": first, "last": last, "services": json.dumps(sorted(services))}
    return cast("Sequence[Annotation]", _between(of_some=bool(services)).all(session, days))


@lru_cache
def _between(*, of_some: bool) -> Prepared:
    to_it = (or_(_A.c.service.is_(None), one_of(_A.c.service, "services")),) if of_some else ()
    within = (_A.c.happened_on >= bindparam("first"), _A.c.happened_on <= bindparam("last"))
    return Prepared(core_select(_A).where(*within, *to_it).order_by(_A.c.happened_on, _A.c.id))


def newest_of(session: Session, person_id: int) -> Annotation | None:
    """What somebody noted last."""
    mine = select(Annotation).where(Annotation.by_id == person_id)
    return session.exec(mine.order_by(col(Annotation.noted_at).desc(), col(Annotation.id).desc())).first()


def by_token(session: Session, token: str) -> Annotation | None:
    """The one a form speaks of."""
    return session.exec(select(Annotation).where(Annotation.token == token)).first()
