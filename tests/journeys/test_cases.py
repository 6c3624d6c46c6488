"""A case from the alert to its end: taken by one, due in office hours, never forgotten."""

from datetime import UTC, datetime

from handlers.messages import Action, Verb
from storage.tables import Case, CaseEvent, Person
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

FRIDAY_1630 = helsinki("2026-11-27 16:30")
BEFORE_INDEPENDENCE_DAY = helsinki("2027-12-03 16:30")
"""Friday; Monday is 6 December."""


async def _case(town: Town, customer: str = "omar") -> Case:
    """Somebody was badly served by the pension office, and says so."""
    await town.asked("phone", customer, service="pension-advice")
    await town.person(customer).taps("1")
    return (await town.rows(Case))[-1]


async def _kinds(town: Town) -> list[CaseEventKind]:
    return [CaseEventKind(event.kind) for event in await town.rows(CaseEvent)]


async def test_a_case_of_friday_afternoon_counts_from_monday_morning(build_town: BuildTown) -> None:
    town = await build_town(at=FRIDAY_1630)
    case = await _case(town)
    assert case.due_at == helsinki("2026-11-30 12:30"), "four office hours from Monday 8.30"
    assert "Mon 30 Nov 12:30" in await town.maya.latest(), "the alert itself does not wait"


async def test_independence_day_does_not_count(build_town: BuildTown) -> None:
    town = await build_town(at=BEFORE_INDEPENDENCE_DAY)
    assert (await _case(town)).due_at == helsinki("2027-12-07 12:30")


async def test_the_second_to_open_a_case_is_told_who_has_it(town: Town) -> None:
    case = await _case(town)
    take = Action(Verb.TAKE, case.token)
    await town.maya.taps("Take it")
    await town.later(minutes=5)
    await town.liisa.presses(take)
    assert "Maya Virtanen" in await town.liisa.latest()
    assert "10.00" in await town.liisa.latest(), "and since when"
    assert (await _kinds(town)).count(CaseEventKind.CLAIMED) == 1


async def test_two_who_take_a_case_at_once_do_not_both_have_it(town: Town) -> None:
    take = Action(Verb.TAKE, (await _case(town)).token)
    await town.together(town.maya.presses(take), town.liisa.presses(take))
    assert (await _kinds(town)).count(CaseEventKind.CLAIMED) == 1
    refused = "already has this case" in await town.maya.reads(), "on jo" in await town.liisa.reads()
    assert sorted(refused) == [False, True]


async def test_nobody_disturbs_whoever_has_the_case(town: Town) -> None:
    case = await _case(town)
    await town.maya.taps("Take it")
    await town.liisa.submits(Action(Verb.CLOSE, case.token), outcome="resolved", words="")
    await town.liisa.submits(Action(Verb.CONTACTED, case.token), words="I called.")
    assert [row.state for row in await town.rows(Case)] == [CaseState.CLAIMED]


async def test_it_is_handed_over_with_the_reason(town: Town) -> None:
    await _case(town)
    told = await town.maya.fills("Hand over", to="ville", reason="")
    assert told.errors == {"reason": "Please write something first."}
    told = await town.maya.fills("Hand over", to="nobody", reason="It is about the printer.")
    assert "nobody" in told.errors["to"]
    told = await town.maya.fills("Hand over", to="maya", reason="It is about the printer.")
    assert "already with that person" in told.errors["to"]

    await town.maya.fills("Hand over", to="ville", reason="It is about the printer.")
    alert = await town.ville.latest()
    assert "Omar Hassan" in alert
    assert "It is about the printer." in alert
    assert await town.ville.can("Otan hoitaakseni")
    assert "Ville Laine" in await town.maya.latest()
    assert not await town.maya.can("Take it")


async def test_a_case_that_is_not_ours_goes_to_the_lead(town: Town) -> None:
    await _case(town)
    await town.maya.fills("Not our matter", reason="This is a tax question.")
    assert "This is a tax question." in await town.liisa.latest()


async def test_a_case_handed_over_by_mistake_returns_to_who_gave_it_and_the_history_shows_it(
    town: Town,
) -> None:
    await _case(town)
    await town.maya.fills("Hand over", to="ville", reason="It is about the printer.")
    await town.ville.fills("Ei meidän asiamme", reason="The printer works; it is about the pension.")
    alert = await town.maya.latest()
    assert await town.maya.can("Take it"), "back with Maya, not with the CX lead"
    assert "Maya Virtanen: handed over → Ville Laine “It is about the printer.”" in alert
    assert "Ville Laine: not our matter → Maya Virtanen" in alert

    await town.maya.fills("Not our matter", reason="It is a tax question.")
    assert "It is a tax question." in await town.liisa.latest(), "it is not thrown to and fro"


async def test_a_case_is_not_handed_round_in_a_circle(build_town: BuildTown) -> None:
    """Maya → Ville → Kaisa → Maya would be a circle: it goes on to somebody new, or to who decides."""
    town = await build_town(
        people={"ville": {"language": "en"}, "kaisa": {"role": "manager", "language": "en"}}
    )
    case = await _case(town)
    give = Action(Verb.HAND_OVER, case.token)
    await town.maya.submits(give, to="ville", reason="It is about the printer.")
    await town.ville.submits(give, to="kaisa", reason="It is about the rights to print.")
    refused = await town.kaisa.submits(give, to="maya", reason="It is about the pension.")
    assert "Maya Virtanen has passed this case on already." in refused.errors["to"]
    assert "Liisa Heino" in refused.errors["to"], "who decides"
    [case] = await town.rows(Case)
    assert case.owner_id == next(row.id for row in await town.rows(Person) if row.key == "kaisa")

    await town.kaisa.submits(give, to="liisa", reason="Whose is it?")
    assert "Whose is it?" in await town.liisa.latest()


async def test_who_asked_for_an_answer_hears_that_somebody_else_has_the_matter(town: Town) -> None:
    await town.omar.writes("The printer smells of smoke.")
    await town.ville.fills("Siirrä toiselle", to="maya", reason="It is the one in the lobby.")
    assert "Your feedback has been forwarded." in await town.omar.latest()
    assert "Maya Virtanen" in await town.omar.latest()
    assert "the one in the lobby" not in await town.omar.reads(), "the reason is for colleagues"


async def test_an_expert_is_asked_into_the_case(town: Town) -> None:
    await _case(town)
    await town.maya.fills("Ask an expert", expert="ville", words="Was the line down?")
    asked = await town.ville.latest()
    assert "Was the line down?" in asked
    assert "Omar Hassan" in asked
    assert "Ville Laine" in await town.maya.latest()
    assert await town.maya.can("Take it"), "and the case stays where it is"


async def test_the_owner_is_reminded_before_and_the_next_in_line_told_after(town: Town) -> None:
    await _case(town)
    await town.until(helsinki("2026-11-24 12:59"))
    assert len(await town.maya.conversation()) == 1
    await town.until(helsinki("2026-11-24 13:00"))
    assert "The customer has not been contacted yet." in await town.maya.latest()

    await town.until(helsinki("2026-11-24 13:59"))
    assert await town.liisa.conversation() == []
    await town.until(helsinki("2026-11-24 14:00"))
    assert "Omar Hassan" in await town.liisa.latest()
    for _ in range(5):
        await town.later(days=1)
    assert await town.sent(OutboxKind.CASE_REMINDER) == 1
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 1


async def test_once_the_customer_has_been_contacted_nobody_is_reminded(town: Town) -> None:
    await _case(town)
    await town.maya.fills("I called or wrote", words="We agreed on a new appointment.")
    await town.later(days=5)
    assert await town.sent(OutboxKind.CASE_REMINDER) == 0
    assert await town.sent(OutboxKind.CASE_ESCALATION) == 0
    assert "We agreed on a new appointment." in (await town.maya.conversation())[0].text


async def test_the_next_in_line_can_take_an_overdue_case(town: Town) -> None:
    await _case(town)
    await town.later(hours=5)
    await town.liisa.taps("Otan hoitaakseni")
    assert "In hand: Liisa Heino" in (await town.maya.conversation())[0].text


async def test_a_case_ends_with_an_outcome_and_counts_anew_when_reopened(town: Town) -> None:
    case = await _case(town)
    await town.omar.answers("Skip", "Skip", "Skip", "Yes")
    told = await town.maya.fills("Close", outcome="", words="")
    assert told.errors == {"outcome": "Choose how the matter ended before closing the case."}
    await town.maya.fills("Close", outcome="resolved", words="The pension is paid on Friday.")
    assert "Your matter has been put right." in await town.omar.latest()
    assert "The pension is paid on Friday." in await town.omar.latest()

    await town.maya.submits(Action(Verb.CLOSE, case.token), outcome="explained", words="")
    assert "already closed" in await town.maya.reads()

    await town.later(days=1)
    await town.maya.taps("Reopen")
    [case] = await town.rows(Case)
    assert (case.state, case.outcome) == (CaseState.REOPENED, None)
    assert case.due_at == helsinki("2026-11-25 14:00")
    assert await town.maya.can("Close")


async def test_the_alert_shows_earlier_scores_and_other_open_matters(town: Town) -> None:
    await town.asked("visit", "omar", service="lobby")
    await town.omar.taps("5")
    await town.later(days=8)
    await _case(town)
    alert = await town.maya.latest()
    assert "24 Nov 2026 Visit: 5 of 10" in alert
    assert "Other open cases\n1" in alert


async def test_staff_do_not_reach_a_case_by_a_button_edited_by_hand(town: Town) -> None:
    case = await _case(town)
    for person, verb in ((town.sanna, Verb.TAKE), (town.olli, Verb.SHOW_CASE), (town.omar, Verb.REOPEN)):
        await person.presses(Action(verb, case.token))
        said = await person.latest()
        assert "Liisa Heino" in said, "who to ask"
        assert "Omar Hassan" not in said
        assert case.token not in said
    assert await town.refusals() == ["CaseTaken", "CaseShown", "CaseReopened"]
    assert [row.state for row in await town.rows(Case)] == [CaseState.RECEIVED]


async def test_forms_of_a_case_open_for_nobody_else_either(town: Town) -> None:
    case = await _case(town)
    for verb in (Verb.CLOSE, Verb.HAND_OVER, Verb.REPLY, Verb.CONTACTED, Verb.EXPERT, Verb.NOT_OURS):
        told = await town.sanna.presses(Action(verb, case.token))
        assert told.form == ""
    assert await town.refusals() == ["FormAsked"] * 6


async def test_a_case_nobody_knows_is_said_in_words(town: Town) -> None:
    await town.maya.presses(Action(Verb.TAKE, "no-such-case"))
    assert "I do not know this case." in await town.maya.latest()


async def test_open_cases_are_listed_oldest_first_and_each_is_a_button_away(town: Town) -> None:
    for customer, name in (("ella", "Ella Ek"), ("elias", "Elias Ek")):
        await town.asked("phone", customer, service="pension-advice", customer_name=name)
        await town.person(customer).taps("1")
        await town.later(minutes=5)
    told = await town.maya.writes("/feedback cases")
    assert "2 open cases" in told
    assert told.index("Ella Ek") < told.index("Elias Ek")
    await town.maya.taps("Show 1")
    assert "Ella Ek" in await town.maya.latest()
    assert CaseEventKind.ACKNOWLEDGED in await _kinds(town)


async def test_the_digest_counts_every_overdue_case(town: Town) -> None:
    await _case(town)
    await _case(town, "aino")
    await _case(town, "linnea")
    await town.until(helsinki("2026-11-27 15:01"))
    assert "3 open cases, 3 overdue" in await town.maya.reads()


async def test_every_step_is_written_down_with_who_and_when(town: Town) -> None:
    await _case(town)
    await town.maya.taps("Take it")
    await town.maya.fills("I called or wrote", words="")
    await town.maya.fills("Close", outcome="apologised", words="")
    assert await _kinds(town) == [
        CaseEventKind.OPENED,
        CaseEventKind.CLAIMED,
        CaseEventKind.CONTACTED,
        CaseEventKind.CLOSED,
    ]
    assert {event.at for event in await town.rows(CaseEvent)} == {datetime(2026, 11, 24, 8, 0, tzinfo=UTC)}
