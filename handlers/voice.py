"""Somebody spoke instead of writing: taken as their words at once, fetched a moment later, heard by the owner.

Kaiku cannot tell what was said. Its length stands among the words, and there is always a case, so that
a person listens. Everything here is safe to do twice.
"""

from zoneinfo import ZoneInfo

from handlers import acting, cases, respond
from handlers.asked import begin, find
from handlers.buttons import circumstances_of
from handlers.context import Context
from handlers.errors import (
    CarriesYourName,
    UnknownVoice,
    VoiceAwaited,
    VoicesEnough,
    VoiceTooLong,
    WritingWanted,
)
from handlers.events import CommentGiven, VoiceAsked, VoiceFetched, VoiceLost, VoiceReceived, WordsReceived
from handlers.found import found
from handlers.log import addressed, keep_words
from handlers.loop import bring_advice, bring_back
from handlers.messages import Nothing, Reply, Sound
from handlers.outbox import say
from handlers.people import actor, audit, language_of, row_id, zone_of_person
from handlers.rules import hours
from handlers.wording import voices
from storage import voice_messages
from storage.invitations import TO_CUSTOMERS
from storage.tables import Invitation, VoiceMessage
from storage.tokens import is_nameless, new_token
from storage.vault import unsealed
from storage.vocabulary import CaseReason, OutboxKind, VoiceState

MOST_SECONDS, MOST_BYTES = 120, 1_000_000
"""The longest voice message that is kept. Two minutes as telephones record them have half a megabyte."""


MOST_A_DAY = 10
"""Voice messages of one person that are kept of one day: somebody has to listen to each, and nobody fills the disk."""


def hear(event: VoiceReceived, ctx: Context) -> Reply:
    """A voice message is taken wherever words would have been.

    Raises `VoiceTooLong` or `VoicesEnough`; `CarriesYourName` for an anonymous survey; `WritingWanted` for a
    survey of staff, whose words nobody is alerted of; or what `handlers.respond` raises.
    """
    if is_nameless(event.invitation):
        raise CarriesYourName
    if event.seconds > MOST_SECONDS or event.size > MOST_BYTES:
        raise VoiceTooLong(seconds=MOST_SECONDS)
    if _today(event, ctx) >= MOST_A_DAY:
        raise VoicesEnough(most=MOST_A_DAY)
    if event.invitation:
        return _for_question(event, ctx)
    to = addressed(event, ctx)
    if to.survey:
        return _for_survey(event, to.survey, ctx)
    spoken = _in_words(event, ctx)
    case = to.advising or to.answering
    if case is None:
        feedback, reply = keep_words(event, spoken.words, "", ctx)
        _await(event, ctx, feedback_id=feedback.id)
        return reply
    _await(event, ctx, case_id=case.id)
    return bring_advice(spoken, case, ctx) if to.advising else bring_back(spoken, case, ctx)


def _today(event: VoiceReceived, ctx: Context) -> int:
    """How many of theirs are kept of this day where they live."""
    person = actor(event.by, ctx)
    day = ctx.now.astimezone(ZoneInfo(zone_of_person(person, ctx))).date()
    midnight = hours.instant(day, hours.MIDNIGHT, zone_of_person(person, ctx))
    return voice_messages.count_since(ctx.session, row_id(person), midnight)


def keep(event: VoiceFetched, ctx: Context) -> Reply:
    """The sound has come; encrypted, where a key is configured."""
    voice = voice_messages.voice_by_token(ctx.session, event.voice)
    if voice is not None and voice.state == VoiceState.AWAITED:
        voice.state, voice.content = VoiceState.KEPT, event.content
        if ctx.vault is not None:
            voice.sealed_with, voice.content = ctx.vault.seal_bytes(event.content)
        ctx.session.add(voice)
    return Nothing()


def lose(event: VoiceLost, ctx: Context) -> Reply:
    """The sound will never come: who spoke is asked to write, and who was to listen sees so."""
    voice = voice_messages.voice_by_token(ctx.session, event.voice)
    if voice is None or voice.state != VoiceState.AWAITED:
        return Nothing()
    voice.state = VoiceState.LOST
    ctx.session.add(voice)
    say(ctx, OutboxKind.VOICE_LOST, "voice_message", found(voice.id), to=voice.said_by_id, once="lost")
    if case := voice_messages.case_of(ctx.session, voice):
        cases.revise(case, ctx)
    return Nothing()


def play(event: VoiceAsked, ctx: Context) -> Reply:
    """Who may read the case hears what was said in it, each time they ask; it is written down who did.

    Raises `UnknownVoice`, `VoiceAwaited`, or `NotAllowed`.
    """
    voice = voice_messages.voice_by_token(ctx.session, event.voice)
    case = voice_messages.case_of(ctx.session, voice) if voice else None
    if case is None:
        raise UnknownVoice
    _, person = acting.reading(case.token, event, ctx)
    voice = kept(event.voice, ctx)
    audit(person, "listened", "voice_message", voice.token, ctx)
    once = event.delivery_id or f"{ctx.now:%Y%m%d%H%M%S%f}"
    say(ctx, OutboxKind.VOICE_MESSAGE, "voice_message", found(voice.id), to=row_id(person), once=once)
    return Nothing()


def kept(token: str, ctx: Context) -> VoiceMessage:
    """A voice message that can be heard. Raises `UnknownVoice` or `VoiceAwaited`."""
    voice = voice_messages.voice_by_token(ctx.session, token)
    if voice is None or voice.state == VoiceState.LOST:
        raise UnknownVoice
    if voice.state == VoiceState.AWAITED:
        raise VoiceAwaited
    return voice


def sound_of(voice: VoiceMessage, language: str, ctx: Context) -> Sound:
    """What is heard of a voice message that was fetched. Raises `storage.vault.UnknownKey`."""
    content = found(voice.content)
    if voice.sealed_with:
        content = unsealed(ctx.vault, voice.sealed_with, content)
    return voices.sound(voice.token, content, voice.media_type, voice.seconds, language)


def _for_survey(event: VoiceReceived, survey: Invitation, ctx: Context) -> Reply:
    """Simply sent while a survey is open: added to its comment."""
    _await_for_response(event, survey.token, ctx)
    return respond.add_comment(event, survey, _in_words(event, ctx).words, ctx)


def _for_question(event: VoiceReceived, ctx: Context) -> Reply:
    """Sent when the words of a survey were asked for: added to what was written there before."""
    _await_for_response(event, event.invitation, ctx)
    before = find(event, event.invitation, ctx).answers.get(event.question)
    earlier = [before.words] if before is not None and before.words else []
    comment = CommentGiven(
        words="\n".join([*earlier, _in_words(event, ctx).words]),
        invitation=event.invitation,
        question=event.question,
        **circumstances_of(event),
    )
    return respond.record_comment(comment, ctx)


def _await_for_response(event: VoiceReceived, invitation: str, ctx: Context) -> None:
    """The response begins with this, if it has not; somebody must listen, so there is a case."""
    asked = find(event, invitation, ctx)
    if asked.facts.stream not in TO_CUSTOMERS:
        raise WritingWanted
    asked = begin(asked, ctx, event)
    _await(event, ctx, response_id=asked.response_id)
    if found(asked.begun).case_id is None:
        cases.open_for_response(asked, CaseReason.VOICE, ctx)


def _await(
    event: VoiceReceived,
    ctx: Context,
    *,
    response_id: int | None = None,
    feedback_id: int | None = None,
    case_id: int | None = None,
) -> None:
    ctx.session.add(
        VoiceMessage(
            token=new_token(),
            response_id=response_id,
            feedback_id=feedback_id,
            case_id=case_id,
            said_by_id=row_id(actor(event.by, ctx)),
            channel=event.by.channel,
            source=event.source,
            media_type=event.media_type,
            seconds=event.seconds,
            state=VoiceState.AWAITED,
            at=ctx.now,
        )
    )
    ctx.session.flush()


def _in_words(event: VoiceReceived, ctx: Context) -> WordsReceived:
    """What stands for it among words, in the language of who spoke."""
    language = language_of(actor(event.by, ctx), ctx)
    return WordsReceived(
        words=voices.voice_message(event.seconds, language),
        **circumstances_of(event),
    )
