"""Something was said: logged by staff in the customer's own words, or written to us unprompted.

Everything said gets a reader. A complaint or an urgent word opens a case at once; who said it in a
conversation with us gets a receipt and an answer.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from handlers import cases, praise, sheets, wishes
from handlers.asked import survey_from
from handlers.context import Context
from handlers.errors import CarriesYourName, EditWindowClosed, UnknownService
from handlers.events import Event, FeedbackLogged, WordsReceived
from handlers.lookups import accounts_called
from handlers.loop import bring_advice, bring_back
from handlers.messages import Action, OpenForm, Reply, Say, Verb
from handlers.organisation import Organisation
from handlers.owners import about_feedback, owner_today
from handlers.people import actor, language_of, name_of, role_of, row_id
from handlers.respond import add_comment, readable, urgent_word_in
from handlers.rules.permissions import Right, may
from handlers.rules.words import clean_name
from handlers.views import FeedbackView
from handlers.wording import receipts, sentences
from handlers.wording.language import pick
from storage import cases as case_rows
from storage import invitations
from storage import people as person_rows
from storage.tables import Case, Feedback, Invitation, Person
from storage.tokens import is_nameless, new_token
from storage.vocabulary import CaseReason, FeedbackSource, FeedbackType, Metric, Role, Tone

CONVERSATION_LASTS = timedelta(days=14)
"""How long after the owner's words a customer's message is taken as the answer to them."""


def log_feedback(event: FeedbackLogged, ctx: Context) -> Reply:
    """Staff log what a customer said; a customer who fills in the form speaks for themselves.

    Raises `NotAllowed`, `UnknownService`, `WordsMissing`, `WordsTooLong`.
    """
    person = actor(event.by, ctx)
    if not may(role_of(person), Right.LOG_FEEDBACK):
        return receive_words(event, event.words, event.service, ctx)
    service = service_as_typed(event.service, ctx)
    customer, account = customer_as_typed(event.customer, ctx)
    feedback = Feedback(
        token=new_token(),
        type=_type_of(event),
        tone=event.tone,
        source=event.source,
        words=readable(event.words),
        said_by_id=customer.id if customer else None,
        said_by_name=clean_name(event.customer) or None,
        logged_by_id=person.id,
        account=account or (customer.account if customer else None),
        service=service,
        team=_team(service, ctx),
        category=event.category.strip()[:100] or None,
        came_by=event.came_by.strip()[:100] or None,
        consent=event.consent,
        at=event.at,
    )
    case = _keep(feedback, ctx)
    return Say(receipts.logged(feedback_view(feedback, case, ctx), language_of(person, ctx)))


@dataclass(frozen=True)
class Addressed:
    """Where the words of a conversation belong: to one of these, or else they are feedback of their own."""

    advising: Case | None = None
    """The case into which an expert was asked."""
    answering: Case | None = None
    """The case whose owner wrote to the customer."""
    survey: Invitation | None = None


def addressed(event: Event, ctx: Context) -> Addressed:
    """The newest thing we said decides what somebody's words belong to."""
    person = actor(event.by, ctx)
    advising = case_rows.question_to_expert(ctx.session, row_id(person), ctx.now - CONVERSATION_LASTS)
    if advising is not None and role_of(person) is not Role.CUSTOMER:
        return Addressed(advising=advising[0])
    answering = case_rows.conversation_case(ctx.session, row_id(person), ctx.now - CONVERSATION_LASTS)
    surveyed = _survey_taking_words(person, ctx)
    if answering and not (surveyed and surveyed.sent_at and surveyed.sent_at > answering[1].at):
        return Addressed(answering=answering[0])
    return Addressed(survey=surveyed)


def hear(event: WordsReceived, ctx: Context) -> Reply:
    """Somebody wrote to the bot: the answer to what we said last, or feedback."""
    to = addressed(event, ctx)
    if to.advising:
        return bring_advice(event, to.advising, ctx)
    if to.answering:
        return bring_back(event, to.answering, ctx)
    if to.survey:
        return add_comment(event, to.survey, event.words, ctx)
    return receive_words(event, event.words, "", ctx)


def receive_words(event: Event, text: str, service: str, ctx: Context) -> Reply:
    """Feedback unprompted: kept, routed to a reader who answers, and a receipt at once."""
    return keep_words(event, text, service, ctx)[1]


def keep_words(event: Event, text: str, service: str, ctx: Context) -> tuple[Feedback, Reply]:
    """The same, with what was kept."""
    person = actor(event.by, ctx)
    works_here = role_of(person) is not Role.CUSTOMER
    feedback = Feedback(
        token=new_token(),
        type=FeedbackType.OTHER,
        tone=Tone.NEUTRAL,
        source=FeedbackSource.ORGANISATION if works_here else FeedbackSource.CUSTOMER,
        words=readable(text),
        said_by_id=person.id,
        account=person.account,
        service=service_as_typed(service, ctx),
        at=event.at,
    )
    case = _keep(feedback, ctx, always=True)
    return feedback, Say(receipts.receipt(feedback_view(feedback, case, ctx), language_of(person, ctx)))


def log_form(event: Event, ctx: Context, variant: str = "") -> Reply:
    """The form: for staff to log what was said, or written on paper; for a customer to say something."""
    person = actor(event.by, ctx)
    language = language_of(person, ctx)
    services = service_options(ctx.organisation, language)
    if may(role_of(person), Right.LOG_FEEDBACK):
        form = sentences.paper_form if variant == sentences.PAPER else sentences.log_form
        return OpenForm(form(services, language))
    return OpenForm(sentences.tell_form(Action(Verb.LOG), services, language))


def service_options(organisation: Organisation, language: str) -> tuple[tuple[str, str], ...]:
    """Key and name of each service, for a form, by name."""
    named = ((key, pick(service.name, language)) for key, service in organisation.services.items())
    return tuple(sorted(named, key=lambda option: option[1].casefold()))


def feedback_view(feedback: Feedback, case: Case | None, ctx: Context) -> FeedbackView:
    """What a receipt tells."""
    service = ctx.organisation.services.get(feedback.service or "")
    account = ctx.organisation.accounts.get(feedback.account or "")
    said_by = ctx.session.get(Person, feedback.said_by_id) if feedback.said_by_id else None
    return FeedbackView(
        feedback=feedback.token,
        type=FeedbackType(feedback.type),
        tone=Tone(feedback.tone),
        words=feedback.words,
        customer=name_of(said_by) or feedback.said_by_name or "",
        account=account.name if account else "",
        service=service.name if service else None,
        reader=_reader(feedback, case, ctx),
        logged_by=case_rows.name_of(ctx.session, feedback.logged_by_id),
        case_opened=case is not None,
        source=FeedbackSource(feedback.source),
    )


def _reader(feedback: Feedback, case: Case | None, ctx: Context) -> str:
    if case is not None:
        return case_rows.name_of(ctx.session, case.owner_id)
    person = owner_today(about_feedback(feedback), None, ctx).person
    return person.name if person else ""


def _keep(feedback: Feedback, ctx: Context, *, always: bool = False) -> Case | None:
    """Store it, and open the case it asks for."""
    ctx.session.add(feedback)
    ctx.session.flush()
    if feedback.type == FeedbackType.IDEA:
        wishes.note_feedback(feedback, ctx)
    urgent = urgent_word_in(feedback.words, ctx) is not None
    kinds = ctx.organisation.routing.complaint_types
    if urgent:
        return cases.open_for_feedback(feedback, CaseReason.URGENT_WORD, ctx, urgent=True)
    if feedback.type in kinds:
        return cases.open_for_feedback(feedback, CaseReason.COMPLAINT, ctx)
    if always or feedback.type == FeedbackType.IDEA:
        return cases.open_for_feedback(feedback, CaseReason.WISH, ctx)
    if feedback.type == FeedbackType.THANKS:
        praise.pass_on_thanks(feedback, ctx)
    return None


def _type_of(event: FeedbackLogged) -> FeedbackType:
    """In one line nobody types a kind: thanks for a plus, a complaint for a minus."""
    if event.type is not FeedbackType.OTHER:
        return event.type
    by_tone = {Tone.POSITIVE: FeedbackType.THANKS, Tone.NEGATIVE: FeedbackType.COMPLAINT}
    return by_tone.get(event.tone, FeedbackType.OTHER)


def service_as_typed(said: str, ctx: Context) -> str | None:
    """The key of a service, by key or name. Raises `UnknownService`."""
    wanted = said.strip().casefold()
    if not wanted:
        return None
    for key, service in ctx.organisation.services.items():
        if wanted == key or wanted in {name.casefold() for name in service.name.values()}:
            return key
    raise UnknownService(key=said.strip(), known=", ".join(sorted(ctx.organisation.services)))


def _team(service: str | None, ctx: Context) -> str | None:
    return ctx.organisation.services[service].team if service else None


def customer_as_typed(said: str, ctx: Context) -> tuple[Person | None, str | None]:
    """The customer as typed: a known account by name, key or alias, else a person we know, else only a name."""
    for account in accounts_called(ctx.organisation, said):
        return None, account.key
    if "@" in said:
        return person_rows.person_by_email(ctx.session, said), None
    return person_rows.customer_called(ctx.session, said.strip()), None


def _survey_taking_words(person: Person, ctx: Context) -> Invitation | None:
    """The survey a person is in the middle of, if it asks for words and may still be answered by them here.

    Raises `CarriesYourName`.
    """
    since = ctx.now - ctx.organisation.asking.edit_window
    invitation = invitations.open_invitation_of(ctx.session, row_id(person), since)
    if invitation is None:
        return None
    facts = invitations.invitation_with_facts(ctx.session, invitation.id or 0)
    survey = survey_from(facts.definition) if facts is not None else None
    asked = {q.key for q in survey.questions if q.metric is Metric.WORDS} if survey else set()
    if is_nameless(invitation.token):
        _demand_written(asked, invitation, ctx)
        return None
    return invitation if asked else None


def _demand_written(asked: set[str], invitation: Invitation, ctx: Context) -> None:
    """Raises `CarriesYourName` while an anonymous survey waits for words: they may be meant for it."""
    with suppress(EditWindowClosed):
        sheet = sheets.read(invitation.token, ctx)
        if asked - (sheet.answers.keys() if sheet else set()):
            raise CarriesYourName
