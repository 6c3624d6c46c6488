"""What happens in the city is believable, and as true as its plan says."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

import pytest

from bot.city import words
from bot.city.plan import Drop, Plan, city, plan
from bot.city.story import Town, Visit
from handlers.rules.urgency import DEFAULT_STEMS, urgent_word
from storage.vocabulary import Band, DeclineReason

LAST = date(2026, 11, 22)
STEMS = tuple(chain.from_iterable(DEFAULT_STEMS.values()))


def planned(**changes: object) -> Plan:
    return replace(plan(city(), LAST, 52, 7), **changes)  # type: ignore[arg-type]


def visits(town: Town, first: date, last: date) -> list[Visit]:
    days = (day for day in town.days() if first <= day <= last)
    return [visit for day in days for visit in town.day(day) if isinstance(visit, Visit)]


@pytest.fixture(scope="module")
def year() -> list[Visit]:
    helpdesk = planned(encounters_a_week={"helpdesk": 100.0}, drops=())
    return visits(Town(city(), helpdesk), helpdesk.first_day, LAST)


def test_nothing_happens_while_the_office_is_closed(year: list[Visit]) -> None:
    days = {visit.at.date() for visit in year}
    assert all(day.weekday() < 5 for day in days)
    assert days.isdisjoint({date(2025, 12, 25), date(2026, 1, 6), date(2026, 6, 19)})


def test_mondays_are_busy_and_july_is_quiet(year: list[Visit]) -> None:
    by_weekday = Counter(visit.at.weekday() for visit in year)
    by_month = Counter(visit.at.month for visit in year)
    assert by_weekday[0] > by_weekday[4]
    assert by_month[7] < by_month[9] / 2


def test_some_answer_some_decline_and_most_say_nothing(year: list[Visit]) -> None:
    answered = [visit for visit in year if visit.taps]
    assert 0.4 < len(answered) / len(year) < 0.55
    assert {visit.declines[1] for visit in year if visit.declines} == {
        DeclineReason.NOT_MY_MATTER,
        DeclineReason.NOT_ABOUT_YOU,
    }
    assert {visit.customer.language for visit in answered} == {"fi", "sv", "en"}


def test_satisfaction_is_what_the_plan_says_it_is(year: list[Visit]) -> None:
    given = [tap.score for visit in year for tap in visit.taps if tap.question == "satisfied"]
    true = planned().pleased["helpdesk"]
    assert sum((score or 0) >= 4 for score in given) / len(given) == pytest.approx(true, abs=0.03)


def test_a_drop_lasts_from_its_first_day_until_before_its_end() -> None:
    monday = date(2026, 3, 2)
    told = planned(drops=(Drop("maps", monday, monday + timedelta(days=7), 0.4, {}),))
    usual = told.pleased["maps"]
    days = (monday - timedelta(days=1), monday, monday + timedelta(days=6), monday + timedelta(days=7))
    assert [told.pleased_on("maps", day) for day in days] == [usual, 0.4, 0.4, usual]
    assert told.pleased_on("waste", monday) == told.pleased["waste"]


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    def told(seed: int) -> list[object]:
        town = Town(city(), plan(city(), LAST, 1, seed), scale=0.1)
        return list(chain.from_iterable(map(town.day, town.days())))

    assert told(7) == told(7)
    assert told(7) != told(8)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_template_holds_an_urgent_word_which_would_open_a_case(language: str) -> None:
    said = [
        template for (lang, _), known in words._COMMENTS.items() if lang == language for template in known
    ]
    said += [*words._WISHES[language], words._THANKS[language]]
    assert {band for lang, band in words._COMMENTS if lang == language} == set(Band)
    assert [template for template in said if urgent_word(template, STEMS)] == []


def test_no_name_of_a_service_is_urgent() -> None:
    names = chain.from_iterable(service.name.values() for service in city().services.values())
    assert [name for name in names if urgent_word(name, STEMS)] == []
