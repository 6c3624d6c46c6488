"""Whom a digest is for, whose matters it counts, and when it comes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.calendars import WEEKDAYS
from handlers.context import Context
from handlers.errors import UnknownAudience
from handlers.lookups import zone_of
from handlers.organisation import DigestSection, Team
from handlers.people import name_of, row_id, zone_of_person
from handlers.rules.periods import Rhythm
from handlers.rules.scales import LocalText
from storage import people
from storage.scope import Scope
from storage.tables import DigestRun, Person
from storage.vocabulary import DigestAudience, Period


@dataclass(frozen=True)
class Audience:
    """Whom a digest is for, whose matters it counts, and when it comes."""

    kind: DigestAudience
    key: str
    name: LocalText
    scope: Scope
    rhythm: Rhythm
    language: str
    person_id: int | None = None
    conversation: str | None = None

    @property
    def zone(self) -> str:
        """The zone in whose days it thinks."""
        return self.rhythm.zone

    def over(self, period: Period | None) -> "Audience":
        """The same for another period; as it is when none is given."""
        return replace(self, rhythm=replace(self.rhythm, period=period)) if period else self


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
        rhythm=weekly(organisation.digest, zone_of_person(person, ctx)),
        language=person.language or organisation.language,
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
        rhythm=weekly(team.digest or organisation.digest, zone_of(organisation, team=team.key)),
        language=team.language or organisation.language,
        conversation=conversation,
    )


def weekly(schedule: DigestSection, zone: str) -> Rhythm:
    """Every week at the time that was said."""
    return Rhythm(Period.WEEK, zone, schedule.at, WEEKDAYS.index(schedule.weekday))
