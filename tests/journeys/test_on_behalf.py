"""What was said to somebody else: who logged it and who said it are kept apart, and nobody is written to unasked."""

import re

import pytest

from bot.channels.sandbox.listener import Told
from handlers.messages import Action, Verb
from storage.tables import Case, Feedback, Person, Response, Wish
from storage.vocabulary import FeedbackSource, OutboxKind, Stream
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

PAPER = Action(Verb.LOG, value="paper")
INTERVIEW = Action(Verb.INTERVIEW)


async def test_a_paper_form_is_copied_with_who_wrote_it_and_who_logged_it(town: Town) -> None:
    assert "Kirjaa paperilta" in await town.sanna.writes("/feedback log paperi")
    await town.sanna.submits(
        PAPER,
        customer="Omar Hassan",
        words="Nobody called back.",
        type="complaint",
        service="helpdesk",
        consent="yes",
    )
    [feedback] = await town.rows(Feedback)
    people = {row.id: row.key for row in await town.rows(Person)}
    assert (people[feedback.said_by_id], people[feedback.logged_by_id]) == ("omar", "sanna")
    assert (feedback.came_by, feedback.consent) == ("paper", True)
    alert = await town.ville.latest()
    assert "Omar Hassan" in alert
    assert "Sanna Mäkelä" in alert


async def test_a_name_nobody_knows_is_kept_as_it_stands(town: Town) -> None:
    await town.sanna.submits(PAPER, customer="Rouva Virta, Turku", words="Jono oli pitkä.", type="other")
    [feedback] = await town.rows(Feedback)
    assert (feedback.said_by_id, feedback.said_by_name) == (None, "Rouva Virta, Turku")


@pytest.mark.parametrize(("consent", "told"), [("yes", 1), ("no", 0), ("", 0)])
async def test_who_allowed_it_hears_how_it_ended_and_nobody_else(town: Town, consent: str, told: int) -> None:
    fields = {"customer": "Omar Hassan", "type": "complaint", "service": "helpdesk", "consent": consent}
    await town.sanna.submits(PAPER, words="Nobody called back.", **fields)
    [case] = await town.rows(Case)
    await town.ville.submits(Action(Verb.CLOSE, case.token), outcome="resolved", words="We called.")
    assert await town.sent(OutboxKind.OUTCOME) == told


async def test_a_wish_logged_for_somebody_who_allowed_it_is_answered_to_them(town: Town) -> None:
    await town.maya.logs(customer="Omar Hassan", words="Tickets by e-mail", type="idea", consent="yes")
    [wish] = await town.rows(Wish)
    await town.maya.submits(Action(Verb.DECIDE_WISH, wish.token), state="done", words="")
    assert "What you wished for is done." in await town.omar.latest()


@pytest.mark.parametrize(
    ("tag", "source"),
    [
        ("", FeedbackSource.CUSTOMER),
        ("#organisation", FeedbackSource.ORGANISATION),
        ("#third-party", FeedbackSource.THIRD_PARTY),
        ("#ulkopuolinen", FeedbackSource.THIRD_PARTY),
    ],
)
async def test_who_said_it_is_told_in_one_line(town: Town, tag: str, source: FeedbackSource) -> None:
    told = await town.maya.writes(f"/feedback log Posti: the parcel came late {tag} #parcels")
    [feedback] = await town.rows(Feedback)
    assert (feedback.source, feedback.category) == (source, "parcels")
    assert ("Third party" in told) is (source is FeedbackSource.THIRD_PARTY)


async def test_who_said_it_is_chosen_in_the_form(town: Town) -> None:
    await town.maya.logs(customer="Posti", words="The address was wrong.", type="other", source="third party")
    [feedback] = await town.rows(Feedback)
    assert feedback.source == FeedbackSource.THIRD_PARTY


# The alert says how it came.


async def test_the_alert_says_that_the_customer_wrote_it_themselves(town: Town) -> None:
    await town.aino.writes("Portaat ovat liukkaat.")
    assert "Omalla viestillä täällä" in await town.liisa.latest(), "it came to the CX lead"


@pytest.mark.parametrize(
    ("came_by", "said"), [("phone", "Puhelimitse"), ("paper", "Paperilomakkeella"), ("", "Työtoveri kirjasi")]
)
async def test_the_alert_says_how_it_reached_whoever_logged_it(town: Town, came_by: str, said: str) -> None:
    await town.sanna.logs(
        customer="Omar Hassan",
        words="Nobody called back.",
        type="complaint",
        service="helpdesk",
        came_by=came_by,
    )
    assert f"Mistä tieto tuli\n{said}\nKirjasi\nSanna Mäkelä" in await town.ville.latest()


async def test_the_alert_says_that_it_was_no_customer(town: Town) -> None:
    await town.sanna.logs(
        customer="Posti",
        words="The address was wrong.",
        type="complaint",
        service="helpdesk",
        source="third party",
        came_by="letter",
    )
    assert "Mistä tieto tuli\nKirjeitse · Kolmas osapuoli" in await town.ville.latest()


async def test_the_alert_says_that_it_was_asked_by_telephone_and_says_nothing_of_a_tap(town: Town) -> None:
    await _interviewed(town, **{"answer-ease": "1"}, consent="yes")
    assert "Mistä tieto tuli\nPuhelinhaastattelussa" in await town.ville.latest()
    await town.asked("phone", "tom", service="helpdesk")
    await town.tom.taps("1")
    assert "Mistä tieto tuli" not in await town.ville.latest()


async def _interviewed(town: Town, **fields: str) -> Told:
    usual = {"permission": "yes", "customer": "Omar Hassan", "service": "helpdesk"}
    return await town.sanna.submits(INTERVIEW, **(usual | fields))


async def test_an_interview_asks_permission_first_and_three_questions_at_most(town: Town) -> None:
    form = await town.sanna.writes("/feedback log haastattelu")
    assert "Kysy ensin" in form
    assert form.index('name="permission"') < form.index('name="customer"')
    assert len(set(re.findall('name="(answer-[^"]*)"', form))) == 3

    refused = await _interviewed(town, permission="no", **{"answer-ease": "5"})
    assert "permission" in refused.errors
    assert await town.rows(Response) == []


async def test_who_held_it_and_who_answered_are_kept_apart(town: Town) -> None:
    await _interviewed(town, **{"answer-ease": "1", "answer-words": "Nobody called back."}, consent="yes")
    [response] = await town.rows(Response)
    people = {row.id: row.key for row in await town.rows(Person)}
    assert (people[response.person_id], people[response.entered_by_id]) == ("omar", "sanna")
    assert (response.stream, response.consent) == (Stream.INTERVIEW, True)
    alert = await town.ville.latest()
    for words in ("Omar Hassan", "Sanna Mäkelä", "Nobody called back."):
        assert words in alert, "a poor score spoken is put right like one that was tapped"


async def test_somebody_new_can_be_interviewed_and_is_not_written_to(town: Town) -> None:
    await _interviewed(town, customer="Rouva Virta", **{"answer-ease": "5"})
    [response] = await town.rows(Response)
    people = {row.id: row.name for row in await town.rows(Person)}
    assert people[response.person_id] == "Rouva Virta"
    assert await town.rows(Case) == []


@pytest.mark.parametrize("fields", [{"customer": " "}, {"answer-ease": "9"}, {"answer-ease": "five"}, {}])
async def test_what_cannot_be_recorded_leaves_nothing(town: Town, fields: dict[str, str]) -> None:
    await _interviewed(town, **fields)
    assert await town.rows(Response) == []


@pytest.mark.parametrize(("declared", "n"), [(False, 5), (True, 6)])
async def test_spoken_scores_count_apart_unless_the_organisation_says_otherwise(
    build_town: BuildTown, declared: bool, n: int
) -> None:
    town = await build_town(asking={"interviews_count": declared})
    await town.heard([5] * 5, "ease", "phone", service="pension-advice")
    await _interviewed(town, customer="Rouva Virta", service="pension-advice", **{"answer-ease": "5"})
    await town.until(helsinki("2026-11-27 15:01"))
    digest = await town.maya.latest()
    assert "5 answers from customers, 1 interview by telephone" in digest
    assert f"n = {n}" in digest
