"""What a window held for an audience: facts, in no language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from handlers.case_views import case_lines
from handlers.context import Context
from handlers.digests import charts, measures, trends, voices
from handlers.digests.arising import arising
from handlers.digests.audiences import Audience
from handlers.digests.confidence import nameless
from handlers.digests.measures import Comparison, Measured, measured
from handlers.digests.reasons import reasons
from handlers.digests.rounds import rounds
from handlers.digests.tables import table
from handlers.digests.targets import of_accounts, own
from handlers.people import role_of
from handlers.rules import recovery
from handlers.rules.contents import SIZES, USUAL
from handlers.rules.hours import Window
from handlers.rules.permissions import Right, may
from handlers.rules.targets import Signal
from handlers.views import DigestView, FigureView, OpenCaseLine, TargetView
from storage import counts, digests, recoveries
from storage.counts import ResponseCount
from storage.look import look
from storage.tables import Feedback, Person
from storage.vocabulary import DigestAudience, DigestPart, Outcome, Stream

_NAMED = (DigestAudience.MANAGER, DigestAudience.ACCOUNT)
"""Who reads customers' names in a digest: whoever answers for them."""

LATE = timedelta(hours=1)
"""A digest composed later than this after it was due says that it is late."""


@dataclass(frozen=True)
class _Reading:
    """One window of one audience, being read; what several parts need is read once."""

    audience: Audience
    window: Window
    parts: tuple[DigestPart, ...]
    ctx: Context

    @cached_property
    def said(self) -> Sequence[Feedback]:
        """What was said unprompted or logged."""
        window = self.window
        return digests.feedback_of(self.ctx.session, self.audience.scope, window.starts_at, window.ends_at)

    @cached_property
    def responses(self) -> Mapping[Stream, ResponseCount]:
        """How many responded, by whose voice it is."""
        window, scope = self.window, self.audience.scope
        found = counts.response_counts(self.ctx.session, scope, window.starts_at, window.ends_at)
        return {count.stream: count for count in found}

    def answered(self, stream: Stream) -> int:
        """Responses of a stream with at least one answer."""
        return self.responses[stream].responses if stream in self.responses else 0

    @property
    def excluded(self) -> int:
        """How many customers said that it was not about us."""
        return self.responses[Stream.CUSTOMER].excluded if Stream.CUSTOMER in self.responses else 0

    @cached_property
    def counted(self) -> Sequence[trends.Measurement]:
        """The window and those before it, as many as a trend looks back to where there is one."""
        many = None if DigestPart.TREND in self.parts else 2
        return trends.measurements(self.audience, self.window, self.ctx, many)

    @property
    def now(self) -> Mapping[str, Measured]:
        """What was measured in the window."""
        return self.counted[-1][1]

    @cached_property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How the cases ended that were closed in the window."""
        window, scope = self.window, self.audience.scope
        found = digests.closed_outcomes(self.ctx.session, scope, window.starts_at, window.ends_at)
        return {Outcome(outcome): n for outcome, n in found.items()}

    def figures(self) -> tuple[FigureView, ...]:
        """Each question, beside what it was before and would be with every answer."""
        scope, window = self.audience.scope, self.window
        whole = measured(scope, window, self.ctx, with_excluded=True) if self.excluded else self.now
        return measures.compared(self.now, Comparison(self.counted[-2][1], whole))

    def staff(self) -> tuple[FigureView, ...]:
        """What staff answered."""
        return measures.compared(measured(self.audience.scope, self.window, self.ctx, stream=Stream.STAFF))

    def words(self) -> dict[str, Any]:
        """Best and hardest, a few of each."""
        written = voices.written(self.audience.scope, self.window, self.ctx)
        best, worst = voices.extremes(
            [*written, *voices.spoken_of(self.said)], SIZES[self.audience.length].voices
        )
        return {"best": best, "worst": worst}

    def targets(self) -> Iterator[TargetView]:
        """Own figures of which there are enough to say something, but where units are told apart; and accounts."""
        if DigestPart.TABLE not in self.parts:
            yield from (t for t in own(self.audience, self.now, self.ctx) if t.signal is not Signal.FEW)
        yield from of_accounts(self.audience.scope, self.window, self.ctx)

    def done(self) -> dict[str, Any]:
        """How cases ended, and what that gained."""
        window, scope = self.window, self.audience.scope
        pairs = recoveries.gained(self.ctx.session, scope, window.starts_at, window.ends_at)
        return {"closed_outcomes": self.outcomes, "gained": recovery.gained(pairs)}


_PARTS: dict[DigestPart, Callable[[_Reading], dict[str, Any]]] = {
    DigestPart.FIGURES: lambda r: {"figures": r.figures()},
    DigestPart.STAFF: lambda r: {"staff_figures": r.staff()},
    DigestPart.TARGETS: lambda r: {"targets": tuple(r.targets())},
    DigestPart.TABLE: lambda r: {"table": table(r.audience, r.window, r.ctx)},
    DigestPart.SPREAD: lambda r: {"spread": charts.main_spread(r.audience, r.window, r.now, r.ctx)},
    DigestPart.WHEEL: lambda r: {"wheel": charts.wheel(r.audience, r.window, r.ctx)},
    DigestPart.TREND: lambda r: {"trend": trends.trend(r.audience, r.counted, r.ctx)},
    DigestPart.REASONS: lambda r: {"reasons": reasons(r.audience, r.window, r.said, r.ctx)},
    DigestPart.WORDS: lambda r: r.words(),
    DigestPart.ARISING: lambda r: {"arising": arising(r.audience.scope, r.window, r.ctx)},
    DigestPart.CASES: lambda r: {"open_cases": _open_cases(r.audience, r.ctx)},
    DigestPart.DONE: lambda r: r.done(),
    DigestPart.ROUNDS: lambda r: {"rounds": rounds(r.audience, r.window, r.ctx)},
}
"""The fields of the view that each part tells."""


def digest_view(audience: Audience, window: Window, ctx: Context, *, run: str = "") -> DigestView:
    """What a window held for an audience; `run` is the token by which buttons know it.

    Long reads: on a reader's connection. What is not among the audience's parts is not read.
    """
    parts = audience.parts or USUAL[audience.rhythm.period]
    reading = _Reading(audience, window, parts, ctx)
    told = {field: value for part in parts for field, value in _PARTS[part](reading).items()}
    return replace(_came_in(reading, run), **told)


def _came_in(reading: _Reading, run: str) -> DigestView:
    """What is told whatever the parts: how many were asked and answered, and what is open."""
    audience, window, ctx = reading.audience, reading.window, reading.ctx
    where = (ctx.session, audience.scope, window.starts_at, window.ends_at)
    asked_count, answered = counts.asked_and_answered(*where)
    open_total, overdue_total = digests.count_open(ctx.session, audience.scope, ctx.now)
    return DigestView(
        audience=audience.name,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        zone=audience.zone,
        late=ctx.now - audience.rhythm.due_at(window) > LATE,
        asked=asked_count,
        answered=answered,
        responses=reading.answered(Stream.CUSTOMER),
        staff_responses=reading.answered(Stream.STAFF),
        interviews=reading.answered(Stream.INTERVIEW),
        feedback_count=len(reading.said),
        excluded=reading.excluded,
        open_total=open_total,
        overdue_total=overdue_total,
        opened=digests.opened_count(*where),
        closed=sum(reading.outcomes.values()),
        keeps_wishes=_keeps_wishes(audience, ctx),
        nameless=nameless(audience.scope, window, ctx),
        period=audience.rhythm.period,
        window=audience.rhythm.name(window),
        parts=reading.parts,
        sizes=SIZES[audience.length],
        run=run,
        pages=bool(run and ctx.site),
    )


def _open_cases(audience: Audience, ctx: Context) -> tuple[OpenCaseLine, ...]:
    """Oldest first; with names only for whoever answers for them."""
    rows = digests.open_cases(ctx.session, audience.scope, SIZES[audience.length].cases)
    return case_lines(rows, ctx, named=audience.kind in _NAMED)


def _keeps_wishes(audience: Audience, ctx: Context) -> bool:
    reader = look(ctx.session, Person, audience.readers[0]) if len(audience.readers) == 1 else None
    return reader is not None and may(role_of(reader), Right.KEEP_WISHES)
