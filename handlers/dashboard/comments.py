"""What customers said, in their own words: for those whom it concerns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.asked import survey_from
from handlers.context import Context
from handlers.dashboard.days import Days, days_of
from handlers.digests.confidence import is_confidential
from handlers.errors import NoSuchPage
from handlers.filters import Filters
from handlers.lookups import touchpoint_name
from handlers.people import name_of
from handlers.rules.permissions import Sight
from handlers.rules.scales import LocalText
from handlers.seeing import demand_sight, scope_of
from handlers.views import ScoreView
from storage import extracts, invitations, said
from storage.look import look
from storage.prepared import Record
from storage.said import Kind, Place
from storage.scope import Scope
from storage.tables import Person
from storage.vocabulary import Band, DeclineReason, Privacy, Stream, Tone

PAGE = 25
"""Comments on a page."""

_BANDS = {Tone.POSITIVE: Band.GOOD, Tone.NEGATIVE: Band.POOR, Tone.NEUTRAL: Band.FAIR}


@dataclass(frozen=True)
class CommentView:
    """What one person said. `who` and `account` are empty where the reader is not to know, or nobody does."""

    words: str
    at: datetime
    touchpoint: LocalText | None
    service: LocalText | None
    who: str
    account: str
    scores: tuple[ScoreView, ...]
    band: Band | None
    logged: bool
    """Said unprompted or logged, rather than written to a survey."""
    stream: Stream
    excluded: DeclineReason | None
    privacy: Privacy
    """What the survey promised of whose it is; of an anonymous one, `at` is the day on which it was opened."""
    place: Place


@dataclass(frozen=True)
class CommentsView:
    """A page of comments."""

    days: Days
    comments: tuple[CommentView, ...]
    more: Place | None
    """Where the next page goes on; none on the last."""
    hidden: bool
    """There are words of a confidential or anonymous survey, and too few to hide among one another."""


def comments(
    filters: Filters,
    last: tuple[Kind, int] | None,
    person: Person,
    sight: Sight,
    ctx: Context,
    *,
    most: int = PAGE,
) -> CommentsView:
    """A page of what concerns the reader, beginning after what stood `last` on the one before.

    Raises `NotAllowed` for a team, service or account that does not concern them, `NoSuchPage` when what stood last
    is gone.
    """
    _demand_theirs(filters, sight, ctx)
    after = said.place_of(ctx.session, *last) if last else None
    if last and after is None:
        raise NoSuchPage
    days = days_of(filters, ctx)
    within = replace(filters, since=days.since, until=days.until)
    chosen = within.chosen(ctx.organisation, scope_of(sight, person))
    nameless = [number for number in extracts.survey_definitions(ctx.session) if is_confidential(number, ctx)]
    # An account is as good as a name, where few people work at a customer's.
    openly = replace(chosen, scope=replace(chosen.scope, accounts=frozenset()))
    count = said.comment_counts(ctx.session, openly, nameless)
    hide = count > 0 and (bool(filters.accounts) or count < ctx.organisation.minimum_group)
    told = Scope() if hide else openly.scope
    rows = said.comments(ctx.session, chosen, after, most + 1, nameless=nameless, openly=told)
    spoken = said.feedback(ctx.session, chosen, after, most + 1)
    on_sheets = said.sheet_count(ctx.session, chosen)
    few = 0 < on_sheets < ctx.organisation.minimum_group
    opened = [] if few else said.on_sheets(ctx.session, chosen, after, most + 1)
    found = [*_merged(rows, spoken, sight, ctx), *(_opened(row, ctx) for row in opened)]
    # Sorting is stable: what was said at one instant stays in the order of its kinds.
    found.sort(key=lambda view: view.at, reverse=True)
    more = found[most - 1].place if len(found) > most else None
    return CommentsView(days, tuple(found[:most]), more, hide or few)


def _demand_theirs(filters: Filters, sight: Sight, ctx: Context) -> None:
    services = ctx.organisation.services.values()
    theirs = {
        team
        for team in filters.teams
        if any(s.team == team and sight.concerns(service=s.key) for s in services)
    }
    for service in filters.services:
        demand_sight(sight.concerns(service=service), ctx)
    for team in filters.teams - theirs:
        demand_sight(sight.concerns(team=team), ctx)


def _merged(
    rows: Sequence[Record], spoken: Sequence[Record], sight: Sight, ctx: Context
) -> list[CommentView]:
    scores = said.scores(ctx.session, [row.response_id for row in rows])
    written = [_written(row, scores.get(row.response_id, ()), sight, ctx) for row in rows]
    return [*written, *(_spoken(row, sight, ctx) for row in spoken)]


def _opened(row: Record, ctx: Context) -> CommentView:
    """Words of an anonymous sheet: how it was on the whole, and neither its scores nor an account."""
    bands = (row.bands or "").split(",")
    return CommentView(
        words=row.words,
        at=row.at,
        touchpoint=touchpoint_name(ctx.organisation, row.touchpoint),
        service=_service(row.service, ctx),
        who="",
        account="",
        scores=(),
        band=_worst(bands),
        logged=False,
        stream=Stream(row.stream),
        excluded=None,
        privacy=Privacy.ANONYMOUS,
        place=Place(row.at, "sheet", row.id),
    )


def _worst(bands: Collection[str]) -> Band | None:
    return next((band for band in (Band.POOR, Band.FAIR, Band.GOOD) if band in bands), None)


def _written(row: Record, scores: Sequence[Record], sight: Sight, ctx: Context) -> CommentView:
    withheld = is_confidential(row.survey_version_id, ctx)
    named = not withheld and sight.names(service=row.service, account=row.account, team=row.team)
    return CommentView(
        words=row.words,
        at=row.at,
        touchpoint=touchpoint_name(ctx.organisation, row.touchpoint),
        service=_service(row.service, ctx),
        who=name_of(look(ctx.session, Person, row.person_id)) if named else "",
        account=_account(row.account, ctx) if named else "",
        scores=_scores(row, scores, ctx),
        band=_worst({score.band for score in scores}),
        logged=False,
        stream=Stream(row.stream),
        excluded=DeclineReason(row.excluded_because) if row.excluded_because else None,
        privacy=Privacy.CONFIDENTIAL if withheld else Privacy.NAMED,
        place=Place(row.at, "answer", row.id),
    )


def _spoken(row: Record, sight: Sight, ctx: Context) -> CommentView:
    named = sight.names(service=row.service, account=row.account, team=row.team)
    who = name_of(look(ctx.session, Person, row.said_by_id)) or row.said_by_name or ""
    return CommentView(
        words=row.words,
        at=row.at,
        touchpoint=None,
        service=_service(row.service, ctx),
        who=who if named else "",
        account=_account(row.account, ctx) if named else "",
        scores=(),
        band=_BANDS[Tone(row.tone)],
        logged=True,
        stream=Stream.CUSTOMER,
        excluded=None,
        privacy=Privacy.NAMED,
        place=Place(row.at, "feedback", row.id),
    )


def _scores(row: Record, scores: Sequence[Record], ctx: Context) -> tuple[ScoreView, ...]:
    """In the order in which they were asked."""
    definition = invitations.survey_definition(ctx.session, row.survey_version_id)
    given = {score.question: score for score in scores}
    questions = survey_from(definition).questions if definition else ()
    return tuple(
        ScoreView(q, given[q.key].score, Band(given[q.key].band) if given[q.key].band else None)
        for q in questions
        if q.key in given
    )


def _service(key: str | None, ctx: Context) -> LocalText | None:
    declared = ctx.organisation.services.get(key or "")
    return declared.name if declared else None


def _account(key: str | None, ctx: Context) -> str:
    declared = ctx.organisation.accounts.get(key or "")
    return declared.name if declared else key or ""
