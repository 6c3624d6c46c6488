"""What an outbox row asks to be said, composed from the rows as they are now.

The words are found when they are sent: an alert tells the newest state, and what was erased in the
meantime cannot be said any more. Nothing is written here; it runs on a reader's connection.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import anonymous, gaps, hooks, packs, wishes
from handlers.asked import UNSAID, Asked, survey_from
from handlers.case_views import case_lines, case_view, comment_of, name_is_withheld, scores_of
from handlers.cases import ALERTS, consent_of
from handlers.context import Context
from handlers.digests.audiences import audience_of
from handlers.digests.view import digest_view
from handlers.hooks import Calling
from handlers.invite import not_quiet, rehearsing
from handlers.lookups import team_of, touchpoint_name
from handlers.messages import Message
from handlers.people import language_of, name_of, reachable_through, role_of, zone_of_person
from handlers.recoveries import welcome
from handlers.rules.hours import Window
from handlers.rules.permissions import Right, may
from handlers.rules.scales import LocalText
from handlers.surveys import survey_view
from handlers.views import ResponseName, ScoreView
from handlers.voice import sound_of
from handlers.wording import cases as case_words
from handlers.wording import digests as digest_words
from handlers.wording import gaps as gap_words
from handlers.wording import prompts, receipts, voices
from storage import cases, invitations, outbox, responses, voice_messages
from storage.look import look
from storage.prepared import Record
from storage.tables import (
    Case,
    CaseEvent,
    DigestRun,
    Feedback,
    Person,
    Response,
    SecondRating,
    SentMessage,
    VoiceMessage,
)
from storage.vault import UnknownKey
from storage.vocabulary import Band, CaseState, DigestAudience, InvitationState, OutboxKind, Outcome, Privacy


@dataclass(frozen=True)
class Standing:
    """A message that stands already, to be edited in place."""

    conversation: str
    message: str


@dataclass(frozen=True)
class Outgoing:
    """A composed message and where it goes."""

    channel: str
    message: Message
    person: str = ""
    """The person's id on the channel; empty for a shared conversation."""
    conversation: str = ""
    workspace: str = ""
    identity_id: int | None = None
    standing: Standing | None = None
    revision: int = 1
    taken_back: bool = False
    """What stands there is to be deleted; `message` takes its place where the platform does not delete."""


@dataclass(frozen=True)
class Obsolete:
    """Not true any more, or said already: drop it."""


@dataclass(frozen=True)
class NobodyThere:
    """The person cannot be reached through any channel that runs here."""


_TO_CUSTOMERS = (
    OutboxKind.PROMPT,
    OutboxKind.REMINDER,
    OutboxKind.SURVEY_MOVED,
    OutboxKind.FORWARDED,
    OutboxKind.OUTCOME,
    OutboxKind.OWNER_WORDS,
    OutboxKind.VOICE_LOST,
    OutboxKind.SECOND_RATING,
    OutboxKind.WISH_DECIDED,
)
"""What is for customers; everything else tells of them, and is not for somebody who has left."""

_ASKS = (OutboxKind.PROMPT, OutboxKind.REMINDER, OutboxKind.STAFF_PROMPT, OutboxKind.SECOND_RATING)
LATE = timedelta(minutes=15)
"""What asks was given an hour outside quiet hours; for so long it may still be on its way."""

TAKE_LONG = (
    OutboxKind.DIGEST,
    OutboxKind.GAP_REPORT,
    OutboxKind.OVERDUE,
    OutboxKind.STAFF_NOTES,
    OutboxKind.VOICE_MESSAGE,
    OutboxKind.WEBHOOK,
)
"""What is composed of many rows, or of large ones; everything else takes a millisecond or two."""

_EDITED = {
    OutboxKind.CASE_NOTICE: ALERTS,
    OutboxKind.CASE_COPY: ALERTS,
    OutboxKind.SURVEY_MOVED: UNSAID,
}
"""Which standing messages a kind takes the place of."""


@dataclass(frozen=True)
class Resting:
    """It asks somebody for something, and would come late, in their quiet hours: it is to wait for their end."""

    until: datetime


Composed = Outgoing | Calling | Obsolete | NobodyThere | Resting


def compose(row: Record, channels: Collection[str], ctx: Context) -> Composed:
    """Put an outbox row into words, for the best of the running channels."""
    if row.kind == OutboxKind.TAKE_BACK:
        return _taken_back(row, channels, ctx)
    if row.kind == OutboxKind.WEBHOOK:
        return hooks.compose(row, ctx) or Obsolete()
    person = look(ctx.session, Person, row.person_id)
    if resting := _resting(row, person, ctx):
        return resting
    return _to_all(row, channels, ctx) if row.conversation else _to_person(row, person, channels, ctx)


def _resting(row: Record, person: Person | None, ctx: Context) -> Resting | None:
    """Whom it asks late rests now: Kaiku was not there at its hour, or the platform was not."""
    if row.kind not in _ASKS or not (row.attempts or ctx.now - row.not_before > LATE):
        return None
    until = not_quiet(ctx.now, person, ctx)
    return Resting(until) if until > ctx.now else None


def _to_person(row: Record, person: Person | None, channels: Collection[str], ctx: Context) -> Composed:
    if person is None or (person.left_at is not None and row.kind not in _TO_CUSTOMERS):
        return Obsolete()
    message = _words(row, person, ctx)
    return _addressed(row, person, message, channels, ctx) if message else Obsolete()


def _to_all(row: Record, channels: Collection[str], ctx: Context) -> Composed:
    """To everybody in a conversation."""
    message = _words(row, None, ctx)
    channel, _, conversation = row.conversation.partition(":")
    if channel not in channels:
        return NobodyThere()
    return Outgoing(channel, message, conversation=conversation) if message else Obsolete()


def _taken_back(row: Record, channels: Collection[str], ctx: Context) -> Composed:
    sent = look(ctx.session, SentMessage, row.subject_id)
    if sent is None:
        return Obsolete()
    if sent.channel not in channels:
        return NobodyThere()
    blank, place = receipts.taken_back(ctx.organisation.language), Standing(sent.conversation, sent.message)
    return Outgoing(sent.channel, blank, standing=place, taken_back=True)


def _addressed(
    row: Record, person: Person, message: Message, channels: Collection[str], ctx: Context
) -> Composed:
    revision, standing = _revision(row, ctx), _standing(row, ctx)
    if standing is not None and standing.revision >= revision:
        return Obsolete()
    if standing is not None and standing.channel in channels:
        place = Standing(standing.conversation, standing.message)
        return Outgoing(standing.channel, message, standing=place, revision=revision)
    if row.kind == OutboxKind.SURVEY_MOVED:
        return Obsolete()
    identity = next(iter(reachable_through(person, channels, ctx)), None)
    if identity is None:
        return NobodyThere()
    return Outgoing(
        identity.channel,
        message,
        person=identity.external_id,
        conversation=identity.conversation or "",
        workspace=identity.workspace,
        identity_id=identity.id,
        revision=revision,
    )


def _standing(row: Record, ctx: Context) -> Record | None:
    """The message that is to be edited instead of saying another; a survey is closed in its place once."""
    kinds = _EDITED.get(OutboxKind(row.kind))
    if kinds is None:
        return None
    return outbox.standing_message(ctx.session, row.subject, row.subject_id, row.person_id, kinds)


def _revision(row: Record, ctx: Context) -> int:
    """What an edit shows: the case's revision; a survey's place is edited once, from 1 to 2."""
    if row.kind == OutboxKind.SURVEY_MOVED:
        return 2
    case = look(ctx.session, Case, row.subject_id) if row.kind in ALERTS else None
    return case.revision if case else 1


def _words(row: Record, person: Person | None, ctx: Context) -> Message | None:
    return _COMPOSERS[OutboxKind(row.kind)](row, person, ctx)


Composer = Callable[[Record, Person | None, Context], Message | None]


def _prompt(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """The prompt or its reminder; nothing once the person has answered, declined or opted out."""
    facts = invitations.invitation_with_facts(ctx.session, row.subject_id)
    if facts is not None and facts.state == InvitationState.REHEARSED:
        return _rehearsed(facts, ctx)
    if facts is None or facts.state not in (InvitationState.QUEUED, InvitationState.SENT):
        return None
    if rehearsing(ctx):
        return None  # a dry run speaks to nobody, also not of what was decided before it
    if facts.expires_at <= ctx.now or (person is not None and person.opted_out_at):
        return None
    asked = Asked(facts, survey_from(facts.definition), person or _anyone(), None, {})
    view = survey_view(asked, ctx, reminder=row.kind == OutboxKind.REMINDER)
    return prompts.survey(view, language_of(person, ctx))


def _rehearsed(facts: Record, ctx: Context) -> Message:
    """The prompt as its reader would have seen it, marked, for the test conversation of a dry run."""
    person = look(ctx.session, Person, facts.person_id) if facts.person_id else None
    asked = Asked(facts, survey_from(facts.definition), person or _anyone(), None, {})
    prompt = prompts.survey(survey_view(asked, ctx), language_of(person, ctx))
    who = name_of(person) if person else facts.shared_conversation or ""
    return prompts.rehearsed(prompt, who, ctx.organisation.language)


def _anyone() -> Person:
    """Whoever reads a shared conversation: nobody in particular, who lives where the organisation does."""
    return Person(name="", role="customer")


def _case(row: Record, ctx: Context) -> Case | None:
    return look(ctx.session, Case, row.subject_id)


def _alert(row: Record, person: Person | None, ctx: Context) -> Message | None:
    case = _case(row, ctx)
    if case is None or person is None:
        return None
    view = case_view(case, person, ctx, informed=row.kind == OutboxKind.CASE_COPY)
    return case_words.alert(view, language_of(person, ctx))


def _case_reminder(row: Record, person: Person | None, ctx: Context) -> Message | None:
    case = _case(row, ctx)
    if case is None or person is None or case.state in ("closed", "contacted"):
        return None
    return case_words.reminder(case_view(case, person, ctx), language_of(person, ctx))


def _escalation(row: Record, person: Person | None, ctx: Context) -> Message | None:
    case = _case(row, ctx)
    if case is None or person is None or case.state in ("closed", "contacted"):
        return None
    return case_words.escalation(case_view(case, person, ctx), language_of(person, ctx))


def _unreachable(row: Record, person: Person | None, ctx: Context) -> Message | None:
    case = _case(row, ctx)
    if case is None or person is None:
        return None
    return case_words.unreachable_notice(case_view(case, person, ctx), language_of(person, ctx))


def _repeated(row: Record, person: Person | None, ctx: Context) -> Message | None:
    case = _case(row, ctx)
    if case is None or person is None or case.state == CaseState.CLOSED:
        return None
    return case_words.repeated(case_view(case, person, ctx), language_of(person, ctx))


def _second_rating(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """Nothing if it stands there already, or the case was opened again, or the customer does not wish to be asked."""
    rating = ctx.session.get(SecondRating, row.subject_id)
    case = look(ctx.session, Case, rating.case_id) if rating else None
    if rating is None or case is None or person is None or not welcome(person, ctx):
        return None
    kinds = (OutboxKind.SECOND_RATING,)
    said = outbox.standing_message(ctx.session, row.subject, row.subject_id, row.person_id, kinds)
    if said or case.state != CaseState.CLOSED or consent_of(case, ctx) is False:
        return None
    owner = cases.name_of(ctx.session, case.claimed_by_id or case.owner_id)
    return receipts.second_rating(rating.token, owner, language_of(person, ctx))


def _not_put_right(row: Record, person: Person | None, ctx: Context) -> Message | None:
    rating = ctx.session.get(SecondRating, row.subject_id)
    case = look(ctx.session, Case, rating.case_id) if rating else None
    if rating is None or case is None or person is None or not rating.score:
        return None
    return case_words.not_put_right(case_view(case, person, ctx), rating.score, language_of(person, ctx))


def _overdue(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """What a person has overdue; nothing where nothing is any more."""
    if person is None:
        return None
    overdue, total = cases.overdue_of(ctx.session, row.subject_id, ctx.now, case_words.LISTED)
    lines = case_lines(overdue, ctx)
    return (
        case_words.overdue(lines, total, language_of(person, ctx), zone_of_person(person, ctx))
        if lines
        else None
    )


def _event(row: Record, ctx: Context) -> tuple[CaseEvent, Case] | None:
    event = look(ctx.session, CaseEvent, row.subject_id)
    case = look(ctx.session, Case, event.case_id) if event else None
    return (event, case) if event and case else None


def _outcome(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """How it ended; nothing if the case was opened again in the meantime."""
    found = _event(row, ctx)
    event, case = found or (None, None)
    if event is None or case is None or case.outcome is None:
        return None
    by = cases.name_of(ctx.session, event.by_id)
    return receipts.outcome(Outcome(case.outcome), event.words or "", by, language_of(person, ctx))


def _forwarded(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """Who has the matter now; nothing if it has moved on since."""
    event, case = _event(row, ctx) or (None, None)
    if event is None or case is None or case.owner_id != event.other_id:
        return None
    service = ctx.organisation.services.get(case.service or "")
    reader = cases.name_of(ctx.session, case.owner_id)
    return receipts.forwarded(reader, service.name if service else None, language_of(person, ctx))


def _case_erased(row: Record, person: Person | None, ctx: Context) -> Message | None:
    found = _event(row, ctx)
    if found is None or person is None:
        return None
    return case_words.erased_notice(case_view(found[1], person, ctx), language_of(person, ctx))


def _owner_words(row: Record, person: Person | None, ctx: Context) -> Message | None:
    found = _event(row, ctx)
    if found is None:
        return None
    event, case = found
    service = ctx.organisation.services.get(case.service or "")
    by = cases.name_of(ctx.session, event.by_id)
    return receipts.owner_words(
        event.words or "", by, service.name if service else None, language_of(person, ctx)
    )


def _customer_words(row: Record, person: Person | None, ctx: Context) -> Message | None:
    found = _event(row, ctx)
    if found is None or person is None:
        return None
    event, case = found
    return case_words.customer_words(
        case_view(case, person, ctx), event.words or "", language_of(person, ctx)
    )


def _expert_request(row: Record, person: Person | None, ctx: Context) -> Message | None:
    found = _event(row, ctx)
    if found is None or person is None:
        return None
    event, case = found
    by = cases.name_of(ctx.session, event.by_id)
    return case_words.expert_request(
        case_view(case, person, ctx), event.words or "", by, language_of(person, ctx)
    )


def _voice_message(row: Record, person: Person | None, ctx: Context) -> Message | None:
    voice, language = ctx.session.get(VoiceMessage, row.subject_id), language_of(person, ctx)
    if voice is None or voice.content is None:
        return None
    try:
        sound = sound_of(voice, language, ctx)
    except UnknownKey as sealed:
        return voices.sealed(sealed.key, language)
    case = voice_messages.case_of(ctx.session, voice)
    nameless = case is not None and name_is_withheld(case, ctx)
    return voices.played(sound, by="" if nameless else cases.name_of(ctx.session, voice.said_by_id))


def _voice_lost(row: Record, person: Person | None, ctx: Context) -> Message | None:
    voice = ctx.session.get(VoiceMessage, row.subject_id)
    return voices.lost(voice.seconds, language_of(person, ctx)) if voice else None


@dataclass(frozen=True)
class _GoodNews:
    """A response whose giver was pleased."""

    facts: Record
    answers: Sequence[Record]
    scores: tuple[ScoreView, ...]
    touchpoint: LocalText | None
    giver: Person | None


def _good_news(row: Record, ctx: Context) -> _GoodNews | None:
    """Nothing if the same response turned out to hold a poor score, or is not about us."""
    response = ctx.session.get(Response, row.subject_id)
    if response is None or response.excluded_because is not None:
        return None
    facts = invitations.invitation_with_facts(ctx.session, response.invitation_id)
    answers = responses.answers_of(ctx.session, row.subject_id)
    if facts is None or any(answer.band == Band.POOR for answer in answers):
        return None
    scores = scores_of(answers, survey_from(facts.definition), facts.service, facts.touchpoint, ctx)
    name = touchpoint_name(ctx.organisation, facts.touchpoint)
    return _GoodNews(facts, answers, scores, name, ctx.session.get(Person, response.person_id))


def _expert_words(row: Record, person: Person | None, ctx: Context) -> Message | None:
    event, case = _event(row, ctx) or (None, None)
    if event is None or case is None or person is None:
        return None
    by = cases.name_of(ctx.session, event.by_id)
    view = case_view(case, person, ctx)
    return case_words.expert_words(view, event.words or "", by, language_of(person, ctx))


def _staff_notes(row: Record, person: Person | None, ctx: Context) -> Message | None:
    return anonymous.told(row.subject_id, person, ctx) if person else None


def _wish_news(row: Record, person: Person | None, ctx: Context) -> Message | None:
    return wishes.news(row.subject_id, person, ctx) if person else None


def _praise(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """A good word for who did the work, or for their team."""
    if row.subject == "feedback":
        return _thanks(row, person, ctx)
    news = _good_news(row, ctx)
    if news is None:
        return None
    words, language = comment_of(news.answers), _language_of_team(news.facts.service, person, ctx)
    notable = _notable(row.subject_id, person, ctx)
    return case_words.praise(name_of(person), words, news.scores, news.touchpoint, language, notable=notable)


def _thanks(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """Thanks that a colleague logged."""
    said = look(ctx.session, Feedback, row.subject_id)
    if said is None or not said.words:
        return None
    return case_words.praise(
        name_of(person), said.words, (), None, _language_of_team(said.service, person, ctx)
    )


def _language_of_team(service: str | None, person: Person | None, ctx: Context) -> str:
    """The reader's language; in a team's conversation, the team's."""
    team = team_of(ctx.organisation, service)
    return team.language if person is None and team and team.language else language_of(person, ctx)


def _reference_request(row: Record, person: Person | None, ctx: Context) -> Message | None:
    """A good moment to ask for a reference."""
    news = _good_news(row, ctx)
    if news is None or survey_from(news.facts.definition).privacy is not Privacy.NAMED:
        return None
    account = ctx.organisation.accounts.get(news.facts.account or "")
    return case_words.reference_request(
        person=name_of(news.giver),
        account=account.name if account else "",
        words=comment_of(news.answers),
        scores=news.scores,
        touchpoint=news.touchpoint,
        language=language_of(person, ctx),
        notable=_notable(row.subject_id, person, ctx),
    )


def _notable(response_id: int, reader: Person | None, ctx: Context) -> ResponseName | None:
    """The response, for a reader who may note a wish from its words."""
    if reader is None or not may(role_of(reader), Right.KEEP_WISHES):
        return None
    return ResponseName(*responses.name_of(ctx.session, response_id))


def _digest(row: Record, person: Person | None, ctx: Context) -> Message | None:
    run = ctx.session.get(DigestRun, row.subject_id)
    if run is not None and run.audience == DigestAudience.ACCOUNT:
        return packs.told(run, person, ctx) if person else None
    audience = audience_of(run, ctx) if run else None
    if run is None or audience is None:
        return None
    window = Window(run.window_starts_at, run.window_ends_at)
    language = language_of(person, ctx) if person else audience.language
    view = digest_view(audience.speaking(language), window, ctx, run=run.token)
    return digest_words.digest(view, language)


def _gap_report(person: Person | None, ctx: Context) -> Message | None:
    """Where nobody could act, as it is now; nothing once everything has been put right."""
    found = gaps.gaps(ctx.channels, ctx)
    return gap_words.report(found, language_of(person, ctx)) if found else None


_COMPOSERS: dict[OutboxKind, Composer] = {
    OutboxKind.PROMPT: _prompt,
    OutboxKind.REMINDER: _prompt,
    OutboxKind.STAFF_PROMPT: _prompt,
    OutboxKind.SURVEY_MOVED: lambda _, person, ctx: prompts.moved(language_of(person, ctx)),
    OutboxKind.CASE_NOTICE: _alert,
    OutboxKind.CASE_COPY: _alert,
    OutboxKind.CASE_REMINDER: _case_reminder,
    OutboxKind.CASE_ESCALATION: _escalation,
    OutboxKind.CASE_UNREACHABLE: _unreachable,
    OutboxKind.CASE_REPEATED: _repeated,
    OutboxKind.OVERDUE: _overdue,
    OutboxKind.SECOND_RATING: _second_rating,
    OutboxKind.NOT_PUT_RIGHT: _not_put_right,
    OutboxKind.CASE_ERASED: _case_erased,
    OutboxKind.VOICE_MESSAGE: _voice_message,
    OutboxKind.VOICE_LOST: _voice_lost,
    OutboxKind.EXPERT_REQUEST: _expert_request,
    OutboxKind.EXPERT_WORDS: _expert_words,
    OutboxKind.STAFF_NOTES: _staff_notes,
    OutboxKind.WISH_DECIDED: _wish_news,
    OutboxKind.FORWARDED: _forwarded,
    OutboxKind.OUTCOME: _outcome,
    OutboxKind.OWNER_WORDS: _owner_words,
    OutboxKind.CUSTOMER_WORDS: _customer_words,
    OutboxKind.PRAISE: _praise,
    OutboxKind.REFERENCE_REQUEST: _reference_request,
    OutboxKind.DIGEST: _digest,
    OutboxKind.GAP_REPORT: lambda _, person, ctx: _gap_report(person, ctx),
}
