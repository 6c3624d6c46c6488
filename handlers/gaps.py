"""Where nobody could act in the coming week: found in the organisation, in absences, and in who can be reached.

Once a week, when digests are due, the CX lead is told, if there is anything to tell.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from handlers.calendars import calendar_of
from handlers.context import Context
from handlers.digests.audiences import weekly
from handlers.digests.due import run_due
from handlers.each import each
from handlers.organisation import Organisation
from handlers.outbox import say
from handlers.owners import local_date, route_by, staff_on
from handlers.people import reachable_through, row_id, zone_of_person
from handlers.rules import hours
from handlers.rules.routing import About, Route, Staff, StepKind
from handlers.rules.scales import LocalText
from handlers.views import GapKind, GapView
from storage import people
from storage.tables import Person
from storage.vocabulary import DigestAudience, OutboxKind, OwnerRule

DAYS = 7
"""How far ahead absences are looked at."""

_NAMED = (OwnerRule.RULE, OwnerRule.ROTA, OwnerRule.SERVICE_OWNER)
"""Rules by which somebody answers for a service, rather than steps in because nobody does."""


@dataclass(frozen=True)
class _Gap:
    """What is wrong with one matter; people by key."""

    kind: GapKind
    person: str = ""
    on: date | None = None
    instead: str = ""


def report_due(ctx: Context) -> int:
    """Look for gaps once a week has ended, and tell the CX lead of them; how many reports were queued."""
    lead = people.person_by_key(ctx.session, ctx.organisation.cx_lead)
    return each({"the report of gaps": lead}, _report, ctx) if lead and lead.left_at is None else 0


def _report(lead: Person, ctx: Context) -> bool:
    """One row a week, so one look, whatever it finds."""
    rhythm = weekly(ctx.organisation.digest, zone_of_person(lead, ctx))
    run = run_due(DigestAudience.GAPS, lead.key or "", rhythm, ctx)
    if run is None or not gaps(ctx.channels, ctx):
        return False
    return say(ctx, OutboxKind.GAP_REPORT, "digest", run.id or 0, to=row_id(lead), once="gaps")


def gaps(channels: Collection[str], ctx: Context) -> tuple[GapView, ...]:
    """Services and touchpoints without anybody who could act within the coming week, with what they share told once.

    `channels` are those that run. A touchpoint stands for what comes in there about no service.
    """
    reach = _Reach(channels, ctx)
    today = local_date(ctx.now, ctx)
    week = [staff_on(today + timedelta(day), ctx) for day in range(DAYS)]
    found: dict[_Gap, list[LocalText]] = {}
    for about, name in _matters(ctx.organisation):
        gap = next(_gaps_of(about, week, reach, ctx.organisation), None)
        if gap is not None:
            found.setdefault(gap, []).append(name)
    return tuple(_view(gap, tuple(names), ctx.organisation) for gap, names in found.items())


def _matters(organisation: Organisation) -> Iterator[tuple[About, LocalText]]:
    for key, service in organisation.services.items():
        yield About(service=key), service.name
    for key, touchpoint in organisation.touchpoints.items():
        if touchpoint.survey:
            yield About(touchpoint=key), touchpoint.name


class _Reach:
    """Who can be reached through the running channels; each person is looked up once."""

    def __init__(self, channels: Collection[str], ctx: Context) -> None:
        self._channels, self._ctx = channels, ctx
        self._known: dict[str, GapKind | None] = {}

    def gap(self, key: str) -> GapKind | None:
        """Why this person cannot be reached; none when they can."""
        if key not in self._known:
            self._known[key] = self._look_up(key)
        return self._known[key]

    def _look_up(self, key: str) -> GapKind | None:
        person = people.person_by_key(self._ctx.session, key)
        if person is None or person.left_at is not None:
            return GapKind.LEFT
        return None if reachable_through(person, self._channels, self._ctx) else GapKind.UNREACHABLE


def _gaps_of(about: About, week: list[Staff], reach: _Reach, organisation: Organisation) -> Iterator[_Gap]:
    """What is wrong on each office day, soonest first."""
    calendar = calendar_of(organisation, about.service)
    for staff in week:
        if hours.is_office_day(calendar, staff.on):
            route = route_by(about, staff, organisation)
            gap = _gap(route, staff.on, (*_NAMED, OwnerRule.CX_LEAD) if about.service is None else _NAMED)
            if gap is not None:
                yield replace(gap, instead="") if gap.instead and reach.gap(gap.instead) else gap
            elif (why := reach.gap(route.person or "")) is not None:
                yield _Gap(why, route.person or "")


def _gap(route: Route, on: date, named: Collection[OwnerRule]) -> _Gap | None:
    """Why nobody who is named would act on a day."""
    first, last = route.steps[0], route.steps[-1]
    if first.rule not in named:
        return _Gap(GapKind.NO_OWNER, instead=route.person or "")
    if last.kind is StepKind.ALL_AWAY:
        return _Gap(GapKind.AWAY, first.person, on)
    if (route.base_rule or route.rule) not in named:
        return _Gap(GapKind.AWAY, first.person, on, route.person or "")
    return None


def _view(gap: _Gap, names: tuple[LocalText, ...], organisation: Organisation) -> GapView:
    def name(key: str) -> str:
        return organisation.people[key].name if key in organisation.people else key

    return GapView(gap.kind, names, name(gap.person), gap.on, name(gap.instead))
