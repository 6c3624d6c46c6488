"""The city's past in bulk is the past that the handlers would have left behind, and its truth can be found again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.city.errors import NotEmpty
from bot.city.plan import Plan, city, plan
from bot.city.story import Town
from bot.city.writing import write
from handlers import organise
from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.organisation import Organisation
from handlers.rules.figures import MINIMUM_N, Change
from handlers.rules.hours import instant
from storage.database import Database
from storage.tables import Answer, Response
from storage.vocabulary import Metric
from tests.helpers.databases import everything_in
from tests.helpers.desk import Desk, desk_of
from tests.helpers.played_city import Player, remembered
from tests.helpers.town import fresh_database

pytestmark = pytest.mark.clear("what was written is found by its words, and compared byte by byte")

LAST = date(2026, 11, 22)
WEEK = timedelta(weeks=1)


def midnight(day: date) -> datetime:
    return instant(day, time(0), city().time_zone)


def impatient() -> Organisation:
    """The city, asking the same people so often that they come back while their case is open."""
    often = {"cool_down": timedelta(days=2), "cool_down_any": timedelta(days=1)}
    return city().model_copy(update={"asking": city().asking.model_copy(update=often)})


def month() -> Town:
    """Four weeks of two services that mostly disappoint eight customers."""
    planned = plan(city(), LAST, 4, 19)
    busy, poor = {"helpdesk": 40.0, "switchboard": 20.0}, {"helpdesk": 0.35, "switchboard": 0.6}
    town = Town(
        impatient(), replace(planned, encounters_a_week=busy, pleased={**planned.pleased, **poor}, drops=())
    )
    town.customers = town.customers[:8]
    return town


@pytest.mark.slow
def test_a_past_is_row_by_row_what_the_handlers_write(tmp_path: Path) -> None:
    with Database(fresh_database(tmp_path / "bulk")) as database:
        write(month(), database)
        in_bulk = remembered(Desk(database, impatient()))
    with desk_of(impatient(), tmp_path / "played", midnight(month().plan.first_day)) as desk:
        Player(desk, midnight(LAST + timedelta(days=1))).play(month())
        played = remembered(desk)

    assert [noun for noun, rows in played.items() if not rows] == []
    for noun, rows in played.items():
        assert in_bulk[noun] == rows, noun


def test_the_same_seed_writes_the_same_rows_down_to_the_tokens(tmp_path: Path) -> None:
    assert everything(tmp_path / "one") == everything(tmp_path / "other")


def everything(folder: Path) -> list[str]:
    with Database(fresh_database(folder)) as database:
        write(month(), database)
        return [f"{table}: {row}" for table, rows in database.read_now(everything_in).items() for row in rows]


def test_a_database_that_holds_something_is_refused(tmp_path: Path) -> None:
    with desk_of(city(), tmp_path) as desk:
        with pytest.raises(NotEmpty, match="holds an organisation"):
            write(month(), desk.database)
        desk.encounter(service="helpdesk")
        with pytest.raises(NotEmpty, match="holds encounters"):
            write(month(), desk.database)


def test_the_truth_is_told_for_other_programs() -> None:
    told = json.loads(json.dumps(plan(city(), LAST, 104, 7).truth()))
    assert [drop["service"] for drop in told["drops"]] == ["parking-permits", "helpdesk"]
    assert told["false_alarm"]["service"] == "building-permits"
    assert set(told["pleased"]) == set(city().services)


def test_what_went_wrong_stands_on_the_time_line_in_three_languages(tmp_path: Path) -> None:
    planned = plan(city(), LAST, 4, 19)
    with Database(fresh_database(tmp_path)) as database:
        write(Town(city(), replace(planned, encounters_a_week={})), database)
        applied = database.read_now(organise.current)
    assert applied is not None
    assert [(one.on, one.services) for one in applied.annotations] == [
        (drop.starts_on, (drop.service,)) for drop in planned.drops
    ]
    assert [set(one.words) for one in applied.annotations] == [{"fi", "sv", "en"}] * 2


# What the digest makes of it.

SHOWN = ("parking-permits", "helpdesk", "building-permits")
AFTER_A_DROP = 2
"""Weeks in which the digest must have said so."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Plan]]:
    """Two years of the three services of which the truth is interesting."""
    planned = plan(city(), LAST, 104, 7)
    busy = {key: planned.encounters_a_week[key] for key in SHOWN}
    folder = tmp_path_factory.mktemp("lived")
    with Database(fresh_database(folder)) as database:
        write(Town(city(), replace(planned, encounters_a_week=busy)), database)
        desk = Desk(database, city())
        desk.now = midnight(LAST + timedelta(days=1))
        yield desk, planned


def told_of(desk: Desk, service: str, day: date) -> Change:
    """What the digest of a service's owner says of satisfaction in the week that holds a day."""

    def work(ctx: Context) -> Change:
        audience = audience_called(city().services[service].owner or "", ctx)
        window = audience.rhythm.latest(midnight(day + WEEK))
        figures = digest_view(audience, window, ctx).figures
        return Change(next(figure.change for figure in figures if figure.question.metric is Metric.CSAT))

    return desk.do(work)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_the_digest_finds_a_drop(lived: tuple[Desk, Plan], number: int) -> None:
    desk, planned = lived
    drop = planned.drops[number]
    said = [told_of(desk, drop.service, drop.starts_on + n * WEEK) for n in range(AFTER_A_DROP)]
    assert Change.WORSE in said


@pytest.mark.slow
def test_the_digest_does_not_call_the_dip_a_change(lived: tuple[Desk, Plan]) -> None:
    desk, planned = lived
    dip = planned.dip
    assert told_of(desk, dip.service, dip.starts_on) is Change.NOISE


@pytest.mark.slow
def test_the_dip_would_alarm_whoever_reads_percentages(lived: tuple[Desk, Plan]) -> None:
    desk, planned = lived
    dip = planned.dip
    before, meanwhile = (pleased(desk, dip.service, day) for day in (dip.starts_on - WEEK, dip.starts_on))
    assert min(before[1], meanwhile[1]) >= MINIMUM_N
    assert before[0] / before[1] - meanwhile[0] / meanwhile[1] > 0.1


def pleased(desk: Desk, service: str, monday: date) -> tuple[int, int]:
    """How many of those who answered from a Monday on for a week were satisfied, and how many answered."""
    starts_at, ends_at = midnight(monday), midnight(monday + WEEK)
    scores = desk.database.read_now(
        lambda session: session.exec(
            select(Answer.score)
            .join(Response, col(Response.id) == Answer.response_id)
            .where(Answer.metric == Metric.CSAT, Response.service == service)
            .where(Response.first_at >= starts_at, Response.first_at < ends_at)
        ).all()
    )
    return sum((score or 0) >= 4 for score in scores), len(scores)
