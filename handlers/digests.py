"""The weekly digest: whose window has ended, and what it held.

Each window of each audience is one row, so one digest, whenever the process runs again: late rather
than never, and never twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.asked import survey_from
from handlers.calendars import WEEKDAYS
from handlers.case_views import case_lines
from handlers.context import Context
from handlers.each import each
from handlers.errors import UnknownAudience
from handlers.lookups import zone_of
from handlers.messages import TrendChart, TrendPoint
from handlers.organisation import DigestSection, Round, Team
from handlers.outbox import say
from handlers.people import name_of, row_id, zone_of_person
from handlers.rules import figures, hours, recovery, scales
from handlers.rules.figures import Count, Interval
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText, Question
from handlers.views import DigestView, FigureView, RoundFiguresView, VoiceView
from handlers.wording.language import pick
from handlers.wording.scores import asked
from storage import counts, digests, invitations, people, recoveries
from storage.counts import ScoreCount
from storage.organisations import first_applied_at
from storage.scope import Scope
from storage.tables import Answer, DigestRun, Feedback, Person, Response
from storage.vocabulary import (
    Band,
    DigestAudience,
    Metric,
    OutboxKind,
    Outcome,
    Privacy,
    Stream,
    Tone,
)

LATE = timedelta(hours=1)
"""A digest composed later than this after its window's end says that it is late."""

TREND_WINDOWS = 8
_VOICES = 2
"""Best and worst words shown of each: a digest fits one screen."""
_OPEN_CASES = 5


@dataclass(frozen=True)
class Audience:
    """Whom a digest is for, whose matters it counts, and when its week ends."""

    kind: DigestAudience
    key: str
    name: LocalText
    scope: Scope
    zone: str
    language: str
    schedule: DigestSection
    person_id: int | None = None
    conversation: str | None = None

    def window(self, now: datetime) -> Window:
        """The week that ended most recently."""
        weekday = WEEKDAYS.index(self.schedule.weekday)
        return hours.latest_window(weekday, self.schedule.at, self.zone, now)

    def preceding(self, window: Window) -> Window:
        """The week before a week."""
        return hours.preceding(window, WEEKDAYS.index(self.schedule.weekday), self.schedule.at, self.zone)

    def window_of_week(self, label: str) -> Window:
        """The week that ends in an ISO week such as *2026-W47*. Raises `ValueError` with a sentence."""
        weekday = WEEKDAYS.index(self.schedule.weekday)
        return hours.window_of_week(label, weekday, self.schedule.at, self.zone)


def compose_due(ctx: Context) -> int:
    """Queue one digest for each audience whose window has ended and has none yet; how many."""
    return each({f"the digest of {a.kind} {a.key}": a for a in audiences(ctx)}, _compose, ctx)


def _compose(audience: Audience, ctx: Context) -> bool:
    """Queue the digest of the window that has ended; whether there was one to queue."""
    installed = first_applied_at(ctx.session)
    window = audience.window(ctx.now)
    if installed is None or window.ends_at <= installed:
        return False
    if digests.run_of(ctx.session, audience.kind, audience.key, window.ends_at) is not None:
        return False
    _queue(audience, window, ctx)
    return True


def _queue(audience: Audience, window: Window, ctx: Context) -> None:
    run = DigestRun(
        audience=audience.kind,
        audience_key=audience.key,
        window_starts_at=window.starts_at,
        window_ends_at=window.ends_at,
        composed_at=ctx.now,
    )
    ctx.session.add(run)
    ctx.session.flush()
    say(
        ctx,
        OutboxKind.DIGEST,
        "digest",
        run.id or 0,
        to=audience.person_id,
        conversation=audience.conversation,
        once="digest",
    )


def audiences(ctx: Context) -> Sequence[Audience]:
    """Everybody a digest is for: managers with something to answer for, and teams with a channel."""
    return [*_managers(ctx), *(a for team in ctx.organisation.teams.values() for a in _team(team, ctx))]


def audience_called(key: str, ctx: Context) -> Audience:
    """The audience of a team's or person's key, whether it gets a digest or not. Raises `UnknownAudience`."""
    organisation = ctx.organisation
    if key in organisation.teams:
        team = organisation.teams[key]
        return _team_audience(team, None, ctx)
    if key in organisation.people and (person := people.person_by_key(ctx.session, key)):
        return _manager_audience(person, ctx)
    raise UnknownAudience(key=key, known=", ".join([*organisation.teams, *organisation.people][:20]))


def audience_of(run: DigestRun, ctx: Context) -> Audience | None:
    """The audience of a run; none when it has left the organisation file since."""
    return next((a for a in audiences(ctx) if (a.kind, a.key) == (run.audience, run.audience_key)), None)


def _managers(ctx: Context) -> list[Audience]:
    organisation = ctx.organisation
    owners = {s.owner for s in organisation.services.values()} | {
        a.manager for a in organisation.accounts.values()
    }
    if organisation.rounds:
        owners.add(organisation.cx_lead)
    found = (people.person_by_key(ctx.session, key) for key in sorted(owner for owner in owners if owner))
    return [_manager_audience(person, ctx) for person in found if person is not None]


def _manager_audience(person: Person, ctx: Context) -> Audience:
    organisation = ctx.organisation
    key = person.key or ""
    return Audience(
        kind=DigestAudience.MANAGER,
        key=key,
        name={organisation.language: name_of(person)},
        scope=Scope(
            services=frozenset(k for k, s in organisation.services.items() if s.owner == key),
            accounts=frozenset(k for k, a in organisation.accounts.items() if a.manager == key),
            owner_id=row_id(person),
        ),
        zone=zone_of_person(person, ctx),
        language=person.language or organisation.language,
        schedule=organisation.digest,
        person_id=person.id,
    )


def _team(team: Team, ctx: Context) -> list[Audience]:
    """One audience for each conversation the team's digest is posted to."""
    return [
        _team_audience(team, f"{channel}:{conversation}", ctx)
        for channel, conversation in list(team.channel.items())[:1]
    ]


def _team_audience(team: Team, conversation: str | None, ctx: Context) -> Audience:
    organisation = ctx.organisation
    return Audience(
        kind=DigestAudience.TEAM,
        key=team.key,
        name=team.name,
        scope=Scope(services=frozenset(k for k, s in organisation.services.items() if s.team == team.key)),
        zone=zone_of(organisation, team=team.key),
        language=team.language or organisation.language,
        schedule=team.digest or organisation.digest,
        conversation=conversation,
    )


def digest_view(audience: Audience, window: Window, ctx: Context) -> DigestView:
    """What a window held for an audience. Long reads: on a reader's connection."""
    session, scope, start, end = ctx.session, audience.scope, window.starts_at, window.ends_at
    asked_count, answered = counts.asked_and_answered(session, scope, start, end)
    open_total, overdue_total = digests.count_open(session, scope, ctx.now)
    said = digests.feedback_of(session, scope, start, end)
    best, worst = _extremes([*_written(scope, window, ctx), *_spoken_of(said)])
    outcomes = digests.closed_outcomes(session, scope, start, end)
    return DigestView(
        audience=audience.name,
        starts_at=start,
        ends_at=end,
        zone=audience.zone,
        late=ctx.now - window.ends_at > LATE,
        asked=asked_count,
        answered=answered,
        responses=counts.response_count(session, scope, start, end, stream=Stream.CUSTOMER),
        staff_responses=counts.response_count(session, scope, start, end, stream=Stream.STAFF),
        interviews=counts.response_count(session, scope, start, end, stream=Stream.INTERVIEW),
        feedback_count=len(said),
        excluded=counts.excluded_count(session, scope, start, end),
        figures=_figures(audience, window, ctx),
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
        trend=_trend(audience, window, ctx),
        gained=recovery.gained(recoveries.gained(session, scope, start, end)),
        rounds=_rounds(audience, window, ctx),
    )


# Figures.


@dataclass(frozen=True)
class _Measured:
    """One metric over a window: the question as last worded, and its counts."""

    question: Question
    count: Count


def _figures(audience: Audience, window: Window, ctx: Context) -> tuple[FigureView, ...]:
    now = _measured(audience.scope, window, ctx)
    before = _measured(audience.scope, audience.preceding(window), ctx)
    return tuple(_figure(m, before[key].count if key in before else Count()) for key, m in now.items())


def _figure(now: _Measured, before: Count) -> FigureView:
    count, nps = now.count, now.question.metric is Metric.NPS
    value, interval = _value(count, nps=nps)
    change = (
        figures.change_nps(count, before)
        if nps
        else figures.change(count.good, count.n, before.good, before.n)
    )
    return FigureView(
        question=now.question,
        n=count.n,
        value=value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        mean=count.mean,
        previous_n=before.n,
        previous_value=_value(before, nps=nps)[0],
        change=change,
    )


def _value(count: Count, *, nps: bool) -> tuple[float | None, Interval | None]:
    """The figure with its interval; neither below the minimum n."""
    if count.n < figures.MINIMUM_N:
        return None, None
    if nps:
        bands = (count.good, count.fair, count.poor)
        return figures.nps(*bands), figures.adjusted_wald_nps(*bands)
    return figures.share(count.good, count.n), figures.wilson(count.good, count.n)


def _rounds(audience: Audience, window: Window, ctx: Context) -> tuple[RoundFiguresView, ...]:
    """Each round of which the window held something; the CX lead sees all of it, a manager their accounts'."""
    whole = audience.key == ctx.organisation.cx_lead
    scope = Scope(everything=True) if whole else audience.scope
    views = (_round(declared, scope, window, ctx) for declared in ctx.organisation.rounds.values())
    return tuple(view for view in views if view.asked or view.figures or view.best or view.worst)


def _round(declared: Round, scope: Scope, window: Window, ctx: Context) -> RoundFiguresView:
    asked_count, answered = counts.asked_in_round(
        ctx.session, scope, declared.key, window.starts_at, window.ends_at
    )
    measured = _measured(scope, window, ctx, in_round=declared.key)
    counted = tuple(_figure(m, Count()) for m in measured.values())
    best, worst = _extremes(_written(scope, window, ctx, in_round=declared.key))
    return RoundFiguresView(declared.name, asked_count, answered, counted, best, worst)


def _measured(
    scope: Scope, window: Window, ctx: Context, *, in_round: str | None = None
) -> Mapping[str, _Measured]:
    """Counts of each question, after encounters or in one round; its identity is its key, over all wordings."""
    found: dict[str, _Measured] = {}
    stream = Stream.RELATIONSHIP if in_round else Stream.CUSTOMER
    rows = counts.score_counts(
        ctx.session, scope, window.starts_at, window.ends_at, stream=stream, touchpoint=in_round
    )
    if in_round is None and ctx.organisation.asking.interviews_count:
        spoken = counts.score_counts(
            ctx.session, scope, window.starts_at, window.ends_at, stream=Stream.INTERVIEW
        )
        rows = [*rows, *spoken]
    for row in _but_for_small_groups(rows, ctx):
        question = _question(row, ctx)
        if question is None:
            continue
        counted = _count(question, row)
        earlier = found.get(question.key)
        found[question.key] = _Measured(question, counted + earlier.count if earlier else counted)
    return found


def _but_for_small_groups(rows: Sequence[ScoreCount], ctx: Context) -> list[ScoreCount]:
    """Without answers to confidential surveys where too few were given to a question to hide among them."""
    groups = Counter[str]()
    confidential = [row for row in rows if _is_confidential(row.survey_version_id, ctx)]
    for row in confidential:
        groups[row.question] += row.count
    small = {question for question, n in groups.items() if n < ctx.organisation.minimum_group}
    return [row for row in rows if not (row in confidential and row.question in small)]


def _is_confidential(survey_version_id: int, ctx: Context) -> bool:
    definition = invitations.survey_definition(ctx.session, survey_version_id)
    return definition is not None and survey_from(definition).privacy is not Privacy.NAMED


def _question(row: ScoreCount, ctx: Context) -> Question | None:
    definition = invitations.survey_definition(ctx.session, row.survey_version_id)
    survey = survey_from(definition) if definition else None
    return next((q for q in survey.questions if q.key == row.question), None) if survey else None


def _count(question: Question, row: ScoreCount) -> Count:
    """A figure uses the scale's own bands, not a touchpoint's alert threshold: figures must be comparable."""
    band = scales.band(question, row.score, scales.default_threshold(question))
    n = row.count
    return Count(
        n=n,
        good=n if band is Band.GOOD else 0,
        fair=n if band is Band.FAIR else 0,
        poor=n if band is Band.POOR else 0,
        total=n * row.score,
    )


def _trend(audience: Audience, window: Window, ctx: Context) -> TrendChart | None:
    """The last weeks of the question that was answered most; none when nothing was."""
    weeks = [window]
    while len(weeks) < TREND_WINDOWS:
        weeks.insert(0, audience.preceding(weeks[0]))
    measured = [_measured(audience.scope, week, ctx) for week in weeks]
    candidates = {
        key: m.question for week in measured for key, m in week.items() if m.question.metric is not Metric.NPS
    }
    if not candidates:
        return None
    key = max(candidates, key=lambda k: sum(week[k].count.n for week in measured if k in week))
    organisation = pick(ctx.organisation.name, audience.language)
    # The finding goes on after the title, so an agreement-worded question loses its full stop.
    title = asked(candidates[key], audience.language, organisation).rstrip(".")
    points = tuple(_point(audience, week, m.get(key)) for week, m in zip(weeks, measured, strict=True))
    return TrendChart(title=title, points=points)


def _point(audience: Audience, week: Window, measured: _Measured | None) -> TrendPoint:
    label = hours.week_label(week, audience.zone).partition("-")[2]
    count = measured.count if measured else Count()
    value, interval = _value(count, nps=False)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return TrendPoint(label, count.n, value, low, high)


# Voices.


def _extremes(voices: Sequence[VoiceView]) -> tuple[tuple[VoiceView, ...], tuple[VoiceView, ...]]:
    """The best and the hardest words, a few of each."""
    good = tuple(voice for voice in voices if voice.band is Band.GOOD)
    poor = tuple(voice for voice in voices if voice.band is Band.POOR)
    return good[:_VOICES], poor[:_VOICES]


def _written(
    scope: Scope, window: Window, ctx: Context, *, in_round: str | None = None
) -> Sequence[VoiceView]:
    """Comments of the window with what they mean, newest first: after encounters, or in one round."""
    stream = Stream.RELATIONSHIP if in_round else Stream.CUSTOMER
    start, end = window.starts_at, window.ends_at
    found = digests.comments(ctx.session, scope, start, end, 200, stream=stream, touchpoint=in_round)
    found = _told_apart_by_nobody(found, ctx)
    bands = digests.bands_of(ctx.session, [response.id or 0 for _, response, _ in found])
    return [
        VoiceView(
            answer.words or "",
            _worst(bands.get(response.id or 0, [])),
            _name(response.touchpoint, ctx),
            logged=False,
        )
        for answer, response, _ in found
        if answer.words
    ]


def _spoken_of(said: Sequence[Feedback]) -> Sequence[VoiceView]:
    """What was logged or said unprompted."""
    tones = {Tone.POSITIVE: Band.GOOD, Tone.NEGATIVE: Band.POOR}
    return [VoiceView(f.words, tones.get(Tone(f.tone)), None, logged=True) for f in said if f.words]


def _told_apart_by_nobody(
    found: Sequence[tuple[Answer, Response, int]], ctx: Context
) -> list[tuple[Answer, Response, int]]:
    """Without the words of confidential surveys, where too few wrote any."""
    confidential = {version for *_, version in found if _is_confidential(version, ctx)}
    small = sum(version in confidential for *_, version in found) < ctx.organisation.minimum_group
    return [row for row in found if not (small and row[2] in confidential)]


def _worst(bands: Sequence[str]) -> Band | None:
    return next((band for band in (Band.POOR, Band.FAIR, Band.GOOD) if band in bands), None)


def _name(touchpoint: str, ctx: Context) -> LocalText | None:
    declared = ctx.organisation.touchpoints.get(touchpoint)
    return declared.name if declared else None
