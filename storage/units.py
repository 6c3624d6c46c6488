"""What is counted, one by one: each score that was given, and each response as a whole."""

from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, literal, or_, select
from sqlmodel import Session

from storage.prepared import Prepared
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import Answer, Response, core
from storage.vocabulary import Metric

_R, _A = core(Response), core(Answer)


class Unit(NamedTuple):
    """One score, and by what it is told apart. An empty word stands for none.

    A response as a whole has no question, and scores 1 if it holds an answer, else 0.
    """

    service: str
    team: str
    touchpoint: str
    stream: str
    survey_version_id: int
    question: str
    excluded: int
    """1 if the response was marked as not about us."""
    score: int


class Place(NamedTuple):
    """A place in the line of responses, ordered by when they were first given and by number."""

    at: datetime
    number: int = 0
    """0 is before all those of that instant."""


Stretch = tuple[Place, Place]
"""What was given after one place and up to another."""


def count_units(
    session: Session, scope: Scope, stretch: Stretch, *, scores: bool, elsewhere: bool = False
) -> Counter[Unit]:
    """Count what was given in a stretch, row by row: with `scores` scores, else responses.

    With `elsewhere` only what the scope's accounts gave outside its services and teams.
    """
    (after, until), (shape, names) = stretch, shaped(scope)
    values = {
        "after": after.at,
        "after_number": after.number,
        "until": until.at,
        "until_number": until.number,
        **names,
    }
    statement = _units(shape, scores=scores, elsewhere=elsewhere)
    return Counter(map(Unit._make, statement.run(session, values)))


@lru_cache
def _units(shape: Shape, *, scores: bool, elsewhere: bool) -> Prepared:
    whose = shape.elsewhere(_R) if elsewhere else shape.whole(_R)
    between = (
        _R.c.first_at.between(bindparam("after"), bindparam("until")),
        or_(_R.c.first_at > bindparam("after"), _R.c.id > bindparam("after_number")),
        or_(_R.c.first_at < bindparam("until"), _R.c.id <= bindparam("until_number")),
    )
    return Prepared((_scores() if scores else _responses()).where(whose, *between))


def _scores() -> Any:
    return (
        select(*_TOLD_APART, _A.c.question, _EXCLUDED, _A.c.score)
        .join_from(_R, _A, _A.c.response_id == _R.c.id)
        .where(_A.c.score.is_not(None), _A.c.metric != Metric.CONSENT)
    )


def _responses() -> Any:
    said = or_(_A.c.score.is_not(None), _A.c.words.is_not(None))
    answered = exists(select(_A.c.id).where(_A.c.response_id == _R.c.id, said))
    return select(*_TOLD_APART, literal("").label("question"), _EXCLUDED, answered)


_TOLD_APART = (
    func.coalesce(_R.c.service, ""),
    func.coalesce(_R.c.team, ""),
    _R.c.touchpoint,
    _R.c.stream,
    _R.c.survey_version_id,
)
_EXCLUDED = _R.c.excluded_because.is_not(None).label("excluded")
