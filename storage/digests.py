"""Questions asked for a digest: what one audience's window held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, true
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared
from storage.responses import PLACE, worst
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import Answer, Case, CaseEvent, DigestRun, Feedback, Invitation, Response, Wish, core
from storage.vocabulary import CaseEventKind, CaseState, Metric, Stream

_A, _R, _I, _F = core(Answer), core(Response), core(Invitation), core(Feedback)


class Comment(NamedTuple):
    """Words of a customer, and to what; `place` tells which of the responses to the invitation."""

    words: str
    survey_version_id: int
    service: str | None
    team: str | None
    touchpoint: str
    invitation: str
    """Its token."""
    place: int
    worst: int | None
    """The worst band among the scores of the same response, by its place in `storage.responses.BANDS`."""


def run_of(session: Session, audience: str, key: str, period: str, window: str) -> DigestRun | None:
    """The digest of one audience for the window of that name, if it was composed."""
    return session.exec(
        select(DigestRun).where(
            DigestRun.audience == audience,
            DigestRun.audience_key == key,
            DigestRun.period == period,
            DigestRun.window == window,
        )
    ).first()


def latest_run(session: Session, audience: str, key: str, period: str) -> DigestRun | None:
    """The digest of one audience that reaches furthest."""
    return session.exec(
        select(DigestRun)
        .where(DigestRun.audience == audience, DigestRun.audience_key == key, DigestRun.period == period)
        .order_by(col(DigestRun.window_ends_at).desc())
        .limit(1)
    ).first()


def run_by_token(session: Session, token: str) -> DigestRun | None:
    """The digest a button speaks of."""
    return session.exec(select(DigestRun).where(DigestRun.token == token)).first()


def comments(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    limit: int,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
) -> Sequence[Comment]:
    """Customers' own words of a stream and window, newest first.

    With `touchpoint`, only those of one kind of moment, or of one round.
    """
    shape, names = shaped(scope)
    values = {"stream": stream, "start": start, "end": end, "touchpoint": touchpoint, "limit": limit, **names}
    rows = _comments(shape, of_one=touchpoint is not None).all(session, values)
    return [Comment(*(getattr(row, name) for name in Comment._fields)) for row in rows]


@lru_cache
def _comments(shape: Shape, *, of_one: bool) -> Prepared:
    written = and_(_A.c.metric == Metric.WORDS, _A.c.words != "")
    within = (
        _R.c.stream == bindparam("stream"),
        _R.c.first_at >= bindparam("start"),
        _R.c.first_at < bindparam("end"),
    )
    only = (_R.c.touchpoint == bindparam("touchpoint"),) if of_one else ()
    newest = (
        core_select(_A.c.id)
        .join(_R, _R.c.id == _A.c.response_id)
        .where(shape.whole(_R), *within, *only, _R.c.excluded_because.is_(None), written)
        .order_by(_A.c.at.desc())
        .limit(bindparam("limit"))
    )
    scores = _A.alias("scores")
    hardest = core_select(worst(scores)).where(scores.c.response_id == _A.c.response_id).scalar_subquery()
    about = (_R.c.survey_version_id, _R.c.service, _R.c.team, _R.c.touchpoint)
    return Prepared(
        core_select(
            _A.c.words, *about, _I.c.token.label("invitation"), PLACE.label("place"), hardest.label("worst")
        )
        .join_from(_A, _R, _R.c.id == _A.c.response_id)
        .join(_I, _I.c.id == _R.c.invitation_id)
        .where(_A.c.id.in_(newest))
        .order_by(_A.c.at.desc())
    )


def feedback_of(session: Session, scope: Scope, start: datetime, end: datetime) -> Sequence[Feedback]:
    """What was said unprompted or logged in a window, newest first: rows to look at."""
    shape, names = shaped(scope)
    return cast("Sequence[Feedback]", _feedback_of(shape).all(session, {"start": start, "end": end, **names}))


@lru_cache
def _feedback_of(shape: Shape) -> Prepared:
    within = (_F.c.at >= bindparam("start"), _F.c.at < bindparam("end"))
    return Prepared(core_select(_F).where(shape.whole(_F), *within).order_by(_F.c.at.desc()))


def open_cases(session: Session, scope: Scope, limit: int, skip: int = 0) -> Sequence[Case]:
    """Open cases, oldest first."""
    return session.exec(
        select(Case)
        .where(scope.of(Case), Case.state != CaseState.CLOSED)
        .order_by(col(Case.opened_at))
        .offset(skip)
        .limit(limit)
    ).all()


def count_open(session: Session, scope: Scope, now: datetime) -> tuple[int, int]:
    """How many cases are open, and how many of them are overdue."""
    overdue = and_(col(Case.state) != CaseState.CONTACTED, col(Case.due_at) <= now)
    row = session.exec(
        select(func.count(), func.count().filter(overdue))
        .select_from(Case)
        .where(scope.of(Case), Case.state != CaseState.CLOSED)
    ).one()
    return row[0], row[1]


def opened_count(session: Session, scope: Scope, start: datetime, end: datetime) -> int:
    """Cases opened in a window."""
    return session.exec(
        select(func.count())
        .select_from(Case)
        .where(scope.of(Case), col(Case.opened_at) >= start, col(Case.opened_at) < end)
    ).one()


def closed_outcomes(session: Session, scope: Scope, start: datetime, end: datetime) -> Mapping[str, int]:
    """Cases closed in a window, by outcome."""
    rows = session.exec(
        select(Case.outcome, func.count())
        .where(scope.of(Case), col(Case.closed_at) >= start, col(Case.closed_at) < end)
        .where(col(Case.outcome).is_not(None))
        .group_by(col(Case.outcome))
    )
    return {outcome or "": count for outcome, count in rows}


def chosen(
    session: Session, scope: Scope, start: datetime, end: datetime, question: str
) -> Sequence[tuple[int, str, int]]:
    """What was chosen in a window to a question with options: survey wording, option keys as stored, how often.

    The same may come more than once: sealed, it is never the same to the database.
    """
    rows = session.exec(
        select(Response.survey_version_id, Answer.words, func.count())
        .join(Answer, col(Answer.response_id) == Response.id)
        .where(*_within(scope, start, end), col(Response.excluded_because).is_(None))
        .where(Answer.question == question, col(Answer.words).is_not(None))
        .group_by(col(Response.survey_version_id), col(Answer.words))
    )
    return [(version, words or "", count) for version, words, count in rows]


@dataclass(frozen=True)
class Standing:
    """What was open when a window began, and what came of it and of what was opened since."""

    open_before: int
    closed_since: int
    opened: int
    still_open: int


def standing(session: Session, scope: Scope, start: datetime, end: datetime) -> Standing:
    """How many cases were open as a window began, and where they and the new ones stood when it ended."""
    opened, closed = col(Case.opened_at), col(Case.closed_at)
    earlier, new = opened < start, and_(opened >= start, opened < end)
    open_at_start = and_(earlier, or_(closed.is_(None), closed >= start))
    closed_within = and_(closed >= start, closed < end)
    row = session.exec(
        select(
            func.count().filter(open_at_start),
            func.count().filter(and_(earlier, closed_within)),
            func.count().filter(new),
            func.count().filter(and_(new, or_(closed.is_(None), closed >= end))),
        )
        .select_from(Case)
        .where(scope.of(Case), opened < end)
    ).one()
    return Standing(*row)


def reopened_count(session: Session, scope: Scope, start: datetime, end: datetime) -> int:
    """How many cases were opened again in a window."""
    return session.exec(
        select(func.count(func.distinct(CaseEvent.case_id)))
        .join(Case, col(Case.id) == CaseEvent.case_id)
        .where(scope.of(Case), CaseEvent.kind == CaseEventKind.REOPENED)
        .where(col(CaseEvent.at) >= start, col(CaseEvent.at) < end)
    ).one()


def wishes_told(session: Session, scope: Scope, start: datetime, end: datetime) -> int:
    """How many needs were first told in a window; of accounts alone none are known."""
    return session.exec(
        select(func.count())
        .select_from(Wish)
        .where(_of_services(scope), col(Wish.joined_to_id).is_(None))
        .where(col(Wish.observed_at) >= start, col(Wish.observed_at) < end)
    ).one()


def wishes_decided(session: Session, scope: Scope, start: datetime, end: datetime) -> Mapping[str, int]:
    """Wishes whose state was changed in a window, by where they stand now."""
    rows = session.exec(
        select(Wish.state, func.count())
        .where(_of_services(scope), col(Wish.joined_to_id).is_(None))
        .where(col(Wish.changed_at) >= start, col(Wish.changed_at) < end)
        .group_by(col(Wish.state))
    )
    return dict(rows.all())


def _of_services(scope: Scope) -> ColumnElement[bool]:
    """The condition on a wish, which has a service and no account of its own."""
    return true() if scope.everything else col(Wish.service).in_(scope.services)


def _within(
    scope: Scope, start: datetime, end: datetime, stream: Stream = Stream.CUSTOMER
) -> tuple[ColumnElement[bool] | bool, ...]:
    return (
        scope.of(Response),
        Response.stream == stream,
        col(Response.first_at) >= start,
        col(Response.first_at) < end,
    )
