"""Forms, one question after the other: asked, answered, refused, given up, and not lost by a restart."""

from typing import Any

import pytest
from sqlmodel import select

from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from handlers.events import CaseClosed, CaseHandedOver, CommentGiven, NoteWritten, WordsReceived
from handlers.messages import (
    Action,
    ChoiceField,
    EditInPlace,
    Form,
    FormErrors,
    Message,
    Paragraph,
    TextField,
    Verb,
)
from storage.database import Database
from storage.tables import PendingForm
from tests.bot.channels.telegram.conftest import Telegram
from tests.helpers import telegram_payloads as sends
from tests.helpers.samples import CLOSING
from tests.helpers.telegram_server import BLOCKED, GROUP, MAYA, TOM

pytestmark = pytest.mark.whole

CLOSE = Action(Verb.CLOSE, "c4Se").encode()
WRITING = Form(
    Action(Verb.WRITE, "x7Gk", "words"),
    "Your words",
    (TextField("words", "What happened?", hint="In short"),),
    "Send",
)
LATER = Form(
    Action(Verb.WRITE, "x7Gk", "words"),
    "Your words",
    (TextField("words", "What?", value="Slow", required=False),),
    "Send",
)


async def opens(telegram: Telegram, form: Form = CLOSING, **where: Any) -> None:
    telegram.house.form = form
    await telegram.hear(sends.press(CLOSE, 100, **where))


async def chooses(telegram: Telegram, label: str) -> dict[str, Any]:
    update = sends.press(telegram.value(label), 101)
    await telegram.hear(update)
    return update


async def test_words_are_asked_for_with_a_forced_reply(telegram: Telegram) -> None:
    await opens(telegram, WRITING)

    asked = telegram.server.to("sendMessage")[-1]
    assert asked["text"] == "Your words\n\nWhat happened?\n\nIn short\n\n/cancel – never mind"
    assert asked["reply_markup"] == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": "What happened?",
    }
    await telegram.hear(sends.words("Nobody called back."))
    comment = telegram.house.events[-1]
    assert isinstance(comment, CommentGiven)
    assert (comment.invitation, comment.question, comment.words) == ("x7Gk", "words", "Nobody called back.")


async def test_a_choice_is_asked_for_with_buttons_and_the_next_question_follows(telegram: Telegram) -> None:
    await opens(telegram)
    assert telegram.labels() == ["Resolved", "✓ Explained", "✕ Never mind"]
    await chooses(telegram, "Resolved")
    assert "What was agreed" in telegram.said()[-1]
    assert "/skip – leave it out" in telegram.said()[-1]

    await telegram.hear(sends.words("/skip"))
    closed = telegram.house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.case, closed.outcome, closed.words) == ("c4Se", "resolved", "")
    assert closed.message == "100"


async def test_the_answer_of_a_form_changes_the_message_it_was_opened_on(telegram: Telegram) -> None:
    telegram.house.reply = EditInPlace(Message((Paragraph("Closed."),), "Closed."))
    sent = 100
    telegram.server.messages[TOM, sent] = {"text": "An alert"}
    await opens(telegram)
    await chooses(telegram, "Resolved")
    await telegram.hear(sends.words("It works."))

    assert telegram.server.messages[TOM, sent]["text"] == "Closed."


@pytest.mark.parametrize("typed", ["Resolved", "resolved", "reso"])
async def test_a_choice_may_be_typed(telegram: Telegram, typed: str) -> None:
    await opens(telegram)
    await telegram.hear(sends.words(typed))
    assert "What was agreed" in telegram.said()[-1]


async def test_what_is_no_choice_is_asked_again(telegram: Telegram) -> None:
    await opens(telegram)
    await telegram.hear(sends.words("Perhaps"))

    assert "Please choose one of these." in telegram.said()[-1]
    assert "Resolved" in telegram.labels()
    assert not any(isinstance(event, CaseClosed) for event in telegram.house.events)


async def test_what_cannot_be_taken_is_asked_again_with_the_reason(telegram: Telegram) -> None:
    await opens(telegram)
    telegram.house.reply = FormErrors({"words": "That is too long."})
    await chooses(telegram, "Resolved")
    await telegram.hear(sends.words("x" * 3000))
    assert telegram.said()[-1].startswith("That is too long.\n\nWhat was agreed")

    telegram.house.reply = EditInPlace(Message((Paragraph("Closed."),), "Closed."))
    await telegram.hear(sends.words("In short."))
    closed = telegram.house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.words) == ("resolved", "In short.")


async def test_a_reason_that_names_no_field_stands_at_the_first(telegram: Telegram) -> None:
    await opens(telegram, WRITING)
    telegram.house.reply = FormErrors({"elsewhere": "Not now."})
    await telegram.hear(sends.words("Hello"))
    assert telegram.said()[-1].startswith("Not now.\n\nWhat happened?")


@pytest.mark.parametrize("how", ["/cancel", "/peruuta", "button"])
async def test_a_form_can_be_given_up(telegram: Telegram, how: str) -> None:
    await opens(telegram)
    if how == "button":
        await chooses(telegram, "Never mind")
        assert telegram.server.to("answerCallbackQuery")[-1]["text"] == "All right, nothing was recorded."
    else:
        await telegram.hear(sends.words(how))
        assert telegram.said()[-1] == "All right, nothing was recorded."

    await telegram.hear(sends.words("Something else"))
    assert isinstance(telegram.house.events[-1], WordsReceived)


async def test_what_was_written_before_can_stay_as_it_is(telegram: Telegram) -> None:
    await opens(telegram, LATER)
    assert "Slow" in telegram.said()[-1]
    assert "/skip – leave it as it is" in telegram.said()[-1]
    await telegram.hear(sends.words("/skip"))

    comment = telegram.house.events[-1]
    assert isinstance(comment, CommentGiven)
    assert comment.words == "Slow"


async def test_a_required_field_is_not_skipped(telegram: Telegram) -> None:
    await opens(telegram, WRITING)
    await telegram.hear(sends.words("/skip"))
    assert telegram.said()[-1].endswith("What happened?\n\nIn short\n\n/cancel – never mind")
    assert len(telegram.house.events) == 1


async def test_buttons_of_an_older_form_do_nothing(telegram: Telegram) -> None:
    await opens(telegram)
    old = telegram.value("Resolved")
    await opens(telegram)
    await telegram.hear(sends.press(old, 101))

    assert telegram.server.to("answerCallbackQuery")[-1]["text"] == "There is no open form here any more."
    assert not any(isinstance(event, CaseClosed) for event in telegram.house.events)


@pytest.mark.parametrize("value", ["", "x", "abc", "abc|0|1", "abc|many|x|y"])
async def test_a_form_button_edited_by_hand_does_nothing(telegram: Telegram, value: str) -> None:
    await opens(telegram)
    assert await telegram.hear(sends.press(f"~|{value}", 101))
    assert len(telegram.house.events) == 1


async def test_an_answer_delivered_twice_answers_once(telegram: Telegram) -> None:
    await opens(telegram)
    update = await chooses(telegram, "Resolved")
    await telegram.hear(update)
    assert "What was agreed" in telegram.said()[-1]
    assert not any(isinstance(event, CaseClosed) for event in telegram.house.events)


async def test_what_could_not_be_stored_is_sent_off_when_it_comes_again(telegram: Telegram) -> None:
    await opens(telegram, WRITING)
    telegram.house.broken = True
    update = sends.words("Nobody called back.")
    assert not await telegram.hear(update)
    telegram.house.broken = False
    assert await telegram.hear(update)

    comment = telegram.house.events[-1]
    assert isinstance(comment, CommentGiven)
    assert comment.words == "Nobody called back."


async def test_a_restart_in_the_middle_costs_nothing(telegram: Telegram, database: Database) -> None:
    await opens(telegram)
    await chooses(telegram, "Resolved")
    await telegram.channel.stop()
    telegram.channel = TelegramChannel(telegram.settings, Clock(), database)
    await telegram.channel.start(telegram.house.receive)
    await telegram.hear(sends.words("All is well."))

    closed = telegram.house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.words) == ("resolved", "All is well.")


async def test_a_form_opened_in_a_group_is_filled_in_privately(telegram: Telegram) -> None:
    await opens(telegram, by=MAYA, where=GROUP)
    assert telegram.server.to("sendMessage")[-1]["chat_id"] == MAYA
    await telegram.hear(sends.press(telegram.value("Resolved"), 101, by=MAYA))
    await telegram.hear(sends.words("Done", by=MAYA))

    closed = telegram.house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.conversation, closed.message) == (str(GROUP), "100")


async def test_who_never_wrote_to_the_bot_is_told_to(telegram: Telegram) -> None:
    telegram.server.scripted["sendMessage"].append(BLOCKED)
    await opens(telegram, by=MAYA, where=GROUP)
    assert "t.me/KaikuTestBot" in telegram.server.to("answerCallbackQuery")[-1]["text"]


async def test_of_many_options_some_are_shown_and_all_can_be_typed(telegram: Telegram) -> None:
    people = tuple((f"p{n}", f"Person {n}") for n in range(200))
    form = Form(
        Action(Verb.HAND_OVER, "c4Se"), "Hand over", (ChoiceField("to", "To whom?", people),), "Hand over"
    )
    await opens(telegram, form)
    assert "Person 89" in telegram.labels()
    assert "Person 90" not in telegram.labels()
    await telegram.hear(sends.words("Person 199"))

    handed = telegram.house.events[-1]
    assert isinstance(handed, CaseHandedOver)
    assert handed.to == "p199"


async def test_a_choice_without_options_is_asked_for_in_words(telegram: Telegram) -> None:
    form = Form(
        Action(Verb.HAND_OVER, "c4Se"), "Hand over", (ChoiceField("to", "To whom?", ()),), "Hand over"
    )
    await opens(telegram, form)
    await telegram.hear(sends.words("ville"))

    handed = telegram.house.events[-1]
    assert isinstance(handed, CaseHandedOver)
    assert handed.to == "ville"


async def test_a_form_of_which_nothing_can_be_made_is_over(telegram: Telegram, database: Database) -> None:
    outcome = ChoiceField("outcome", "How?", (("vanished", "Vanished"),))
    await opens(telegram, Form(Action(Verb.CLOSE, "c4Se"), "Close", (outcome,), "Close"))
    assert await telegram.hear(sends.words("Vanished"))

    assert telegram.said()[-1] == "There is no open form here any more."
    assert database.read_now(lambda s: list(s.exec(select(PendingForm)))) == []


async def test_what_was_typed_and_never_sent_off_is_forgotten(telegram: Telegram, database: Database) -> None:
    await opens(telegram)
    await chooses(telegram, "Resolved")
    await telegram.hear(sends.words("Done."))
    assert database.read_now(lambda s: list(s.exec(select(PendingForm)))) == []


async def test_of_a_confidential_form_nothing_is_written_down(telegram: Telegram, database: Database) -> None:
    """Not the form, not an answer, and no draft that it took the place of."""
    fields = (TextField("topic", "Which?", required=False), TextField("words", "What is pointless?"))
    await opens(
        telegram, Form(Action(Verb.NOTE, "x7"), "Without your name", fields, "Send", confidential=True)
    )
    for typed in ("The desk", "The weekly form."):
        await telegram.hear(sends.words(typed))
        assert await database.read(lambda session: session.exec(select(PendingForm)).all()) == []
    written = telegram.house.events[-1]
    assert isinstance(written, NoteWritten)
    assert (written.form, written.topic, written.words) == ("x7", "The desk", "The weekly form.")
    assert "weekly" not in repr(written), "a log that tells of the event does not tell the words"

    await telegram.hear(sends.words("Something else."))
    assert isinstance(telegram.house.events[-1], WordsReceived), "the form is over"
