"""Who is trusted with what: rights are never found by chance, and words reach only those they concern."""

import asyncio

from storage.tables import Answer, Case, Person
from tests.helpers.town import Town, example


async def _reapply(town: Town, **changes: object) -> None:
    await asyncio.to_thread(town.app.apply, example(**changes), "a test")
    await town.settle()


async def test_an_address_given_by_anybody_makes_nobody_a_manager(town: Town) -> None:
    await town.encounter("phone", "mallory", customer_email="nina@example.org")
    nina = {"name": "Nina Niemi", "role": "manager", "email": "nina@example.org"}
    await _reapply(town, people={"nina": nina})
    assert "Liisa Heino" in await town.mallory.writes("/feedback cases"), "refused, with who to ask"


async def test_cases_of_somebody_who_has_left_go_to_whoever_answers(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    await town.maya.taps("Take it")
    left = example().model_dump(mode="json", by_alias=True)["people"]
    left.pop("maya")
    before = len(await town.maya.conversation())
    organisation = example(
        services={key: {"owner": "ville"} for key in ("pension-advice", "lobby", "advice-by-email")},
        teams={"advice": {"lead": "liisa"}},
        accounts={"acme": {"manager": "ville"}},
        people={"ville": {"deputy": "liisa"}},
    )
    people = {key: person for key, person in organisation.people.items() if key != "maya"}
    await asyncio.to_thread(town.app.apply, organisation.model_copy(update={"people": people}), "a test")
    await town.settle()
    await town.later(days=1)
    assert "Tom Korhonen" in await town.ville.latest()
    assert len(await town.maya.conversation()) == before, "nothing more is told to somebody who has left"


async def test_the_case_of_an_owner_who_is_deleted_from_the_file_is_never_nobodys(town: Town) -> None:
    """It waits untouched; the service has no other owner, and its team no other lead."""
    await town.asked("phone", "aino", service="pension-advice")
    await town.aino.taps("1")
    organisation = example(
        services={key: {"owner": None} for key in ("pension-advice", "lobby", "advice-by-email")},
        teams={"advice": {"lead": None}},
        accounts={"acme": {"manager": "ville"}},
        people={"ville": {"deputy": "liisa"}},
    )
    people = {key: person for key, person in organisation.people.items() if key != "maya"}
    await asyncio.to_thread(town.app.apply, organisation.model_copy(update={"people": people}), "a test")
    await town.settle()
    assert "Aino Salo" in await town.liisa.latest(), "the CX lead answers when nobody else does"
    await town.liisa.taps("Otan hoitaakseni")
    [case] = await town.rows(Case)
    assert case.claimed_by_id == next(row.id for row in await town.rows(Person) if row.key == "liisa")


async def test_what_staff_logged_is_not_the_customers_consent(town: Town) -> None:
    await town.sanna.writes("/feedback log - Aino Salo: jonotti tunnin #pension-advice")
    assert "+358 40 555 0102" not in await town.maya.latest()
    await town.maya.fills("Close", outcome="explained", words="Queue was long.")
    assert await town.aino.conversation() == []


async def test_who_works_here_does_not_answer_for_customers(town: Town) -> None:
    await town.pekka.at("#advice").writes("/feedback ask here phone #pension-advice")
    told = await town.sanna.at("#advice").taps("1")
    assert "asiakkaille" in told.note
    assert await town.rows(Answer) == []
    assert await town.rows(Case) == []


async def test_an_expert_reads_the_case_and_the_answer_comes_back_to_it(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    await town.maya.fills("Ask an expert", expert="sanna", words="Which date holds?")
    assert "Which date holds?" in await town.sanna.latest()
    await town.sanna.taps("Näytä tapaus")
    assert "Tom Korhonen" in await town.sanna.latest()

    await town.sanna.writes("Se on 1.3.")
    assert "Se on 1.3." in await town.maya.reads()
    assert len(await town.rows(Case)) == 1


async def test_the_owner_sees_that_it_was_not_the_customers_matter(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    await town.tom.taps("Ei minun asiani")
    assert "not their matter" in await town.maya.latest()


async def test_a_survey_that_goes_on_below_leaves_no_second_one_alive(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.answers("4", "4", "Kyllä")
    await town.tom.writes("Kaikki sujui.")
    texts = [entry.text for entry in await town.tom.conversation()]
    assert "Tämä jatkuu alempana." in texts[0]
    assert "Kaikki sujui." in texts[-1]
