"""Time: one reminder before, one after the other told afterwards, mornings with what is overdue, and quiet nights."""

from datetime import timedelta

from handlers.mistakes import mistakes
from storage.tables import Case, OutboxMessage, Person
from storage.vocabulary import OutboxKind
from tests.helpers.town import Town, example, helsinki
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


async def test_a_calendar_without_office_days_is_refused_and_loses_nothing_where_it_slipped_in(
    build_town: BuildTown,
) -> None:
    """`check` tells of it with its line. What a customer says is kept all the same, and due by the clock."""
    never = {"calendars": {"never": {"hours": []}}, "services": {"helpdesk": {"calendar": "never"}}}
    [mistake] = [mistake for mistake in mistakes(example(**never)) if not mistake.warning]
    assert "has no office days, so that no case would ever be due" in mistake.sentence

    town = await build_town(**never)
    await _case(town, service="helpdesk")
    [case] = await town.rows(Case)
    assert case.due_at == town.clock.at + timedelta(hours=4)
    assert "Omar Hassan" in await town.ville.latest()
    await town.later(hours=4)
    assert await town.sent(OutboxKind.CASE_REMINDER) == 1
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 1
    await town.later(days=3)
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 2, "and one after the other, as ever"


async def test_the_morning_is_that_of_the_services_own_office(build_town: BuildTown) -> None:
    """Maya's lobby is open on Saturdays from ten; everybody else's office is not."""
    lobby = {"hours": [{"days": ["tue", "wed", "thu", "fri", "sat"], "opens": "10:00", "closes": "15:00"}]}
    town = await build_town(
        calendars={"lobby": lobby}, services={"lobby": {"calendar": "lobby"}, "helpdesk": {"owner": "liisa"}}
    )
    await _case(town, service="lobby")
    await _case(town, customer="tom", service="helpdesk")
    told: dict[str, list[str]] = {"maya": [], "liisa": []}
    for moment in ("26 08:45", "26 10:00", "28 08:45", "28 10:00", "30 10:00"):
        before = {name: await _mornings(town, name) for name in told}
        await town.until(helsinki(f"2026-11-{moment}"))
        for name in told:
            told[name] += [moment] * (await _mornings(town, name) - before[name])
    assert told["maya"] == ["26 10:00", "28 10:00"], (
        "Saturday too, and not on Monday, when the lobby is closed"
    )
    assert told["liisa"] == ["26 08:45", "30 10:00"], "not on Saturday"


async def test_who_has_cases_of_two_offices_is_told_once_a_day(build_town: BuildTown) -> None:
    late = {"hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "11:00", "closes": "19:00"}]}
    town = await build_town(calendars={"late": late}, services={"lobby": {"calendar": "late"}})
    await _case(town)
    await _case(town, customer="tom", service="lobby")
    for moment in ("08:45", "11:30", "16:00"):
        await town.until(helsinki(f"2026-11-26 {moment}"))
    assert await _mornings(town, "maya") == 1


async def _mornings(town: Town, name: str) -> int:
    """How often somebody was told what is overdue."""
    person = next(row for row in await town.rows(Person) if row.key == name)
    told = [row for row in await town.rows(OutboxMessage) if row.kind == OutboxKind.OVERDUE]
    return sum(row.person_id == person.id for row in told)


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
