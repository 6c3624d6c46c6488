"""A beginning with few: a pilot asks only volunteers, and a dry run shows what would be asked and asks nobody."""

from storage.tables import Answer, Invitation
from storage.vocabulary import InvitationState, OutboxKind
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

TEST = "sandbox:#kaiku-test"


async def test_only_volunteers_are_asked_and_the_ledger_says_why_others_are_not(
    build_town: BuildTown,
) -> None:
    town = await build_town(pilot={})
    assert "Thank you for taking part in the pilot." in await town.omar.writes("/feedback join the pilot")
    await town.asked("phone", "omar", external_reference="C-1")
    await town.asked("phone", "tom", external_reference="C-2")

    assert (await town.why("C-1"))[0].endswith(": asked.")
    assert (await town.why("C-2"))[0].endswith("because this is a pilot and they do not take part in it.")
    assert await town.tom.conversation() == []


async def test_only_chosen_touchpoints_ask(build_town: BuildTown) -> None:
    town = await build_town(pilot={"touchpoints": ["visit"], "volunteers": False})
    await town.asked("phone", "omar", handler="sanna", external_reference="C-1")
    await town.asked("visit", "omar", external_reference="V-1")
    why = await town.why("C-1")
    assert [line.rpartition(", ")[2] for line in why] == [
        "because this is a pilot and this is no part of it."
    ] * 2, "staff are not asked either"
    assert (await town.why("V-1"))[0].endswith(": asked.")


async def test_who_leaves_the_pilot_is_asked_no_more(build_town: BuildTown) -> None:
    town = await build_town(at=helsinki("2026-11-24 21:00"), pilot={})
    await town.omar.writes("/feedback join")
    await town.asked("phone", "omar", external_reference="C-1")
    assert "You have left the pilot" in await town.omar.writes("/feedback leave the pilot")
    await town.until(helsinki("2026-11-25 09:00"))
    assert await town.sent(OutboxKind.PROMPT) == 0, "what waited for the morning is taken back"
    await town.asked("ticket", "omar", external_reference="T-1")
    assert "do not take part in it" in (await town.why("T-1"))[0]


async def test_joining_and_leaving_are_understood_without_a_slash_in_three_languages(
    build_town: BuildTown,
) -> None:
    town = await build_town(pilot={})
    for words in ("join the pilot", "liity pilottiin", "gå med i piloten"):
        assert "Thank you for taking part" in await town.omar.writes(words)
    for words in ("leave the pilot", "poistu pilotista", "lämna piloten"):
        assert "You have left the pilot" in await town.omar.writes(words)
    assert "Thank you" in await town.omar.writes("leave me a note when the printer works")


async def test_help_tells_how_to_join_only_while_there_is_a_pilot(build_town: BuildTown) -> None:
    town = await build_town(pilot={})
    assert "join the pilot" in await town.omar.writes("help")
    town.reorganise()
    assert "join the pilot" not in await town.omar.writes("help")


async def test_without_a_pilot_nobody_joins_one(town: Town) -> None:
    assert "There is no pilot to join or leave at the moment." in await town.omar.writes(
        "/feedback join the pilot"
    )


async def test_joining_something_else_is_not_understood(build_town: BuildTown) -> None:
    town = await build_town(pilot={})
    assert "join forces with us" in await town.omar.writes("/feedback join forces with us")
    await town.asked("phone", "omar", external_reference="C-1")
    assert "do not take part" in (await town.why("C-1"))[0]


async def test_everybody_in_a_conversation_has_not_volunteered(build_town: BuildTown) -> None:
    town = await build_town(pilot={})
    await town.asked("visit", "omar", external_reference="V-1", shared_conversation="sandbox:#advice")
    assert await town.person("#advice").conversation() == []


async def test_a_round_keeps_to_the_pilot(build_town: BuildTown) -> None:
    survey = {"name": "Half-yearly survey", "starts": "2026-11-02"}
    town = await build_town(pilot={"touchpoints": ["half-yearly"]}, rounds={"half-yearly": survey})
    await town.omar.writes("/feedback join the pilot")
    await town.settle()
    assert await town.sent(OutboxKind.PROMPT) == 1
    assert await town.tom.conversation() == []


# The dry run.


async def _dry(build_town: BuildTown, **changes: object) -> Town:
    return await build_town(pilot={"volunteers": False, "dry_run": TEST}, **changes)


async def test_a_dry_run_shows_each_request_in_the_test_conversation_and_asks_nobody(
    build_town: BuildTown,
) -> None:
    town = await _dry(build_town)
    await town.asked("phone", "omar", handler="sanna", external_reference="C-1", about="the invoice")

    assert await town.omar.conversation() == []
    assert await town.sanna.conversation() == []
    to_omar, to_sanna = [entry.text for entry in await town.person("#kaiku-test").conversation()]
    assert "KOEAJO: tämän olisi nyt saanut Omar Hassan." in to_omar
    assert "It was easy for me to get my matter handled." in to_omar, "as Omar would have read it"
    assert "Sanna Mäkelä" in to_sanna
    assert all("this is a dry run" in line for line in await town.why("C-1"))


async def test_nothing_that_is_tapped_in_a_dry_run_is_recorded(build_town: BuildTown) -> None:
    town = await _dry(build_town)
    await town.asked("phone", "omar")
    for somebody in (town.pekka, town.omar):
        told = await somebody.at("#kaiku-test").taps("2")
        assert "koeajo" in told.note.lower() or "dry run" in told.note.lower()
    assert await town.rows(Answer) == []
    assert await town.responses() == 0
    assert [row.state for row in await town.rows(Invitation)] == [InvitationState.REHEARSED]


async def test_a_dry_run_counts_nowhere_and_weighs_on_nobody_when_it_is_over(build_town: BuildTown) -> None:
    town = await _dry(build_town)
    await town.asked("phone", "omar", external_reference="C-1", service="helpdesk")
    await town.asked("phone", "omar", external_reference="C-2", service="helpdesk")
    assert "already asked today" in (await town.why("C-2"))[0], (
        "within the dry run requests weigh as real ones would"
    )

    town.reorganise()
    await town.later(hours=1)
    await town.asked("phone", "omar", external_reference="C-3", service="helpdesk")
    assert (await town.why("C-3"))[0].endswith(": asked.")
    await town.omar.writes("Where do I find the form?")
    assert {row.state for row in await town.rows(Invitation)} == {
        InvitationState.REHEARSED,
        InvitationState.ANSWERED,
    }


async def test_a_dry_run_also_keeps_back_what_was_decided_before_it(build_town: BuildTown) -> None:
    town = await build_town(at=helsinki("2026-11-24 21:00"))
    await town.asked("phone", "omar")
    town.reorganise(pilot={"volunteers": False, "dry_run": TEST})
    await town.until(helsinki("2026-11-25 09:00"))
    assert await town.omar.conversation() == []


async def test_a_dry_run_is_not_held_up_by_the_night(build_town: BuildTown) -> None:
    town = await _dry(build_town, at=helsinki("2026-11-24 21:00"))
    await town.asked("phone", "omar")
    assert len(await town.person("#kaiku-test").conversation()) == 1


async def test_a_question_to_everybody_is_rehearsed_too(build_town: BuildTown) -> None:
    town = await _dry(build_town)
    await town.asked("visit", "omar", shared_conversation="sandbox:#advice")
    assert await town.person("#advice").conversation() == []
    assert "sandbox:#advice" in await town.person("#kaiku-test").latest()
