"""Time: one reminder before, one after the other told afterwards, mornings with what is overdue, and quiet nights."""

from datetime import timedelta

from storage.tables import Case
from storage.vocabulary import OutboxKind
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

OVERDUE = "1 overdue case"
QUIET = {"staff_quiet_from": "20:00", "staff_quiet_until": "07:00"}
MINUTE = timedelta(minutes=1)


async def _case(town: Town, customer: str = "omar", service: str = "pension-advice", words: str = "") -> None:
    await town.asked("phone", customer, service=service)
    await town.person(customer).taps("1")
    if words:
        await town.person(customer).writes(words)


async def test_one_after_the_other_is_told_each_once_while_nobody_calls_the_customer(
    build_town: BuildTown,
) -> None:
    """Pekka has the case; his deputy is Sanna, Maya leads the team, Liisa leads customer experience."""
    town = await build_town(
        people={"sanna": {"role": "manager"}, "pekka": {"role": "manager", "deputy": "sanna"}},
        services={"pension-advice": {"owner": "pekka"}},
    )
    await _case(town)
    told = {"sanna": "2026-11-24 14:00", "maya": "2026-11-25 10:30", "liisa": "2026-11-25 14:30"}
    for name, at in told.items():
        await town.until(helsinki(at) - MINUTE)
        assert await town.person(name).conversation() == [], f"{name} hears of it at {at}, not before"
        await town.until(helsinki(at))
        assert "Omar Hassan" in await town.person(name).latest()
    await town.until(helsinki("2026-11-30 16:00"))
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 3


async def test_once_the_customer_was_called_nobody_further_up_is_told(build_town: BuildTown) -> None:
    town = await build_town(services={"pension-advice": {"owner": "ville"}})
    await _case(town)
    await town.until(helsinki("2026-11-24 14:00"))
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 1
    await town.ville.fills("Otin yhteyttä", words="")
    await town.until(helsinki("2026-11-27 16:00"))
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 1


async def test_each_office_morning_says_what_is_overdue_where_anything_is(town: Town) -> None:
    await _case(town)
    await town.until(helsinki("2026-11-25 08:29"))
    assert OVERDUE not in await town.maya.reads()
    await town.until(helsinki("2026-11-25 08:30"))
    assert OVERDUE in await town.maya.latest()
    assert "Omar Hassan" in await town.maya.latest()
    await town.until(helsinki("2026-11-25 15:00"))
    assert await town.sent(OutboxKind.OVERDUE) == 1, "once a day, and only to who has something overdue"
    for day in range(26, 31):
        await town.until(helsinki(f"2026-11-{day} 09:00"))
    assert await town.sent(OutboxKind.OVERDUE) == 4, "Wednesday to Friday, not at the weekend, and Monday"
    await town.maya.fills("Close", outcome="unreachable", words="")
    await town.until(helsinki("2026-12-01 09:00"))
    assert await town.sent(OutboxKind.OVERDUE) == 4


async def test_an_alert_of_the_night_waits_until_the_office_opens_where_that_is_wished(
    build_town: BuildTown,
) -> None:
    town = await build_town(at=helsinki("2026-11-27 20:30"), routing=QUIET, asking={"quiet_from": "22:00"})
    await _case(town)
    await town.until(helsinki("2026-11-29 12:00"))
    assert await town.maya.conversation() == [], "Sunday, and nothing urgent"
    await town.until(helsinki("2026-11-30 08:30"))
    assert "Omar Hassan" in await town.maya.latest()
    assert len(await town.maya.conversation()) == 1


async def test_an_urgent_word_waits_for_nobody(build_town: BuildTown) -> None:
    town = await build_town(at=helsinki("2026-11-27 20:30"), routing=QUIET, asking={"quiet_from": "22:00"})
    await _case(town, words="My lawyer will call you.")
    assert "Urgent" in await town.maya.latest()


async def test_an_afternoon_after_the_office_closed_is_no_night(build_town: BuildTown) -> None:
    town = await build_town(at=helsinki("2026-11-27 16:30"), routing=QUIET, asking={"quiet_from": "22:00"})
    await _case(town)
    assert "Omar Hassan" in await town.maya.latest()
    [case] = await town.rows(Case)
    assert case.due_at == helsinki("2026-11-30 12:30")
