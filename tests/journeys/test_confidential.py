"""Confidential surveys: whoever reads the answer is never told whose it is, and the request says so."""

import pytest

from storage.tables import Case
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

CONFIDENTIAL = {
    "surveys": {"quiet": {"privacy": "confidential", "questions": ["ease", "satisfied", "words", "contact"]}},
    "touchpoints": {"phone": {"survey": "quiet"}},
}
GUEST = {
    "customer_name": "Zebulon Quist",
    "customer_phone": "+358 40 7654321",
    "customer_language": "en",
    "service": "pension-advice",
    "account": "acme",
}


@pytest.fixture
async def quiet(build_town: BuildTown) -> Town:
    return await build_town(**CONFIDENTIAL)


async def _poor_answer(town: Town) -> None:
    await town.asked("phone", "zeb", handler="ville", **GUEST)
    await town.person("zeb").answers("1", "Skip", "Skip", "Yes")


async def test_the_request_says_who_learns_whose_the_answer_is(quiet: Town, town: Town) -> None:
    await quiet.asked("phone", "zeb", **GUEST)
    said = await quiet.person("zeb").latest()
    assert "Confidential: whoever reads your answer is not told who you are." in said
    assert "Your words are kept for 2 years at most." in said
    await town.asked("phone", "zeb", **GUEST)
    assert "Your name goes with your answer." in await town.person("zeb").latest()


async def test_nobody_is_told_who_it_was_and_the_owner_writes_through_the_bot(quiet: Town) -> None:
    await _poor_answer(quiet)
    alert = await quiet.maya.latest()
    assert "a customer whose name is withheld" in alert
    await quiet.maya.taps("Take it")
    await quiet.maya.fills("Write to the customer", words="What went wrong?")
    assert "What went wrong?" in await quiet.person("zeb").latest()
    await quiet.person("zeb").writes("The line was cut.")
    assert "The line was cut." in await quiet.maya.latest()
    await quiet.maya.fills("Ask an expert", expert="ville", words="Was it cut?")
    await quiet.maya.writes("/feedback cases")
    await quiet.maya.fills("Close", outcome="resolved", words="")
    for reader in (quiet.maya, quiet.ville, quiet.liisa):
        seen = await reader.reads()
        assert "Zebulon" not in seen
        assert "7654321" not in seen


async def test_the_digest_names_nobody_and_shows_no_group_in_which_one_could_be_told_apart(
    quiet: Town,
) -> None:
    await quiet.heard([5, 5, 5, 1], "ease", "phone", service="pension-advice")
    assert len(await quiet.rows(Case)) == 1
    await quiet.until(helsinki("2026-11-27 15:01"))
    digest = (await quiet.maya.reads()).partition("20 Nov 2026 –")[2]
    assert "Ease" not in digest
    assert "4 answers from customers" in digest
    assert "Zebulon" not in digest


async def test_five_are_a_group(quiet: Town) -> None:
    await quiet.heard([5, 5, 5, 5, 1], "ease", "phone", service="pension-advice")
    await quiet.until(helsinki("2026-11-27 15:01"))
    digest = (await quiet.maya.reads()).partition("20 Nov 2026 –")[2]
    assert "\nEase\n" in digest
    assert "80" in digest


async def test_an_account_tells_nothing_of_what_its_people_wrote(quiet: Town) -> None:
    """Its manager has the meeting pack and a digest of it; the service is another's."""
    for number in range(5):
        await quiet.asked("phone", f"zeb{number}", **{**GUEST, "service": "helpdesk"})
        await quiet.person(f"zeb{number}").answers("2", "2")
        await quiet.person(f"zeb{number}").writes(f"It took {number} weeks.")
    pack = await quiet.maya.writes("/feedback pack Acme")
    assert "weeks." not in pack
    assert "a customer whose name is withheld" not in pack
    await quiet.until(helsinki("2026-11-27 15:01"))
    await quiet.maya.taps("Show the comments")
    assert "weeks." not in await quiet.maya.reads()
    assert "weeks." in await quiet.ville.latest(), "who owns the service reads them, nameless"


async def test_an_account_leads_to_no_case_of_its_people(quiet: Town) -> None:
    await quiet.asked("phone", "zeb", **{**GUEST, "service": "helpdesk"})
    await quiet.person("zeb").answers("1", "1")
    await quiet.person("zeb").writes("The line was cut.")
    [case] = await quiet.rows(Case)
    async with logged_in(quiet, "maya") as maya, logged_in(quiet, "ville") as ville:
        for path in ("/cases", "/accounts/acme", "/accounts/acme/pack"):
            assert await maya.open(f"/dashboard{path}") == 200
            assert case.token not in maya.page.text
            assert "withheld" not in maya.text
            assert "1 open case" not in maya.text
        assert await maya.open(f"/dashboard/cases/{case.token}") == 403
        await ville.open("/dashboard/cases")
        assert await ville.follow("asiakas, jonka nimeä ei kerrota") == 200
        assert "The line was cut." in ville.text
    await quiet.until(helsinki("2026-11-27 15:01"))
    digest = await quiet.maya.latest()
    assert "No open cases." in digest
    assert "Cases opened" not in digest


async def test_the_whole_notice_is_behind_a_command_in_three_languages(quiet: Town) -> None:
    for language, title, time in (
        ("en", "How I handle what you tell me", "2 years"),
        ("fi", "Näin käsittelen kertomaasi", "2 vuotta"),
        ("sv", "Så hanterar jag det du berättar", "2 år"),
    ):
        await quiet.omar.writes(f"/feedback language {language}")
        notice = await quiet.omar.writes("/feedback privacy")
        assert title in notice
        assert time in notice
        assert "Liisa Heino" in notice, "whom to ask"


async def test_a_wish_from_a_confidential_survey_has_no_name(quiet: Town) -> None:
    await _poor_answer(quiet)
    await quiet.person("zeb").writes("I wish for longer hours.")
    await quiet.maya.taps("Note as a wish")
    wish = await quiet.maya.latest()
    assert "I wish for longer hours." in wish
    assert "1 customer" in wish
    assert "Quist" not in wish
    assert "Acme" not in wish
