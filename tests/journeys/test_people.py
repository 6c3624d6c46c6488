"""One person over several platforms, and people who go away."""

from handlers.events import CommandGiven, Sender
from handlers.messages import Say
from handlers.wording.plain import as_text
from storage.tables import Identity, Person
from tests.helpers.town import Town, helsinki

FAR_AWAY = Sender("elsewhere", "maya-on-another-platform")


async def _types(town: Town, words: str, who: Sender = FAR_AWAY) -> str:
    """Type a command in a channel that only hears."""
    said = CommandGiven(words=words, by=who, at=town.clock.at, delivery_id=town.nonce())
    reply = await town.app.receive(said)
    assert isinstance(reply, Say)
    return as_text(reply.message)


async def test_a_manager_goes_away_and_the_colleague_gets_the_new_cases(town: Town) -> None:
    told = await town.maya.writes("/feedback away until Monday, Ville answers")
    assert "29 Nov 2026" in told
    assert "Ville Laine" in told

    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    assert "Ville Laine" in await town.ville.latest()
    assert not await town.maya.can("Take it")


async def test_who_is_back_gets_new_cases_again(town: Town) -> None:
    await town.maya.writes("away until Monday, Ville answers")
    await town.until(helsinki("2026-11-30 09:00"))
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    assert await town.maya.can("Take it")


async def test_back_ends_an_absence_before_its_time(town: Town) -> None:
    await town.maya.writes("away until Monday, Ville answers")
    await town.maya.writes("back")
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    assert await town.maya.can("Take it")


async def test_what_is_no_day_is_answered_with_an_example(town: Town) -> None:
    assert "away until Monday, Ville answers" in await town.maya.writes("away for a while")


async def test_a_customer_cannot_go_away(town: Town) -> None:
    assert "Liisa Heino" in await town.tom.writes("/feedback poissa maanantaihin asti, Ville vastaa")


async def test_a_code_makes_two_identities_one_person(town: Town) -> None:
    told = await town.maya.writes("link")
    code = next(word for word in told.replace(".", " ").split() if word.count("-") == 2)
    await _types(town, "help")  # whoever this is, they are a customer so far
    assert "Maya Virtanen" in await _types(town, f"link {code.upper()}")

    (maya,) = [p for p in await town.rows(Person) if p.key == "maya"]
    assert {i.channel for i in await town.rows(Identity) if i.person_id == maya.id} == {
        "sandbox",
        "elsewhere",
    }
    assert "open cases" in (await _types(town, "cases")).casefold()


async def test_a_code_works_once_and_for_ten_minutes(town: Town) -> None:
    told = await town.maya.writes("link")
    code = next(word for word in told.replace(".", " ").split() if word.count("-") == 2)
    await town.later(minutes=11)
    assert "kymmenen minuuttia ovat kuluneet" in await _types(town, f"link {code}")


async def test_somebody_known_here_cannot_become_another(town: Town) -> None:
    told = await town.maya.writes("link")
    code = next(word for word in told.replace(".", " ").split() if word.count("-") == 2)
    assert "toisena henkilönä" in await town.sanna.writes(f"link {code}")


async def test_what_a_customer_said_on_both_sides_comes_together(town: Town) -> None:
    await _types(town, "stop", Sender("elsewhere", "aino-too"))
    told = await town.aino.writes("yhdistä")
    code = next(word for word in told.replace(".", " ").replace("”", " ").split() if word.count("-") == 2)
    await _types(town, f"link {code}", Sender("elsewhere", "aino-too"))
    (aino,) = [p for p in await town.rows(Person) if p.key == "aino"]
    assert aino.opted_out_at is not None, "a wish not to be asked holds for the whole person"
