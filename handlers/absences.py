"""“I'm away until Monday, Ville answers”, said by chat."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from handlers.context import Context
from handlers.errors import AbsenceNotUnderstood, CannotStandIn, DeputyOfOneself
from handlers.events import CommandGiven
from handlers.lookups import desk_of
from handlers.messages import Reply, Say
from handlers.people import (
    actor,
    demand,
    find_colleague,
    language_of,
    name_of,
    role_of,
    row_id,
    zone_of_person,
)
from handlers.rules.absence import read_away
from handlers.rules.permissions import OWNERS, Right
from handlers.wording import sentences
from storage import absences
from storage.tables import Absence, Person


def go_away(said: str, event: CommandGiven, ctx: Context) -> Reply:
    """The person is away from today until the day said; what they said before is replaced.

    Raises `AbsenceNotUnderstood`, `DeputyOfOneself`, `CannotStandIn`, `NobodyByThatName`, `ManyByThatName`,
    `NotAllowed`.
    """
    person = actor(event.by, ctx)
    demand(person, Right.LOG_FEEDBACK, ctx)
    today = _today(person, ctx)
    away = read_away(said, today)
    if away is None:
        raise AbsenceNotUnderstood(words=said[:60])
    deputy = find_colleague(away.deputy, event.by.channel, ctx) if away.deputy else _usual_deputy(person, ctx)
    if deputy is not None and deputy.id == person.id:
        raise DeputyOfOneself
    if deputy is not None and not _may_stand_in(deputy, person, ctx):
        raise CannotStandIn(name=name_of(deputy))
    _forget(person, today, ctx)
    ends_on = away.back_on - timedelta(days=1)
    ctx.session.add(
        Absence(
            person_id=row_id(person),
            starts_on=today,
            ends_on=ends_on,
            deputy_id=deputy.id if deputy else None,
            said_at=ctx.now,
        )
    )
    return Say(sentences.gone_away(ends_on, name_of(deputy), language_of(person, ctx)))


def _may_stand_in(deputy: Person, person: Person, ctx: Context) -> bool:
    """Whether cases of this person may land on a deputy: not on outside staff, nor on another team's front desk."""
    desk = desk_of(ctx.organisation, deputy.key)
    return role_of(deputy) in OWNERS and (desk is None or desk == desk_of(ctx.organisation, person.key))


def come_back(event: CommandGiven, ctx: Context) -> Reply:
    """The person is here again, as far as chat told otherwise; absences of the file stay."""
    person = actor(event.by, ctx)
    _forget(person, _today(person, ctx), ctx)
    return Say(sentences.come_back(language_of(person, ctx)))


def _today(person: Person, ctx: Context) -> date:
    return ctx.now.astimezone(ZoneInfo(zone_of_person(person, ctx))).date()


def _usual_deputy(person: Person, ctx: Context) -> Person | None:
    declared = ctx.organisation.people.get(person.key or "")
    return find_colleague(declared.deputy, "", ctx) if declared and declared.deputy else None


def _forget(person: Person, today: date, ctx: Context) -> None:
    """An absence that has begun ends yesterday; one to come is taken back."""
    for absence in absences.absences_of(ctx.session, row_id(person), today):
        absence.ends_on = today - timedelta(days=1)
        ctx.session.add(absence)
