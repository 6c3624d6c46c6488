"""Relationship surveys: everybody once a turn, kept apart from what is asked after encounters."""

from datetime import datetime
from functools import partial
from typing import Any

from handlers.context import Context
from handlers.invite import decide_again, decide_by_hand
from handlers.rounds import open_due, overview
from storage.encounters import encounters_named
from storage.tables import Case, Encounter, Invitation, Person, Response, RoundSlice
from storage.vocabulary import CaseReason, OutboxKind, Stream
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

NEW_YEARS_EVE = helsinki("2026-12-31 12:00")
MONDAY = helsinki("2027-01-04 09:00")
"""The first day of the year on which an office is open."""
HALF_YEARLY = {
    "name": "Half-yearly survey",
    "starts": "2027-01-01",
    "who": {"accounts": ["acme", "education"]},
}
YEARLY = {"name": "Yearly survey", "starts": "2027-01-01", "every": "year", "slices": 12}


async def _with_round(build_town: BuildTown, at: datetime = NEW_YEARS_EVE, **words: Any) -> Town:
    return await build_town(at=at, rounds={"half-yearly": {**HALF_YEARLY, **words}})


def reference(round_key: str, turn: str, person: Person) -> str:
    return f"{round_key}/{turn}/{person.id}"


async def person(town: Town, key: str) -> Person:
    return next(row for row in await town.rows(Person) if row.key == key)


async def turns(town: Town) -> list[Encounter]:
    return [row for row in await town.rows(Encounter) if row.source == "round"]


async def test_the_round_asks_everybody_of_its_accounts_on_the_first_working_day(
    build_town: BuildTown,
) -> None:
    town = await _with_round(build_town)
    await town.settle()
    assert await turns(town) == []
    await town.until(helsinki("2027-01-04 07:59"))
    assert await town.omar.conversation() == [], "New Year's Day was a holiday, and then came a weekend"

    await town.until(MONDAY)
    prompt = await town.omar.latest()
    assert "We ask you how it is to work with us as a whole, not about one occasion." in prompt
    assert "How likely are you to recommend Kaiku Office to a colleague?" in prompt
    assert len(await town.tom.conversation()) == 1
    assert await town.linnea.conversation() == []
    assert await town.aino.conversation() == []


async def test_each_person_is_asked_once_a_turn_however_often_somebody_looks(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY)
    await town.settle()
    for _ in range(20):
        await town.later(days=7)
    assert await town.sent(OutboxKind.PROMPT) == 2
    await town.until(helsinki("2027-07-01 12:00"))
    assert await town.sent(OutboxKind.PROMPT) == 4
    assert {row.turn_starts_on.isoformat() for row in await town.rows(RoundSlice)} == {
        "2027-01-01",
        "2027-07-01",
    }


async def test_a_clock_that_runs_ahead_and_back_asks_nobody_twice(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY)
    await town.settle()
    await town.until(helsinki("2029-02-01 12:00"))
    asked = await town.sent(OutboxKind.PROMPT)
    await town.until(helsinki("2027-01-05 12:00"))
    assert await town.sent(OutboxKind.PROMPT) == asked
    names = [turn.external_reference for turn in await turns(town)]
    assert len(set(names)) == len(names)


async def test_what_is_said_in_a_round_is_never_counted_with_encounters(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY)
    await town.settle()
    await town.omar.taps("9")
    await town.tom.taps("3")
    assert {row.stream for row in await town.rows(Response)} == {Stream.RELATIONSHIP}

    digest = await _digest_of_week(town, "ville")
    assert "0 vastausta asiakkailta" in digest
    assert "Half-yearly survey: ei lasketa" in digest


async def _digest_of_week(town: Town, reader: str) -> str:
    await town.until(helsinki("2027-01-08 15:05"))
    conversation = await town.person(reader).conversation()
    return next(entry.text for entry in reversed(conversation) if "Half-yearly survey" in entry.text)


async def test_the_cx_lead_sees_the_whole_round(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY, who={})
    await town.settle()
    await town.aino.taps("9")
    assert "4" in (await _digest_of_week(town, "liisa"))


async def test_the_words_of_a_round_are_read_by_those_whose_accounts_they_come_from(
    build_town: BuildTown,
) -> None:
    town = await _with_round(build_town, at=MONDAY, who={})
    await town.settle()
    await town.tom.taps("2")
    await town.tom.writes("Nobody tells us what is planned.")
    await town.omar.taps("10")
    await town.omar.writes("The new portal saves us a day each week.")
    lead, manager = await _digest_of_week(town, "liisa"), await _digest_of_week(town, "maya")
    for words in ("Nobody tells us what is planned.", "The new portal saves us a day each week."):
        assert words in lead.partition("Half-yearly survey")[2], "beside the figures of the round"
    assert "Nobody tells us what is planned." in manager
    assert "The new portal" not in manager, "which another manager's account said"


async def test_what_a_confidential_round_says_shows_only_from_a_group(build_town: BuildTown) -> None:
    survey = {"privacy": "confidential", "questions": ["recommend", "words"]}
    town = await build_town(
        at=MONDAY, surveys={"quiet": survey}, rounds={"half-yearly": {**HALF_YEARLY, "survey": "quiet"}}
    )
    await town.settle()
    await town.tom.taps("2")
    await town.tom.writes("Nobody tells us what is planned.")
    assert "Nobody tells us" not in await _digest_of_week(town, "liisa")


async def test_a_detractor_is_a_case_for_whoever_answers_for_the_account(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY)
    await town.settle()
    await town.tom.taps("2")
    [case] = await town.rows(Case)
    assert (case.reason, case.owner_id) == (CaseReason.LOW_SCORE, (await person(town, "maya")).id)
    assert "Half-yearly survey" in await town.maya.latest()


async def test_a_round_is_put_off_by_a_request_about_an_encounter_and_not_lost(build_town: BuildTown) -> None:
    town = await _with_round(build_town)
    await town.asked("phone", "omar", about="the invoice")
    await town.until(MONDAY)
    omar = reference("half-yearly", "2027-01-01", await person(town, "omar"))
    [told] = await town.why(omar)
    assert told.startswith("Omar Hassan, Half-yearly survey")
    assert "asked already on" in told
    assert "about the invoice" in told
    assert "The round waits until" in told

    await town.later(days=3, hours=4)
    assert (await town.why(omar))[1].endswith(": asked.")
    assert await town.sent(OutboxKind.PROMPT) == 3


async def test_a_request_in_a_round_spares_the_next_one_about_an_encounter(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY)
    await town.settle()
    await town.asked("phone", "omar", external_reference="C-1")
    assert (await town.why("C-1"))[0].endswith("not asked: already asked today about Half-yearly survey.")


async def test_the_cap_of_an_account_counts_rounds_and_lets_the_others_wait(build_town: BuildTown) -> None:
    town = await build_town(
        at=MONDAY,
        rounds={"half-yearly": HALF_YEARLY},
        asking={"account_cap": 1},
        people={"aino": {"account": "acme"}},
    )
    await town.settle()
    for _ in range(3):
        await town.later(days=1)
    waiting = [turn for turn in await turns(town) if turn.state == "waiting"]
    assert len(waiting) == 1
    assert len(await town.why(waiting[0].external_reference or "")) == 1, (
        "told once, however often it is tried"
    )
    await town.later(days=32)
    assert await town.sent(OutboxKind.PROMPT) == 3


async def test_who_opted_out_is_not_asked_and_who_wants_peace_later(build_town: BuildTown) -> None:
    town = await _with_round(build_town)
    await town.omar.writes("stop")
    await town.tom.writes("snooze")
    await town.until(MONDAY)
    assert await town.sent(OutboxKind.PROMPT) == 0
    assert (
        "does not want to be asked"
        in (await town.why(reference("half-yearly", "2027-01-01", await person(town, "omar"))))[0]
    )
    await town.later(days=31)
    assert await town.sent(OutboxKind.PROMPT) == 1


async def test_a_quiet_period_moves_the_round_behind_it(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=MONDAY, quiet=[{"starts": "2027-01-01", "ends": "2027-01-15"}])
    await town.until(helsinki("2027-01-15 12:00"))
    assert await town.sent(OutboxKind.PROMPT) == 0
    await town.until(helsinki("2027-01-18 08:00"))
    assert await town.sent(OutboxKind.PROMPT) == 2


async def test_a_twelfth_is_asked_each_month_and_everybody_in_a_year(build_town: BuildTown) -> None:
    town = await build_town(at=NEW_YEARS_EVE, rounds={"yearly": YEARLY})
    await town.many_encounters("ticket", [f"T-{number}" for number in range(240)])
    asked = [await _asked_by(town, month) for month in range(1, 13)]
    assert all(8 <= size <= 40 for size in asked)
    everybody = [turn.customer_id for turn in await turns(town)]
    assert sum(asked) == len(everybody) == len(set(everybody)) == 244


async def _asked_by(town: Town, month: int) -> int:
    """How many were given their turn in a month."""
    before = len(await turns(town))
    town.clock.at = helsinki(f"2027-{month:02}-15 12:00")
    while await town.app.write(open_due):
        pass
    return len(await turns(town)) - before


async def test_newcomers_get_a_slice_and_leavers_none(build_town: BuildTown) -> None:
    town = await build_town(at=NEW_YEARS_EVE, rounds={"yearly": {**YEARLY, "slices": 1}})
    await town.asked("phone", "newcomer", customer_name="Nora")
    declared = town.app.organisation
    staying = {key: someone for key, someone in declared.people.items() if key != "tom"}
    town.app.apply(declared.model_copy(update={"people": staying}), "a test")
    await town.until(MONDAY)
    invited = {turn.customer_id for turn in await turns(town)}
    assert (await person(town, "tom")).id not in invited
    assert {row.id for row in await town.rows(Person) if row.name == "Nora"} <= invited


async def test_a_round_that_is_declared_no_more_asks_nobody(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=helsinki("2027-01-01 12:00"))
    await town.settle()
    town.reorganise()
    await town.until(MONDAY)
    assert await town.sent(OutboxKind.PROMPT) == 0
    for turn in await turns(town):
        assert "has no survey" in (await town.why(turn.external_reference or ""))[0]


async def test_a_turn_is_nothing_to_be_decided_by_hand(build_town: BuildTown) -> None:
    town = await _with_round(build_town, at=helsinki("2027-01-01 12:00"))
    await town.settle()
    for turn in await turns(town):
        await town.app.write(partial(_try_by_hand, turn.token))
    assert {turn.state for turn in await turns(town)} == {"waiting"}
    assert await town.rows(Invitation) == []


def _try_by_hand(token: str, ctx: Context) -> None:
    [turn] = encounters_named(ctx.session, token)
    decide_by_hand(turn, ctx)
    decide_again(turn, ctx)


async def test_what_is_planned_and_how_far_it_is_can_be_seen(build_town: BuildTown) -> None:
    town = await _with_round(build_town)
    [planned] = await town.ask(overview)
    assert (planned.turn, planned.next_slice.isoformat(), planned.next_people) == (None, "2027-01-01", 2)
    await town.asked("phone", "tom")
    town.clock.at = MONDAY
    [due] = await town.ask(overview)
    assert (due.turn, due.next_slice.isoformat(), due.next_people) == (None, "2027-01-01", 2), (
        "its day has come"
    )
    await town.settle()
    await town.omar.taps("9")
    [running] = await town.ask(overview)
    assert (running.people, running.waiting, running.asked, running.answered) == (2, 1, 1, 1)
    assert (running.slices_opened, running.next_slice.isoformat()) == (1, "2027-07-01")
