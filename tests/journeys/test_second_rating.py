"""After a case was closed its customer is asked once whether it was put right."""

from collections.abc import Sequence

from handlers.filters import Filters
from handlers.messages import Action, Verb
from storage import recoveries
from storage.tables import Case, SecondRating
from storage.vocabulary import CaseState, OutboxKind
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

ASKED = "Did we put it right?"


async def _recovered(town: Town, customer: str = "omar", outcome: str = "resolved") -> None:
    """Badly served, called, and the case closed."""
    await town.asked("phone", customer, service="pension-advice")
    await town.person(customer).answers("2", "2")
    await town.maya.fills("I called or wrote", words="We agreed on Friday.")
    await town.maya.fills("Close", outcome=outcome, words="")


async def test_a_day_after_closing_the_customer_is_asked_once_and_the_answer_is_kept_apart(
    town: Town,
) -> None:
    await _recovered(town)
    await town.until(helsinki("2026-11-25 09:59"))
    assert ASKED not in await town.omar.reads()
    await town.until(helsinki("2026-11-25 10:00"))
    assert ASKED in await town.omar.latest()
    await town.omar.taps("4")
    [rating] = await town.rows(SecondRating)
    assert (rating.before, rating.score) == (2, 4)
    assert "Thank you for telling us." in await town.omar.latest()

    await town.later(days=5)
    assert await town.sent(OutboxKind.SECOND_RATING) == 1
    assert await town.responses() == 1, "it is no answer about an encounter"


async def test_a_poor_second_rating_opens_the_case_again_and_its_owner_is_told(town: Town) -> None:
    await _recovered(town)
    await town.later(days=1)
    await town.omar.taps("1, Not at all")
    [case] = await town.rows(Case)
    assert case.state == CaseState.REOPENED
    assert case.due_at == helsinki("2026-11-25 14:00")
    assert "Not put right: Omar Hassan" in await town.maya.latest()
    await town.omar.taps("5, Completely")
    [rating] = await town.rows(SecondRating)
    assert rating.score == 5, "a slip of the finger is put right, too"

    await town.maya.fills("Close", outcome="apologised", words="")
    await town.later(days=3)
    assert await town.sent(OutboxKind.SECOND_RATING) == 1, "nobody is asked about one case twice"


async def test_who_was_not_contacted_or_did_not_wish_it_is_not_asked(town: Town) -> None:
    await town.asked("phone", "aino", service="pension-advice")
    await town.aino.taps("1")
    await town.maya.fills("Close", outcome="explained", words="")

    await _recovered(town, outcome="no contact wished")

    await town.asked("phone", "linnea", service="lobby")
    await town.linnea.answers("1", "1")
    await town.maya.fills("I called or wrote", words="")
    await town.maya.fills("Close", outcome="resolved", words="")
    await town.linnea.writes("sluta")
    await town.later(days=3)
    assert await town.sent(OutboxKind.SECOND_RATING) == 0


async def test_nobody_is_asked_in_the_evening_on_a_sunday_or_about_an_open_case(
    build_town: BuildTown,
) -> None:
    town = await build_town(at=helsinki("2026-11-27 15:00"))
    await _recovered(town)
    await town.until(helsinki("2026-11-29 12:00"))
    assert ASKED not in await town.omar.reads()
    await town.maya.taps("Reopen")
    await town.until(helsinki("2026-11-30 08:00"))
    assert ASKED not in await town.omar.reads()
    await town.maya.fills("I called or wrote", words="")
    await town.maya.fills("Close", outcome="resolved", words="")
    await town.later(days=1, minutes=1)
    assert ASKED in await town.omar.latest(), "closed again, and asked then"


async def test_the_organisation_may_do_without(build_town: BuildTown) -> None:
    town = await build_town(asking={"second_rating_after": None})
    await _recovered(town)
    await town.later(days=5)
    assert await town.sent(OutboxKind.SECOND_RATING) == 0


async def test_only_the_customer_answers_and_only_on_the_scale(town: Town) -> None:
    await _recovered(town)
    await town.later(days=1)
    [rating] = await town.rows(SecondRating)
    await town.aino.presses(Action(Verb.RATE_AGAIN, rating.token, "5"))
    await town.omar.presses(Action(Verb.RATE_AGAIN, rating.token, "9"))
    await town.omar.presses(Action(Verb.RATE_AGAIN, "no-such-one", "3"))
    [rating] = await town.rows(SecondRating)
    assert rating.score is None
    assert await town.refusals() == ["RecoveryRated"]
    await town.omar.taps("3")
    await town.later(days=2)
    await town.omar.taps("5, Completely")
    assert [row.score for row in await town.rows(SecondRating)] == [3], "after a day it stays as it is"


async def test_the_digest_says_what_recoveries_gained_with_n_and_no_mean_of_a_few(town: Town) -> None:
    customers = [f"guest-{number}" for number in range(5)]
    for customer in customers:
        await _recovered(town, customer)
    await town.later(days=1)
    for customer in customers[:4]:
        await town.person(customer).taps("4")
    await town.person(customers[4]).taps("5, Täysin")
    await town.until(helsinki("2026-11-27 15:01"))
    assert "Did we put it right? 2.0 before → 4.2 after, of 5 (n = 5)." in await town.maya.latest()


async def test_a_second_rating_is_told_of_the_team_that_provides_the_service(town: Town) -> None:
    await _recovered(town)
    await town.later(days=1)
    await town.omar.taps("4")

    async def gained(team: str) -> Sequence[tuple[int | None, int | None]]:
        scope = Filters(teams=frozenset({team})).chosen(town.app.organisation).scope
        ever = (helsinki("2026-01-01 00:00"), helsinki("2027-01-01 00:00"))
        return await town.app.read(lambda ctx: recoveries.gained(ctx.session, scope, *ever))

    assert list(await gained("advice")) == [(2, 4)]
    assert list(await gained("city-it")) == []
