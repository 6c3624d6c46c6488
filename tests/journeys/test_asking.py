"""Who is asked, when, and how often; and what the ledger says of those who are not."""

from datetime import timedelta

from storage.tables import Encounter, Invitation, Person
from storage.vocabulary import InvitationState, OutboxKind, OutboxState, Stream
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

NIGHT = helsinki("2026-11-24 21:00")
FRIDAY_EVENING = helsinki("2026-11-27 19:55")


async def test_three_calls_on_one_day_are_asked_about_once_and_the_ledger_says_why(town: Town) -> None:
    await town.encounter("phone", "omar", external_reference="C-1", about="the invoice")
    await town.later(hours=1)
    await town.encounter("phone", "omar", external_reference="C-2")
    await town.later(hours=1)
    await town.encounter("phone", "omar", external_reference="C-3")
    await town.later(hours=1)

    assert len(await town.omar.conversation()) == 1
    assert [line.endswith(": asked.") for line in await town.why("C-1")] == [True]
    for reference in ("C-2", "C-3"):
        [line] = await town.why(reference)
        assert line.endswith("not asked: already asked today about the invoice.")


async def test_an_encounter_without_a_name_of_its_own_is_told_by_its_touchpoint(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.encounter("phone", "omar", external_reference="C-2")
    await town.later(hours=1)
    assert (await town.why("C-2"))[0].endswith("not asked: already asked today about Puhelu.")


async def test_the_same_questions_rest_a_month_and_any_questions_a_week(town: Town) -> None:
    await town.asked("phone", "omar", about="the invoice")
    await town.later(days=8)
    await town.asked("ticket", "omar", external_reference="T-1")
    assert "the same questions were asked on" in (await town.why("T-1"))[0]
    assert "about the invoice, and 30 days must pass" in (await town.why("T-1"))[0]

    await town.asked("visit", "omar", external_reference="V-1", about="the form")
    assert (await town.why("V-1"))[0].endswith(": asked.")

    await town.later(days=2)
    await town.asked("project", "omar", external_reference="P-1")
    assert "asked already on" in (await town.why("P-1"))[0]
    assert "about the form, and 7 days must pass" in (await town.why("P-1"))[0]


async def test_thirty_percent_of_a_thousand_tickets_are_asked_about_the_same_ones_everywhere(
    build_town: BuildTown,
) -> None:
    tickets = [f"T-{number}" for number in range(1000)]
    here = await build_town(folder="here", touchpoints={"ticket": {"sampling": 0.3}})
    there = await build_town(folder="there", touchpoints={"ticket": {"sampling": 0.3}})
    asked = await _asked_about(here, tickets)
    assert 270 <= len(asked) <= 330
    some = list(reversed(tickets[:100]))
    assert await _asked_about(there, some) == asked & set(some), "whatever comes in which order"


async def _asked_about(town: Town, references: list[str]) -> set[str]:
    await town.many_encounters("ticket", references)
    while await town.decide():
        pass
    invited = {row.encounter_id for row in await town.rows(Invitation)}
    return {str(row.external_reference) for row in await town.rows(Encounter) if row.id in invited}


async def test_an_account_is_not_asked_more_often_than_its_cap(build_town: BuildTown) -> None:
    town = await build_town(asking={"account_cap": 2})
    for customer in ("ella", "elias", "elina"):
        await town.encounter("phone", customer, account="education", external_reference=customer)
    await town.later(hours=1)

    assert (await town.why("ella"))[0].endswith(": asked.")
    assert (await town.why("elias"))[0].endswith(": asked.")
    assert (
        "2 people of this account were asked within 30 days, and the most is 2"
        in (await town.why("elina"))[0]
    )
    assert await town.elina.conversation() == []


async def test_a_ticket_opened_again_meanwhile_is_asked_about_when_it_is_closed_again(town: Town) -> None:
    await town.encounter("ticket", "omar", external_reference="T-1")
    await town.later(minutes=10)
    await town.reopened("T-1")
    await town.later(hours=3)
    assert await town.omar.conversation() == []
    assert "the matter was opened again" in (await town.why("T-1"))[0]

    await town.encounter("ticket", "omar", external_reference="T-1")
    await town.later(minutes=29)
    assert await town.omar.conversation() == []
    await town.later(minutes=2)
    assert len(await town.omar.conversation()) == 1


async def test_a_cancelled_encounter_is_never_asked_about(town: Town) -> None:
    await town.encounter("ticket", "omar", external_reference="T-1")
    await town.cancelled("T-1")
    await town.later(days=1)
    assert await town.omar.conversation() == []
    assert "the encounter was cancelled" in (await town.why("T-1"))[0]


async def test_a_prompt_that_waits_for_the_morning_is_taken_back_when_the_ticket_is_opened_again(
    build_town: BuildTown,
) -> None:
    town = await build_town(at=NIGHT)
    await town.encounter("ticket", "omar", external_reference="T-1")
    await town.later(hours=1)
    assert (await town.why("T-1"))[0].endswith(": asked.")
    await town.reopened("T-1")

    await town.until(helsinki("2026-11-25 09:00"))
    assert await town.omar.conversation() == []
    assert [row.state for row in await town.rows(Invitation)] == [InvitationState.SUPPRESSED]


async def test_one_source_that_reports_twice_is_heard_once(town: Town) -> None:
    first = await town.encounter("phone", "omar", external_reference="C-1")
    again = await town.encounter("phone", "omar", external_reference="C-1", about="something else")
    assert (first.created, again.created) == (True, False)
    assert first.token == again.token
    await town.later(hours=1)
    assert len(await town.omar.conversation()) == 1


async def test_one_encounter_seen_through_two_channels_is_asked_about_once(town: Town) -> None:
    when = town.clock.at
    await town.encounter("phone", "omar", external_reference="C-1", source="api:phones", happened_at=when)
    await town.encounter("phone", "omar", external_reference="X-9", source="import", happened_at=when)
    await town.later(hours=1)
    assert len(await town.omar.conversation()) == 1
    assert "already reported through another channel" in (await town.why("X-9"))[0]


async def test_nobody_is_asked_at_night(build_town: BuildTown) -> None:
    town = await build_town(at=NIGHT)
    await town.encounter("phone", "omar")
    await town.until(helsinki("2026-11-25 07:59"))
    assert await town.omar.conversation() == []
    await town.until(helsinki("2026-11-25 08:00"))
    assert len(await town.omar.conversation()) == 1


async def test_the_night_is_the_recipients_own(build_town: BuildTown) -> None:
    town = await build_town(people={"omar": {"time_zone": "America/New_York"}})
    await town.encounter("phone", "omar")
    await town.until(helsinki("2026-11-24 14:59"))
    assert await town.omar.conversation() == [], "it is 7.59 in New York"
    await town.until(helsinki("2026-11-24 15:00"))
    assert len(await town.omar.conversation()) == 1


async def test_what_happens_on_friday_evening_is_asked_about_on_monday(build_town: BuildTown) -> None:
    town = await build_town(at=FRIDAY_EVENING)
    await town.encounter("phone", "omar")
    await town.until(helsinki("2026-11-30 07:59"))
    assert await town.omar.conversation() == []
    await town.until(helsinki("2026-11-30 08:00"))
    assert len(await town.omar.conversation()) == 1


async def test_there_is_one_reminder_and_no_other(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.later(days=2)
    assert len(await town.omar.conversation()) == 2
    assert "A reminder of an earlier request; there will be no other." in await town.omar.latest()
    for _ in range(10):
        await town.later(days=1)
    assert len(await town.omar.conversation()) == 2


async def test_who_has_answered_is_not_reminded(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.omar.taps("5")
    await town.later(days=5)
    assert len(await town.omar.conversation()) == 1


async def test_after_two_weeks_a_request_has_expired_and_says_so(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.later(days=15)
    await town.omar.taps("4")
    assert "This request for feedback has expired." in await town.omar.latest()
    assert await town.responses() == 0
    assert [row.state for row in await town.rows(Invitation)] == [InvitationState.EXPIRED]


async def test_who_does_not_want_to_be_asked_is_not_asked(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.omar.taps("Don't ask me")
    await town.later(days=40)
    await town.encounter("phone", "omar", external_reference="C-2")
    await town.later(hours=1)
    assert "the customer does not want to be asked" in (await town.why("C-2"))[0]
    assert await town.sent(OutboxKind.PROMPT) == 1
    assert await town.sent(OutboxKind.REMINDER) == 0

    assert "I may ask you for feedback again" in await town.omar.writes("start")
    await town.asked("phone", "omar", external_reference="C-3")
    assert (await town.why("C-3"))[0].endswith(": asked.")


async def test_opting_out_takes_back_what_is_about_to_be_asked(build_town: BuildTown) -> None:
    town = await build_town(at=NIGHT)
    await town.encounter("phone", "omar")
    await town.later(hours=1)
    await town.omar.writes("stop")
    await town.until(helsinki("2026-11-25 09:00"))
    assert await town.sent(OutboxKind.PROMPT) == 0
    assert await town.outgoing(OutboxKind.PROMPT, OutboxState.DROPPED) == 1


async def test_whoever_wants_a_months_peace_has_it(town: Town) -> None:
    assert "I will not ask you for feedback before" in await town.omar.writes("snooze")
    await town.asked("phone", "omar", external_reference="C-1")
    assert "wished to be left in peace until" in (await town.why("C-1"))[0]
    await town.later(days=31)
    await town.asked("phone", "omar", external_reference="C-2")
    assert (await town.why("C-2"))[0].endswith(": asked.")


async def test_colleagues_and_touchpoints_without_questions_are_not_asked_about(
    build_town: BuildTown,
) -> None:
    town = await build_town(touchpoints={"lunch": {"name": "Lunch"}})
    await town.asked("phone", "pekka", external_reference="C-1")
    await town.asked("lunch", "omar", external_reference="C-2")
    assert (await town.why("C-1"))[0].endswith("the person reported as the customer works here.")
    assert (await town.why("C-2"))[0].endswith("this touchpoint has no survey.")


async def test_an_encounter_reported_a_week_late_is_not_asked_about(town: Town) -> None:
    await town.asked("phone", "omar", external_reference="C-1", happened_at=town.clock.at - timedelta(days=6))
    assert "more than 5 days ago" in (await town.why("C-1"))[0]


async def test_a_customer_whom_nobody_can_reach_is_told_of_in_the_ledger(town: Town) -> None:
    await town.asked("phone", "somebody@example.org", external_reference="C-1")
    assert (await town.why("C-1"))[0].endswith("the customer cannot be reached in any channel.")


async def test_the_request_says_who_asks_why_how_long_and_how_to_say_no(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", about="the pension application")
    prompt = await town.omar.latest()
    for words in (
        "Kaiku Office",
        "Pension advice by phone",
        "Three questions, about 20 seconds.",
        "Maya Virtanen",
        "You may also choose not to answer.",
        "the pension application",
        "It was easy for me to get my matter handled.",
        "Don't ask me",
    ):
        assert words in prompt


async def test_everybody_is_asked_in_their_own_language_or_their_accounts(town: Town) -> None:
    await town.asked("phone", "linnea")
    assert "Det var lätt för mig att få mitt ärende skött." in await town.linnea.latest()
    await town.asked("phone", "aino")
    assert "Asiani hoitaminen oli minulle helppoa." in await town.aino.latest()
    await town.asked("phone", "lena", account="library")
    assert "Det var lätt för mig att få mitt ärende skött." in await town.lena.latest()


async def test_staff_ask_for_feedback_in_one_line_and_hear_what_came_of_it(town: Town) -> None:
    told = await town.sanna.writes("/feedback ask @omar visit #lobby the form")
    assert "Omar Hassan" in told
    assert "the form" in await town.omar.latest()
    assert "Service in the lobby" in await town.omar.latest()

    await town.sanna.writes("/feedback ask @omar")
    assert "tänään on jo kysytty" in await town.sanna.reads()
    assert len(await town.omar.conversation()) == 1


async def test_a_stranger_who_was_asked_becomes_somebody_we_know(town: Town) -> None:
    await town.asked("phone", "newcomer", customer_name="Nora Newcomer", customer_language="sv")
    assert "Tack" in await town.newcomer.latest()
    [nora] = [row for row in await town.rows(Person) if row.name == "Nora Newcomer"]
    assert (nora.key, nora.role, nora.language) == (None, "customer", "sv")


# Staff, who serve many.


async def test_who_serves_thirty_customers_a_day_is_asked_about_one_of_them(town: Town) -> None:
    for number in range(30):
        await town.encounter(
            "phone",
            f"guest{number}",
            handler="sanna",
            external_reference=f"C-{number}",
            about="a pension",
            customer_name=f"Guest {number}",
        )
    await town.later(minutes=15)

    assert await town.sent(OutboxKind.STAFF_PROMPT) == 1
    assert len(await town.sanna.conversation()) == 1
    first = await town.why("C-0")
    assert [line.partition(",")[0] for line in first] == ["Guest 0", "Sanna Mäkelä (who served)"]
    assert first[1].endswith(": asked.")
    assert "not asked: asked already on" in (await town.why("C-29"))[1]
    assert "about a pension, and not before" in (await town.why("C-29"))[1]

    await town.later(days=1)
    await town.asked("phone", "omar", handler="sanna", external_reference="C-30")
    assert (await town.why("C-30"))[1].endswith(": asked.")
    assert await town.sent(OutboxKind.STAFF_PROMPT) == 2


async def test_an_organisation_may_ask_its_staff_more_often(build_town: BuildTown) -> None:
    town = await build_town(asking={"staff_cool_down": "1 h"})
    for customer in ("omar", "tom", "linnea"):
        await town.asked("phone", customer, handler="sanna")
        await town.later(hours=1)

    assert await town.sent(OutboxKind.STAFF_PROMPT) == 3


async def test_a_member_of_staff_who_wants_no_requests_gets_none(town: Town) -> None:
    await town.sanna.writes("/feedback stop")
    await town.asked("phone", "omar", handler="sanna", external_reference="C-1")

    assert await town.sent(OutboxKind.STAFF_PROMPT) == 0
    assert (await town.why("C-1"))[1].endswith(": not asked, because they do not want to be asked.")
    invited = await town.rows(Invitation)
    assert {invitation.stream for invitation in invited} == {Stream.CUSTOMER}

    await town.sanna.writes("/feedback start")
    await town.sanna.writes("/feedback snooze")
    await town.asked("phone", "tom", handler="sanna", external_reference="C-2")
    assert "not asked: they wished to be left in peace until" in (await town.why("C-2"))[1]


async def test_what_became_of_staff_never_speaks_for_the_customer(town: Town) -> None:
    await town.encounter("phone", "omar", handler="sanna", external_reference="C-1")
    await town.omar.blocks()
    await town.later(minutes=15)
    assert [line.rpartition(": ")[2] for line in await town.why("C-1")] == [
        "asked.",
        "asked.",
        "not asked, because the customer cannot be reached in any channel.",
    ]

    await town.omar.returns()
    await town.omar.writes("hello")
    assert (await town.why("C-1"))[-1].startswith("Omar Hassan, ")


async def test_requests_to_staff_are_none_to_the_customers_account(build_town: BuildTown) -> None:
    town = await build_town(asking={"account_cap": 2})
    for number, customer in enumerate(("omar", "tom")):
        await town.asked(
            "phone", customer, handler="sanna", account="library", external_reference=f"C-{number}"
        )

    assert (await town.why("C-1"))[0].endswith(": asked.")
