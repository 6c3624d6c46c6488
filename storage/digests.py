"""Questions asked for a digest: what one audience's window held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlmodel import Session, col, select

from storage.responses import PLACE
from storage.scope import Scope
from storage.tables import Answer, Case, CaseEvent, DigestRun, Feedback, Invitation, Response, Wish
from storage.vocabulary import CaseEventKind, CaseState, Metric, Stream


@dataclass(frozen=True)
class Comment:
    """Words of a customer, and to what; `place` tells which of the responses to the invitation."""

    answer: Answer
    response: Response
    invitation: Invitation
    place: int


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
    newest = (
        select(Answer.id)
        .join(Response, col(Response.id) == Answer.response_id)
        .where(*_within(scope, start, end, stream), col(Response.excluded_because).is_(None))
        .where(*_only(touchpoint), Answer.metric == Metric.WORDS, col(Answer.words).is_not(None))
        .order_by(col(Answer.at).desc())
        .limit(limit)
    )
    rows = session.exec(
        select(Answer, Response, Invitation, PLACE)
        .join(Response, col(Response.id) == Answer.response_id)
        .join(Invitation, col(Invitation.id) == Response.invitation_id)
        .where(col(Answer.id).in_(newest))
        .order_by(col(Answer.at).desc())
    )
    return [Comment(*row) for row in rows]


def bands_of(session: Session, response_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """The bands of each response's scores."""
    rows = session.exec(
        select(Answer.response_id, Answer.band).where(
            col(Answer.response_id).in_(response_ids), col(Answer.band).is_not(None)
        )
    )
    found: dict[int, list[str]] = {}
    for response_id, band in rows:
        found.setdefault(response_id, []).append(band or "")
    return found


def feedback_of(session: Session, scope: Scope, start: datetime, end: datetime) -> Sequence[Feedback]:
    """What was said unprompted or logged in a window, newest first."""
    return session.exec(
        select(Feedback)
        .where(scope.of(Feedback), col(Feedback.at) >= start, col(Feedback.at) < end)
        .order_by(col(Feedback.at).desc())
    ).all()


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
    """What was chosen in a window to a question with options: survey wording, option keys as stored, how often."""
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


def _only(touchpoint: str | None) -> tuple[ColumnElement[bool] | bool, ...]:
    return () if touchpoint is None else (Response.touchpoint == touchpoint,)


def _within(
    scope: Scope, start: datetime, end: datetime, stream: Stream = Stream.CUSTOMER
) -> tuple[ColumnElement[bool] | bool, ...]:
    return (
        scope.of(Response),
        Response.stream == stream,
        col(Response.first_at) >= start,
        col(Response.first_at) < end,
    )
