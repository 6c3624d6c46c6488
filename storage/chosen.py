"""Which responses, feedback and cases somebody chose, as conditions on rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, inspect, or_, select, true

from storage import search
from storage.scope import Scope
from storage.tables import Answer, Case, Feedback, Response, core
from storage.vocabulary import Band, Metric, Stream, Tone

# By names of their own: a query that has one of these tables itself would take it for the same.
_R, _A, _F = (core(noun).alias(f"chosen_{noun.__name__.lower()}") for noun in (Response, Answer, Feedback))
_MOMENT: dict[type, str] = {Response: "first_at", Feedback: "at", Case: "opened_at"}
_TONES = {Band.GOOD: Tone.POSITIVE, Band.FAIR: Tone.NEUTRAL, Band.POOR: Tone.NEGATIVE}
WORSE = {Band.POOR: (), Band.FAIR: (Band.POOR,), Band.GOOD: (Band.POOR, Band.FAIR)}
"""The bands that a band's answers have no score in."""


@dataclass(frozen=True)
class Chosen:
    """What is wanted of a scope: from `start` on and before `end`, of any of the streams and bands, with words.

    What is left empty is no condition. A response has the band of its worst score; what was said has the one
    of its tone, and the customer's stream; a case has those of what opened it.
    """

    scope: Scope
    start: datetime | None = None
    end: datetime | None = None
    streams: frozenset[Stream] = frozenset()
    bands: frozenset[Band] = frozenset()
    words: str = ""
    """Each of them must stand in what was written, in whatever form."""

    def of(self, noun: Any) -> ColumnElement[bool]:
        """The condition on `Response`, `Feedback` or `Case`, or an alias of one."""
        kind: type = inspect(noun).mapper.class_
        moment = getattr(noun, _MOMENT[kind])
        return and_(
            self.scope.of(noun),
            moment >= self.start if self.start else true(),
            moment < self.end if self.end else true(),
            self._of_stream(kind, noun) if self.streams else true(),
            self._of_band(kind, noun) if self.bands else true(),
            _written(kind, noun, self.words) if self.words else true(),
        )

    def _of_stream(self, kind: type, noun: Any) -> ColumnElement[bool]:
        if kind is Response:
            return and_(noun.stream.in_(self.streams))
        said = true() if Stream.CUSTOMER in self.streams else noun.id.is_(None)
        if kind is Feedback:
            return and_(said)
        answered = exists().where(_R.c.id == noun.response_id, _R.c.stream.in_(self.streams))
        return or_(answered, and_(noun.response_id.is_(None), said))

    def _of_band(self, kind: type, noun: Any) -> ColumnElement[bool]:
        tones = [_TONES[band] for band in self.bands]
        if kind is Feedback:
            return and_(noun.tone.in_(tones))
        if kind is Response:
            return or_(*(_banded(noun.id, band) for band in self.bands))
        said = exists().where(_F.c.id == noun.feedback_id, _F.c.tone.in_(tones))
        return or_(said, *(_banded(noun.response_id, band) for band in self.bands))


def _banded(response_id: ColumnElement[Any], band: Band) -> ColumnElement[bool]:
    """The band of a response's worst score."""
    worse = [~_has(response_id, WORSE[band])] if WORSE[band] else []
    return and_(_has(response_id, (band,)), *worse)


def _has(response_id: ColumnElement[Any], bands: Collection[Band]) -> ColumnElement[bool]:
    return exists().where(_A.c.response_id == response_id, _A.c.band.in_(bands))


def _written(kind: type, noun: Any, words: str) -> ColumnElement[bool]:
    if kind is Feedback:
        return search.found("feedback", noun.id, words)
    if kind is Response:
        return _commented(noun.id, words)
    said = exists().where(_F.c.id == noun.feedback_id, search.found("feedback", _F.c.id, words))
    return or_(said, _commented(noun.response_id, words))


def _commented(response_id: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    # Not correlated: few answers have the words, and SQLite begins with them.
    written = select(_A.c.response_id).where(
        _A.c.metric == Metric.WORDS, search.found("answers", _A.c.id, words)
    )
    return response_id.in_(written)
