"""A short interview by telephone: permission first, three questions at most, and answers in a stream of their own.

People answer a voice more kindly than a form, so these scores are never mixed with those they gave themselves,
unless the organisation says so (`asking.interviews_count`). Who held the interview stands beside who answered.
"""

from datetime import timedelta

from handlers import cases
from handlers.asked import Asked, find, put
from handlers.context import Context
from handlers.errors import NoInterview, NotOnTheScale, PermissionMissing, UnknownCustomer
from handlers.events import Event, InterviewHeld, Sender
from handlers.found import found
from handlers.log import customer_as_typed, service_as_typed, service_options
from handlers.lookups import survey_keys, survey_of, threshold_for
from handlers.messages import OpenForm, Reply, Say
from handlers.organisation import Survey
from handlers.organise import survey_version_id
from handlers.owners import owner_in_principle
from handlers.people import actor, demand, language_of, name_of, row_id
from handlers.respond import readable, urgent_word_in
from handlers.rules import scales
from handlers.rules.permissions import Right
from handlers.rules.routing import About
from handlers.rules.scales import Question
from handlers.wording import interviews as wording
from storage import people, responses
from storage.tables import Encounter, Identity, Invitation, Person
from storage.tokens import new_token
from storage.vocabulary import (
    Band,
    CaseReason,
    EncounterState,
    InvitationState,
    Metric,
    Privacy,
    Role,
    Stream,
)

CHANNEL = "interview"
CLOSED = 2
"""Closed questions of an interview; with the one for words they are three."""


def open_form(event: Event, ctx: Context) -> Reply:
    """The form: permission, then the first questions of what is usually asked. Raises `NoInterview`."""
    person = actor(event.by, ctx)
    demand(person, Right.LOG_FEEDBACK, ctx)
    language = language_of(person, ctx)
    _, survey = _usual(ctx)
    return OpenForm(wording.form(questions_of(survey), service_options(ctx.organisation, language), language))


def _usual(ctx: Context) -> tuple[str, Survey]:
    """The first touchpoint that customers are asked about by name, and its survey."""
    for key, touchpoint in ctx.organisation.touchpoints.items():
        if touchpoint.survey in survey_keys(ctx.organisation):
            survey = survey_of(ctx.organisation, touchpoint.survey)
            if survey.stream is Stream.CUSTOMER and survey.privacy is Privacy.NAMED:
                return key, survey
    raise NoInterview


def questions_of(survey: Survey) -> tuple[Question, ...]:
    """What is asked by telephone: two scores at most, and one question for words."""
    closed = [q for q in survey.questions if scales.is_closed(q) and q.metric is not Metric.CONSENT]
    words = [q for q in survey.questions if q.metric is Metric.WORDS]
    return (*closed[:CLOSED], *words[:1])


def record(event: InterviewHeld, ctx: Context) -> Reply:
    """Keep what was answered; a poor score or an urgent word opens a case, as from the customer's own hand.

    Raises `PermissionMissing` without permission, `UnknownCustomer` without a name, `UnknownService`,
    `NotOnTheScale`; then nothing is recorded.
    """
    interviewer = actor(event.by, ctx)
    demand(interviewer, Right.LOG_FEEDBACK, ctx)
    if not event.permitted:
        raise PermissionMissing
    customer, account = _customer(event.customer, ctx)
    invitation, survey = _invitation(event, customer, account, ctx)
    spoken = Event(by=_voice_of(customer, ctx), at=event.at, delivery_id="")
    asked, poor = find(spoken, invitation.token, ctx), False
    for question in questions_of(survey):
        if said := event.answers.get(question.key, ""):
            asked, band = _answer(asked, question, said, spoken, ctx)
            poor |= band is Band.POOR
    if asked.begun is None:
        raise NoInterview
    responses.touch_response(
        ctx.session, asked.response_id, consent=event.consent, entered_by_id=interviewer.id
    )
    _act(asked, poor, ctx)
    return Say(wording.recorded(name_of(customer), language_of(interviewer, ctx)))


def _customer(said: str, ctx: Context) -> tuple[Person, str | None]:
    """Who answered: somebody we know, else somebody new of that name."""
    if not said.strip():
        raise UnknownCustomer(key="")
    person, account = customer_as_typed(said, ctx)
    if person is None:
        person = Person(name=said.strip()[:200], role=Role.CUSTOMER, account=account, created_at=ctx.now)
        ctx.session.add(person)
        ctx.session.flush()
    return person, account or person.account


def _voice_of(customer: Person, ctx: Context) -> Sender:
    """The customer as interviews know them: a way to hear of them, and none to write to them."""
    sender = Sender(CHANNEL, f"person-{row_id(customer)}")
    if people.identity_of(ctx.session, CHANNEL, sender.external_id) is None:
        identity = Identity(person_id=row_id(customer), channel=CHANNEL, external_id=sender.external_id)
        ctx.session.add(identity)
        ctx.session.flush()
    return sender


def _invitation(
    event: InterviewHeld, customer: Person, account: str | None, ctx: Context
) -> tuple[Invitation, Survey]:
    touchpoint, survey = _usual(ctx)
    service = service_as_typed(event.service, ctx)
    about = About(service, account, touchpoint)
    encounter = _encounter(about, touchpoint, customer, event, ctx)
    invitation = Invitation(
        token=new_token(),
        encounter_id=found(encounter.id),
        person_id=customer.id,
        survey=survey.key,
        survey_version_id=survey_version_id(ctx.session, survey, ctx.now),
        stream=Stream.INTERVIEW,
        state=InvitationState.ANSWERED,
        created_at=ctx.now,
        answered_at=ctx.now,
        expires_at=ctx.now + timedelta(days=1),
        account=account,
        service=service,
        touchpoint=touchpoint,
    )
    ctx.session.add(invitation)
    ctx.session.flush()
    return invitation, survey


def _encounter(
    about: About, touchpoint: str, customer: Person, event: InterviewHeld, ctx: Context
) -> Encounter:
    owner = owner_in_principle(about, ctx)
    encounter = Encounter(
        token=new_token(),
        source=CHANNEL,
        touchpoint=touchpoint,
        service=about.service,
        account=about.account,
        customer_id=row_id(customer),
        owner_id=owner.person.id if owner.person else None,
        owner_rule=owner.rule,
        happened_at=event.at,
        reported_at=ctx.now,
        ask_at=ctx.now,
        state=EncounterState.DECIDED,
    )
    ctx.session.add(encounter)
    ctx.session.flush()
    return encounter


def _answer(
    asked: Asked, question: Question, said: str, event: Event, ctx: Context
) -> tuple[Asked, Band | None]:
    if question.metric is Metric.WORDS:
        return put(asked, question.key, question.metric, ctx, event, words=readable(said)), None
    score = int(said) if said.isdecimal() and len(said) < 4 else -1
    if not scales.on_scale(question, score):
        raise NotOnTheScale(score=said[:10], lowest=question.lowest, highest=question.highest)
    threshold = threshold_for(ctx.organisation, question, asked.facts.service, asked.facts.touchpoint)
    band = scales.band(question, score, threshold)
    return put(asked, question.key, question.metric, ctx, event, score=score, band=band), band


def _act(asked: Asked, poor: bool, ctx: Context) -> None:
    said = " ".join(given.words or "" for given in asked.answers.values())
    urgent = urgent_word_in(said, ctx) is not None
    if urgent or poor:
        reason = CaseReason.URGENT_WORD if urgent else CaseReason.LOW_SCORE
        cases.open_for_response(asked, reason, ctx, urgent=urgent)
