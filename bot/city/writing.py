"""Writing the city's past into a database: all of it or nothing."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from sqlalchemy import func, insert, select
from sqlmodel import Session, SQLModel

from bot.city.errors import NotEmpty
from bot.city.pages import ORDER, Ground, Pages
from bot.city.plan import annotated
from bot.city.rows import Chronicle
from bot.city.story import Town
from handlers import organise
from handlers.lookups import survey_of
from handlers.organisation import Organisation
from handlers.rules import hours
from storage.bulk import after_many
from storage.database import Database
from storage.prepared import Prepared
from storage.settling import settle_more
from storage.tables import Encounter, OrganisationVersion, Person, Response, core

Progress = Callable[[int, int], None]
"""Told how many days of how many have been lived through."""

_CHUNK = 20_000
"""Rows kept in hand before they are written."""


def write(town: Town, database: Database, progress: Progress = lambda *_: None) -> None:
    """Live through the town's days and write what they leave behind. Raises `NotEmpty`.

    In: an open database whose tables are of this version.
    """
    database.write_now(lambda session: _write(town, session, progress))


def _write(town: Town, session: Session, progress: Progress) -> None:
    _demand_empty(session)
    organisation, plan = town.organisation, town.plan
    zone = organisation.time_zone
    organise.apply(
        annotated(organisation, plan), "simulate", session, hours.instant(plan.first_day, time(0), zone)
    )
    midnight = hours.instant(plan.last_day + timedelta(days=1), time(0), zone)
    ground = Ground(organisation, _people(session), _versions(organisation, session), _taken(session))
    pages = Pages(ground, midnight, plan.seed)
    chronicle = Chronicle(pages)
    days = list(town.days())
    for done, day in enumerate(days, 1):
        chronicle.live(town.day(day), hours.instant(day + timedelta(days=1), time(0), zone))
        if sum(map(len, pages.rows.values())) > _CHUNK:
            _keep(pages, session)
        progress(done, len(days))
    chronicle.end()
    _keep(pages, session)
    after_many(session)
    while settle_more(session, midnight, _CHUNK):
        pass


def _demand_empty(session: Session) -> None:
    nouns = ((Response, "answers"), (Encounter, "encounters"), (OrganisationVersion, "an organisation"))
    for noun, held in nouns:
        if session.execute(select(func.count()).select_from(core(noun))).scalar_one():
            raise NotEmpty(held)


def _taken(session: Session) -> dict[type[SQLModel], int]:
    """The highest row number of each noun."""
    highest = (select(func.coalesce(func.max(core(noun).c.id), 0)) for noun in ORDER)
    return {noun: session.execute(number).scalar_one() for noun, number in zip(ORDER, highest, strict=True)}


def _people(session: Session) -> dict[str, int]:
    people = core(Person)
    return {key: number for key, number in session.execute(select(people.c.key, people.c.id)) if key}


def _versions(organisation: Organisation, session: Session) -> Callable[[str, datetime], int]:
    """The number of a survey's wording, which comes into being when it is first asked."""

    def version_of(survey: str, at: datetime) -> int:
        known[survey] = known.get(survey) or organise.survey_version_id(
            session, survey_of(organisation, survey), at
        )
        return known[survey]

    known: dict[str, int] = {}
    return version_of


def _keep(pages: Pages, session: Session) -> None:
    """Write what is in hand, each noun after those it points to."""
    for noun, rows in pages.rows.items():
        Prepared(insert(core(noun))).run_each(session, rows)
        rows.clear()
