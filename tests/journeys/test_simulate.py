"""Other rules are tried on what happened before anybody is bothered by them."""

from handlers.simulate import Simulation, simulate
from storage.tables import Invitation, LedgerEntry, OutboxMessage
from storage.vocabulary import Verdict
from tests.helpers.town import Town, example
from tests.journeys.conftest import BuildTown


async def _tried(town: Town, days: int = 90, **changes: object) -> Simulation:
    other = example(**changes)
    return await town.app.read(lambda ctx: simulate(other, days, ctx))


async def test_the_rules_that_hold_replayed_ask_whom_they_asked(town: Town) -> None:
    await _three_weeks(town)
    found = await _tried(town)
    assert found.as_it_is.reasons == found.as_it_was.reasons
    assert found.as_it_would_be.reasons == found.as_it_was.reasons
    assert found.as_it_was.asked == len(await town.rows(Invitation))


async def _three_weeks(town: Town) -> None:
    """Omar calls each week, Linnea and Tom once; a colleague is reported by mistake, and one sees it coming."""
    await town.linnea.writes("stop")
    for week in range(3):
        for customer in ("omar", "tom", "linnea", "pekka")[: 4 if week == 0 else 1]:
            await town.asked(
                "phone",
                customer,
                external_reference=f"C-{week}-{customer}",
                account="acme",
                service="helpdesk",
            )
        await town.later(days=8)


async def test_a_shorter_cool_down_would_ask_more_and_tells_who_is_asked_often(town: Town) -> None:
    await _three_weeks(town)
    found = await _tried(town, asking={"cool_down": "5 d", "cool_down_any": "5 d"})
    assert (found.as_it_was.asked, found.as_it_would_be.asked) == (2, 4)
    assert (found.as_it_was.asked_often, found.as_it_would_be.asked_often) == (0, 1)
    assert found.as_it_would_be.asked_by_place == {("phone", "helpdesk"): 4}
    assert found.as_it_would_be.reasons[Verdict.OPTED_OUT] == 1, "no rule overrules an opt-out"
    assert found.as_it_would_be.reasons[Verdict.NOT_A_CUSTOMER] == 1


async def test_a_cap_for_accounts_would_ask_fewer_and_names_the_account(town: Town) -> None:
    await _three_weeks(town)
    found = await _tried(town, asking={"account_cap": 1})
    assert found.as_it_would_be.asked == 1
    assert found.as_it_would_be.capped_accounts == {"acme"}
    assert found.as_it_was.capped_accounts == set()


async def test_a_smaller_share_would_ask_fewer_of_the_very_same(build_town: BuildTown) -> None:
    town = await build_town()
    await town.many_encounters("ticket", [f"T-{number}" for number in range(400)])
    while await town.decide():
        pass
    found = await _tried(town, touchpoints={"ticket": {"sampling": 0.3}})
    assert found.as_it_was.asked == 400
    assert 90 <= found.as_it_would_be.asked <= 150
    assert found.as_it_would_be.reasons[Verdict.NOT_SAMPLED] == 400 - found.as_it_would_be.asked


async def test_a_touchpoint_that_gets_a_survey_would_ask_whoever_can_be_reached(town: Town) -> None:
    town.reorganise(touchpoints={"lunch": {"name": "Lunch"}})
    await town.asked("lunch", "omar")
    await town.asked("lunch", "nobody@example.org")
    await town.asked("lunch", "pekka")
    found = await _tried(town, touchpoints={"lunch": {"name": "Lunch", "survey": "encounter"}})
    assert (found.as_it_was.asked, found.as_it_would_be.asked) == (0, 1)
    assert found.as_it_would_be.reasons[Verdict.UNREACHABLE] == 1
    assert found.as_it_would_be.reasons[Verdict.NOT_A_CUSTOMER] == 1


async def test_the_end_of_a_pilot_can_be_tried(town: Town) -> None:
    town.reorganise(pilot={})
    await town.tom.writes("stop")
    for customer in ("omar", "tom", "pekka", "nobody@example.org"):
        await town.asked("phone", customer)
    found = await _tried(town)
    assert found.as_it_was.reasons == found.as_it_is.reasons == {Verdict.NOT_A_VOLUNTEER: 4}
    assert found.as_it_would_be.reasons == {
        Verdict.ASKED: 1,
        Verdict.OPTED_OUT: 1,
        Verdict.NOT_A_CUSTOMER: 1,
        Verdict.UNREACHABLE: 1,
    }


async def test_other_thresholds_would_alert_otherwise(town: Town) -> None:
    await town.heard([1, 2, 3, 4, 5], "satisfied", "phone")
    found = await _tried(town, thresholds={"csat": {"alert": "1-3"}})
    assert (found.responses, found.alerts_as_it_is, found.alerts_as_it_would_be) == (5, 2, 3)


async def test_a_margin_would_stop_asking_once_enough_had_answered(town: Town) -> None:
    for _ in range(9):
        await town.heard([5], "ease", "ticket", service="helpdesk")
        await town.later(hours=1)
    found = await _tried(town, touchpoints={"ticket": {"margin": 20}})
    assert found.as_it_is.reasons == {Verdict.ASKED: 9}
    assert found.as_it_would_be.reasons == {Verdict.ASKED: 6, Verdict.ENOUGH_ANSWERS: 3}


async def test_what_was_asked_before_the_days_still_weighs(town: Town) -> None:
    await town.asked("phone", "omar", external_reference="C-1")
    await town.later(days=20)
    await town.asked("phone", "omar", external_reference="C-2")
    await town.later(hours=1)
    found = await _tried(town, days=10)
    assert found.encounters == 1
    assert found.as_it_would_be.reasons == {Verdict.COOL_DOWN: 1}


async def test_what_is_called_off_or_waits_is_left_out_and_told(town: Town) -> None:
    await town.encounter("ticket", "omar", external_reference="T-1")
    await town.cancelled("T-1")
    await town.encounter("ticket", "tom", external_reference="T-2")
    found = await _tried(town)
    assert (found.encounters, found.undecided) == (0, {"cancelled": 1, "waiting": 1})


async def test_everybody_in_a_conversation_is_nobody_in_particular(town: Town) -> None:
    for number in range(2):
        await town.asked(
            "visit", "omar", external_reference=f"V-{number}", shared_conversation="sandbox:#advice"
        )
    found = await _tried(town)
    assert (found.as_it_was.asked, found.as_it_would_be.asked, found.as_it_would_be.asked_often) == (2, 2, 0)


async def test_a_longer_delay_decides_later(town: Town) -> None:
    """The call is then asked about after the visit, on the same day, and so not at all."""
    await town.encounter("phone", "omar", external_reference="C-1")
    await town.later(minutes=30)
    await town.encounter("visit", "omar", external_reference="V-1")
    await town.later(hours=1)
    found = await _tried(town, touchpoints={"phone": {"delay": "3 h"}}, asking={"cool_down_any": "0 d"})
    assert found.as_it_would_be.asked_by_place == {("visit", ""): 1}
    assert found.as_it_was.asked_by_place == {("phone", ""): 1}


async def test_nothing_is_written_and_the_bar_moves(town: Town) -> None:
    await _three_weeks(town)
    before = [len(await town.rows(noun)) for noun in (Invitation, LedgerEntry, OutboxMessage)]
    seen: list[tuple[int, int]] = []
    await town.app.read(lambda ctx: simulate(ctx.organisation, 90, ctx, lambda *done: seen.append(done)))
    assert seen == [(6, 12), (12, 12)]
    assert before == [len(await town.rows(noun)) for noun in (Invitation, LedgerEntry, OutboxMessage)]
