"""What is heard, against a homeserver in small: late taps, forms half filled, a full disk, strange shapes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels import Sent
from bot.channels.matrix import render
from bot.channels.matrix.homeserver import Json
from handlers.events import CaseClosed, FormAsked, RatingGiven, WordsReceived
from handlers.messages import Action, Button, EditInPlace, Message, Paragraph, Scale, Verb
from tests.channels.adapters.matrix import MatrixStage, stage
from tests.channels.contract import House
from tests.helpers.matrix_town import content_of, text_of
from tests.helpers.samples import ALERT, PROMPT, scale


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def matrix(house: House, tmp_path: Path) -> AsyncIterator[MatrixStage]:
    async with stage(house, tmp_path) as opened:
        yield opened


def react(matrix: MatrixStage, sent: Sent, key: str) -> None:
    relation = {"rel_type": "m.annotation", "event_id": sent.message, "key": key}
    matrix.server.add(sent.conversation, matrix.tom.person, "m.reaction", {"m.relates_to": relation})


async def test_two_taps_before_we_hear_mean_the_same_question(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, PROMPT, "prompt:1")
    house.reply = EditInPlace(ALERT)
    react(matrix, sent, "2️⃣")
    react(matrix, sent, "4️⃣")
    await matrix.hear()
    assert [event.score for event in house.events if isinstance(event, RatingGiven)] == [2, 4]


async def test_a_number_answers_the_newest_message_and_a_reply_its_own(
    matrix: MatrixStage, house: House
) -> None:
    first = await matrix.channel.send(matrix.tom, PROMPT, "prompt:1")
    second = await matrix.channel.send(matrix.tom, PROMPT, "prompt:2")
    await matrix.write("2")
    relation = {"m.in_reply_to": {"event_id": first.message}}
    content = {"msgtype": "m.text", "body": "3", "m.relates_to": relation}
    matrix.server.add(first.conversation, matrix.tom.person, "m.room.message", content)
    await matrix.hear()
    assert [(event.message, event.score) for event in house.events if isinstance(event, RatingGiven)] == [
        (second.message, 2),
        (first.message, 3),
    ]


async def test_a_form_that_is_stopped_asks_no_more(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, ALERT, "alert:1")
    await matrix.press(sent, "Not ours")
    await matrix.write("cancel")
    await matrix.write("That is all.")
    assert not [event for event in house.events if isinstance(event, CaseClosed)]
    assert isinstance(house.events[-1], WordsReceived)


async def test_what_is_no_option_is_asked_again(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, ALERT, "alert:1")
    await matrix.press(sent, "Not ours")
    await matrix.write("17")
    asked = matrix.server.standing(sent.conversation)[-1]
    assert "I did not understand that answer." in text_of(asked)
    await matrix.write("explained")
    await matrix.write("-")
    closed = house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.words) == ("explained", "")


async def test_an_answer_that_is_heard_twice_goes_on_once(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, ALERT, "alert:1")
    await matrix.press(sent, "Not ours")
    await matrix.write("1")
    before = len(matrix.server.standing(sent.conversation)), len(house.events)
    await matrix.again()
    assert (len(matrix.server.standing(sent.conversation)), len(house.events)) == before


async def test_the_form_is_asked_for_anew_at_each_field(matrix: MatrixStage, house: House) -> None:
    """Whoever may do it no more is told so in the middle."""
    sent = await matrix.channel.send(matrix.tom, ALERT, "alert:1")
    await matrix.fill(sent, "Not ours", {"outcome": "resolved", "words": "done"})
    asked = [event for event in house.events if isinstance(event, FormAsked)]
    assert [bool(event.delivery_id) for event in asked] == [True, False, False]


async def test_reactions_follow_the_scale(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, PROMPT, "prompt:1")
    await matrix.channel._voice.finish(within=5)
    assert matrix.reactions(sent) == {"1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"}
    three = Message((Scale(scale().points[:3]),), "three")
    await matrix.channel.edit(sent, three)
    await matrix.channel._voice.finish(within=5)
    assert matrix.reactions(sent) == {"1️⃣", "2️⃣", "3️⃣"}


RECOMMEND = Message(
    (
        Paragraph("How likely would you recommend us?", strong=True),
        Scale(
            tuple(Button(str(n), Action(Verb.RATE, "x7Gk", f"nps={n}")) for n in range(11)),
            "Not at all",
            "Certainly",
        ),
    ),
    "How likely would you recommend us?",
)


def polls(matrix: MatrixStage) -> list[Json]:
    """The bot's polls that stand."""
    return [event for event in matrix.server.events if event["type"] == render.POLL and event["content"]]


def vote(
    matrix: MatrixStage, poll: Json, *answers: str, kind: str = "org.matrix.msc3381.poll.response"
) -> Json:
    said = (
        {"m.selections": list(answers)} if kind == "m.poll.response" else {kind: {"answers": list(answers)}}
    )
    relation = {"rel_type": "m.reference", "event_id": poll["event_id"]}
    return matrix.server.add(poll["room_id"], matrix.tom.person, kind, {**said, "m.relates_to": relation})


@pytest.mark.parametrize("kind", ["org.matrix.msc3381.poll.response", "m.poll.response"])
async def test_a_long_scale_is_voted_on_beneath_its_message(
    matrix: MatrixStage, house: House, kind: str
) -> None:
    sent = await matrix.channel.send(matrix.tom, RECOMMEND, "prompt:1")
    await matrix.channel._voice.finish(within=5)
    (poll,) = polls(matrix)
    house.reply = EditInPlace(PROMPT)
    voted = vote(matrix, poll, "9", kind=kind)
    await matrix.hear()
    await matrix.channel._voice.finish(within=5)

    (rating,) = house.events
    assert isinstance(rating, RatingGiven)
    assert (rating.question, rating.score, rating.message) == ("nps", 9, sent.message)
    assert rating.delivery_id == voted["event_id"]
    assert polls(matrix) == [], "the message asks something else now"
    assert voted["event_id"] not in [event["event_id"] for event in matrix.server.events if event["content"]]


async def test_while_its_question_stands_a_poll_stands(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, RECOMMEND, "prompt:1")
    await matrix.channel.edit(sent, Message((*RECOMMEND.parts, Paragraph("A reminder.")), RECOMMEND.summary))
    await matrix.channel._voice.finish(within=5)
    assert len(polls(matrix)) == 1


async def test_a_short_scale_and_no_scale_have_no_poll(matrix: MatrixStage) -> None:
    for number, message in enumerate((PROMPT, ALERT)):
        await matrix.channel.send(matrix.tom, message, f"a:{number}")
    await matrix.channel._voice.finish(within=5)
    assert polls(matrix) == []


@pytest.mark.parametrize("answers", [(), ("11",), ("nonsense",)])
async def test_a_vote_that_means_nothing_does_nothing(
    matrix: MatrixStage, house: House, answers: tuple[str, ...]
) -> None:
    await matrix.channel.send(matrix.tom, RECOMMEND, "prompt:1")
    await matrix.channel._voice.finish(within=5)
    vote(matrix, polls(matrix)[0], *answers)
    assert await matrix.hear()
    assert house.events == []


async def test_a_vote_in_somebody_elses_poll_is_none_of_ours(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, RECOMMEND, "prompt:1")
    forged = render.poll(RECOMMEND, sent.message)
    poll = matrix.server.add(sent.conversation, "@maya:kaiku.test", render.POLL, forged)
    vote(matrix, poll, "0")
    await matrix.hear()
    assert house.events == []


async def test_a_strange_shape_is_let_go_and_logged_once_without_its_words(
    matrix: MatrixStage, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await matrix.channel.send(matrix.tom, PROMPT, "prompt:1")
    for _ in range(2):
        strange = {"msgtype": "m.text", "body": {"secret": "words"}}
        matrix.server.add(sent.conversation, matrix.tom.person, "m.room.message", strange)
        assert await matrix.hear()
    assert house.events == []
    told = [record.getMessage() for record in caplog.records if "not understood" in record.getMessage()]
    assert len(told) == 1
    assert "secret" not in told[0]


async def test_choices_written_by_somebody_else_open_nothing(matrix: MatrixStage, house: House) -> None:
    sent = await matrix.channel.send(matrix.tom, PROMPT, "prompt:1")
    own = content_of(matrix.server.standing(sent.conversation)[0])
    forged = matrix.server.add(
        sent.conversation, "@eve:kaiku.test", "m.room.message", {**own, "msgtype": "m.notice"}
    )
    react(matrix, Sent(sent.conversation, forged["event_id"]), "2️⃣")
    await matrix.hear()
    assert house.events == []
