"""What was chosen, row by row: a page at a time by row number, so that a million rows need no more memory than one.

A *sweep* looks at the next rows of a table, whether they are wanted or not: over a whole table that is one pass.
A *taking* looks for the next rows that are wanted, by whatever index finds them: for somebody who reads a few.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel

from storage.chosen import Chosen
from storage.tables import (
    Answer,
    Case,
    CaseEvent,
    Encounter,
    Feedback,
    Person,
    Response,
    SurveyVersion,
    core,
)
from storage.vocabulary import CaseEventKind, Metric

_A, _E, _F, _V = (core(noun) for noun in (Answer, Encounter, Feedback, SurveyVersion))
_CE = core(CaseEvent)
_CUSTOMER, _HANDLER, _WRITER, _OWNER, _CLAIMER = (
    core(Person).alias(name) for name in ("customer", "handler", "writer", "owner", "claimer")
)
_ANSWERED = core(Response).alias("answered")


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a table, and the survey versions whose answers are given out to nobody."""

    chosen: Chosen
    nameless: Collection[int] = ()

    def of(self, noun: Any, kind: type[SQLModel]) -> ColumnElement[bool]:
        """The condition on `Response`, `Feedback` or `Case`, or an alias of one."""
        return and_(self.chosen.of(noun), self._shown(noun, kind) if self.nameless else true())

    def _shown(self, noun: Any, kind: type[SQLModel]) -> ColumnElement[bool]:
        """A case is not found by what it does not tell: its account, and the words that opened it."""
        if kind is Response:
            return and_(noun.survey_version_id.not_in(self.nameless))
        by_secrets = self.chosen.scope.names_customers or self.chosen.words
        return ~self.withheld(noun.response_id) if kind is Case and by_secrets else true()

    def withheld(self, response_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a response, if there is one, was given to such a survey."""
        return exists().where(_ANSWERED.c.id == response_id, _ANSWERED.c.survey_version_id.in_(self.nameless))


@dataclass(frozen=True)
class Page:
    """Some rows, in order, and the number after which to go on; none where nothing was found any more."""

    rows: Sequence[Any]
    last: int | None


def survey_definitions(session: Session) -> dict[int, str]:
    """Every wording of every survey by its row number, as JSON."""
    rows = session.connection().execute(select(_V.c.id, _V.c.definition))
    return {row.id: row.definition for row in rows}


def last_number(session: Session, noun: type[SQLModel]) -> int:
    """The number of a table's last row; 0 when it is empty."""
    return session.connection().scalar(select(func.max(core(noun).c.id))) or 0


def withheld_count(session: Session, wanted: Wanted) -> int:
    """How many chosen responses are not given out, because their survey promised that."""
    if not wanted.nameless:
        return 0
    mine = and_(wanted.chosen.of(Response), core(Response).c.survey_version_id.in_(wanted.nameless))
    return session.connection().scalar(select(func.count()).where(mine)) or 0


def sweep(session: Session, noun: type[SQLModel], wanted: Wanted, after: int, most: int) -> Page:
    """What is wanted among the next `most` rows after a number."""
    table = core(noun)
    next_rows = select(table).where(table.c.id > after).order_by(table.c.id).limit(most)
    # SQLite pushes no condition below a LIMIT: it goes by the row number, and not by an index of what is wanted.
    page = next_rows.subquery("page")
    alias = aliased(noun, page)
    last = session.connection().scalar(select(func.max(page.c.id)))
    rows = session.connection().execute(_QUERIES[noun](page, wanted).where(wanted.of(alias, noun)))
    return Page(rows.all(), last)


def take(session: Session, noun: type[SQLModel], wanted: Wanted, after: int, most: int) -> Page:
    """The next `most` rows after a number that are wanted."""
    table = core(noun)
    found = select(table).where(table.c.id > after, wanted.of(noun, noun)).order_by(table.c.id).limit(most)
    rows = session.connection().execute(_QUERIES[noun](found.subquery("page"), wanted)).all()
    return Page(rows, rows[-1].id if rows else None)


def one(session: Session, noun: type[SQLModel], wanted: Wanted, found_by: ColumnElement[bool]) -> Any | None:
    """The row that a condition on the table names, if it is wanted."""
    found = select(core(noun)).where(found_by, wanted.of(noun, noun)).limit(1)
    return session.connection().execute(_QUERIES[noun](found.subquery("page"), wanted)).first()


def answers_in(session: Session, response_ids: Sequence[int]) -> Sequence[Any]:
    """The answers of these responses, in order; questions that were left out are none, and consent is not one."""
    given = (_A.c.score.is_not(None)) | (_A.c.words.is_not(None))
    query = (
        select(_A.c.response_id, _A.c.question, _A.c.metric, _A.c.score, _A.c.band, _A.c.words, _A.c.at)
        .where(_A.c.response_id.in_(response_ids), given, _A.c.metric != Metric.CONSENT)
        .order_by(_A.c.response_id, _A.c.id)
    )
    return session.connection().execute(query).all()


def _responses(page: Any, _wanted: Wanted) -> Select[Any]:
    r = page.c
    return (
        select(
            r.id, r.id.label("response"), _V.c.key.label("survey"), _V.c.version.label("survey_version"), r.stream,
            r.service, r.team, r.touchpoint, r.account, _E.c.token.label("encounter"),
            r.first_at, r.last_at, r.excluded_because,
            _CUSTOMER.c.name.label("customer"), _HANDLER.c.name.label("handler"),
            _WRITER.c.name.label("entered_by"),
        )
        .select_from(page)
        .join(_V, _V.c.id == r.survey_version_id)
        .join(_E, _E.c.id == r.encounter_id)
        .join(_CUSTOMER, _CUSTOMER.c.id == r.person_id)
        .outerjoin(_HANDLER, _HANDLER.c.id == r.handler_id)
        .outerjoin(_WRITER, _WRITER.c.id == r.entered_by_id)
        .order_by(r.id)
    )  # fmt: skip


def _feedback(page: Any, _wanted: Wanted) -> Select[Any]:
    f = page.c
    said_by = func.coalesce(_CUSTOMER.c.name, f.said_by_name)
    return (
        select(
            f.id, f.token.label("feedback"), f.type, f.tone, f.source, f.category, f.came_by,
            f.service, f.team, f.account, f.at, f.consent.label("may_be_contacted"),
            f.words, said_by.label("said_by"), _WRITER.c.name.label("logged_by"),
        )
        .select_from(page)
        .outerjoin(_CUSTOMER, _CUSTOMER.c.id == f.said_by_id)
        .outerjoin(_WRITER, _WRITER.c.id == f.logged_by_id)
        .order_by(f.id)
    )  # fmt: skip


def _cases(page: Any, wanted: Wanted) -> Select[Any]:
    c = page.c
    ending = (
        select(_CE.c.words)
        .where(_CE.c.case_id == c.id, _CE.c.kind == CaseEventKind.CLOSED, c.outcome.is_not(None))
        .order_by(_CE.c.id.desc())
        .limit(1)
    )
    return (
        select(
            c.id, c.token.label("case"), c.reason, c.state, c.urgent, c.service, c.team, c.touchpoint, c.account,
            c.owner_rule, c.opened_at, c.due_at, c.contacted_at, c.closed_at, c.outcome,
            c.response_id.label("response"), _F.c.token.label("feedback"),
            _CUSTOMER.c.name.label("customer"), _OWNER.c.name.label("owner"),
            _CLAIMER.c.name.label("claimed_by"), ending.scalar_subquery().label("words"),
            wanted.withheld(c.response_id).label("withheld"),
        )
        .select_from(page)
        .outerjoin(_F, _F.c.id == c.feedback_id)
        .outerjoin(_CUSTOMER, _CUSTOMER.c.id == c.customer_id)
        .outerjoin(_OWNER, _OWNER.c.id == c.owner_id)
        .outerjoin(_CLAIMER, _CLAIMER.c.id == c.claimed_by_id)
        .order_by(c.id)
    )  # fmt: skip


_QUERIES: dict[type[SQLModel], Any] = {Response: _responses, Feedback: _feedback, Case: _cases}
