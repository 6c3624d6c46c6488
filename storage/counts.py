"""What was answered, counted: how often each score was given, how many answered, how many were asked.

Every figure rests on these, whoever shows it. A window is from `start` on and before `end`, two instants.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlmodel import Session

from storage.scope import Scope
from storage.tables import Answer, Invitation, Response, core
from storage.vocabulary import InvitationState, Metric, Stream

_R, _A, _I = core(Response), core(Answer), core(Invitation)

Dimension = Literal["service", "team", "touchpoint"]
"""What a count may be taken apart by, as it stands on the rows. A request has no team."""


@dataclass(frozen=True)
class ScoreCount:
    """How often one score was given to one question in a window, by survey wording."""

    survey_version_id: int
    question: str
    score: int
    count: int
    service: str | None = None
    """Set where it was counted by service; so the other two."""
    team: str | None = None
    touchpoint: str | None = None


@dataclass(frozen=True)
class ResponseCount:
    """How many responded in a window, and how many said that it is not about us."""

    stream: Stream
    responses: int
    """With at least one answer."""
    excluded: int
    """Marked as not about us, requests declined as such included; they may have answers or none."""
    service: str | None = None
    team: str | None = None
    touchpoint: str | None = None


@dataclass(frozen=True)
class RequestCount:
    """How many were asked in a window, and how many of those have answered so far, whenever they did."""

    asked: int
    answered: int
    service: str | None = None
    touchpoint: str | None = None


def score_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
    by: Collection[Dimension] = (),
    with_excluded: bool = False,
) -> Sequence[ScoreCount]:
    """Scores of a stream and window, counted; answers marked as not about us are left out unless asked for.

    With `touchpoint`, only those of one kind of moment, or of one round.
    """
    which = _within(scope, start, end, touchpoint)
    if not with_excluded:
        which.append(_R.c.excluded_because.is_(None))
    told = (_R.c.survey_version_id, _A.c.question, _A.c.score)
    apart = [_R.c[name] for name in by]
    rows = session.connection().execute(
        select(*told, func.count(), *apart)
        .select_from(Response)
        .join(Answer, _A.c.response_id == _R.c.id)
        .where(*which, _R.c.stream == stream)
        .where(_A.c.score.is_not(None), _A.c.metric != Metric.CONSENT)
        .group_by(*told, *apart)
    )
    return [ScoreCount(*row[:4], **_named(by, row[4:])) for row in rows]


def response_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    touchpoint: str | None = None,
    by: Collection[Dimension] = (),
) -> Sequence[ResponseCount]:
    """Responses first given in a window, by stream."""
    apart = [_R.c[name] for name in by]
    answered = exists().where(
        _A.c.response_id == _R.c.id,
        or_(_A.c.score.is_not(None), _A.c.words.is_not(None)),
    )
    told = (
        _R.c.stream,
        func.count().filter(answered),
        func.count(_R.c.excluded_because),
    )
    rows = session.connection().execute(
        select(*told, *apart)
        .select_from(Response)
        .where(*_within(scope, start, end, touchpoint))
        .group_by(_R.c.stream, *apart)
    )
    return [ResponseCount(Stream(row[0]), row[1], row[2], **_named(by, row[3:])) for row in rows]


def response_count(session: Session, scope: Scope, start: datetime, end: datetime, *, stream: Stream) -> int:
    """Responses of a stream first given in a window, with at least one answer."""
    counts = response_counts(session, scope, start, end)
    return sum(count.responses for count in counts if count.stream == stream)


def excluded_count(session: Session, scope: Scope, start: datetime, end: datetime) -> int:
    """Customers' responses of a window marked as not about us, and invitations declined as such."""
    counts = response_counts(session, scope, start, end)
    return sum(count.excluded for count in counts if count.stream == Stream.CUSTOMER)


def request_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
    by: Collection[Literal["service", "touchpoint"]] = (),
) -> Sequence[RequestCount]:
    """Requests of a stream sent in a window; without groups always one count. The scope may name no teams."""
    apart = [_I.c[name] for name in by]
    only = () if touchpoint is None else (_I.c.touchpoint == touchpoint,)
    rows = session.connection().execute(
        select(func.count(), func.count(_I.c.answered_at), *apart)
        .select_from(Invitation)
        .where(scope.of(Invitation), _I.c.stream == stream, *only)
        .where(_I.c.sent_at >= start, _I.c.sent_at < end)
        .where(_I.c.state != InvitationState.SUPPRESSED)
        .group_by(*apart)
    )
    return [RequestCount(*row[:2], **_named(by, row[2:])) for row in rows]


def asked_and_answered(session: Session, scope: Scope, start: datetime, end: datetime) -> tuple[int, int]:
    """Invitations sent in a window, and how many of those have been answered so far."""
    (count,) = request_counts(session, scope, start, end)
    return count.asked, count.answered


def asked_in_round(
    session: Session, scope: Scope, round_key: str, start: datetime, end: datetime
) -> tuple[int, int]:
    """Requests of a round sent in a window, and how many of those have been answered so far."""
    (count,) = request_counts(session, scope, start, end, stream=Stream.RELATIONSHIP, touchpoint=round_key)
    return count.asked, count.answered


def _within(
    scope: Scope, start: datetime, end: datetime, touchpoint: str | None
) -> list[ColumnElement[bool]]:
    only = [] if touchpoint is None else [_R.c.touchpoint == touchpoint]
    return [scope.of(Response), _R.c.first_at >= start, _R.c.first_at < end, *only]


def _named(by: Collection[str], values: Sequence[Any]) -> dict[str, Any]:
    """What a row was counted by, by name."""
    return dict(zip(by, values, strict=True))
