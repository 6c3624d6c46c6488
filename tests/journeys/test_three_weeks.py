"""Three weeks in a pension office: from two of five on a Friday afternoon to what it gained.

Monday is Independence Day. Maya, who owns the service in the lobby, is away until Wednesday; Sanna is her deputy.
"""

from storage.tables import Case, CaseEvent, SecondRating
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind, OwnerRule
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

FRIDAY = helsinki("2027-12-03 16:30")


async def _pension_office(build_town: BuildTown) -> Town:
    return await build_town(
        at=FRIDAY,
        people={
            "sanna": {"role": "manager", "language": "en"},
            "ville": {"language": "en"},
            "maya": {"deputy": "sanna", "away": [{"starts": "2027-12-03", "ends": "2027-12-08"}]},
        },
        touchpoints={"visit": {"survey": "encounter"}},
        routing={"staff_quiet_from": "20:00", "staff_quiet_until": "07:00"},
    )


async def _day(town: Town, at: str) -> None:
    """Every hour until then is lived through, so that whatever falls due on the way is said in its time."""
    while town.clock.at < helsinki(at):
        await town.later(hours=1)
    await town.until(helsinki(at))


async def three_weeks(town: Town) -> None:
    # Friday, half past four. The office has closed, but it is no night: the alert comes at once, to the deputy.
    await town.asked("visit", "omar", service="lobby", handler="olli", about="the number in the queue")
    await town.omar.answers("4", "2", "Not yet")
    await town.omar.fills("Write…", words="I waited 40 minutes and was sent home.")
    await town.omar.taps("Yes")
    alert = await town.sanna.latest()
    assert "2 of 5 — poor (5 is best)" in alert
    assert "I waited 40 minutes and was sent home." in alert
    assert "stands in for Maya Virtanen" in alert
    assert "Tue 7 Dec 12:30" in alert, "Saturday, Sunday and Independence Day do not count"
    assert await town.maya.conversation() == []

    # Tuesday. Sanna takes it before anybody has to remind her, and calls.
    await _day(town, "2027-12-07 09:00")
    assert len(await town.sanna.conversation()) == 1, "nobody was disturbed over the long weekend"
    await town.sanna.taps("Take it")
    await town.sanna.fills(
        "I called or wrote", words="He will come again; the queue numbers ran out at four."
    )

    # Thursday. It is about how the queue is run, so Sanna hands it to who owns that, and Omar hears of it.
    await _day(town, "2027-12-09 10:00")
    await town.sanna.fills(
        "Hand over", to="ville", reason="The queue stops giving numbers at four. Yours to decide."
    )
    assert (
        "Your feedback has been forwarded. From now on it is read by: Ville Laine" in await town.omar.latest()
    )
    assert "Yours to decide." in await town.ville.latest()
    await town.ville.taps("Take it")
    await town.ville.fills(
        "Write to the customer", words="The machine will give numbers until closing time. Does that help?"
    )
    assert "Does that help?" in await town.omar.latest()

    # Wednesday of the second week. Omar answers, where he was asked.
    await _day(town, "2027-12-15 18:20")
    await town.omar.writes("It does. But nobody told the guard at the door.")
    assert "But nobody told the guard at the door." in await town.ville.latest()

    # Monday of the third week. Ville closes it, and Omar hears how it ended.
    await _day(town, "2027-12-20 09:15")
    told = await town.ville.fills("Close", outcome="", words="")
    assert told.errors == {"outcome": "Choose how the matter ended before closing the case."}
    await town.ville.fills(
        "Close", outcome="resolved", words="Numbers are given until 16:00, and the guards know it."
    )
    assert "Your matter has been put right." in await town.omar.latest()

    # Tuesday. One question more, and never again.
    await _day(town, "2027-12-21 10:00")
    assert "Did we put it right?" in await town.omar.latest()
    await town.omar.taps("4")

    # Friday. Maya's page says what came of it, and makes no mean of one answer.
    await _day(town, "2027-12-24 15:01")
    assert "Did we put it right? n = 1, too few for a comparison." in await town.maya.latest()


async def test_three_weeks_of_one_case(build_town: BuildTown) -> None:
    town = await _pension_office(build_town)
    await three_weeks(town)

    [case] = await town.rows(Case)
    assert (case.state, case.owner_rule) == (CaseState.CLOSED, OwnerRule.HANDED_OVER)
    assert [event.kind for event in await town.rows(CaseEvent)] == [
        CaseEventKind.OPENED,
        CaseEventKind.CLAIMED,
        CaseEventKind.CONTACTED,
        CaseEventKind.HANDED_OVER,
        CaseEventKind.CLAIMED,
        CaseEventKind.WRITTEN,
        CaseEventKind.CUSTOMER_REPLIED,
        CaseEventKind.CLOSED,
    ]
    [rating] = await town.rows(SecondRating)
    assert (rating.before, rating.score) == (2, 4)
    for nobody_was_late in (OutboxKind.CASE_REMINDER, OutboxKind.CASE_ESCALATION, OutboxKind.OVERDUE):
        assert await town.sent(nobody_was_late) == 0
    assert await town.responses() == 1, "the second rating is no answer about an encounter"


async def test_company_x_has_six_managers_and_each_sees_exactly_theirs(build_town: BuildTown) -> None:
    managers = [f"manager-{number}" for number in range(1, 7)]
    town = await build_town(
        people={
            **{
                name: {
                    "name": f"Number {name[-1]}",
                    "role": "manager",
                    "language": "en",
                    "identities": {"sandbox": name},
                }
                for name in managers
            },
            "anna": {
                "name": "Anna Berg",
                "role": "customer",
                "account": "a3",
                "title": "IT buyer",
                "identities": {"sandbox": "anna"},
            },
            "director": {
                "name": "Dora Director",
                "role": "manager",
                "language": "en",
                "identities": {"sandbox": "director"},
            },
        },
        accounts={
            f"a{name[-1]}": {"name": f"Account {name[-1]}", "manager": name, "director": "director"}
            for name in managers
        },
    )
    await town.asked("phone", "anna")
    await town.anna.answers("4", "1")
    alert = await town.person("manager-3").latest()
    assert "IT buyer" in alert
    assert "Phone call" in alert
    assert await town.director.conversation() != []
    assert not await town.director.can("Take it"), "informed, not asked to act"
    for name in ["manager-1", "manager-2", "manager-4", "manager-5", "manager-6", "liisa", "maya"]:
        assert await town.person(name).conversation() == [], name
