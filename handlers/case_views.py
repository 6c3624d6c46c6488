"""One case as its reader sees it: rows in, `CaseView` out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers import owners
from handlers.asked import survey_from
from handlers.cases import consent_of
from handlers.context import Context
from handlers.found import found
from handlers.lookups import threshold_for, touchpoint_name
from handlers.organisation import Survey
from handlers.people import name_of, reachable, zone_of_person
from handlers.rules import scales
from handlers.rules.scales import LocalText, Question
from handlers.surveys import REASONS, chips_of
from handlers.views import CaseEventView, CaseView, OpenCaseLine, PastScore, ScoreView, SpokenView
from storage import cases, invitations, repeats, responses, voice_messages
from storage.look import look
from storage.prepared import Record
from storage.tables import Case, Encounter, Feedback, Person, Response
from storage.vocabulary import (
    Band,
    CameBy,
    CaseEventKind,
    CaseReason,
    CaseState,
    DeclineReason,
    FeedbackSource,
    FeedbackType,
    Metric,
    Outcome,
    OwnerRule,
    Privacy,
    Stream,
    VoiceState,
)

_HISTORY = 3
"""Earlier scores shown in an alert: enough to see whether this is new, few enough to read."""


@dataclass(frozen=True)
class _Said:
    """What the customer gave us that opened the case, as far as it has come."""

    scores: tuple[ScoreView, ...] = ()
    reasons: tuple[LocalText, ...] = ()
    comment: str = ""
    consent: bool | None = None
    excluded: DeclineReason | None = None


def case_view(case: Case, reader: Person, ctx: Context, *, informed: bool = False) -> CaseView:
    """What `reader` needs to act on the case, or only to know of it when they are informed."""
    customer = look(ctx.session, Person, case.customer_id)
    encounter = look(ctx.session, Encounter, case.encounter_id)
    feedback = look(ctx.session, Feedback, case.feedback_id)
    said = _said(case, feedback, ctx)
    withheld = name_is_withheld(case, ctx)
    events = cases.events_of(ctx.session, case.id or 0)
    claimed = _last(events, CaseEventKind.CLAIMED)
    closed = _last(events, CaseEventKind.CLOSED)
    return CaseView(
        case=case.token,
        reason=CaseReason(case.reason),
        state=CaseState(case.state),
        urgent=case.urgent,
        customer=_customer_name(case, ctx),
        title=(customer.title or "") if customer and not withheld else "",
        account="" if withheld else _account_name(case.account, ctx),
        phone=(customer.phone or "") if customer and said.consent and not withheld else "",
        touchpoint=_touchpoint_name(case.touchpoint, ctx),
        service=_service_name(case.service, ctx),
        handler=cases.name_of(ctx.session, encounter.handler_id if encounter and not withheld else None),
        happened_at=encounter.happened_at if encounter else case.opened_at,
        opened_at=case.opened_at,
        due_at=case.due_at,
        overdue=_overdue(case, ctx),
        zone=zone_of_person(reader, ctx),
        scores=said.scores,
        reasons=said.reasons,
        comment=said.comment,
        history=() if withheld else _history(case, ctx),
        other_open_cases=0 if withheld else cases.other_open_cases(ctx.session, case.customer_id, case.id),
        consent=said.consent,
        can_write=customer is not None and said.consent is not False and reachable(customer, ctx),
        owner=cases.name_of(ctx.session, case.owner_id),
        owner_rule=OwnerRule(case.owner_rule),
        claimed_by=cases.name_of(ctx.session, case.claimed_by_id),
        claimed_at=claimed.at if claimed and case.claimed_by_id else None,
        outcome=Outcome(case.outcome) if case.outcome else None,
        outcome_words=(closed.words or "") if closed and case.outcome else "",
        events=tuple(_event_view(event, case.customer_id if withheld else None) for event in events),
        feedback_type=FeedbackType(feedback.type) if feedback else None,
        logged_by=_logged_by(case, feedback, ctx),
        came_by=_came_by(case, feedback, ctx),
        said_by=_no_customer(feedback),
        informed=informed,
        excluded=said.excluded,
        deputy_for=_deputy_for(case, encounter, ctx),
        spoken=_spoken(case, ctx),
        withheld=withheld,
    )


def _logged_by(case: Case, feedback: Feedback | None, ctx: Context) -> str:
    """The name of whoever wrote it down for the customer; empty where nobody had to."""
    if feedback is not None:
        return cases.name_of(ctx.session, feedback.logged_by_id)
    response = look(ctx.session, Response, case.response_id)
    return cases.name_of(ctx.session, response.entered_by_id if response else None)


def _came_by(case: Case, feedback: Feedback | None, ctx: Context) -> str:
    """How it reached us; empty for an answer that the customer tapped."""
    if feedback is not None:
        return feedback.came_by or (CameBy.LOGGED if feedback.logged_by_id else CameBy.TOLD)
    response = look(ctx.session, Response, case.response_id)
    return CameBy.INTERVIEW if response and response.stream == Stream.INTERVIEW else ""


def _no_customer(feedback: Feedback | None) -> FeedbackSource | None:
    """Whose words they are where they are no customer's."""
    source = FeedbackSource(feedback.source) if feedback else FeedbackSource.CUSTOMER
    return None if source is FeedbackSource.CUSTOMER else source


def name_is_withheld(case: Case, ctx: Context) -> bool:
    """Whether the case came of a survey that promised not to tell whose an answer is."""
    return is_nameless(case.response_id, ctx)


def is_nameless(response_id: int | None, ctx: Context) -> bool:
    """Whether a response was given to such a survey. To an anonymous one there are none but of who gave their name."""
    response = look(ctx.session, Response, response_id)
    facts = invitations.invitation_with_facts(ctx.session, response.invitation_id) if response else None
    return facts is not None and survey_from(facts.definition).privacy is Privacy.CONFIDENTIAL


def _spoken(case: Case, ctx: Context) -> tuple[SpokenView, ...]:
    return tuple(
        SpokenView(row.token, row.seconds, lost=row.state == VoiceState.LOST)
        for row in voice_messages.of_case(ctx.session, case.id, case.response_id, case.feedback_id)
    )


def _deputy_for(case: Case, encounter: Encounter | None, ctx: Context) -> str:
    """For whom the owner stands in; empty when for nobody."""
    if case.owner_rule != OwnerRule.DEPUTY:
        return ""
    if encounter is not None and encounter.owner_id is not None and encounter.owner_rule != OwnerRule.ROTA:
        return cases.name_of(ctx.session, encounter.owner_id)
    opened_on = owners.local_date(case.opened_at, ctx)
    owner = owners.owner_in_principle(owners.about_case(case, ctx), ctx, opened_on).person
    return owner.name if owner else ""


def case_lines(some: Iterable[Case], ctx: Context, *, named: bool = True) -> tuple[OpenCaseLine, ...]:
    """Cases in one line each; without the customers' names where others read along."""
    return tuple(
        OpenCaseLine(
            case=case.token,
            customer=_customer_name(case, ctx) if named else "",
            account="" if name_is_withheld(case, ctx) else _account_name(case.account, ctx),
            service=_service_name(case.service, ctx),
            reason=CaseReason(case.reason),
            state=CaseState(case.state),
            owner=cases.name_of(ctx.session, case.claimed_by_id or case.owner_id),
            opened_at=case.opened_at,
            due_at=case.due_at,
            overdue=_overdue(case, ctx),
            withheld=name_is_withheld(case, ctx),
            nameless=not named,
        )
        for case in some
    )


def scores_of(
    answers: Sequence[Record], survey: Survey, service: str | None, touchpoint: str | None, ctx: Context
) -> tuple[ScoreView, ...]:
    """The closed answers with what they mean, in the order they were asked."""
    by_key = {answer.question: answer for answer in answers}
    return tuple(
        ScoreView(question, score, _band(question, score, service, touchpoint, ctx))
        for question in survey.questions
        if question.metric is not Metric.CONSENT
        and question.key in by_key
        and (score := by_key[question.key].score) is not None
    )


def comment_of(answers: Sequence[Record]) -> str:
    """The customer's own words, whatever question they answer."""
    return "\n".join(a.words for a in answers if a.metric == Metric.WORDS and a.words)


def _said(case: Case, feedback: Feedback | None, ctx: Context) -> _Said:
    """What opened the case and what joined it since, the newest first."""
    again, said_again = repeats.of_case(ctx.session, case.id)
    answered = [*again, *([case.response_id] if case.response_id else [])]
    spoken = [look(ctx.session, Feedback, number) for number in said_again]
    parts = [_answered(number, case, ctx) for number in answered]
    comments = [*(part.comment for part in parts), *(row.words for row in (*spoken, feedback) if row)]
    return _Said(
        scores=tuple(score for part in parts for score in part.scores),
        reasons=tuple(reason for part in parts for reason in part.reasons),
        comment="\n".join(filter(None, comments)),
        consent=consent_of(case, ctx),
        excluded=parts[0].excluded if parts else None,
    )


def _answered(response_id: int, case: Case, ctx: Context) -> _Said:
    response = found(look(ctx.session, Response, response_id))
    facts = found(invitations.invitation_with_facts(ctx.session, response.invitation_id))
    survey = survey_from(facts.definition)
    answers = responses.answers_of(ctx.session, response_id)
    return _Said(
        scores=scores_of(answers, survey, case.service, case.touchpoint, ctx),
        reasons=_chosen_reasons(answers, survey),
        comment=comment_of(answers),
        excluded=DeclineReason(response.excluded_because) if response.excluded_because else None,
    )


def scores_of_response(response_id: int, case: Case, ctx: Context) -> tuple[ScoreView, ...]:
    """The closed answers of a response that belongs to a case."""
    return _answered(response_id, case, ctx).scores


def _chosen_reasons(answers: Sequence[Record], survey: Survey) -> tuple[LocalText, ...]:
    chosen = next((a.words or "" for a in answers if a.question == REASONS), "").split()
    labels = {option.key: option.label for low in (True, False) for option in chips_of(survey, low=low)}
    return tuple(labels[key] for key in chosen if key in labels)


def _history(case: Case, ctx: Context) -> tuple[PastScore, ...]:
    if case.customer_id is None:
        return ()
    rows = responses.earlier_scores(ctx.session, case.customer_id, case.response_id, case.id, _HISTORY)
    return tuple(past for answer in rows if (past := _past(answer, ctx)) is not None)


def _past(answer: Record, ctx: Context) -> PastScore | None:
    questions = survey_from(answer.definition).questions
    question = next((question for question in questions if question.key == answer.question), None)
    if question is None:
        return None
    return PastScore(
        at=answer.at,
        touchpoint=_touchpoint_name(answer.touchpoint, ctx) or {},
        question=question,
        score=answer.score,
        band=Band(answer.band) if answer.band else None,
    )


def _band(
    question: Question, score: int, service: str | None, touchpoint: str | None, ctx: Context
) -> Band | None:
    return scales.band(question, score, threshold_for(ctx.organisation, question, service, touchpoint))


def _overdue(case: Case, ctx: Context) -> bool:
    handled = case.state in (CaseState.CLOSED, CaseState.CONTACTED)
    return not handled and case.due_at <= ctx.now


def _customer_name(case: Case, ctx: Context) -> str:
    if name_is_withheld(case, ctx):
        return ""
    if case.customer_id is not None:
        return name_of(look(ctx.session, Person, case.customer_id))
    feedback = look(ctx.session, Feedback, case.feedback_id)
    return (feedback.said_by_name or "") if feedback else ""


def _event_view(event: Record, nameless: int | None) -> CaseEventView:
    """One event; whoever is not to be named did it namelessly."""
    return CaseEventView(
        kind=CaseEventKind(event.kind),
        at=event.at,
        by=event.by_name or "" if nameless is None or event.by_id != nameless else "",
        other=event.other_name or "",
        words=event.words or "",
    )


def _last(events: Sequence[Record], kind: CaseEventKind) -> Record | None:
    return next((event for event in reversed(events) if event.kind == kind), None)


def _touchpoint_name(key: str | None, ctx: Context) -> LocalText | None:
    return touchpoint_name(ctx.organisation, key)


def _account_name(key: str | None, ctx: Context) -> str:
    account = ctx.organisation.accounts.get(key or "")
    return account.name if account else key or ""


def _service_name(key: str | None, ctx: Context) -> LocalText | None:
    service = ctx.organisation.services.get(key or "")
    return service.name if service else None
