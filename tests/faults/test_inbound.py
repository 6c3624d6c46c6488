"""What comes in comes twice, late, out of order, broken, or from a clock that is wrong: F17–F28."""

import asyncio
from datetime import timedelta

import pytest

from handlers.messages import Action, Verb
from tests.faults.checker import Books
from tests.faults.clients import Sentence
from tests.faults.office import Office
from tests.helpers.slack_payloads import as_form, as_json, block_action, direct_message, signed

LONG_AGO = "1700000000.000000"


async def test_f17_an_exact_replay_within_five_minutes_has_no_second_effect(office: Office) -> None:
    prompt = office.dice.choice(office.prompts)
    assert await office.taps(prompt, 1) == 200
    body, said = prompt.tap("ease", 1), Sentence.written(1)
    stamped = signed(body, office.clock.at)
    for _ in range(office.dice.randint(2, 5)):
        office.clock.at += timedelta(seconds=40)
        assert await office.sends(body, stamped) == 200
        assert await office.sends(said.body) == 200
    await office.settle()
    books = office.check()
    assert (len(books.answers), len(books.feedback)) == (1, 1)
    assert len(books.cases) == 2, "one of the score, one of the sentence"
    assert len(office.slack.to("DU0OWNER" + str(int(prompt.person[1:]) % 40))) == 1


async def test_f18_a_retry_that_comes_while_the_first_still_runs_is_the_same_tap(office: Office) -> None:
    for prompt in office.dice.sample(office.prompts, 8):
        taps = [office.taps(prompt, 1) for _ in range(office.dice.randint(2, 4))]
        assert set(await asyncio.gather(*taps)) == {200}
    await office.settle()
    books = office.check()
    assert (len(books.answers), len(books.changes), len(books.cases)) == (8, 0, 8)


async def test_f19_a_double_click_is_one_answer(office: Office) -> None:
    for number, prompt in enumerate(office.dice.sample(office.prompts, 8)):
        first = asyncio.create_task(office.taps(prompt, 2, nonce=f"17955000{number:02}.000001"))
        await asyncio.sleep(office.dice.uniform(0, 0.005))
        assert await office.taps(prompt, 2, nonce=f"17955000{number:02}.005001") == 200
        assert await first == 200
    await office.settle()
    books = office.check()
    assert (len(books.answers), len(books.changes), len(books.cases)) == (8, 0, 8)


async def test_f20_another_persons_tap_on_a_prompt_counts_for_nobody(office: Office) -> None:
    mine, theirs = office.dice.sample(office.prompts, 2)
    stolen = block_action(
        Action(Verb.RATE, mine.invitation, "ease=1"),
        user=theirs.person,
        conversation=mine.conversation,
        message=mine.message,
    )
    own = office.taps(mine, 5)
    assert set(await asyncio.gather(own, office.sends(as_form(stolen)))) == {200}
    await office.settle()
    assert office.check().cases == []


@pytest.mark.parametrize("what", ["forgotten", "expired", "changed"])
async def test_f21_a_tap_on_a_prompt_that_is_no_more_is_answered_calmly(what: str, office: Office) -> None:
    prompt = office.dice.choice(office.prompts)
    if what == "expired":
        await office.later(days=20)
        assert await office.sends(prompt.tap("ease", 1)) == 200
    else:
        invitation = "never-was" if what == "forgotten" else prompt.invitation
        action = Action(Verb.RATE, invitation, "ease=1" if what == "forgotten" else "a question of old=1")
        tap = block_action(action, user=prompt.person, conversation=prompt.conversation)
        assert await office.sends(as_form(tap)) == 200
    await office.settle()
    books = office.check()
    assert (books.answers, books.cases) == ([], [])


async def test_f22_answers_out_of_order_are_one_response(office: Office) -> None:
    chosen = office.dice.sample(office.prompts, 6)
    deeds = [(prompt, question) for prompt in chosen for question in ("satisfied", "ease")]
    office.dice.shuffle(deeds)
    for prompt, question in deeds:
        assert (
            await office.taps(prompt, 1, question, nonce=f"17955{len(question)}.{prompt.message[-6:]}") == 200
        )
    await office.settle()
    books = office.check()
    assert (len(books.responses), len(books.cases)) == (6, 6)


HOSTILE = {
    "garbage": b"\xff\x00payload=%%%",
    "no JSON": b"payload=%7B",
    "deep JSON": b"payload=" + b"%5B" * 80_000,
    "a list": b"payload=[]",
    "huge": b"payload=" + b"x" * 1_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_f23_what_is_no_payload_is_refused_and_the_next_tap_is_heard(what: str, office: Office) -> None:
    body = HOSTILE[what]
    assert await office.sends(body, {}) in {401, 413}
    assert await office.sends(body) in {400, 413}
    assert await office.taps(office.prompts[0], 1) == 200
    await office.settle()
    assert len(office.check().cases) == 1


async def test_f24_what_a_newer_version_or_nobody_knows_is_acknowledged_and_changes_nothing(
    office: Office,
) -> None:
    prompt = office.dice.choice(office.prompts)
    newer = block_action(Action(Verb.RATE, prompt.invitation, "ease=1"), user=prompt.person)
    newer["actions"][0]["value"] = "teleport|x7Gk|7"
    unknown = {**direct_message("hello"), "event": {"type": "invented_next_year", "user": prompt.person}}
    strange = {"type": "interactive_future", "user": {"id": prompt.person}, "team": {"id": "T0CLINIC"}}
    for body in (as_form(newer), as_json(unknown), as_form(strange)):
        assert await office.sends(body) == 200
    assert await office.taps(prompt, 4) == 200
    await office.settle()
    books = office.check()
    assert (len(books.answers), books.feedback) == (1, [])


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_f27_with_a_clock_ten_minutes_off_nothing_is_believed_and_the_log_says_why(
    minutes: int, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    body = office.prompts[0].tap("ease", 1)
    true = office.clock.at
    office.clock.at += timedelta(minutes=minutes)
    assert await office.sends(body, signed(body, true)) == 401
    assert "is this machine's clock right?" in caplog.text
    assert Books(office.url).answers == []

    office.clock.at = true
    assert await office.taps(office.prompts[0], 1) == 200
    await office.settle()
    assert len(office.check().cases) == 1


async def test_f28_a_clock_that_steps_back_an_hour_loses_and_doubles_nothing(office: Office) -> None:
    first, second, third = office.dice.sample(office.prompts, 3)
    assert await office.taps(first, 1) == 200
    await office.settle()
    office.clock.at -= timedelta(hours=1)
    assert await office.taps(second, 1) == 200
    assert await office.taps(first, 2, "satisfied") == 200
    await office.settle()
    office.clock.at += timedelta(hours=1, minutes=1)
    assert await office.taps(third, 1) == 200
    await office.settle()
    assert len(office.check().cases) == 3
    assert {row.state for row in Books(office.url).outbox} <= {"sent", "dropped"}
