"""What the management reads every month, quarter and year: each window once, units apart, and what came of it."""

from typing import Any

from handlers.digests.due import compose_due
from storage import chat
from storage.tables import DigestRun
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

FIRST_OF_DECEMBER = helsinki("2026-12-01 09:00")


def _reports(**changes: Any) -> dict[str, Any]:
    return {"management": {"name": "Management team", "to": "maya", **changes}}


async def _report(town: Town, reader: str = "maya") -> str:
    conversation = await town.person(reader).conversation()
    return next(
        e.text for e in reversed(conversation) if e.text.startswith(("Management team", "Johtoryhmä"))
    )


async def _runs(town: Town) -> list[str]:
    return [run.window for run in await town.rows(DigestRun) if run.audience_key == "management"]


async def test_a_month_comes_on_its_day_once_with_problems_and_positives_alike(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports())
    for customer in ("omar", "linnea"):
        await town.asked("phone", customer, service="pension-advice")
    await town.omar.answers("1", "1", "No", "Waiting time")
    await town.linnea.answers("5", "5", "Ja", "Snabbt")
    await town.until(FIRST_OF_DECEMBER)
    for _ in range(5):
        await town.later(hours=7)
    report = await _report(town)
    assert report.startswith("Management team · November 2026")
    assert report.index("Named most as poor") < report.index("Waiting time · 1 (before: 0)")
    assert report.index("Named most as good") < report.index("Quick · 1 (before: 0)")
    assert "Cases opened since: 1; of those still open: 1." in report
    assert await _runs(town) == ["2026-11"]


async def test_what_was_open_the_last_time_is_told_with_what_became_of_it(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports())
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.until(FIRST_OF_DECEMBER)
    await town.maya.fills("Close", outcome="resolved", words="")
    await town.until(helsinki("2027-01-01 09:00"))
    report = await _report(town)
    assert report.startswith("Management team · December 2026")
    assert "Open then: 1; closed since: 1; still open: 0." in report


async def test_a_quarter_tells_units_and_moments_apart_and_never_one_average(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports(period="quarter", day=5))
    await town.heard([5] * 9 + [1], "satisfied", "phone", service="pension-advice")
    await town.heard([1] * 9 + [5], "satisfied", "ticket", service="helpdesk")
    await town.until(helsinki("2027-01-05 09:00"))
    report = await _report(town)
    assert report.startswith("Management team · Q4 2026")
    assert report.index("Pension advice") < report.index("90% good · n = 10, interval 60–98%")
    assert report.index("City IT") < report.index("10% good · n = 10, interval 2–40%")
    assert "90% good · n = 10, interval 60–98% · at target" in report
    assert "10% good · n = 10, interval 2–40% · below target" in report
    assert "50%" not in report, "no average over what is unlike"


async def test_a_month_shows_how_answers_spread_and_a_quarter_the_wheel(build_town: BuildTown) -> None:
    reports = {**_reports(), "board": {"name": "Johtoryhmä", "to": "maya", "period": "quarter"}}
    town = await build_town(reports=reports)
    await town.heard([5] * 6 + [4] + [1] * 3, "satisfied", "phone", service="pension-advice")
    await town.heard([5] * 4, "satisfied", "ticket", service="helpdesk")
    await town.until(FIRST_OF_DECEMBER)
    await town.until(helsinki("2027-01-01 09:00"))
    written = await town.look(lambda session: chat.latest(session, town.maya.identity, 50))
    told = "\n".join(row.body for row in written)
    assert "79% good, 21% poor, most often 5 (n = 14)." in told
    assert "Johtoryhmä · Q4 2026: 2 touchpoints. Near target: Phone call (70%, n = 10)." in told
    assert "Too few answers: Support ticket (n = 4)." in told


async def test_a_year_comes_too(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports(period="year"))
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.until(helsinki("2027-01-01 09:00"))
    assert (await _report(town)).startswith("Management team · 2026")
    await town.until(helsinki("2027-12-31 23:00"))
    assert await _runs(town) == ["2026"]


async def test_a_server_that_slept_brings_the_month_late_and_says_so(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports())
    await town.until(helsinki("2026-12-09 12:00"))
    assert "This summary comes late, but covers its planned period." in await _report(town)
    assert await _runs(town) == ["2026-11"]


async def test_each_reads_the_report_in_their_own_language(build_town: BuildTown) -> None:
    name = {"fi": "Johtoryhmä", "sv": "Ledningsgruppen", "en": "Management team"}
    town = await build_town(reports=_reports(to=["maya", "ville"], name=name))
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.until(FIRST_OF_DECEMBER)
    assert (await _report(town, "ville")).startswith("Johtoryhmä · marraskuu 2026")
    assert (await _report(town)).startswith("Management team · November 2026")
    assert len(await _runs(town)) == 1, "one window, told to two"


async def test_a_report_may_be_posted_where_a_group_reads(build_town: BuildTown) -> None:
    town = await build_town(
        reports=_reports(to=[], channel={"sandbox": "#cx-group"}, language="en", services=["helpdesk"])
    )
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.heard([5] * 6, "satisfied", "ticket", service="helpdesk")
    await town.until(FIRST_OF_DECEMBER)
    report = await town.person("#cx-group").latest()
    assert "n = 6" in report
    assert "n = 5" not in report


async def test_one_screen_holds_only_what_was_wanted_in_that_order(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports(parts=["done", "figures"], length="short"))
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.until(FIRST_OF_DECEMBER)
    report = await _report(town)
    assert report.index("Cases opened: 1.") < report.index("n = 1, too few for a percentage")
    assert "Named most" not in report


async def test_an_empty_month_is_one_line(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports())
    await town.until(FIRST_OF_DECEMBER)
    assert await _report(town) == (
        "Management team · November 2026\nNobody was asked, no feedback came in, and no case is open."
    )


async def test_a_team_that_is_renamed_merged_or_dissolved_loses_nothing(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports(parts=["table"]))
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.heard([5] * 6, "satisfied", "ticket", service="helpdesk")
    town.reorganise(
        reports=_reports(parts=["table"]),
        teams={"advice": {"name": "Advice and help"}},
        services={"helpdesk": {"team": "advice"}},
    )
    await town.heard([5] * 7, "satisfied", "ticket", service="helpdesk")
    await town.until(FIRST_OF_DECEMBER)
    report = await _report(town)
    assert "Advice and help" in report
    assert "n = 13" in report, "the service has taken its history along"
    assert "City IT" not in report


async def test_a_report_that_left_the_file_is_not_sent(build_town: BuildTown) -> None:
    town = await build_town(reports=_reports())
    town.clock.at = FIRST_OF_DECEMBER
    await town.app.write(compose_due)
    town.reorganise()
    await town.settle()
    assert await town.outgoing(OutboxKind.DIGEST, OutboxState.DROPPED) == 1


async def test_what_does_not_fit_one_screen_is_a_tap_away(build_town: BuildTown) -> None:
    many = {f"moment-{n:02}": {"name": f"Moment {n:02}", "survey": "encounter"} for n in range(14)}
    town = await build_town(reports=_reports(parts=["table"], length="short"), touchpoints=many)
    for touchpoint in many:
        await town.heard([5], "satisfied", touchpoint, service="helpdesk")
    await town.until(FIRST_OF_DECEMBER)
    report = await _report(town)
    assert "Moment 05" in report
    assert "Moment 06" not in report
    assert "and 8 more" in report
    await town.maya.taps("Show every unit")
    first = await town.maya.latest()
    assert "Moment 00" in first
    assert "Moment 11" in first
    await town.maya.taps("Show the next ones")
    rest = await town.maya.latest()
    assert "Moment 13" in rest
    assert "Moment 11" not in rest
