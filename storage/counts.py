"""What was answered, counted: how often each score was given, how many answered, how many were asked.

Every figure rests on these, whoever shows it. A window is from `start` on and before `end`, two instants.
Anonymous answers count from the day on which they were opened.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal, get_args

from sqlmodel import Session

from storage.counting import Span, counted
from storage.scope import Scope
from storage.sheets import sheets_of_each
from storage.units import Unit, Wanted
from storage.vocabulary import Counted, Stream

Dimension = Literal["service", "team", "touchpoint"]
"""What a count may be taken apart by, as it stands on the rows. A request has no team."""
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


@dataclass(frozen=True, kw_only=True)
class _Apart:
    """What was counted together. Set where it was counted by service, and so on."""

    service: str | None = None
    team: str | None = None
    touchpoint: str | None = None


@dataclass(frozen=True)
class ScoreCount(_Apart):
    """How often one score was given to one question in a window, by survey wording."""

    survey_version_id: int
    question: str
    score: int
    count: int


@dataclass(frozen=True)
class ResponseCount(_Apart):
    """How many responded in a window, and how many said that it is not about us."""

    stream: Stream
    responses: int
    """With at least one answer."""
    excluded: int
    """Marked as not about us, requests declined as such included; they may have answers or none."""


@dataclass(frozen=True)
class RequestCount(_Apart):
    """How many were asked in a window, and how many of those have answered so far, whenever they did."""

    asked: int
    answered: int


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
    (found,) = score_counts_of_each(
        session,
        scope,
        [(start, end)],
        stream=stream,
        touchpoint=touchpoint,
        by=by,
        with_excluded=with_excluded,
    )
    return found


def score_counts_of_each(
    session: Session,
    scope: Scope,
    windows: Sequence[Span],
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
    by: Collection[Dimension] = (),
    with_excluded: bool = False,
) -> Sequence[Sequence[ScoreCount]]:
    """`score_counts` of several windows, which have much to read in common where they follow one another."""
    wanted = Wanted(Counted.SCORES, _apart(by, touchpoint))
    lined_up = counted(session, scope, wanted, windows)
    sheets = sheets_of_each(session, scope, windows, scores=True)
    counts = []
    for given, opened in zip(lined_up, sheets, strict=True):
        found = Counter[tuple[Any, ...]]()
        for unit, count in _only(chain(given.items(), opened.items()), stream, touchpoint):
            if unit.excluded <= with_excluded:
                found[unit.survey_version_id, unit.question, unit.score, *_groups(unit, by)] += count
        counts.append(
            [
                ScoreCount(version, question, score, count, **_named(by, groups))
                for (version, question, score, *groups), count in found.items()
            ]
        )
    return counts


def response_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    touchpoint: str | None = None,
    by: Collection[Dimension] = (),
) -> Sequence[ResponseCount]:
    """Responses first given in a window, by stream; anonymous ones are those that were opened in it."""
    answered, excluded = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    wanted = Wanted(Counted.RESPONSES, _apart(by, touchpoint))
    (opened,) = sheets_of_each(session, scope, [(start, end)], scores=False)
    for unit, count in chain(_lined_up(session, scope, start, end, wanted), opened.items()):
        if touchpoint in (None, unit.touchpoint):
            key = (Stream(unit.stream), *_groups(unit, by))
            answered[key] += unit.score * count
            excluded[key] += unit.excluded * count
    return [ResponseCount(key[0], answered[key], excluded[key], **_named(by, key[1:])) for key in answered]


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
    """Requests of a stream sent in a window; without groups always one count. Of teams the scope may only choose.

    Anonymous ones are not among them, of which nobody knows who has answered: see `nameless_counts`.
    """
    asked, answered = _initial(by), Counter[tuple[Any, ...]]()
    wanted = Wanted(Counted.REQUESTS, _apart(by, touchpoint))
    sent = _lined_up(session, scope.of_requests, start, end, wanted)
    for unit, n in _only(sent, stream, touchpoint):
        asked[tuple(_groups(unit, by))] += n
        answered[tuple(_groups(unit, by))] += n * unit.score
    return [RequestCount(asked[key], answered[key], **_named(by, key)) for key in asked]


def nameless_counts(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
    by: Collection[Literal["service", "touchpoint"]] = (),
) -> Sequence[RequestCount]:
    """Anonymous requests sent in a window, and answers opened in it: which belong together nobody knows.

    Without groups always one count.
    """
    asked, opened = _initial(by), Counter[tuple[Any, ...]]()
    wanted = Wanted(Counted.NAMELESS, _apart(by, touchpoint))
    sent = _lined_up(session, scope.of_requests, start, end, wanted)
    for unit, n in _only(sent, stream, touchpoint):
        asked[tuple(_groups(unit, by))] += n
    (sheets,) = sheets_of_each(session, scope, [(start, end)], scores=False)
    for unit, n in _only(sheets.items(), stream, touchpoint):
        opened[tuple(_groups(unit, by))] += n
    return [RequestCount(asked[key], opened[key], **_named(by, key)) for key in asked.keys() | opened.keys()]


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


def _only(
    units: Iterable[tuple[Unit, int]], stream: Stream, touchpoint: str | None
) -> Iterator[tuple[Unit, int]]:
    """Those of a stream, and of one touchpoint where it is named."""
    for unit, count in units:
        if unit.stream == stream and touchpoint in (None, unit.touchpoint):
            yield unit, count


def _lined_up(
    session: Session, scope: Scope, start: datetime, end: datetime, wanted: Wanted
) -> Iterable[tuple[Unit, int]]:
    """What stands in one window of a line and how often."""
    (found,) = counted(session, scope, wanted, [(start, end)])
    return found.items()


def _initial(by: Collection[str]) -> Counter[tuple[Any, ...]]:
    """Nothing counted; without groups still one group."""
    return Counter() if by else Counter({(): 0})


def _apart(by: Collection[str], touchpoint: str | None) -> frozenset[str]:
    """The places that must be told apart."""
    return frozenset(by) | ({"touchpoint"} if touchpoint else frozenset())


def _groups(unit: Unit, by: Collection[str]) -> Iterator[str | None]:
    return (getattr(unit, name) or None for name in by)


def _named(by: Collection[str], values: Sequence[Any]) -> dict[str, Any]:
    """What something was counted by, by name."""
    return dict(zip(by, values, strict=True))
