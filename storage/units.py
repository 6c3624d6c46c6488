"""What is counted, one by one: each score that was given, and each response as a whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, bindparam, exists, func, literal, or_, select
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


PLACES = Unit._fields[:3]
"""Where it was given."""


class Place(NamedTuple):
    """A place in the line of responses, ordered by when they were first given and by number."""

    at: datetime
    number: int = 0
    """0 is before all those of that instant."""


Stretch = tuple[Place, Place]
"""What was given after one place and up to another."""


@dataclass(frozen=True)
class Wanted:
    """What is counted: scores, or responses as a whole; and by which places they are told apart."""

    scores: bool
    apart: frozenset[str] = frozenset(PLACES)
    """The others are empty words."""

    def places(self, table: FromClause) -> Sequence[ColumnElement[str]]:
        """Service, team and touchpoint, as far as they are wanted."""
        return [
            func.coalesce(table.c[name], "") if name in self.apart else literal("").label(name)
            for name in PLACES
        ]


def count_units(
    session: Session, scope: Scope, stretch: Stretch, wanted: Wanted, *, elsewhere: bool = False
) -> Counter[Unit]:
    """Count what was given in a stretch, row by row.

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
    counted = Counter(_units(shape, wanted, elsewhere=elsewhere).run(session, values))
    return Counter({Unit._make(row): count for row, count in counted.items()})


@lru_cache
def _units(shape: Shape, wanted: Wanted, *, elsewhere: bool) -> Prepared:
    whose = shape.elsewhere(_R) if elsewhere else shape.whole(_R)
    between = (
        _R.c.first_at.between(bindparam("after"), bindparam("until")),
        or_(_R.c.first_at > bindparam("after"), _R.c.id > bindparam("after_number")),
        or_(_R.c.first_at < bindparam("until"), _R.c.id <= bindparam("until_number")),
    )
    units = _scores(wanted) if wanted.scores else _responses(wanted)
    return Prepared(units.where(whose, *between))


def _scores(wanted: Wanted) -> Any:
    return (
        select(*wanted.places(_R), *_ASKED, _A.c.question, _EXCLUDED, _A.c.score)
        .join_from(_R, _A, _A.c.response_id == _R.c.id)
        .where(_A.c.score.is_not(None), _A.c.metric != Metric.CONSENT)
    )


def _responses(wanted: Wanted) -> Any:
    said = or_(_A.c.score.is_not(None), _A.c.words.is_not(None))
    answered = exists(select(_A.c.id).where(_A.c.response_id == _R.c.id, said))
    return select(*wanted.places(_R), *_ASKED, literal("").label("question"), _EXCLUDED, answered)


_ASKED = (_R.c.stream, _R.c.survey_version_id)
_EXCLUDED = _R.c.excluded_because.is_not(None).label("excluded")
