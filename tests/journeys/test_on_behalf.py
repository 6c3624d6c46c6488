"""What was said to somebody else: who logged it and who said it are kept apart, and nobody is written to unasked."""

import pytest

from handlers.messages import Action, Verb
from storage.tables import Case, Feedback, Person, Wish
from storage.vocabulary import FeedbackSource, OutboxKind
from tests.helpers.town import Town

PAPER = Action(Verb.LOG, value="paper")


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
