"""The customer answers: a score, a reason, words, consent, or no thanks.

Everything here is safe to do twice. The unique key of the response is the last word on doubles, and
the message that goes back is a function of the rows, so a second tap reads the first answer.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers import cases
from handlers.context import Context
from handlers.errors import (
    EditWindowClosed,
    InvitationExpired,
    NotOnTheScale,
    NotYourInvitation,
    UnknownInvitation,
    WordsMissing,
    WordsTooLong,
)
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
from handlers.lookups import team_of, threshold_for
from handlers.messages import EditInPlace, Message, OpenForm, Reply, Say
from handlers.outbox import say
from handlers.people import actor, language_of, row_id
from handlers.rules import scales, urgency, words
from handlers.rules.scales import NO, YES, Question, Threshold
from handlers.surveys import REASONS, Asked, survey_from, survey_view
from handlers.wording import prompts, sentences
from storage import cases as case_rows
from storage import invitations, outbox, responses
from storage.tables import Invitation, Person
from storage.vocabulary import (
    CaseReason,
    DeclineReason,
    InvitationState,
    Metric,
    OutboxKind,
    Stream,
)

_UNSAID = (OutboxKind.PROMPT, OutboxKind.REMINDER, OutboxKind.STAFF_PROMPT)
_REVISITED = (InvitationState.EXPIRED, InvitationState.SUPPRESSED)


def record_rating(event: RatingGiven, ctx: Context) -> Reply:
    """A score was tapped.

    Raises `NotOnTheScale`, `EditWindowClosed`, or what `_asked` raises; then nothing is recorded.
    """
    asked = _asked(event, event.invitation, ctx)
    question = _closed_question(asked, event.question)
    if not scales.on_scale(question, event.score):
        raise NotOnTheScale(score=event.score, lowest=question.lowest, highest=question.highest)
    threshold = threshold_for(ctx.organisation, question, asked.facts.service, asked.facts.touchpoint)
    band = scales.band(question, event.score, threshold)
    asked = _put(asked, question.key, question.metric, ctx, event, score=event.score, band=band)
    _act_on_score(asked, question, event.score, threshold, ctx)
    return _reply(asked, ctx)


def toggle_reason(event: ReasonToggled, ctx: Context) -> Reply:
    """A reason chip was tapped, or tapped again to take it back; or the option of a choice question."""
    asked = _asked(event, event.invitation, ctx)
    question = asked.question(event.question)
    if question is None:
        raise UnknownInvitation
    if question.metric is Metric.CHOICE:
        return _choose(asked, question, event, ctx)
    before = asked.answers.get(REASONS)
    chosen = (before.words or "").split() if before is not None else []
    known = {option.key for option in survey_view(asked, ctx).reasons} | set(chosen)
    if event.reason not in known:
        raise UnknownInvitation
    others = [key for key in chosen if key != event.reason]
    chosen = others if event.reason in chosen else [*chosen, event.reason]
    asked = _put(asked, REASONS, Metric.CHOICE, ctx, event, words=" ".join(chosen))
    _tell_owner(asked, ctx)
    return _reply(asked, ctx)


def _choose(asked: Asked, question: Question, event: ReasonToggled, ctx: Context) -> Reply:
    if event.reason not in {option.key for option in question.options}:
        raise UnknownInvitation
    asked = _put(asked, question.key, question.metric, ctx, event, words=event.reason)
    _tell_owner(asked, ctx)
    return _reply(asked, ctx)


def record_comment(event: CommentGiven, ctx: Context) -> Reply:
    """Words were written by form. They take the place of what was written before, which is kept."""
    asked = _asked(event, event.invitation, ctx)
    return _comment(asked, event.question, event.words, event, ctx, add=False)


def add_comment(event: Event, invitation: Invitation, text: str, ctx: Context) -> Reply:
    """Words were written in the conversation while a survey is open: they are added to its comment."""
    asked = _asked(event, invitation.token, ctx)
    question = next(q for q in asked.survey.questions if q.metric is Metric.WORDS)
    reply = _comment(asked, question.key, text, event, ctx, add=True)
    return Say(reply.message) if isinstance(reply, EditInPlace) else reply


def _comment(asked: Asked, key: str, text: str, event: Event, ctx: Context, *, add: bool) -> Reply:
    question = asked.question(key)
    if question is None or question.metric is not Metric.WORDS:
        raise UnknownInvitation
    written = readable(text)
    before = asked.answers.get(key)
    if add and before is not None and before.words:
        written = f"{before.words}\n{written}"
    asked = _put(asked, key, question.metric, ctx, event, words=written)
    if asked.facts.stream == Stream.CUSTOMER and urgent_word_in(written, ctx):
        cases.open_for_response(asked, CaseReason.URGENT_WORD, ctx, urgent=True)
    else:
        _tell_owner(asked, ctx)
    return _reply(asked, ctx)


def readable(text: str) -> str:
    """Words fit to keep. Raises `WordsMissing` for none and `WordsTooLong` for more than can be kept."""
    written = words.clean(text)
    if not written:
        raise WordsMissing
    if len(written) > words.MOST:
        raise WordsTooLong(length=len(written), most=words.MOST)
    return written


def urgent_word_in(text: str, ctx: Context) -> str | None:
    """The word for which somebody must act whatever the score, if there is one."""
    declared = ctx.organisation.urgent_words
    stems = {lang: getattr(declared, lang) or urgency.DEFAULT_STEMS[lang] for lang in ("fi", "sv", "en")}
    return urgency.urgent_word(text, (stem for language in stems.values() for stem in language))


def skip_question(event: QuestionSkipped, ctx: Context) -> Reply:
    """A question is left out; that may be changed later. An answer given before stays."""
    asked = _asked(event, event.invitation, ctx)
    question = asked.question(event.question)
    if question is None:
        raise UnknownInvitation
    if question.key not in asked.answers:
        asked = _put(asked, question.key, question.metric, ctx, event)
    return _reply(asked, ctx)


def reopen_question(event: QuestionReopened, ctx: Context) -> Reply:
    """The person wants to answer one question again. Raises `EditWindowClosed` when it is too late."""
    asked = _asked(event, event.invitation, ctx)
    if asked.question(event.question) is None:
        raise UnknownInvitation
    _demand_editable(asked, ctx)
    return _reply(asked, ctx, current=event.question)


def comment_form(invitation: str, question: str, event: Event, ctx: Context) -> Reply:
    """The form for a comment, with what was written before."""
    asked = _asked(event, invitation, ctx)
    if asked.question(question) is None:
        raise UnknownInvitation
    return OpenForm(prompts.comment_form(survey_view(asked, ctx), question, language_of(asked.person, ctx)))


def decline(event: InvitationDeclined, ctx: Context) -> Reply:
    """Not my matter, not about you, no thanks, never again. Marked and kept, never silently dropped."""
    asked = _asked(event, event.invitation, ctx)
    if event.reason is DeclineReason.OPT_OUT:
        opt_out(asked.person, ctx)
    if asked.response is not None or asked.facts.person_id is None:
        asked = _exclude(asked, event, ctx)
    else:
        asked = _close_declined(asked, event.reason, ctx)
    outbox.cancel(ctx.session, "invitation", asked.facts.id, _UNSAID)
    return _reply(asked, ctx)


def _exclude(asked: Asked, event: InvitationDeclined, ctx: Context) -> Asked:
    """Answers were given and stay; the response is marked, so that figures are shown with and without."""
    asked = _begun(asked, ctx, event)
    if event.reason in (DeclineReason.NO_THANKS, DeclineReason.OPT_OUT) and asked.answers:
        return asked
    responses.touch_response(ctx.session, asked.response_id or 0, excluded_because=event.reason)
    return _reread(asked, ctx)


def _close_declined(asked: Asked, reason: DeclineReason, ctx: Context) -> Asked:
    row = found(ctx.session.get(Invitation, asked.facts.id))
    row.state, row.declined_because = InvitationState.DECLINED, reason
    ctx.session.add(row)
    ctx.session.flush()
    return _reread(asked, ctx)


def opt_out(person: Person, ctx: Context) -> None:
    """This person is not asked any more, and what was about to be asked is taken back."""
    person.opted_out_at = person.opted_out_at or ctx.now
    ctx.session.add(person)
    for invitation in invitations.queued_for(ctx.session, row_id(person)):
        invitation.state = InvitationState.SUPPRESSED
        ctx.session.add(invitation)
        outbox.cancel(ctx.session, "invitation", invitation.id or 0, _UNSAID)


def call_for_person(event: PersonWanted, ctx: Context) -> Reply:
    """“I'd rather talk to …”: a case for the responsible person; asking for it is consent to be contacted."""
    asked = _begun(_asked(event, event.invitation, ctx), ctx, event)
    responses.touch_response(ctx.session, asked.response_id or 0, consent=True)
    cases.open_for_response(_reread(asked, ctx), CaseReason.WANTS_A_PERSON, ctx)
    text = sentences.person_will_call(asked.facts.owner_name or "", language_of(asked.person, ctx))
    return Say(sentences.note(text))


def show(invitation: str, event: Event, ctx: Context) -> Reply:
    """The survey as it stands: the answer to a delivery that was taken in before."""
    return _reply(_asked(event, invitation, ctx), ctx)


# What an answer does.


def _act_on_score(asked: Asked, question: Question, score: int, threshold: Threshold, ctx: Context) -> None:
    """Alert on a poor score, praise for a good one; staff-reported answers do neither."""
    if asked.facts.stream != Stream.CUSTOMER:
        return
    if question.metric is Metric.CONSENT:
        responses.touch_response(ctx.session, asked.response_id or 0, consent=score == YES)
        asked = _reread(asked, ctx)
    if scales.alerts(question, score, threshold):
        not_handled = question.metric in (Metric.RESOLVED, Metric.FCR) and score == NO
        reason = CaseReason.NOT_HANDLED if not_handled else CaseReason.LOW_SCORE
        cases.open_for_response(asked, reason, ctx)
        return
    _tell_owner(asked, ctx)
    if scales.praises(question, score, threshold):
        _praise(asked, ctx)


def _tell_owner(asked: Asked, ctx: Context) -> None:
    """Somebody who has an alert about this response sees it grow."""
    if asked.response_id is not None and asked.facts.stream == Stream.CUSTOMER:
        case = case_rows.case_of_response(ctx.session, asked.response_id)
        if case is not None:
            cases.revise(case, ctx)


PRAISE_WAITS = timedelta(minutes=10)
"""Time between a top score and the praise, so that the customer's words can come along."""


def _praise(asked: Asked, ctx: Context) -> None:
    """The person who did the work hears of it, once a response, when the words have had time to come."""
    if asked.facts.handler_id is not None:
        say(
            ctx,
            OutboxKind.PRAISE,
            "response",
            asked.response_id or 0,
            to=asked.facts.handler_id,
            once="praise",
            not_before=ctx.now + PRAISE_WAITS,
        )


# Finding and writing.


def _asked(event: Event, token: str, ctx: Context) -> Asked:
    """The invitation somebody acts on.

    Raises `UnknownInvitation`, `InvitationExpired`, or `NotYourInvitation` when it was sent to another.
    """
    facts = invitations.invitation_with_facts(ctx.session, token)
    if facts is None:
        raise UnknownInvitation
    person = actor(event.by, ctx)
    if facts.person_id not in (None, person.id):
        raise NotYourInvitation
    response = responses.response_of(ctx.session, facts.id, row_id(person))
    if response is None and (facts.state in _REVISITED or facts.expires_at <= ctx.now):
        raise InvitationExpired
    answers = responses.answers_of(ctx.session, response.id) if response is not None else ()
    return Asked(facts, survey_from(facts.definition), person, response, {a.question: a for a in answers})


def _reread(asked: Asked, ctx: Context) -> Asked:
    """The same, after something was written."""
    facts = found(invitations.invitation_with_facts(ctx.session, asked.facts.token))
    response = responses.response_of(ctx.session, facts.id, row_id(asked.person))
    answers = responses.answers_of(ctx.session, response.id) if response is not None else ()
    return replace(asked, facts=facts, response=response, answers={a.question: a for a in answers})


def _closed_question(asked: Asked, key: str) -> Question:
    question = asked.question(key)
    if question is None or not scales.is_closed(question):
        raise UnknownInvitation
    return question


def _demand_editable(asked: Asked, ctx: Context) -> None:
    window = ctx.organisation.asking.edit_window
    if asked.response is not None and ctx.now - asked.response.first_at > window:
        raise EditWindowClosed


def _begun(asked: Asked, ctx: Context, event: Event) -> Asked:
    """With a response row, made if this is the first sign of the person."""
    if asked.response is not None:
        return asked
    facts = asked.facts
    team = team_of(ctx.organisation, facts.service)
    responses.add_response(
        ctx.session,
        {
            "invitation_id": facts.id,
            "encounter_id": facts.encounter_id,
            "person_id": row_id(asked.person),
            "stream": facts.stream,
            "service": facts.service,
            "team": team.key if team else None,
            "touchpoint": facts.touchpoint,
            "account": facts.account,
            "handler_id": facts.handler_id,
            "first_at": event.at,
            "last_at": event.at,
        },
    )
    response = responses.response_of(ctx.session, facts.id, row_id(asked.person))
    return replace(asked, response=response)


def _put(
    asked: Asked,
    key: str,
    metric: Metric,
    ctx: Context,
    event: Event,
    **given: Any,
) -> Asked:
    """Write one answer: the first, or a new version within the edit window. The same again changes nothing."""
    asked = _begun(asked, ctx, event)
    response_id = asked.response_id or 0
    values = {"score": None, "words": None, "band": None, **given}
    old = asked.answers.get(key)
    if old is None:
        responses.add_answer(
            ctx.session, response_id, {"question": key, "metric": metric, "at": event.at, **values}
        )
        if len(asked.answers) == 0:
            invitations.mark_answered(ctx.session, asked.facts.id, event.at)
            outbox.cancel(ctx.session, "invitation", asked.facts.id, _UNSAID)
    elif (old.score, old.words) == (values["score"], values["words"]):
        return asked
    else:
        _demand_editable(asked, ctx)
        responses.replace_answer(ctx.session, old, event.at, values)
    responses.touch_response(ctx.session, response_id, last_at=event.at, excluded_because=None)
    return _reread(asked, ctx)


def _reply(asked: Asked, ctx: Context, current: str | None = None) -> Reply:
    """The survey as it now stands: in place where it is theirs alone, privately where others read it."""
    case = (
        asked.response_id is not None
        and case_rows.case_of_response(ctx.session, asked.response_id) is not None
    )
    message: Message = prompts.survey(
        survey_view(asked, ctx, current=current, case=case), language_of(asked.person, ctx)
    )
    return Say(message) if asked.facts.person_id is None else EditInPlace(message)
