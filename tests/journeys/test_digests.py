"""The weekly digest: once, on time or marked late, and no figure without what it rests on."""

from datetime import timedelta

from handlers.digests.due import compose_due
from storage.tables import DigestRun
from storage.vocabulary import OutboxKind
from tests.helpers.town import Town, Townsperson, helsinki
from tests.journeys.conftest import BuildTown

FRIDAY_15 = helsinki("2026-11-27 15:00")
THURSDAY = helsinki("2026-11-26 12:00")
SATURDAY = helsinki("2026-11-28 09:00")
NEVER_TIRED = {"cool_down": "1 min", "cool_down_any": "1 min"}


async def _digest(reader: Townsperson) -> str:
    """The newest digest; what is overdue may be listed after it."""
    return next(
        e.text for e in reversed(await reader.conversation()) if "overdue case" not in e.text.split("\n")[0]
    )


async def _digests_of(town: Town, audience: str) -> list[DigestRun]:
    return [run for run in await town.rows(DigestRun) if run.audience_key == audience]


async def test_one_answer_is_no_percentage(town: Town) -> None:
    await town.heard([4], "satisfied", "phone", service="pension-advice")
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert "Satisfaction\nn = 1, too few for a percentage" in digest
    assert "%" not in digest
    assert not any(word in digest for word in ("better", "worse", "noise", "↑", "↓"))


async def test_five_of_five_satisfied_is_shown_with_its_interval(town: Town) -> None:
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.until(FRIDAY_15)
    assert "100% good · n = 5, interval 57–100%" in await _digest(town.maya)


async def test_nine_of_ten_satisfied_too(town: Town) -> None:
    await town.heard([5] * 9 + [1], "satisfied", "phone", service="pension-advice")
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert "90% good · n = 10, interval 60–98%" in digest
    assert "Of 10 asked, 10 answered (100%)." in digest


async def test_fifteen_of_twenty_after_eighteen_of_twenty_is_within_noise(town: Town) -> None:
    await town.heard([5] * 18 + [3] * 2, "satisfied", "phone", service="pension-advice")
    await town.until(FRIDAY_15)
    await town.later(hours=1)
    await town.heard([5] * 15 + [3] * 5, "satisfied", "phone", service="pension-advice")
    await town.later(days=7)
    digest = await _digest(town.maya)
    assert "75% good · n = 20" in digest
    assert "change is within noise (before: 90% good, n = 20)" in digest
    assert len(await _digests_of(town, "maya")) == 2


async def test_it_comes_on_friday_at_three_and_once(town: Town) -> None:
    await town.until(FRIDAY_15 - timedelta(seconds=1))
    assert await town.maya.conversation() == []
    for _ in range(20):
        await town.later(minutes=10)
    assert len(await town.maya.conversation()) == 1
    assert len(await town.person("#advice").conversation()) == 1
    [run] = await _digests_of(town, "maya")
    assert run.window_ends_at == FRIDAY_15
    assert "late" not in await _digest(town.maya)


async def test_a_server_that_slept_over_friday_brings_it_late_and_says_so(build_town: BuildTown) -> None:
    town = await build_town(digest={"weekday": "fri", "at": "17:00"})
    await town.heard([5], "satisfied", "phone", service="pension-advice")
    await town.until(THURSDAY)
    await town.until(SATURDAY)
    await town.later(hours=3)
    digests = [entry.text for entry in await town.maya.conversation()]
    assert len(digests) == 1
    assert "This summary comes late, but covers its planned period." in digests[0]
    assert "20 Nov 2026 – 27 Nov 2026" in digests[0]
    assert "n = 1" in digests[0]


async def test_asleep_for_a_month_it_brings_the_latest_week_only(town: Town) -> None:
    await town.later(days=31)
    assert len(await _digests_of(town, "maya")) == 1


async def test_when_the_clocks_go_back_a_digest_in_the_doubled_hour_comes_once(
    build_town: BuildTown,
) -> None:
    saturday = helsinki("2026-10-24 20:00")
    town = await build_town(at=saturday, digest={"weekday": "sun", "at": "03:30"})
    came = []
    for _ in range(16 * 6):
        before = len(await _digests_of(town, "maya"))
        await town.later(minutes=10)
        if len(await _digests_of(town, "maya")) > before:
            came.append(town.clock.at)
    assert came == [helsinki("2026-10-25 03:30")], "the first of the two"
    assert len(await town.maya.conversation()) == 1


async def test_an_empty_week_is_one_line(town: Town) -> None:
    await town.until(FRIDAY_15)
    title, line = (await _digest(town.maya)).splitlines()
    assert title == "Maya Virtanen · 20 Nov 2026 – 27 Nov 2026"
    assert line == "Nobody was asked, no feedback came in, and no case is open."


async def test_best_and_worst_words_are_told_as_they_were_written(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("5", "5", "Yes")
    await town.omar.fills("Write", words="Sanna explained <everything> twice!")
    await town.asked("phone", "linnea", service="pension-advice")
    await town.linnea.answers("1", "1", "Nej")
    await town.linnea.fills("Skriv", words="Ingen svarade på två timmar.")
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert digest.index("Best words") < digest.index("Sanna explained <everything> twice!")
    assert digest.index("Hardest words") < digest.index("Ingen svarade på två timmar.")
    assert "1 open case, 1 overdue" in digest
    assert "Linnea Sundqvist" in digest


async def test_each_reads_their_own_in_their_own_language(town: Town) -> None:
    await town.heard([5] * 5, "satisfied", "phone", service="helpdesk")
    await town.until(FRIDAY_15)
    assert "100\u00a0%" in await town.ville.latest(), "Finnish puts a space before the sign"
    assert "Ville Laine" in await town.ville.latest()
    assert "Nobody was asked" in await _digest(town.maya)
    assert "100\u00a0%" in await town.person("#city-it").latest()
    assert "Eläkeneuvonta" in await town.person("#advice").latest()


async def test_who_lives_elsewhere_gets_it_at_three_there(build_town: BuildTown) -> None:
    town = await build_town(people={"maya": {"time_zone": "America/New_York"}})
    await town.until(FRIDAY_15 + timedelta(hours=6, minutes=59))
    assert await town.maya.conversation() == []
    assert len(await town.ville.conversation()) == 1
    await town.later(minutes=1)
    assert len(await town.maya.conversation()) == 1


async def test_what_was_not_about_us_is_told_apart(build_town: BuildTown) -> None:
    town = await build_town(asking=NEVER_TIRED)
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("1", "Not my matter")
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert "1 answer was not about us and is left out of the figures." in digest
    assert "100% good · n = 5" in digest


async def test_a_digest_says_what_became_of_cases(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.maya.fills("Close", outcome="resolved", words="")
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert "No open cases." in digest
    assert "Cases opened: 1. Cases closed: 1. Put right 1." in digest


async def test_a_new_installation_sends_no_digest_of_the_week_before_it(build_town: BuildTown) -> None:
    town = await build_town(at=FRIDAY_15 + timedelta(hours=1))
    await town.later(days=1)
    assert await town.sent(OutboxKind.DIGEST) == 0


async def test_another_hour_or_zone_in_the_middle_of_a_week_makes_no_second_digest(
    build_town: BuildTown,
) -> None:
    town = await build_town()
    await town.until(FRIDAY_15)
    town.reorganise(digest={"at": "17:00"}, people={"maya": {"time_zone": "America/New_York"}})
    await town.until(FRIDAY_15 + timedelta(days=1))
    assert len(await _digests_of(town, "maya")) == 1
    await town.later(days=7)
    assert [run.window for run in await _digests_of(town, "maya")] == ["2026-W48", "2026-W49"]


async def test_a_restart_between_queueing_and_sending_brings_it_once(town: Town) -> None:
    town.clock.at = FRIDAY_15
    for _ in range(3):
        await town.app.write(compose_due)
    await town.settle()
    assert len(await town.maya.conversation()) == 1


async def test_the_week_of_fifty_three_has_its_digest_and_so_has_the_first_of_the_year(
    build_town: BuildTown,
) -> None:
    town = await build_town(at=helsinki("2026-12-28 10:00"))
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.until(helsinki("2027-01-01 15:00"))
    assert "n = 5" in await _digest(town.maya)
    await town.until(helsinki("2027-01-08 15:00"))
    assert [run.window for run in await _digests_of(town, "maya")] == ["2026-W53", "2027-W01"]


async def test_ten_thousand_words_are_cut_where_one_screen_ends(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("5", "5", "Yes")
    await town.omar.fills("Write", words="splendid " * 330)
    await town.until(FRIDAY_15)
    digest = await _digest(town.maya)
    assert "splendid…" in digest
    assert digest.count("splendid") < 40


async def test_managers_or_teams_may_do_without_theirs(build_town: BuildTown) -> None:
    town = await build_town(digest={"teams": False})
    await town.until(FRIDAY_15)
    assert len(await town.maya.conversation()) == 1
    assert await town.person("#advice").conversation() == []


async def test_another_weekday_leaves_no_days_untold(build_town: BuildTown) -> None:
    town = await build_town(digest={"weekday": "wed"})
    await town.until(helsinki("2026-11-25 15:00"))
    town.reorganise(digest={"weekday": "fri"})
    await town.until(helsinki("2026-11-26 12:00"))
    await town.heard([5] * 5, "satisfied", "phone", service="pension-advice")
    await town.until(helsinki("2026-12-04 15:00"))
    first, second = await _digests_of(town, "maya")
    assert first.window_ends_at == second.window_starts_at == helsinki("2026-11-25 15:00")
    assert "n = 5" in await _digest(town.maya)
