"""What is said aloud: it stands among the words at once, somebody listens, and nothing is kept twice."""

from typing import Any

import pytest

from handlers.context import Context
from handlers.errors import NotAllowed, UnknownVoice, VoiceAwaited, VoicesEnough, VoiceTooLong, WritingWanted
from handlers.events import (
    CaseReplied,
    ExpertAsked,
    InvitationDeclined,
    RatingGiven,
    Sender,
    VoiceAsked,
    VoiceFetched,
    VoiceLost,
    VoiceReceived,
)
from handlers.invite import prompt_sent
from handlers.messages import Reply, Say
from handlers.receive import receive
from handlers.voice import MOST_A_DAY, MOST_BYTES, MOST_SECONDS, kept, sound_of
from handlers.wording import sentences
from storage.tables import (
    AuditEntry,
    Case,
    CaseEvent,
    Feedback,
    Invitation,
    OutboxMessage,
    Person,
    Response,
    VoiceMessage,
)
from storage.vault import UnknownKey, Vault
from storage.vocabulary import (
    CaseEventKind,
    CaseReason,
    DeclineReason,
    OutboxKind,
    Stream,
    VoiceState,
)
from tests.helpers.desk import Desk

SOUND = b"OggS, and what Omar thinks"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def speak(desk: Desk, by: str = "omar", seconds: int = 12, **facts: Any) -> Reply:
    return desk.hear(VoiceReceived, by, source="AwAC", seconds=seconds, **facts)


def asked(desk: Desk, **facts: Any) -> str:
    """A customer's survey that stands before them."""
    token = desk.ask(**facts)
    row = next(row for row in desk.rows(Invitation) if row.token == token)
    desk.do(lambda ctx: prompt_sent(ctx.session.merge(row), ctx))
    return token


def fetched(desk: Desk) -> VoiceMessage:
    desk.hear(VoiceFetched, "", voice=desk.only(VoiceMessage).token, content=SOUND)
    return desk.only(VoiceMessage)


def owner(desk: Desk) -> str:
    """The key of whoever has the newest case."""
    return next(person.key or "" for person in desk.rows(Person) if person.id == desk.rows(Case)[-1].owner_id)


def said(desk: Desk, kind: OutboxKind) -> list[int | None]:
    return [row.person_id for row in desk.rows(OutboxMessage) if row.kind == kind]


def test_while_a_survey_is_open_it_is_part_of_its_comment(desk: Desk) -> None:
    token = asked(desk)
    reply = speak(desk)

    assert isinstance(reply, Say)
    assert "Voice message, 0:12" in str(reply.message)
    assert [words for _, _, words in desk.answers(token) if words] == ["Voice message, 0:12"]
    assert desk.only(VoiceMessage).response_id == desk.only(Case).response_id


def test_somebody_must_listen_so_there_is_a_case(desk: Desk) -> None:
    asked(desk)
    speak(desk)
    case = desk.only(Case)
    assert case.reason == CaseReason.VOICE
    assert set(said(desk, OutboxKind.CASE_NOTICE)) == {case.owner_id}


def test_a_poor_score_that_follows_says_more_than_that_somebody_spoke(desk: Desk) -> None:
    token = asked(desk)
    speak(desk)
    desk.hear(RatingGiven, "omar", invitation=token, question="satisfied", score=1)
    assert desk.only(Case).reason == CaseReason.LOW_SCORE


def test_two_voice_messages_are_two(desk: Desk) -> None:
    token = asked(desk)
    speak(desk)
    speak(desk, seconds=100)
    words = [words for _, _, words in desk.answers(token) if words]
    assert words == ["Voice message, 0:12\nVoice message, 1:40"]
    assert len(desk.rows(VoiceMessage)) == 2
    assert len(desk.rows(Case)) == 1


def test_where_words_were_asked_for_it_joins_those_written_before(desk: Desk) -> None:
    token = asked(desk)
    speak(desk, invitation=token, question="words")
    speak(desk, invitation=token, question="words", seconds=5)
    assert desk.answers(token) == [("words", None, "Voice message, 0:12\nVoice message, 0:05")]


def test_out_of_the_blue_it_is_feedback_with_a_receipt(desk: Desk) -> None:
    reply = speak(desk)
    feedback = desk.only(Feedback)

    assert isinstance(reply, Say)
    assert "recorded" in reply.message.summary
    assert feedback.words == "Voice message, 0:12"
    assert desk.only(VoiceMessage).feedback_id == feedback.id
    assert desk.only(Case).feedback_id == feedback.id


@pytest.mark.parametrize(
    ("language", "words"),
    [("fi", "Ääniviesti, 0:12"), ("sv", "Röstmeddelande, 0:12"), ("en", "Voice message, 0:12")],
)
def test_it_is_named_in_the_language_of_who_spoke(desk: Desk, language: str, words: str) -> None:
    speak(desk)
    desk.do(lambda ctx: _speaks(desk, language, ctx))
    speak(desk)
    assert desk.rows(Feedback)[-1].words == words


def _speaks(desk: Desk, language: str, ctx: Context) -> None:
    person = ctx.session.get_one(type(desk.person("maya")), desk.rows(Feedback)[0].said_by_id)
    person.language = language
    ctx.session.add(person)


def test_it_answers_the_owner_who_wrote(desk: Desk) -> None:
    speak(desk)
    case = desk.only(Case)
    desk.hear(CaseReplied, owner(desk), case=case.token, words="What happened?")
    desk.later(minutes=5)
    speak(desk, seconds=30)

    assert desk.rows(VoiceMessage)[-1].case_id == case.id
    assert [e.words for e in desk.rows(CaseEvent) if e.kind == CaseEventKind.CUSTOMER_REPLIED] == [
        "Voice message, 0:30"
    ]
    assert len(desk.rows(Case)) == 1


def test_an_expert_may_answer_aloud(desk: Desk) -> None:
    speak(desk)
    case = desk.only(Case)
    desk.hear(ExpertAsked, owner(desk), case=case.token, expert="ville", words="Do you know?")
    speak(desk, by="ville", seconds=7)

    assert desk.rows(VoiceMessage)[-1].case_id == case.id
    assert said(desk, OutboxKind.EXPERT_WORDS) == [case.owner_id]


@pytest.mark.parametrize("facts", [{"seconds": MOST_SECONDS + 1}, {"size": MOST_BYTES + 1}])
def test_what_is_too_long_is_not_taken(desk: Desk, facts: dict[str, Any]) -> None:
    with pytest.raises(VoiceTooLong):
        speak(desk, **facts)
    assert desk.rows(Feedback) == []
    assert desk.rows(VoiceMessage) == []


def test_the_longest_is_taken(desk: Desk) -> None:
    speak(desk, seconds=MOST_SECONDS, size=MOST_BYTES)
    assert desk.only(Feedback).words == "Voice message, 2:00"


def test_ten_a_day_are_kept_and_then_writing_is_asked_for(desk: Desk) -> None:
    for _ in range(MOST_A_DAY):
        speak(desk)
    with pytest.raises(VoicesEnough) as refused:
        speak(desk)
    told = sentences.error(refused.value, "en")
    assert told.startswith("I can keep 10 voice messages a day, and have all of yours")
    assert len(desk.rows(VoiceMessage)) == MOST_A_DAY

    speak(desk, by="tom")
    assert len(desk.rows(VoiceMessage)) == MOST_A_DAY + 1, "everybody has a day of their own"
    desk.later(hours=13, minutes=59)
    with pytest.raises(VoicesEnough):
        speak(desk)
    desk.later(minutes=1)
    speak(desk)
    assert len(desk.rows(VoiceMessage)) == MOST_A_DAY + 2, "and a new one from midnight on"


def test_staff_write_what_they_answer_to_a_survey(desk: Desk) -> None:
    desk.ask(handler=Sender("sandbox", "sanna"))
    invitation = next(row.token for row in desk.rows(Invitation) if row.stream == Stream.STAFF)
    with pytest.raises(WritingWanted):
        speak(desk, by="sanna", invitation=invitation, question="staff_said")
    assert desk.rows(VoiceMessage) == []


def test_fetched_it_is_kept_once(desk: Desk) -> None:
    speak(desk)
    voice = fetched(desk)
    assert (voice.state, voice.content, voice.sealed_with) == (VoiceState.KEPT, SOUND, None)

    desk.hear(VoiceFetched, "", voice=voice.token, content=b"something else")
    desk.hear(VoiceLost, "", voice=voice.token)
    assert (desk.only(VoiceMessage).state, desk.only(VoiceMessage).content) == (VoiceState.KEPT, SOUND)


def test_with_a_key_it_is_encrypted_and_opens_with_that_key_only(desk: Desk) -> None:
    vault = Vault(KEY)
    speak(desk)
    token = desk.only(VoiceMessage).token
    event = VoiceFetched(voice=token, content=SOUND, by=Sender("telegram", ""), at=desk.now, delivery_id="")

    def with_key(ctx: Context) -> Context:
        return Context(ctx.session, ctx.organisation, ctx.now, vault)

    desk.do(lambda ctx: receive(event, with_key(ctx)))
    assert SOUND not in (desk.only(VoiceMessage).content or b"")
    assert desk.do(lambda ctx: sound_of(kept(token, ctx), "en", with_key(ctx)).content) == SOUND
    with pytest.raises(UnknownKey):
        desk.do(lambda ctx: sound_of(kept(token, ctx), "en", ctx))


def test_what_never_comes_is_told_to_who_spoke_and_seen_by_who_would_listen(desk: Desk) -> None:
    speak(desk)
    revision = desk.only(Case).revision
    desk.hear(VoiceLost, "", voice=desk.only(VoiceMessage).token)
    desk.hear(VoiceLost, "", voice=desk.only(VoiceMessage).token)

    assert said(desk, OutboxKind.VOICE_LOST) == [desk.only(VoiceMessage).said_by_id]
    assert desk.only(Case).revision == revision + 1
    with pytest.raises(UnknownVoice):
        desk.hear(VoiceAsked, owner(desk), voice=desk.only(VoiceMessage).token)


def test_the_owner_hears_it_as_often_as_they_ask_and_it_is_written_down(desk: Desk) -> None:
    speak(desk)
    voice = fetched(desk)
    desk.hear(VoiceAsked, owner(desk), voice=voice.token)
    desk.later(seconds=9)
    desk.hear(VoiceAsked, owner(desk), voice=voice.token)

    assert said(desk, OutboxKind.VOICE_MESSAGE) == [desk.only(Case).owner_id] * 2
    assert [row.did for row in desk.rows(AuditEntry)] == ["listened", "listened"]


def test_nobody_else_hears_it(desk: Desk) -> None:
    speak(desk)
    voice = fetched(desk)
    for stranger in ("omar", "tom", "pekka"):
        with pytest.raises(NotAllowed):
            desk.hear(VoiceAsked, stranger, voice=voice.token)
    assert said(desk, OutboxKind.VOICE_MESSAGE) == []


def test_before_it_has_come_the_owner_is_asked_to_wait(desk: Desk) -> None:
    speak(desk)
    with pytest.raises(VoiceAwaited):
        desk.hear(VoiceAsked, owner(desk), voice=desk.only(VoiceMessage).token)


def test_of_a_voice_message_that_nobody_sent_nothing_happens(desk: Desk) -> None:
    desk.hear(VoiceFetched, "", voice="nobody", content=SOUND)
    desk.hear(VoiceLost, "", voice="nobody")
    with pytest.raises(UnknownVoice):
        desk.hear(VoiceAsked, "maya", voice="nobody")


def test_who_says_afterwards_that_it_is_not_about_us_is_believed(desk: Desk) -> None:
    token = asked(desk)
    speak(desk)
    desk.hear(InvitationDeclined, "omar", invitation=token, reason=DeclineReason.NOT_ABOUT_YOU)
    assert desk.only(Response).excluded_because == DeclineReason.NOT_ABOUT_YOU
    assert desk.only(VoiceMessage).response_id == desk.only(Response).id
