"""What is a tap away from a digest, for whoever may read it: its comments, its open cases, why a figure changed."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from handlers.case_views import case_lines
from handlers.context import Context
from handlers.digests import voices
from handlers.digests.audiences import Audience, audience_of
from handlers.digests.tables import table
from handlers.digests.why import on_the_time_line, why
from handlers.errors import DigestGone
from handlers.events import DetailAsked
from handlers.messages import Message, Reply, Say
from handlers.people import actor, audit, demand, language_of, zone_of_person
from handlers.rules.hours import Window
from handlers.rules.permissions import Right
from handlers.seeing import demand_sight, sight_of
from handlers.views import VoiceView
from handlers.wording import details as wording
from storage import digests
from storage.scope import Scope
from storage.tables import DigestRun, Person
from storage.vocabulary import DigestAudience, DigestDetail

PAGE = 8
"""Comments or cases on a page, if they fit."""
ROOM = 3500
"""Characters of comments on a page: the shortest message of our channels has 4096."""
_AROUND_WORDS = 40
"""Characters that stand around a comment."""


def show(event: DetailAsked, ctx: Context) -> Reply:
    """More of a digest, to the one who pressed alone. Raises `DigestGone` or `NotAllowed`."""
    person = actor(event.by, ctx)
    demand(person, Right.READ_DIGESTS, ctx)
    run = digests.run_by_token(ctx.session, event.run)
    audience = audience_of(run, ctx) if run else None
    if run is None or audience is None:
        raise DigestGone
    told = _DETAILS[event.detail](_Asked(run, audience, person, event.skip, ctx))
    audit(person, "read", f"digest {event.detail}", run.token, ctx)
    return Say(told)


class _Asked:
    """A detail somebody asked for, and how far they see."""

    def __init__(self, run: DigestRun, audience: Audience, person: Person, skip: int, ctx: Context) -> None:
        self.run, self.person, self.skip, self.ctx = run, person, skip, ctx
        self.language = language_of(person, ctx)
        self.audience = audience.speaking(self.language)
        self.window = Window(run.window_starts_at, run.window_ends_at)
        self.is_readers = person.id in audience.readers

    def scope(self) -> Scope:
        """What of the digest's matters concerns the person: all of their own digest. Raises `NotAllowed`."""
        sight, whole = sight_of(self.person, self.ctx), self.audience.scope
        if self.is_readers or sight.everything:
            return whole
        services = sight.services if whole.everything else sight.services & whole.services
        accounts = sight.accounts if whole.everything else sight.accounts & whole.accounts
        demand_sight(bool(services or accounts), self.ctx)
        return Scope(services=services, accounts=accounts)

    def sees_names(self) -> bool:
        """Whether customers' names are for this person: in their own manager's digest, or where all concerns them."""
        own = self.is_readers and self.audience.kind is DigestAudience.MANAGER
        return own or sight_of(self.person, self.ctx).everything


def _words(asked: _Asked) -> Message:
    ctx, window, scope = asked.ctx, asked.window, asked.scope()
    said = digests.feedback_of(ctx.session, scope, window.starts_at, window.ends_at)
    found = [*voices.written(scope, window, ctx), *voices.spoken_of(said)]
    page = _fitting(found[asked.skip : asked.skip + PAGE])
    return wording.comments(page, len(found), asked.skip, asked.run.token, asked.language)


def _fitting(found: Sequence[VoiceView]) -> tuple[VoiceView, ...]:
    """As many whole comments as fit into a message of every channel; one at least, however long."""
    lengths = list(accumulate(len(voice.words) + _AROUND_WORDS for voice in found))
    return tuple(found[: max(1, bisect_right(lengths, ROOM))])


def _cases(asked: _Asked) -> Message:
    ctx, scope = asked.ctx, asked.scope()
    total, _ = digests.count_open(ctx.session, scope, ctx.now)
    rows = digests.open_cases(ctx.session, scope, PAGE, asked.skip)
    lines = case_lines(rows, ctx, named=asked.sees_names())
    zone = zone_of_person(asked.person, ctx)
    return wording.open_cases(lines, total, asked.skip, asked.run.token, language=asked.language, zone=zone)


def _why(asked: _Asked) -> Message:
    """Figures are for everybody who works here: no words, no names."""
    audience, window, ctx = asked.audience, asked.window, asked.ctx
    explained = why(audience, audience.scope, window, ctx)
    lately = on_the_time_line(audience, audience.scope, window, ctx)
    return wording.why(explained, [(each.on, each.words) for each in lately], asked.language)


def _table(asked: _Asked) -> Message:
    """Figures as well."""
    found = table(asked.audience, asked.window, asked.ctx)
    period = asked.audience.rhythm.period
    return wording.table(found, asked.skip, asked.run.token, period, asked.language)


_DETAILS: dict[DigestDetail, Callable[[_Asked], Message]] = {
    DigestDetail.WORDS: _words,
    DigestDetail.CASES: _cases,
    DigestDetail.TABLE: _table,
    DigestDetail.WHY: _why,
}
