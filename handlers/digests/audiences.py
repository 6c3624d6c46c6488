"""Whom a digest is for, whose matters it counts, and when it comes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.calendars import WEEKDAYS
from handlers.context import Context
from handlers.errors import UnknownAudience
from handlers.lookups import zone_of
from handlers.organisation import DigestSection, Organisation, Report, Team
from handlers.people import name_of, row_id, zone_of_person
from handlers.rules.periods import Rhythm
from handlers.rules.scales import LocalText
from storage import people
from storage.scope import Scope
from storage.tables import DigestRun, Person
from storage.vocabulary import DigestAudience, DigestPart, Length, Period


@dataclass(frozen=True)
class Audience:
    """Whom a digest is for, whose matters it counts, and when it comes."""

    kind: DigestAudience
    key: str
    name: LocalText
    scope: Scope
    rhythm: Rhythm
    language: str
    readers: tuple[int, ...] = ()
    """People who get it, by row."""
    conversation: str | None = None
    team: str | None = None
    """Whose targets hold for it."""
    parts: tuple[DigestPart, ...] | None = None
    """What it holds; what is usual for its period when none is said."""
    length: Length = Length.NORMAL

    @property
    def zone(self) -> str:
        """The zone in whose days it thinks."""
        return self.rhythm.zone

    def over(self, period: Period | None) -> "Audience":
        """The same for another period; as it is when none is given."""
        if period in (None, self.rhythm.period):
            return self
        return replace(self, rhythm=replace(self.rhythm, period=period), parts=None)

    def speaking(self, language: str) -> "Audience":
        """The same for somebody of another language."""
        return replace(self, language=language)


def audiences(ctx: Context) -> Sequence[Audience]:
    """Everybody a digest is for: managers with something to answer for, teams with a channel, readers of reports."""
    organisation, weekly_ones = ctx.organisation, ctx.organisation.digest
    return [
        *(_managers(ctx) if weekly_ones.managers else ()),
        *(_with_channel(organisation.teams.values(), ctx) if weekly_ones.teams else ()),
        *(_report_audience(report, ctx) for report in organisation.reports.values()),
    ]


def audience_called(key: str, ctx: Context) -> Audience:
    """The audience of a report's, team's or person's key, whether it gets a digest or not. Raises `UnknownAudience`."""
    organisation = ctx.organisation
    if key in organisation.reports:
        return _report_audience(organisation.reports[key], ctx)
    if key in organisation.teams:
        team = organisation.teams[key]
        return _team_audience(team, None, ctx)
    if key in organisation.people and (person := people.person_by_key(ctx.session, key)):
        return _manager_audience(person, ctx)
    raise UnknownAudience(
        key=key, known=", ".join([*organisation.reports, *organisation.teams, *organisation.people][:20])
    )


def audience_of(run: DigestRun, ctx: Context) -> Audience | None:
    """The audience of a run; none when it has left the organisation file since."""
    organisation, key = ctx.organisation, run.audience_key
    match run.audience:
        case DigestAudience.REPORT if key in organisation.reports:
            return _report_audience(organisation.reports[key], ctx)
        case DigestAudience.TEAM if key in organisation.teams:
            return next(_with_channel([organisation.teams[key]], ctx), None)
        case DigestAudience.MANAGER if key in _owners(organisation):
            person = people.person_by_key(ctx.session, key)
            return _manager_audience(person, ctx) if person else None
        case _:
            return None


def _managers(ctx: Context) -> list[Audience]:
    found = (people.person_by_key(ctx.session, key) for key in sorted(_owners(ctx.organisation)))
    return [_manager_audience(person, ctx) for person in found if person is not None]


def _owners(organisation: Organisation) -> set[str]:
    """Who answers for something; the CX lead for the rounds."""
    named = {service.owner for service in organisation.services.values()}
    named |= {account.manager for account in organisation.accounts.values()}
    named |= {organisation.cx_lead} if organisation.rounds else set()
    return {key for key in named if key}


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
        rhythm=weekly(organisation.digest, zone_of_person(person, ctx)),
        language=person.language or organisation.language,
        readers=(row_id(person),),
        team=person.team,
        parts=organisation.digest.parts,
        length=organisation.digest.length,
    )


def _with_channel(teams: Iterable[Team], ctx: Context) -> Iterator[Audience]:
    """Teams whose digest is posted to a conversation: the first that the organisation file names."""
    for team in teams:
        if conversation := next(_conversations(team.channel), None):
            yield _team_audience(team, conversation, ctx)


def _conversations(channel: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}:{conversation}" for name, conversation in channel.items())


def _team_audience(team: Team, conversation: str | None, ctx: Context) -> Audience:
    organisation = ctx.organisation
    section = team.digest or organisation.digest
    return Audience(
        kind=DigestAudience.TEAM,
        key=team.key,
        name=team.name,
        scope=Scope(services=frozenset(k for k, s in organisation.services.items() if s.team == team.key)),
        rhythm=weekly(section, zone_of(organisation, team=team.key)),
        language=team.language or organisation.language,
        conversation=conversation,
        team=team.key,
        parts=section.parts,
        length=section.length,
    )


def _report_audience(report: Report, ctx: Context) -> Audience:
    organisation = ctx.organisation
    found = (people.person_by_key(ctx.session, key) for key in report.to)
    return Audience(
        kind=DigestAudience.REPORT,
        key=report.key,
        name=report.name,
        scope=_scope_of(report, organisation),
        rhythm=Rhythm(
            report.period,
            report.time_zone or organisation.time_zone,
            report.at,
            WEEKDAYS.index(report.weekday),
            report.day,
        ),
        language=report.language or organisation.language,
        readers=tuple(row_id(person) for person in found if person),
        conversation=next(_conversations(report.channel), None),
        parts=report.parts,
        length=report.length,
    )


def _scope_of(report: Report, organisation: Organisation) -> Scope:
    """What a report tells of; everything where nothing is named."""
    if not (report.teams or report.services or report.accounts):
        return Scope(everything=True)
    services = {key for key, service in organisation.services.items() if service.team in report.teams}
    return Scope(services=frozenset(services | set(report.services)), accounts=frozenset(report.accounts))


def weekly(schedule: DigestSection, zone: str) -> Rhythm:
    """Every week at the time that was said."""
    return Rhythm(Period.WEEK, zone, schedule.at, WEEKDAYS.index(schedule.weekday))
