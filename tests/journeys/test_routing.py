"""Who must act: the one person responsible, wherever the words came in."""

from typing import Any

from handlers.messages import Action, Verb
from storage.tables import Case, Person
from storage.vocabulary import CaseState, OwnerRule
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

MANAGERS = [f"manager-{number}" for number in range(1, 7)]


async def test_a_complaint_typed_at_the_service_desk_goes_to_the_applications_owner(town: Town) -> None:
    told = await town.pekka.writes("/feedback log - Education: the calendar loses bookings #varaus")
    assert "Ville Laine" in told
    alert = await town.ville.latest()
    assert "the calendar loses bookings" in alert
    assert "Kasvatus ja koulutus" in alert
    assert "Pekka Nieminen" in alert

    [case] = await town.rows(Case)
    await town.pekka.submits(Action(Verb.CLOSE, case.token), outcome="resolved", words="")
    assert "Liisa Heino" in await town.pekka.latest(), "who to ask"
    assert [row.state for row in await town.rows(Case)] == [CaseState.RECEIVED]
    assert await town.refusals() == ["CaseClosed"]


async def test_the_same_complaint_from_a_project_channel_has_the_same_owner(town: Town) -> None:
    words = "/feedback log - Education: the calendar loses bookings #varaus"
    told = await town.sanna.at("#project").writes(words)
    assert "Ville Laine" in told
    assert "the calendar loses bookings" in await town.ville.latest()
    assert await town.person("#project").conversation() == [], "others do not see what was logged"


def _company_x() -> dict[str, Any]:
    people: dict[str, Any] = {
        key: {
            "name": f"Manager {key[-1]}",
            "role": "manager",
            "language": "en",
            "identities": {"sandbox": key},
        }
        for key in MANAGERS
    }
    people["director"] = {"name": "Dina Director", "role": "manager", "identities": {"sandbox": "director"}}
    people["cleo"] = {
        "name": "Cleo Customer",
        "role": "customer",
        "account": "a3",
        "title": "plant manager",
        "language": "en",
        "identities": {"sandbox": "cleo"},
    }
    accounts = {
        f"a{key[-1]}": {"name": f"Account A{key[-1]}", "manager": key, "director": "director"}
        for key in MANAGERS
    }
    return {"people": people, "accounts": accounts, "asking": {"cool_down": "1 d", "cool_down_any": "1 d"}}


async def test_a_weak_score_for_account_a3_reaches_exactly_its_manager(build_town: BuildTown) -> None:
    town = await build_town(**_company_x())
    await town.asked("visit", "cleo")
    await town.cleo.taps("8")
    await town.later(days=2)
    await town.asked("phone", "cleo")
    await town.cleo.taps("2")

    alert = await town.person("manager-3").latest()
    for words in ("Cleo Customer, plant manager", "Account A3", "Phone call", "Visit: 8 of 10"):
        assert words in alert
    assert await town.person("manager-3").can("Take it")

    copy = await town.director.latest()
    assert "Cleo Customer" in copy
    assert (await town.director.conversation())[-1].buttons == {}, "the director is informed, no more"
    others = [key for key in [*MANAGERS, "liisa", "maya", "ville"] if key != "manager-3"]
    assert [await town.person(key).conversation() for key in others] == [[]] * len(others)


async def test_the_owner_is_whoever_owned_the_service_when_it_happened(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    town.reorganise(services={"pension-advice": {"owner": "ville"}})
    await town.omar.taps("1")
    assert "Omar Hassan" in await town.maya.latest()
    assert await town.ville.conversation() == []

    await town.asked("phone", "ella", service="pension-advice")
    await town.ella.taps("1")
    assert len(await town.ville.conversation()) == 1


async def test_a_deputy_acts_while_the_owner_is_away(build_town: BuildTown) -> None:
    away = [{"starts": "2026-11-23", "ends": "2026-11-27"}]
    town = await build_town(people={"maya": {"away": away}, "liisa": {"language": "en"}})
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    assert await town.maya.conversation() == []
    alert = await town.liisa.latest()
    assert "Omar Hassan" in alert
    assert "Liisa Heino (stands in for Maya Virtanen)" in alert
    [case] = await town.rows(Case)
    assert case.owner_rule == OwnerRule.DEPUTY

    await town.until(helsinki("2026-11-30 10:00"))
    before = len(await town.maya.conversation())
    await town.asked("phone", "ella", service="pension-advice", customer_name="Ella Ek")
    await town.ella.taps("1")
    assert "Ella Ek" in await town.maya.latest()
    assert len(await town.maya.conversation()) == before + 1


async def test_the_deputy_of_a_deputy_acts_and_when_that_one_is_away_too_the_next_in_line(
    build_town: BuildTown,
) -> None:
    """Maya is away, and Ville who stands in for her, and on Thursday also Kaisa who stands in for him."""
    away, from_thursday = [
        {"away": [{"starts": first, "ends": "2026-11-27"}]} for first in ("2026-11-23", "2026-11-26")
    ]
    town = await build_town(
        people={
            "maya": {"deputy": "ville", **away},
            "ville": {"deputy": "kaisa", **away},
            "kaisa": {"deputy": "maya", **from_thursday},
        }
    )
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    assert "Omar Hassan" in await town.kaisa.latest()

    await town.until(helsinki("2026-11-26 10:00"))
    await town.asked("phone", "ella", service="pension-advice", customer_name="Ella Ek")
    await town.ella.taps("1")
    assert "Ella Ek" in await town.liisa.latest(), "the deputies go round in a circle, so the CX lead acts"
    for absent in (town.maya, town.ville, town.kaisa):
        assert "Ella Ek" not in await absent.reads()


async def test_without_a_service_owner_the_account_manager_acts_and_then_the_lead(town: Town) -> None:
    await town.asked("phone", "tom")
    await town.tom.taps("1")
    await town.asked("phone", "aino")
    await town.aino.taps("1")
    rules = {row.customer_id: row.owner_rule for row in await town.rows(Case)}
    people = {row.id: row.key for row in await town.rows(Person)}
    assert {people[customer]: rule for customer, rule in rules.items() if customer} == {
        "tom": OwnerRule.ACCOUNT_MANAGER,
        "aino": OwnerRule.CX_LEAD,
    }


async def test_who_does_not_wish_to_be_contacted_is_not_and_the_alert_says_so(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("2", "2", "Not yet", "Skip", "No")
    alert = await town.maya.latest()
    assert "no: do not contact the customer about this" in alert
    assert not await town.maya.can("Write to the customer")
    assert not await town.maya.can("I called or wrote")
    assert "nobody will contact you about it" in await town.omar.latest()

    [case] = await town.rows(Case)
    await town.maya.submits(Action(Verb.REPLY, case.token), words="Hello!")
    assert "The customer did not allow us to contact them" in await town.maya.latest()
    await town.maya.fills("Close", outcome="improvement", words="We changed the queue.")
    assert len(await town.omar.conversation()) == 1, "not even the outcome is told"


async def test_the_phone_number_is_shown_once_contact_is_allowed(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.answers("2", "2", "Ei vielä")
    assert "+358 40 555 0101" not in await town.maya.latest()
    await town.tom.answers("Ohita", "Kyllä")
    assert "+358 40 555 0101" in await town.maya.latest()


async def test_not_taken_care_of_is_a_case_though_everybody_was_kind(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("5", "5", "No")
    assert "Not taken care of" in await town.maya.latest()


async def test_two_take_turns_by_office_day_and_who_is_away_is_passed_over(build_town: BuildTown) -> None:
    town = await build_town(routing={"rules": [{"touchpoint": "phone", "rota": ["maya", "ville"]}]})

    async def reached(customer: str) -> str:
        """Who gets the alert of this customer's poor score."""
        await town.asked("phone", customer, service="pension-advice", customer_name=customer.title())
        await town.person(customer).taps("1")
        told = [key for key in ("maya", "ville") if customer.title() in await town.person(key).reads()]
        assert len(told) == 1, "one owner, one alert"
        return told[0]

    days = {}
    for day, customer in (("24", "aada"), ("25", "bea"), ("26", "cilla"), ("27", "dora"), ("30", "elsa")):
        await town.until(helsinki(f"2026-11-{day} 10:00"))
        days[customer] = await reached(customer)
    assert [days[c] for c in ("aada", "cilla", "elsa")] == [days["aada"]] * 3
    assert days["bea"] == days["dora"] != days["aada"], "Monday follows upon Friday"

    await town.until(helsinki("2026-12-01 08:30"))
    assert "away" in await town.person(days["bea"]).writes("away until Thursday")
    assert await reached("fanny") == days["aada"], "it would have been the other's turn"


async def test_a_rule_sends_the_complaints_of_an_account_to_one_person_and_copies_another(
    build_town: BuildTown,
) -> None:
    rule = {"account": "acme", "type": "complaint", "owner": "ville", "informed": ["maya"]}
    town = await build_town(routing={"rules": [rule]}, people={"ville": {"language": "en"}})
    told = await town.sanna.writes("/feedback log - Acme: the letter was wrong #pension-advice")
    assert "Ville Laine" in told
    assert "Ville Laine (answers for such matters)" in await town.ville.latest()
    assert "the letter was wrong" in await town.maya.latest()
    assert not await town.maya.can("Take it"), "she is informed, no more"


async def test_a_survey_without_call_backs_calls_nobody_but_for_urgent_words_and_who_asks(
    build_town: BuildTown,
) -> None:
    survey = {"call_backs": False, "questions": ["ease", "words"]}
    town = await build_town(surveys={"encounter": survey})
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    assert await town.rows(Case) == []

    await town.asked("phone", "ella", service="pension-advice")
    await town.ella.taps("1")
    await town.ella.writes("I will contact my lawyer.")
    assert [case.urgent for case in await town.rows(Case)] == [True]


async def test_on_friday_the_cx_lead_reads_where_nobody_could_act(build_town: BuildTown) -> None:
    away = [{"starts": "2026-11-30", "ends": "2026-12-04"}]
    town = await build_town(
        people={"ville": {"deputy": None, "away": away}, "liisa": {"language": "en"}},
        services={"lobby": {"owner": None}},
    )
    await town.until(helsinki("2026-11-27 15:01"))
    told = await town.liisa.reads()
    assert "Service in the lobby: no owner is named. Cases go to Maya Virtanen." in told
    assert "Ville Laine is away on 30 Nov 2026, and nobody stands in. Cases go to Liisa Heino." in told
    await town.later(days=1)
    assert (await town.liisa.reads()).count("Nobody could act here") == 1
    assert "Nobody could act here" not in await town.maya.reads()
