"""Questions asked for a digest: what one audience's window held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from storage.responses import PLACE
from storage.scope import Scope
from storage.tables import Answer, Case, DigestRun, Feedback, Invitation, Response
from storage.vocabulary import CaseState, Metric, Period, Stream


@dataclass(frozen=True)
class Comment:
    """Words of a customer, and to what; `place` tells which of the responses to the invitation."""

    answer: Answer
    response: Response
    invitation: Invitation
    place: int


def run_of(session: Session, audience: str, key: str, period: Period, window: str) -> DigestRun | None:
    """The digest of one audience for the window of that name, if it was composed."""
    return session.exec(
        select(DigestRun).where(
            DigestRun.audience == audience,
            DigestRun.audience_key == key,
            DigestRun.period == period,
            DigestRun.window == window,
        )
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
    rows = session.exec(
        select(Answer, Response, Invitation, PLACE)
        .join(Response, col(Response.id) == Answer.response_id)
        .join(Invitation, col(Invitation.id) == Response.invitation_id)
        .where(*_within(scope, start, end, stream), col(Response.excluded_because).is_(None))
        .where(*_only(touchpoint), Answer.metric == Metric.WORDS, col(Answer.words).is_not(None))
        .order_by(col(Answer.at).desc())
        .limit(limit)
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


def open_cases(session: Session, scope: Scope, limit: int) -> Sequence[Case]:
    """Open cases, oldest first."""
    return session.exec(
        select(Case)
        .where(scope.of(Case), Case.state != CaseState.CLOSED)
        .order_by(col(Case.opened_at))
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
