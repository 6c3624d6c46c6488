"""What is counted, one by one: each score that was given, each response as a whole, and each request."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    False_,
    FromClause,
    Select,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlmodel import Session

from storage.prepared import Prepared
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import Answer, Invitation, Response, core
from storage.tokens import NAMELESS
from storage.vocabulary import Counted, InvitationState, Line, Metric

_R, _A, _I = core(Response), core(Answer), core(Invitation)

ORDER = {Line.RESPONSES: _R.c.first_at, Line.REQUESTS: _I.c.sent_at}
"""By which instant the rows of a line stand in order; then by number."""


class Unit(NamedTuple):
    """One score, and by what it is told apart. An empty word stands for none.

    A response as a whole has no question, and scores 1 if it holds an answer, else 0. Nor has a request, which has no
    team either, and scores 1 once it was answered.
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
"""Where it was given, or asked for."""


class Place(NamedTuple):
    """A place in a line."""

    at: datetime
    number: int = 0
    """0 is before all those of that instant."""


Stretch = tuple[Place, Place]
"""What stands after one place and up to another."""


@dataclass(frozen=True)
class Wanted:
    """What is counted, and by which places it is told apart."""

    what: Counted
    apart: frozenset[str] = frozenset(PLACES)
    """The others are empty words."""

    def places(self, table: FromClause) -> Sequence[ColumnElement[str]]:
        """Service, team and touchpoint, as far as they are wanted."""
        told = self.apart & set(table.c.keys())
        return [
            func.coalesce(table.c[name], "") if name in told else literal("").label(name) for name in PLACES
        ]


def count_units(session: Session, scope: Scope, stretch: Stretch, wanted: Wanted) -> Counter[Unit]:
    """Count what stands in a stretch, row by row."""
    (found,) = count_units_of_each(session, scope, [stretch], wanted)
    return found


def count_units_of_each(
    session: Session, scope: Scope, stretches: Sequence[Stretch], wanted: Wanted, *, elsewhere: bool = False
) -> Sequence[Counter[Unit]]:
    """The same of several stretches, asked together.

    With `elsewhere` only what the scope's accounts gave outside its services and teams.
    """
    shape, names = shaped(scope)
    several = [{**_ends(stretch), **names} for stretch in stretches]
    found = [Counter[Unit]() for _ in stretches]
    statement = _units(shape, wanted, elsewhere=elsewhere)
    for place, (*unit, count) in statement.run_together(session, several):
        found[place][Unit._make(unit)] += count
    return found


def _ends(stretch: Stretch) -> dict[str, Any]:
    after, until = stretch
    return {
        "after": after.at,
        "after_number": after.number,
        "until": until.at,
        "until_number": until.number,
    }


@lru_cache
def _units(shape: Shape, wanted: Wanted, *, elsewhere: bool) -> Prepared:
    at = ORDER[wanted.what.line]
    table = at.table
    whose = shape.elsewhere(table) if elsewhere else shape.whole(table)
    between = (
        at.between(bindparam("after"), bindparam("until")),
        or_(at > bindparam("after"), table.c.id > bindparam("after_number")),
        or_(at < bindparam("until"), table.c.id <= bindparam("until_number")),
    )
    return Prepared(_counted(_ROWS[wanted.what](wanted).where(whose, *between)))


def _counted(rows: Select[Any]) -> Select[Any]:
    """Equal rows together. By numbers: PostgreSQL knows no column again that is made with a value it is given."""
    columns = enumerate(rows.selected_columns, 1)
    varying: list[ColumnElement[Any]] = [
        literal_column(str(number)) for number, column in columns if not _is_constant(column)
    ]
    return rows.add_columns(func.count()).group_by(*varying)


def _is_constant(column: Any) -> bool:
    return isinstance(getattr(column, "element", column), (BindParameter, False_))


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


def _named(wanted: Wanted) -> Any:
    return _requests(wanted).where(~_NAMELESS)


def _nameless(wanted: Wanted) -> Any:
    return _requests(wanted).where(_NAMELESS)


def _requests(wanted: Wanted) -> Any:
    asked = (_I.c.stream, _I.c.survey_version_id, literal("").label("question"), false().label("excluded"))
    answered = _I.c.answered_at.is_not(None)
    return select(*wanted.places(_I), *asked, answered).where(_I.c.state != InvitationState.SUPPRESSED)


_ROWS = {
    Counted.SCORES: _scores,
    Counted.RESPONSES: _responses,
    Counted.REQUESTS: _named,
    Counted.NAMELESS: _nameless,
}
_NAMELESS = _I.c.token.startswith(NAMELESS)
_ASKED = (_R.c.stream, _R.c.survey_version_id)
_EXCLUDED = _R.c.excluded_because.is_not(None).label("excluded")
