"""What every channel promises, held against each of them through its own platform's payloads."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from bot.channels import Sent
from bot.channels.errors import DeliveryError
from handlers.events import (
    CaseClosed,
    CommandGiven,
    DetailAsked,
    LoginAsked,
    RatingGiven,
    WishNoted,
    WordsReceived,
)
from handlers.messages import Buttons, EditInPlace, FormErrors, Heading, Message, Paragraph, Quote, Say, Small
from handlers.views import DigestView, ResponseName
from handlers.wording import cases, details, digests, login, packs, prompts
from handlers.wording.case_parts import note_wish
from storage.vocabulary import DigestDetail, Outcome
from tests.channels.contract import PATIENCE, House, Stage, Standing, Trouble
from tests.helpers import views
from tests.helpers.samples import ALERT, DIGEST, HOSTILE, HUGE, PROMPT

THANKS = Message((Paragraph("Kiitos – tack! Åke, 佐藤 ja Олег 👍🏽 lukevat sen."),), "Kiitos!")
STORY = "Once more from the beginning, so that nobody has to guess. " * 150
"""Nine thousand characters."""


def flat(text: str) -> str:
    """The words alone: how lines break is the platform's own."""
    return " ".join(text.split())


async def only(stage: Stage) -> Standing:
    (message,) = await stage.standing()
    return message


def can(stage: Stage, what: str) -> None:
    """Skip what the platform has no notion of; docs/channels.md tells what happens instead."""
    if what in stage.cannot:
        pytest.skip(stage.cannot[what])


async def take_back(stage: Stage, sent: Sent) -> None:
    """The message and what stands beneath it, each as it is remembered after it was sent."""
    for message in (sent.message, *sent.beneath):
        await stage.channel.remove(Sent(sent.conversation, message))


async def failure(stage: Stage, trouble: Trouble) -> DeliveryError:
    can(stage, trouble.name)
    stage.trouble(trouble)
    with pytest.raises(DeliveryError) as problem:
        await stage.channel.send(stage.tom, ALERT, "alert:1")
    return problem.value


async def test_a_prompt_stands_with_every_word_and_every_choice(stage: Stage) -> None:
    await stage.channel.send(stage.tom, PROMPT, "prompt:1")

    message = await only(stage)
    assert message.labels == ("1", "2", "3", "4", "5", "I'd rather talk to Maya", "Not my matter")
    for words in ("How was it?", "It was easy for me to get my matter handled.", "Strongly agree", "9.12"):
        assert words in flat(message.text)


async def test_a_tap_says_who_gave_which_score_where(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    assert await stage.press(sent, "2")

    (event,) = house.events
    assert isinstance(event, RatingGiven)
    assert (event.invitation, event.question, event.score) == ("x7Gk2mPq", "ease", 2)
    assert (event.by.channel, event.by.external_id) == (stage.channel.name, stage.tom.person)
    assert (event.conversation, event.message) == (sent.conversation, sent.message)
    assert event.private
    assert event.at.tzinfo is not None


async def test_the_tapped_message_changes_in_its_place(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    house.reply = EditInPlace(THANKS)
    await stage.press(sent, "5")

    message = await only(stage)
    assert "Kiitos – tack! Åke, 佐藤 ja Олег 👍🏽 lukevat sen." in flat(message.text)
    assert message.labels == ()


async def test_what_is_said_privately_leaves_the_message_alone(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    house.reply = Say(THANKS)
    await stage.press(sent, "5")

    prompt, said = await stage.standing()
    assert "5" in prompt.labels
    assert "Kiitos" in said.text


async def test_a_delivery_that_comes_again_is_known_by_its_id(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    await stage.press(sent, "2")
    await stage.again()
    await stage.press(sent, "2")

    first, same, another = (event.delivery_id for event in house.events)
    assert first == same != another
    assert first


async def test_two_people_are_two(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    await stage.press(sent, "2")
    await stage.press(sent, "4", by="maya")

    tom, maya = house.events
    assert tom.by.external_id != maya.by.external_id
    assert tom.delivery_id != maya.delivery_id


async def test_what_could_not_be_stored_is_not_acknowledged(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    house.broken = True
    assert not await stage.press(sent, "2")
    assert not await stage.write("Nobody answered the telephone.")

    house.broken = False
    assert await stage.press(sent, "2")
    assert isinstance(house.events[-1], RatingGiven)


async def test_an_alert_is_edited_in_place_and_taken_back(stage: Stage) -> None:
    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    said = Quote("I was passed on three times. I want my money back.", by="Tom Guest")
    changed = Message((*ALERT.parts[:2], said, *ALERT.parts[3:]), "Tom Guest wrote")
    edited = await stage.channel.edit(sent, changed)

    assert edited == sent
    message = await only(stage)
    assert "I want my money back." in flat(message.text)
    assert message.labels == ("Take it", "Hand over", "I called", "Not ours")

    await stage.channel.remove(sent)
    assert await stage.standing() == []


# Taking back what we said, as an erasure asks for it.


@pytest.mark.parametrize("message", [PROMPT, ALERT, DIGEST], ids=["prompt", "alert", "digest"])
async def test_what_is_taken_back_leaves_nothing_before_its_reader(stage: Stage, message: Message) -> None:
    await stage.channel.send(stage.tom, THANKS, "thanks:1")
    await take_back(stage, await stage.channel.send(stage.tom, message, "said:1"))

    thanks = await only(stage)
    assert "Kiitos" in thanks.text, "what else was said stays"


async def test_long_words_are_taken_back_whole(stage: Stage) -> None:
    long = Message((*ALERT.parts[:2], Quote(STORY.strip()), *ALERT.parts[3:]), ALERT.summary)
    await take_back(stage, await stage.channel.send(stage.tom, long, "alert:1"))

    assert "nobody has to guess" not in " ".join(message.text for message in await stage.standing())


async def test_what_was_edited_is_taken_back_as_it_stands_now(stage: Stage) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    await stage.channel.remove(await stage.channel.edit(sent, ALERT))

    assert await stage.standing() == []


async def test_taken_back_twice_it_is_no_mistake_or_told_as_gone(stage: Stage) -> None:
    """A crash between taking back and writing it down does it again: it must end, and not be tried for ever."""
    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    await stage.channel.remove(sent)
    [again] = await asyncio.gather(stage.channel.remove(sent), return_exceptions=True)
    assert again is None or (isinstance(again, DeliveryError) and again.permanent)
    assert await stage.standing() == []


async def test_the_same_edit_twice_is_no_mistake(stage: Stage) -> None:
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    await stage.channel.edit(sent, ALERT)
    await stage.channel.edit(sent, ALERT)

    assert "Take it" in (await only(stage)).labels


async def test_editing_what_is_gone_is_told_as_such(stage: Stage) -> None:
    can(stage, "notice_that_a_message_is_gone")
    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    await stage.channel.remove(sent)

    with pytest.raises(DeliveryError) as problem:
        await stage.channel.edit(sent, PROMPT)
    assert problem.value.permanent
    assert not problem.value.unreachable


async def test_a_form_is_filled_in_and_comes_back_whole(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    await stage.fill(sent, "Not ours", {"outcome": "resolved", "words": "Åke fixed <it> & rang"})

    closed = house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.case, closed.outcome) == ("c4Se", Outcome.RESOLVED)
    assert closed.words == "Åke fixed <it> & rang"
    assert closed.message == sent.message
    assert closed.delivery_id != house.events[0].delivery_id


async def test_a_form_that_cannot_be_taken_says_why(stage: Stage, house: House) -> None:
    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    house.reply = FormErrors({"words": "Please write something first."})
    told = await stage.fill(sent, "Not ours", {"outcome": "resolved", "words": "?"})

    assert "Please write something first." in told


async def test_words_arrive_as_they_were_written(stage: Stage, house: House) -> None:
    assert await stage.write(f"{HOSTILE}\n\nÅke 👍🏽")

    (event,) = house.events
    assert isinstance(event, WordsReceived)
    assert event.words == f"{HOSTILE}\n\nÅke 👍🏽"
    assert event.private


async def test_a_command_is_told_from_words(stage: Stage, house: House) -> None:
    assert await stage.command("log + Acme: quick fix #helpdesk")

    (event,) = house.events
    assert isinstance(event, CommandGiven)
    assert event.words == "log + Acme: quick fix #helpdesk"


async def test_hostile_words_read_as_typed(stage: Stage) -> None:
    message = Message((Quote(HOSTILE, by="Tom <b>Guest</b>"), Paragraph(HOSTILE)), "Tom wrote")
    await stage.channel.send(stage.tom, message, "alert:1")

    text = (await only(stage)).text
    assert flat(text).count(HOSTILE) == 2
    assert "Tom <b>Guest</b>" in text


async def test_a_customers_words_on_a_button_read_as_typed(stage: Stage, house: House) -> None:
    """The button that notes a wish bears the beginning of what was written."""
    button = note_wish(HOSTILE, ResponseName("x7Gk2mPq", 2), "en")
    sent = await stage.channel.send(
        stage.tom, Message((Paragraph("A wish?"), Buttons((button,))), "A wish?"), "d:1"
    )

    assert (await only(stage)).labels == (button.label,)
    assert HOSTILE[:25] in button.label
    await stage.press(sent, button.label)
    (event,) = house.events
    assert isinstance(event, WishNoted)
    assert (event.invitation, event.place) == ("x7Gk2mPq", 2)


async def test_long_words_arrive_and_the_buttons_with_them(stage: Stage) -> None:
    long = Message((*ALERT.parts[:2], Quote(STORY.strip()), *ALERT.parts[3:]), ALERT.summary)
    await stage.channel.send(stage.tom, long, "alert:1")

    standing = await stage.standing()
    assert standing[0].labels == ("Take it", "Hand over", "I called", "Not ours")
    assert "Tom Guest was dissatisfied (2 of 5)" in standing[0].text
    assert sum(message.text.count("nobody has to guess") for message in standing) >= 40


async def test_beyond_every_limit_the_buttons_still_stand(stage: Stage) -> None:
    await stage.channel.send(stage.tom, HUGE, "alert:1")

    assert "Take it" in (await stage.standing())[0].labels


async def test_a_digest_has_its_picture_or_tells_it_in_words(stage: Stage) -> None:
    await stage.channel.send(stage.tom, DIGEST, "digest:1")

    standing = await stage.standing()
    told = any("90 % in each of the weeks" in flat(message.text) for message in standing)
    assert told or any(message.pictures for message in standing)
    assert "Passed on three times." in flat(" ".join(message.text for message in standing))


@pytest.mark.parametrize(
    ("report", "finding"),
    [
        (views.MONTH, "75% good, 15% poor, most often 5 (n = 20)"),
        (views.QUARTER, "Alle tavoitteen: Puhelu (60%, n = 100)"),
    ],
)
async def test_a_report_has_its_picture_or_tells_its_finding(
    stage: Stage, report: DigestView, finding: str
) -> None:
    await stage.channel.send(stage.tom, digests.digest(report, "en"), "digest:1")

    standing = await stage.standing()
    told = any(finding in flat(message.text) for message in standing)
    assert told or any(message.pictures for message in standing)


async def test_what_is_a_tap_away_from_a_digest_is_asked_for(stage: Stage, house: House) -> None:
    digest = digests.digest(replace(views.DIGEST, run="r7Gk2mPq9xYz", trend=None), "en")
    sent = await stage.channel.send(stage.tom, digest, "digest:1")
    await stage.press(sent, "Why this change?")

    asked = house.events[-1]
    assert isinstance(asked, DetailAsked)
    assert (asked.run, asked.detail, asked.skip) == ("r7Gk2mPq9xYz", DigestDetail.WHY, 0)

    page = details.comments(views.DIGEST.best, 9, 0, "r7Gk2mPq9xYz", "en")
    sent = await stage.channel.send(stage.tom, page, "details:1")
    await stage.press(sent, "Show the next ones")
    asked = house.events[-1]
    assert isinstance(asked, DetailAsked)
    assert (asked.detail, asked.skip) == (DigestDetail.WORDS, 1)


async def test_the_dashboard_opens_from_a_digest_for_whoever_presses(stage: Stage, house: House) -> None:
    digest = digests.digest(replace(views.DIGEST, run="r7Gk2mPq9xYz", trend=None, pages=True), "en")
    sent = await stage.channel.send(stage.tom, digest, "digest:1")
    house.reply = Say(login.link("https://kaiku.test/dashboard/login/k7Gk", "en"))
    await stage.press(sent, "Open the dashboard")

    assert isinstance(house.events[-1], LoginAsked)
    before, link = await stage.standing()
    assert "Your way to the dashboard" in link.text
    assert "Your way to the dashboard" not in before.text


async def test_somebody_who_is_gone_is_told_as_unreachable(stage: Stage) -> None:
    assert (await failure(stage, Trouble.GONE)).unreachable


async def test_a_conversation_that_threw_the_bot_out_is_told_as_unreachable(stage: Stage) -> None:
    assert (await failure(stage, Trouble.KICKED)).unreachable


async def test_with_a_revoked_token_messages_wait_for_somebody_to_help(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    problem = await failure(stage, Trouble.REVOKED)

    assert (problem.permanent, problem.unreachable, problem.retry_after) == (False, False, 900.0)
    assert "doctor" in caplog.text, "the log says what helps"


@pytest.mark.parametrize(
    "value", ["nonsense|x|y", "rate|x", "rate|x|ease=many", "no|x|because", "v2;rate;x7Gk;ease;2", "🙂" * 16]
)
async def test_a_button_edited_by_hand_is_acknowledged_and_does_nothing(
    stage: Stage, house: House, value: str
) -> None:
    can(stage, "forge")
    sent = await stage.channel.send(stage.tom, PROMPT, "prompt:1")
    assert await stage.forge(sent, value)
    assert house.events == []

    assert await stage.press(sent, "2")
    assert isinstance(house.events[-1], RatingGiven)


async def test_a_busy_platform_is_given_the_time_it_asks_for(stage: Stage) -> None:
    problem = await failure(stage, Trouble.BUSY)

    assert problem.retry_after == PATIENCE
    assert not problem.permanent


async def test_after_an_outage_it_goes_on(stage: Stage) -> None:
    problem = await failure(stage, Trouble.DOWN)
    assert not problem.permanent

    sent = await stage.channel.send(stage.tom, ALERT, "alert:1")
    assert isinstance(sent, Sent)
    assert "Take it" in (await only(stage)).labels


# In three languages, with the words that people read.


def words_of(message: Message) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, Heading | Paragraph | Quote | Small)]


def labels_of(message: Message) -> tuple[str, ...]:
    return tuple(button.label for button in views.buttons(message))


async def assert_stands(stage: Stage, message: Message, expected: str) -> None:
    """Every word and every label stands there, and what is expected is among them."""
    await stage.channel.send(stage.tom, message, "words:1")
    standing = (await stage.standing())[-1]
    text = flat(standing.text)
    assert [words for words in words_of(message) if flat(words) not in text] == []
    assert standing.labels == labels_of(message)
    assert expected in f"{text} {standing.labels}"


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fi", "Asiani hoitaminen oli minulle helppoa."),
        ("sv", "Det var lätt för mig att få mitt ärende skött."),
        ("en", "It was easy for me to get my matter handled."),
    ],
)
async def test_the_prompt_speaks_the_language_of_its_reader(
    stage: Stage, language: str, question: str
) -> None:
    await assert_stands(stage, prompts.survey(views.SURVEY, language), question)


@pytest.mark.parametrize(
    ("language", "promise"),
    [
        ("fi", "Nimetön: en jätä jälkeä siitä, kuka vastaa mitä, ja avaan vähintään 5 vastausta yhdessä."),
        ("sv", "Anonymt: jag lämnar inget spår av vem som svarar vad, och öppnar minst 5 svar tillsammans."),
        ("en", "Anonymous: I keep no trace of who answers what, and open at least 5 answers together."),
    ],
)
async def test_an_anonymous_prompt_says_what_it_promises(stage: Stage, language: str, promise: str) -> None:
    await assert_stands(stage, prompts.survey(views.NAMELESS, language), promise)


@pytest.mark.parametrize(
    ("language", "button"), [("fi", "Otan hoitaakseni"), ("sv", "Jag tar det"), ("en", "Take it")]
)
async def test_the_alert_speaks_the_language_of_its_reader(stage: Stage, language: str, button: str) -> None:
    await assert_stands(stage, cases.alert(views.CASE, language), button)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_managements_quarter_stands_there_whole(stage: Stage, language: str) -> None:
    await assert_stands(stage, digests.digest(replace(views.QUARTER, wheel=None), language), "Q4 2026")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_meeting_pack_stands_there_whole(stage: Stage, language: str) -> None:
    await assert_stands(stage, packs.pack(views.PACK, language), "Acme Oy")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_why_a_figure_changed_stands_there_whole(stage: Stage, language: str) -> None:
    noted = [(date(2026, 11, 20), views.ADVICE)]
    await assert_stands(stage, details.why([views.EXPLANATION], noted, language), "n = 20")


@pytest.mark.parametrize(
    ("language", "thanks"),
    [
        ("fi", "Kiitos, vastauksesi on kirjattu."),
        ("sv", "Tack, ditt svar har registrerats."),
        ("en", "Thank you, your answer has been recorded."),
    ],
)
async def test_the_thanks_speak_the_language_of_their_reader(
    stage: Stage, language: str, thanks: str
) -> None:
    await assert_stands(stage, prompts.survey(views.COMPLETE, language), thanks)


@pytest.mark.parametrize(
    ("language", "question"),
    [("fi", "Miten asia päättyi?"), ("sv", "Hur slutade det?"), ("en", "How did it end?")],
)
async def test_a_form_speaks_the_language_of_its_reader(
    stage: Stage, house: House, language: str, question: str
) -> None:
    alert = cases.alert(views.CASE, language)
    house.form = cases.close_form("c4Se", language)
    sent = await stage.channel.send(stage.tom, alert, "alert:1")

    assert question in flat(await stage.opens(sent, labels_of(alert)[-1]))
