"""Questions asked for a digest: what one audience's window held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlmodel import Session, col, select

from storage.tables import Answer, Case, DigestRun, Feedback, Invitation, Response
from storage.vocabulary import CaseState, InvitationState, Metric, Stream


@dataclass(frozen=True)
class Scope:
    """Whose matters count: a team's services, or the services and accounts one manager answers for."""

    services: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    owner_id: int | None = None
    everything: bool = False

    def of(self, noun: Any) -> ColumnElement[bool]:
        """The condition on a noun that has a service and an account."""
        if self.everything:
            return true()
        within = [noun.service.in_(self.services)] if self.services else []
        within += [noun.account.in_(self.accounts)] if self.accounts else []
        if self.owner_id is not None and noun is Case:
            within.append(noun.owner_id == self.owner_id)
        return or_(*within) if within else and_(col(noun.id).is_(None))


@dataclass(frozen=True)
class ScoreCount:
    """How often one score was given to one question in a window, by survey wording."""

    survey_version_id: int
    question: str
    score: int
    count: int


def run_of(session: Session, audience: str, key: str, ends_at: datetime) -> DigestRun | None:
    """The digest of one audience for the window that ends then, if it was composed."""
    return session.exec(
        select(DigestRun).where(
            DigestRun.audience == audience,
            DigestRun.audience_key == key,
            DigestRun.window_ends_at == ends_at,
        )
    ).first()


def score_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
) -> Sequence[ScoreCount]:
    """Scores of a stream and window, counted; answers marked as not about us are left out.

    With `touchpoint`, only those of one kind of moment, or of one round.
    """
    only = () if touchpoint is None else (Response.touchpoint == touchpoint,)
    rows = session.exec(
        select(Invitation.survey_version_id, Answer.question, Answer.score, func.count())
        .join(Response, col(Response.id) == Answer.response_id)
        .join(Invitation, col(Invitation.id) == Response.invitation_id)
        .where(*_within(scope, start, end, stream), col(Response.excluded_because).is_(None), *only)
        .where(col(Answer.score).is_not(None), Answer.metric != Metric.CONSENT)
        .group_by(col(Invitation.survey_version_id), col(Answer.question), col(Answer.score))
    )
    return [ScoreCount(*row) for row in rows]


def response_count(session: Session, scope: Scope, start: datetime, end: datetime, *, stream: Stream) -> int:
    """Responses of a stream first given in a window, with at least one answer."""
    return session.exec(
        select(func.count(func.distinct(Response.id)))
        .join(Answer, col(Answer.response_id) == Response.id)
        .where(or_(col(Answer.score).is_not(None), col(Answer.words).is_not(None)))
        .where(*_within(scope, start, end, stream))
    ).one()


def excluded_count(session: Session, scope: Scope, start: datetime, end: datetime) -> int:
    """Responses of a window marked as not about us, and invitations declined as such."""
    return session.exec(
        select(func.count())
        .select_from(Response)
        .where(*_within(scope, start, end), col(Response.excluded_because).is_not(None))
    ).one()


def asked_and_answered(session: Session, scope: Scope, start: datetime, end: datetime) -> tuple[int, int]:
    """Invitations sent in a window, and how many of those have been answered so far."""
    row = session.exec(
        select(func.count(), func.count(col(Invitation.answered_at)))
        .select_from(Invitation)
        .where(scope.of(Invitation), Invitation.stream == Stream.CUSTOMER)
        .where(col(Invitation.sent_at) >= start, col(Invitation.sent_at) < end)
        .where(Invitation.state != InvitationState.SUPPRESSED)
    ).one()
    return row[0], row[1]


def asked_in_round(
    session: Session, scope: Scope, round_key: str, start: datetime, end: datetime
) -> tuple[int, int]:
    """Requests of a round sent in a window, and how many of those have been answered so far."""
    row = session.exec(
        select(func.count(), func.count(col(Invitation.answered_at)))
        .select_from(Invitation)
        .where(scope.of(Invitation), Invitation.stream == Stream.RELATIONSHIP)
        .where(Invitation.touchpoint == round_key)
        .where(col(Invitation.sent_at) >= start, col(Invitation.sent_at) < end)
    ).one()
    return row[0], row[1]


def comments(
    session: Session, scope: Scope, start: datetime, end: datetime, limit: int
) -> Sequence[tuple[Answer, Response, int]]:
    """Customers' own words of a window, newest first, with the number of the survey's version."""
    return session.exec(
        select(Answer, Response, Invitation.survey_version_id)
        .join(Response, col(Response.id) == Answer.response_id)
        .join(Invitation, col(Invitation.id) == Response.invitation_id)
        .where(*_within(scope, start, end), col(Response.excluded_because).is_(None))
        .where(Answer.metric == Metric.WORDS, col(Answer.words).is_not(None))
        .order_by(col(Answer.at).desc())
        .limit(limit)
    ).all()


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


def _within(
    scope: Scope, start: datetime, end: datetime, stream: Stream = Stream.CUSTOMER
) -> tuple[ColumnElement[bool] | bool, ...]:
    return (
        scope.of(Response),
        Response.stream == stream,
        col(Response.first_at) >= start,
        col(Response.first_at) < end,
    )
