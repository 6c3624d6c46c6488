"""The customer answers: a score, a reason, words, consent, or no thanks.

Everything here is safe to do twice. The unique key of the response is the last word on doubles, and
the message that goes back is a function of the rows, so a second tap reads the first answer.
"""

from dataclasses import replace

from handlers import cases, praise, sheets
from handlers.asked import UNSAID, Asked, begin, demand_editable, find, keep_sheet, put
from handlers.context import Context
from handlers.errors import NotOnTheScale, UnknownInvitation, WordsMissing, WordsTooLong
from handlers.events import (
    CommentGiven,
    Event,
    InvitationDeclined,
    PersonWanted,
    QuestionReopened,
    QuestionSkipped,
    RatingGiven,
    ReasonToggled,
)
from handlers.found import found
from handlers.lookups import threshold_for
from handlers.messages import EditInPlace, Message, OpenForm, Reply, Say
from handlers.outbox import say, tell_of_response
from handlers.people import audit, language_of, row_id
from handlers.rules import scales, urgency, words
from handlers.rules.scales import NO, YES, Question, Threshold
from handlers.surveys import REASONS, survey_view
from handlers.wording import prompts, sentences
from storage import invitations, outbox, responses
from storage.invitations import TO_CUSTOMERS
from storage.settled import unsettle
from storage.tables import Case, Invitation, Person
from storage.vocabulary import CaseReason, DeclineReason, InvitationState, Metric, OutboxKind


def record_rating(event: RatingGiven, ctx: Context) -> Reply:
    """A score was tapped.

    Raises `NotOnTheScale`, `EditWindowClosed`, or what `asked.find` raises; then nothing is recorded.
    """
    asked = find(event, event.invitation, ctx)
    question = _closed_question(asked, event.question)
    if not scales.on_scale(question, event.score):
        raise NotOnTheScale(score=event.score, lowest=question.lowest, highest=question.highest)
    threshold = threshold_for(ctx.organisation, question, asked.facts.service, asked.facts.touchpoint)
    band = scales.band(question, event.score, threshold)
    answered = put(asked, question.key, question.metric, ctx, event, score=event.score, band=band)
    if answered is not asked:
        answered = _act_on_score(answered, question, event.score, threshold, ctx)
    return _reply(answered, ctx)


def toggle_reason(event: ReasonToggled, ctx: Context) -> Reply:
    """A reason chip was tapped, or tapped again to take it back; or the option of a choice question."""
    asked = find(event, event.invitation, ctx)
    question = asked.question(event.question)
    if question.metric is Metric.CHOICE:
        return _choose(asked, question, event, ctx)
    before = asked.answers.get(REASONS)
    chosen = (before.words or "").split() if before is not None else []
    known = {option.key for option in survey_view(asked, ctx).reasons} | set(chosen)
    if event.reason not in known:
        raise UnknownInvitation
    others = [key for key in chosen if key != event.reason]
    chosen = others if event.reason in chosen else [*chosen, event.reason]
    return _reply(_told(put(asked, REASONS, Metric.CHOICE, ctx, event, words=" ".join(chosen)), ctx), ctx)


def _choose(asked: Asked, question: Question, event: ReasonToggled, ctx: Context) -> Reply:
    if event.reason not in {option.key for option in question.options}:
        raise UnknownInvitation
    return _reply(_told(put(asked, question.key, question.metric, ctx, event, words=event.reason), ctx), ctx)


def record_comment(event: CommentGiven, ctx: Context) -> Reply:
    """Words were written by form. They take the place of what was written before, which is kept."""
    asked = find(event, event.invitation, ctx)
    return _comment(asked, event.question, event.words, event, ctx, add=False)


def add_comment(event: Event, invitation: Invitation, text: str, ctx: Context) -> Reply:
    """Words were written in the conversation while a survey is open: they are added to its comment."""
    asked = find(event, invitation.token, ctx)
    question = next(q for q in asked.survey.questions if q.metric is Metric.WORDS)
    reply = _comment(asked, question.key, text, event, ctx, add=True)
    if not isinstance(reply, EditInPlace):
        return reply
    once = f"{ctx.now:%Y%m%d%H%M%S%f}"
    say(ctx, OutboxKind.SURVEY_MOVED, "invitation", asked.facts.id, to=asked.person.id, once=once)
    return Say(reply.message)


def _comment(asked: Asked, key: str, text: str, event: Event, ctx: Context, *, add: bool) -> Reply:
    question = asked.question(key)
    if question.metric is not Metric.WORDS:
        raise UnknownInvitation
    written = readable(text, sheets.MOST if asked.nameless else words.MOST)
    before = asked.answers.get(key)
    if add and before is not None and before.words:
        written = f"{before.words}\n{written}"
    asked = put(asked, key, question.metric, ctx, event, words=written)
    if _is_acted_on(asked) and urgent_word_in(written, ctx):
        return _reply(_with_case(asked, CaseReason.URGENT_WORD, ctx, urgent=True), ctx)
    return _reply(_told(asked, ctx), ctx)


def readable(text: str, most: int = words.MOST) -> str:
    """Words fit to keep. Raises `WordsMissing` for none and `WordsTooLong` for more than can be kept."""
    written = words.clean(text)
    if not written:
        raise WordsMissing
    if len(written) > most:
        raise WordsTooLong(length=len(written), most=most)
    return written


def _is_acted_on(asked: Asked) -> bool:
    """Whether somebody acts on an answer: not where staff report, and not where nobody may know whose it is."""
    return asked.facts.stream in TO_CUSTOMERS and not asked.nameless


def urgent_word_in(text: str, ctx: Context) -> str | None:
    """The word for which somebody must act whatever the score, if there is one."""
    declared = ctx.organisation.urgent_words
    stems = {lang: getattr(declared, lang) or urgency.DEFAULT_STEMS[lang] for lang in ("fi", "sv", "en")}
    return urgency.urgent_word(text, (stem for language in stems.values() for stem in language))


def skip_question(event: QuestionSkipped, ctx: Context) -> Reply:
    """A question is left out; that may be changed later. An answer given before stays."""
    asked = find(event, event.invitation, ctx)
    question = asked.question(event.question)
    if question.key not in asked.answers:
        asked = put(asked, question.key, question.metric, ctx, event)
    return _reply(asked, ctx)


def reopen_question(event: QuestionReopened, ctx: Context) -> Reply:
    """The person wants to answer one question again. Raises `EditWindowClosed` when it is too late."""
    asked = find(event, event.invitation, ctx)
    demand_editable(asked, ctx)
    return _reply(asked, ctx, current=asked.question(event.question).key)


def comment_form(invitation: str, question: str, event: Event, ctx: Context) -> Reply:
    """The form for a comment, with what was written before."""
    asked = find(event, invitation, ctx)
    key = asked.question(question).key
    return OpenForm(prompts.comment_form(survey_view(asked, ctx), key, language_of(asked.person, ctx)))


def decline(event: InvitationDeclined, ctx: Context) -> Reply:
    """Not my matter, not about you, no thanks, never again. Marked and kept, never silently dropped."""
    opts_out = event.reason is DeclineReason.OPT_OUT
    asked = find(event, event.invitation, ctx, by_name=opts_out)
    if opts_out:
        opt_out(found(ctx.session.get(Person, asked.person.id)), ctx)
    if _is_unanswered(asked, by_name=opts_out):
        _close_declined(asked, event.reason, ctx)
    else:
        _exclude(asked, event, ctx)
    outbox.cancel(ctx.session, "invitation", asked.facts.id, UNSAID)
    return _reply(_told(find(event, event.invitation, ctx, by_name=opts_out), ctx), ctx)


def _is_unanswered(asked: Asked, *, by_name: bool) -> bool:
    """Whether the request itself is declined; by name always, or it would tell who has answered anonymously."""
    if asked.facts.person_id is None:
        return False
    return asked.begun is None or (asked.nameless and by_name)


def _exclude(asked: Asked, event: InvitationDeclined, ctx: Context) -> None:
    """The response is marked, so that figures are shown with and without; tired of answering is no such mark."""
    if asked.answers and event.reason in (DeclineReason.NO_THANKS, DeclineReason.OPT_OUT):
        return
    if asked.nameless:
        keep_sheet(replace(asked, begun=replace(found(asked.begun), excluded_because=event.reason)), ctx)
        return
    asked = begin(asked, ctx, event)
    responses.touch_response(ctx.session, asked.response_id, excluded_because=event.reason)
    unsettle(ctx.session, found(asked.begun).first_at, ctx.now)
    tell_of_response(ctx, asked.response_id)
    audit(ctx.session.get(Person, asked.person.id), "excluded", "response", asked.response_id, ctx)


def _close_declined(asked: Asked, reason: DeclineReason, ctx: Context) -> None:
    row = found(ctx.session.get(Invitation, asked.facts.id))
    row.state, row.declined_because = InvitationState.DECLINED, reason
    ctx.session.add(row)
    ctx.session.flush()


def opt_out(person: Person, ctx: Context) -> None:
    """This person is not asked any more, and what was about to be asked is taken back."""
    person.opted_out_at = person.opted_out_at or ctx.now
    ctx.session.add(person)
    take_back(person, ctx)


def take_back(person: Person, ctx: Context) -> None:
    """What was about to be asked of this person is not asked."""
    for invitation in invitations.queued_for(ctx.session, row_id(person)):
        invitation.state = InvitationState.SUPPRESSED
        ctx.session.add(invitation)
        outbox.cancel(ctx.session, "invitation", invitation.id or 0, UNSAID)


def call_for_person(event: PersonWanted, ctx: Context) -> Reply:
    """“I'd rather talk to …”: a case for the responsible person; asking for it is consent to be contacted.

    In an anonymous survey it is the one thing that is done by name; the answers stay without.
    """
    asked = begin(find(event, event.invitation, ctx, by_name=True), ctx, event)
    responses.touch_response(ctx.session, asked.response_id, consent=True)
    cases.open_for_response(asked, CaseReason.WANTS_A_PERSON, ctx)
    text = sentences.person_will_call(asked.facts.owner_name or "", language_of(asked.person, ctx))
    return Say(sentences.note(text))


def show(invitation: str, event: Event, ctx: Context) -> Reply:
    """The survey as it stands: the answer to a delivery that was taken in before."""
    return _reply(find(event, invitation, ctx), ctx)


# What an answer does.


def _act_on_score(asked: Asked, question: Question, score: int, threshold: Threshold, ctx: Context) -> Asked:
    """Alert on a poor score, praise for a good one; staff-reported and anonymous answers do neither."""
    if not _is_acted_on(asked):
        return asked
    if question.metric is Metric.CONSENT:
        responses.touch_response(ctx.session, asked.response_id, consent=score == YES)
    if scales.alerts(question, score, threshold) and asked.survey.call_backs:
        not_handled = question.metric in (Metric.RESOLVED, Metric.FCR) and score == NO
        return _with_case(asked, CaseReason.NOT_HANDLED if not_handled else CaseReason.LOW_SCORE, ctx)
    if scales.praises(question, score, threshold):
        praise.praise_score(asked, ctx)
    if scales.asks_reference(question, score, threshold):
        praise.ask_reference(asked, ctx)
    return _told(asked, ctx)


def _with_case(asked: Asked, reason: CaseReason, ctx: Context, *, urgent: bool = False) -> Asked:
    case_id = cases.open_for_response(asked, reason, ctx, urgent=urgent)
    return replace(asked, begun=replace(found(asked.begun), case_id=case_id))


def _told(asked: Asked, ctx: Context) -> Asked:
    """Whoever has an alert about this response sees it grow."""
    case_id = asked.begun.case_id if asked.begun else None
    if case_id is not None:
        cases.revise(found(ctx.session.get(Case, case_id)), ctx)
    return asked


def _closed_question(asked: Asked, key: str) -> Question:
    question = asked.question(key)
    if not scales.is_closed(question):
        raise UnknownInvitation
    return question


def _reply(asked: Asked, ctx: Context, current: str | None = None) -> Reply:
    """The survey as it now stands: in place where it is theirs alone, privately where others read it."""

    def message() -> Message:
        return prompts.survey(survey_view(asked, ctx, current=current), language_of(asked.person, ctx))

    return Say(message()) if asked.facts.person_id is None else EditInPlace(message)
