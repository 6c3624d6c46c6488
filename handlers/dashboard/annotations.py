"""What happened, beside the figures: noted by whoever acts on cases, read by everybody who works here."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from handlers.context import Context
from handlers.dashboard.days import Days
from handlers.errors import DayNotUnderstood, NoSuchPage, UnknownService
from handlers.people import audit, demand, row_id
from handlers.respond import readable
from handlers.rules.permissions import Right
from handlers.seeing import demand_sight, sight_of
from handlers.wording.language import pick
from storage import annotations, cases
from storage.tables import Annotation, Person
from storage.tokens import new_token

_LONGEST = 200


@dataclass(frozen=True)
class Happened:
    """Something that happened on a day; `service` is its name, empty where it concerned everything.

    What the organisation file says has no token and nobody who noted it.
    """

    token: str
    on: date
    words: str
    service: str
    by: str
    by_id: int | None = None


def happened(days: Days, services: Collection[str], language: str, ctx: Context) -> tuple[Happened, ...]:
    """What happened on these days: to these services and to everything, or all of it without any."""
    rows = annotations.between(ctx.session, days.since, days.until, services)
    found = [_view(row, language, ctx) for row in rows]
    return tuple(sorted([*_of_the_file(days, services, language, ctx), *found], key=lambda one: one.on))


def _of_the_file(days: Days, services: Collection[str], language: str, ctx: Context) -> Iterator[Happened]:
    for one in ctx.organisation.annotations:
        if days.since <= one.on <= days.until and (
            not services or not one.services or not set(services).isdisjoint(one.services)
        ):
            names = (pick(ctx.organisation.services[key].name, language) for key in one.services)
            yield Happened("", one.on, pick(one.words, language), ", ".join(names), "")


def note(on: str, words: str, service: str, person: Person, ctx: Context) -> Annotation:
    """Write down what happened. Raises `NotAllowed`, `DayNotUnderstood`, `UnknownService`, `WordsMissing`."""
    demand(person, Right.READ_CASES, ctx)
    if service and service not in ctx.organisation.services:
        raise UnknownService(key=service, known=", ".join(ctx.organisation.services))
    sight = sight_of(person, ctx)
    demand_sight(sight.everything or not service or sight.concerns(service=service), ctx)
    row = Annotation(
        token=new_token(),
        happened_on=_day(on),
        words=readable(words)[:_LONGEST],
        service=service or None,
        by_id=row_id(person),
        noted_at=ctx.now,
    )
    ctx.session.add(row)
    audit(person, "noted", "annotation", row.token, ctx)
    return row


def take_back(token: str, person: Person, ctx: Context) -> None:
    """Whoever noted it, or the CX lead, takes it back. Raises `NoSuchPage` or `NotAllowed`."""
    row = annotations.by_token(ctx.session, token)
    if row is None:
        raise NoSuchPage
    sight = sight_of(person, ctx)
    demand_sight(sight.everything or row.by_id == person.id, ctx)
    ctx.session.delete(row)
    audit(person, "took back", "annotation", token, ctx)


def _view(row: Annotation, language: str, ctx: Context) -> Happened:
    service = ctx.organisation.services.get(row.service or "")
    return Happened(
        token=row.token,
        on=row.happened_on,
        words=row.words,
        service=pick(service.name, language) if service else row.service or "",
        by=cases.name_of(ctx.session, row.by_id),
        by_id=row.by_id,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DayNotUnderstood(words=text[:20]) from None
