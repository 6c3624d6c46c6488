"""What a window held for an audience: facts, in no language."""

from datetime import timedelta

from handlers.case_views import case_lines
from handlers.context import Context
from handlers.digests import measures, trends, voices
from handlers.digests.audiences import Audience
from handlers.digests.confidence import nameless
from handlers.digests.measures import Comparison, measured
from handlers.digests.rounds import rounds
from handlers.people import role_of
from handlers.rules import recovery
from handlers.rules.hours import Window
from handlers.rules.permissions import Right, may
from handlers.views import DigestView
from storage import counts, digests, recoveries
from storage.look import look
from storage.tables import Person
from storage.vocabulary import DigestAudience, Outcome, Stream

LATE = timedelta(hours=1)
"""A digest composed later than this after it was due says that it is late."""

_OPEN_CASES = 5


def digest_view(audience: Audience, window: Window, ctx: Context) -> DigestView:
    """What a window held for an audience. Long reads: on a reader's connection."""
    session, scope, start, end = ctx.session, audience.scope, window.starts_at, window.ends_at
    asked_count, answered = counts.asked_and_answered(session, scope, start, end)
    open_total, overdue_total = digests.count_open(session, scope, ctx.now)
    said = digests.feedback_of(session, scope, start, end)
    best, worst = voices.extremes([*voices.written(scope, window, ctx), *voices.spoken_of(said)])
    counted = trends.measurements(audience, window, ctx)
    before, now = counted[-2][1], counted[-1][1]
    excluded = counts.excluded_count(session, scope, start, end)
    whole = measured(scope, window, ctx, with_excluded=True) if excluded else now
    outcomes = digests.closed_outcomes(session, scope, start, end)
    return DigestView(
        audience=audience.name,
        starts_at=start,
        ends_at=end,
        zone=audience.zone,
        late=ctx.now - audience.rhythm.due_at(window) > LATE,
        asked=asked_count,
        answered=answered,
        responses=counts.response_count(session, scope, start, end, stream=Stream.CUSTOMER),
        staff_responses=counts.response_count(session, scope, start, end, stream=Stream.STAFF),
        interviews=counts.response_count(session, scope, start, end, stream=Stream.INTERVIEW),
        feedback_count=len(said),
        excluded=excluded,
        figures=measures.compared(now, Comparison(before, whole)),
        staff_figures=measures.compared(measured(scope, window, ctx, stream=Stream.STAFF)),
        best=best,
        worst=worst,
        open_cases=case_lines(
            digests.open_cases(session, scope, _OPEN_CASES),
            ctx,
            named=audience.kind is DigestAudience.MANAGER,
        ),
        open_total=open_total,
        overdue_total=overdue_total,
        opened=digests.opened_count(session, scope, start, end),
        closed=sum(outcomes.values()),
        closed_outcomes={Outcome(outcome): n for outcome, n in outcomes.items()},
        trend=trends.trend(audience, counted, ctx),
        gained=recovery.gained(recoveries.gained(session, scope, start, end)),
        rounds=rounds(audience, window, ctx),
        keeps_wishes=_keeps_wishes(audience, ctx),
        nameless=nameless(scope, window, ctx),
    )


def _keeps_wishes(audience: Audience, ctx: Context) -> bool:
    reader = look(ctx.session, Person, audience.person_id)
    return reader is not None and may(role_of(reader), Right.KEEP_WISHES)
