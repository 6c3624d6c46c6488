"""Closing the loop: the owner's words reach the customer, and the customer's answer comes back to the case.

Where it cannot be closed any more, because the customer is gone, whoever has the case is told.
"""

from handlers import acting, cases
from handlers.context import Context
from handlers.desks import demand_may_own
from handlers.errors import CustomerDoesNotWishContact, CustomerUnreachable
from handlers.events import CaseReplied, PersonLost, WordsReceived
from handlers.found import found
from handlers.messages import Nothing, Reply, Say
from handlers.outbox import say
from handlers.people import actor, language_of, reachable, row_id
from handlers.respond import readable
from handlers.rules.words import only_thanks
from handlers.wording import sentences
from storage import cases as case_rows
from storage import people
from storage.tables import Case, CaseEvent, Person
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind


def write_to_customer(event: CaseReplied, ctx: Context) -> Reply:
    """The owner writes to the customer through the bot, which counts as having contacted them.

    What has ended stays ended: a last word opens nothing again. Raises `CustomerDoesNotWishContact`,
    `CustomerUnreachable`, or what `acting.acting_on`, `acting.demand_free` and `demand_may_own` raise.
    """
    case, person = acting.acting_on(event.case, event, ctx)
    acting.demand_free(case, person, ctx)
    demand_may_own(case, person, ctx)
    customer = ctx.session.get(Person, case.customer_id) if case.customer_id else None
    if customer is None or not reachable(customer, ctx):
        raise CustomerUnreachable
    if cases.consent_of(case, ctx) is False:
        raise CustomerDoesNotWishContact
    case.claimed_by_id = case.claimed_by_id or person.id
    case.contacted_at = case.contacted_at or ctx.now
    written = cases.move(case, CaseEventKind.WRITTEN, ctx, by=person, said=readable(event.words))
    say(ctx, OutboxKind.OWNER_WORDS, "case_event", written.id or 0, to=row_id(customer), once="words")
    cases.revise(case, ctx)
    return acting.shown(case, person, event, ctx)


def take_back(case: Case, ctx: Context) -> None:
    """The owner's words did not arrive: unless there was another contact, the customer still waits for one."""
    if _contacts(case, ctx) > 1:
        cases.record(case, CaseEventKind.NOT_DELIVERED, ctx)
    else:
        cases.move(case, CaseEventKind.NOT_DELIVERED, ctx, by=None)
        case.contacted_at = None
    cases.revise(case, ctx)


def _contacts(case: Case, ctx: Context) -> int:
    """How often the customer was reached since the case was opened, or opened again."""
    kinds = [event.kind for event in case_rows.events_of(ctx.session, cases.id_of(case))]
    while CaseEventKind.REOPENED in kinds:
        del kinds[: kinds.index(CaseEventKind.REOPENED) + 1]
    reached = kinds.count(CaseEventKind.CONTACTED) + kinds.count(CaseEventKind.WRITTEN)
    return reached - kinds.count(CaseEventKind.NOT_DELIVERED)


def bring_advice(event: WordsReceived, case: Case, ctx: Context) -> Reply:
    """The expert answered: their words go to whoever has the case, and are kept with it."""
    expert = actor(event.by, ctx)
    answered = cases.record(case, CaseEventKind.EXPERT_ANSWERED, ctx, by=expert, said=readable(event.words))
    return _pass_on(answered, OutboxKind.EXPERT_WORDS, case, expert, ctx)


def bring_back(event: WordsReceived, case: Case, ctx: Context) -> Reply:
    """The customer answered: their words go to whoever has the case, and are kept with it.

    An answer to a closed case opens it again, unless all it says is thanks.
    """
    customer = actor(event.by, ctx)
    said = readable(event.words)
    replied = cases.record(case, CaseEventKind.CUSTOMER_REPLIED, ctx, by=customer, said=said)
    if case.state == CaseState.CLOSED and not only_thanks(said):
        cases.open_again(case, ctx, by=customer)
    return _pass_on(replied, OutboxKind.CUSTOMER_WORDS, case, customer, ctx)


def _pass_on(said: CaseEvent, kind: OutboxKind, case: Case, by: Person, ctx: Context) -> Reply:
    """To whoever has the case; who said it is told who that is."""
    reader = case.claimed_by_id or case.owner_id
    if reader is not None:
        say(ctx, kind, "case_event", said.id or 0, to=reader, once="words")
    cases.revise(case, ctx)
    name = cases.name_of_reader(case, ctx)
    return Say(sentences.note(sentences.passed_on(name, language_of(by, ctx))))


def lose_person(event: PersonLost, ctx: Context) -> Reply:
    """A channel says that somebody is gone: they are not written to there again."""
    who = event.person
    identity = people.identity_of(ctx.session, who.channel, who.external_id, who.workspace)
    if identity is not None and identity.unreachable_at is None:
        people.lose(ctx.session, identity, event.reason, ctx.now)
        _tell_owners(found(ctx.session.get(Person, identity.person_id)), ctx)
    return Nothing()


def _tell_owners(customer: Person, ctx: Context) -> None:
    """Whoever has an open case of a customer whom no channel reaches any more can still call them."""
    if reachable(customer, ctx):
        return
    for case in case_rows.open_cases_of_customer(ctx.session, row_id(customer)):
        reader = case.claimed_by_id or case.owner_id
        if reader is not None:
            once = f"lost{ctx.now:%Y%m%d%H%M%S}"
            say(ctx, OutboxKind.CASE_UNREACHABLE, "case", case.id or 0, to=reader, once=once)
        cases.revise(case, ctx)
