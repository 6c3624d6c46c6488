"""Good words reach who did the work."""

from storage.tables import Case
from storage.vocabulary import OutboxKind
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown


async def test_thanks_that_are_logged_reach_the_colleague_they_name(town: Town) -> None:
    await town.sanna.writes("/feedback log + Acme: quick fix, thanked Pekka #helpdesk")
    said = await town.pekka.latest()
    assert "quick fix, thanked Pekka" in said
    assert await town.rows(Case) == [], "thanks open no case"
    assert await town.sent(OutboxKind.PRAISE) == 1


async def test_nobody_is_praised_for_thanks_they_logged_about_themselves(town: Town) -> None:
    await town.pekka.writes("/feedback log + Acme: quick fix, thanked Pekka #helpdesk")
    assert await town.sent(OutboxKind.PRAISE) == 0


async def test_the_team_reads_praise_where_it_wishes_to(build_town: BuildTown) -> None:
    town = await build_town(teams={"advice": {"shares_praise": True, "language": "en"}})
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    await town.omar.answers("5", "5", "Yes")
    await town.omar.fills("Write", words="Sanna explained everything.")
    await town.later(minutes=11)
    shared = await town.person("#advice").latest()
    assert "A customer was pleased with our work" in shared
    assert "Sanna explained everything." in shared
    assert "Omar" not in shared
    assert "Sanna explained everything." in await town.sanna.reads()
    assert await town.sent(OutboxKind.PRAISE) == 2, "once each, however many answers are good"


async def test_praise_stays_with_the_person_where_the_team_says_nothing(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    await town.omar.answers("5", "5")
    await town.later(minutes=11)
    assert await town.person("#advice").conversation() == []
