"""One screen first, detail on demand: the comments, the open cases, and why a figure changed, for who may read them."""

from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.messages import Action, Verb
from storage.tables import AuditEntry, DigestRun
from storage.vocabulary import DigestAudience
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

FRIDAY_15 = helsinki("2026-11-27 15:00")


async def _commented(town: Town, customer: str, score: str, words: str) -> None:
    await town.asked("phone", customer, service="pension-advice")
    person = town.person(customer)
    await person.answers(score, score)
    await person.taps("Yes" if customer == "omar" else "Ja")
    await person.fills("Write" if customer == "omar" else "Skriv", words=words)


async def _run_of(town: Town, audience: DigestAudience, key: str) -> str:
    runs = await town.rows(DigestRun)
    return next(run.token for run in runs if (run.audience, run.audience_key) == (audience, key))


def _marks(ctx: Context) -> list[tuple[str, str]]:
    """What stands on the time line of Maya's digest, with the label of its week."""
    audience = audience_called("maya", ctx)
    trend = digest_view(audience, audience.rhythm.latest(ctx.now), ctx).trend
    return [(trend.points[mark.place].label, mark.words) for mark in trend.annotations] if trend else []


async def test_the_comments_are_a_tap_away_and_nameless(town: Town) -> None:
    await _commented(town, "omar", "5", "Sanna explained <everything> twice!")
    await _commented(town, "linnea", "1", "Ingen svarade på två timmar.")
    await town.until(FRIDAY_15)
    await town.maya.taps("Show the comments")
    told = await town.maya.latest()
    assert told.startswith("2 comments")
    assert "Sanna explained <everything> twice!" in told
    assert "Ingen svarade på två timmar." in told
    assert "Phone call" in told
    assert "Linnea" not in told


async def test_many_comments_come_page_by_page(town: Town) -> None:
    for number in range(11):
        await town.maya.logs(customer="Acme", words=f"Remark {number}.", service="pension-advice")
        await town.later(minutes=1)
    await town.until(FRIDAY_15)
    await town.maya.taps("Show the comments")
    first = await town.maya.latest()
    assert "Remark 10." in first
    assert "Remark 2." not in first
    await town.maya.taps("Show the next ones")
    second = await town.maya.latest()
    assert "Remark 0." in second
    assert "Remark 3." not in second
    assert "Show the next ones" not in await town.maya.labels()


async def test_open_cases_of_the_digest_are_a_tap_away(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.until(FRIDAY_15)
    await town.maya.taps("Show open cases")
    assert "1 open case" in await town.maya.latest()
    await town.maya.taps("Show 1")
    assert "Omar" in await town.maya.latest()


async def test_a_change_is_explained_by_where_it_came_from_and_what_was_noted(town: Town) -> None:
    await town.heard([5] * 20, "satisfied", "phone", service="pension-advice")
    await town.heard([5] * 20, "satisfied", "ticket", service="pension-advice")
    await town.until(FRIDAY_15)
    await town.maya.writes("/feedback note 2026-11-30 New telephone exchange #pension-advice")
    await town.heard([1] * 15 + [5] * 5, "satisfied", "phone", service="pension-advice")
    await town.heard([5] * 20, "satisfied", "ticket", service="pension-advice")
    await town.later(days=7)
    await town.maya.taps("Why this change?")
    told = await town.maya.latest()
    assert "worse than before" in told
    assert "Phone call: 100% good (n = 20) → 25% good (n = 20)" in told
    assert "Support ticket" not in told
    assert "30 Nov 2026 · New telephone exchange" in told


async def test_where_nothing_explains_it_that_is_said(town: Town) -> None:
    await town.heard([5] * 18 + [3] * 2, "satisfied", "phone", service="pension-advice")
    await town.until(FRIDAY_15)
    await town.later(hours=1)
    await town.heard([5] * 15 + [3] * 5, "satisfied", "phone", service="pension-advice")
    await town.later(days=7)
    await town.maya.taps("Why this change?")
    told = await town.maya.latest()
    assert "A change like this comes by chance alone: there is nothing to explain." in told
    assert "Nothing was noted on the time line for these days." in told


async def test_in_a_teams_channel_only_who_pressed_reads_it(town: Town) -> None:
    await _commented(town, "omar", "5", "Splendid.")
    await town.until(FRIDAY_15)
    before = len(await town.person("#advice").conversation())
    told = await town.sanna.at("#advice").taps("Näytä kommentit")
    assert "Splendid." in (told.note or "")
    assert len(await town.person("#advice").conversation()) == before


async def test_another_teams_words_are_refused_and_that_is_written_down(town: Town) -> None:
    await _commented(town, "omar", "5", "Splendid.")
    await town.until(FRIDAY_15)
    run = await _run_of(town, DigestAudience.MANAGER, "maya")
    told = await town.ville.presses(Action(Verb.DIGEST, run, "words"))
    assert "Splendid" not in (told.note or "")
    told = await town.omar.presses(Action(Verb.DIGEST, run, "cases"))
    assert "Splendid" not in (told.note or "")
    assert await town.refusals() == ["DetailAsked", "DetailAsked"]
    reads = [entry.did for entry in await town.rows(AuditEntry) if entry.subject == "digest words"]
    assert reads == []


async def test_a_button_edited_by_hand_shows_nothing(town: Town) -> None:
    await town.until(FRIDAY_15)
    told = await town.maya.presses(Action(Verb.DIGEST, "no-such-run", "words"))
    assert "no longer in the organisation file" in (told.note or await town.maya.latest())


async def test_what_happened_stands_on_the_time_line_of_the_digest(build_town: BuildTown) -> None:
    happened = {"on": "2026-11-26", "words": "Billing run", "services": ["pension-advice"]}
    elsewhere = {"on": "2026-11-26", "words": "Printers moved", "services": ["helpdesk"]}
    town = await build_town(annotations=[happened, elsewhere], targets={"satisfied": 80})
    await town.heard([5] * 6, "satisfied", "phone", service="pension-advice")
    await town.maya.writes("/feedback note 24.11.2026 Strike")
    await town.until(FRIDAY_15)
    marks = await town.ask(_marks)
    assert marks == [("W48", "Strike"), ("W48", "Billing run")]
    digest = await town.maya.latest()
    assert "Satisfaction\n100% good · target 80% · at target\n" in digest


async def test_notes_are_listed_and_what_is_no_day_is_said(town: Town) -> None:
    assert "Nothing was noted" in await town.maya.writes("/feedback note")
    assert "Noted on the time line: 24 Nov 2026: Strike" in await town.maya.writes("/feedback note Strike")
    assert "24 Nov 2026 · Strike" in await town.maya.writes("/feedback note")
    assert "Taken back: 24 Nov 2026: Strike" in await town.maya.writes("/feedback note undo")
    assert "nothing that could be taken back" in await town.maya.writes("/feedback note undo")
    assert "Nothing was noted" in await town.maya.writes("/feedback note")
    assert "“2026-02-31” is not a day." in await town.maya.writes("/feedback note 2026-02-31 Strike")
    assert "moon" in await town.maya.writes("/feedback note 2026-11-20 Strike #moon")
    assert "Strike" not in await town.omar.writes("/feedback note Strike")


async def test_a_long_comment_is_read_whole_if_alone_on_its_page(town: Town) -> None:
    for number in range(3):
        words = f"Beginning {number}. {'sana ' * 500}End {number}."
        await town.maya.logs(customer="Acme", words=words, service="pension-advice")
        await town.later(minutes=1)
    await town.until(FRIDAY_15)
    await town.maya.taps("Show the comments")
    for number in (2, 1, 0):
        told = await town.maya.latest()
        assert f"Beginning {number}." in told
        assert f"End {number}." in told
        if number:
            assert f"Beginning {number - 1}." not in told
            await town.maya.taps("Show the next ones")
