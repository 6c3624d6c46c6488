"""What people do with a case: take it, hand it over, call, ask, close.

Each deed checks who may, changes the state with an event, and answers with the alert as it now stands.
"""

from handlers import cases, recoveries
from handlers.case_views import case_lines, case_view
from handlers.context import Context
from handlers.desks import demand_may_own
from handlers.errors import (
    AlreadyClaimed,
    GoesRound,
    HandOverToOneself,
    MayNotOwn,
    NotAllowed,
    OutcomeMissing,
    UnknownCase,
    WordsMissing,
)
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReopened,
    CasesAsked,
    CaseShown,
    CaseTaken,
    Event,
    ExpertAsked,
)
from handlers.messages import EditInPlace, Reply, Say
from handlers.outbox import say
from handlers.people import (
    actor,
    audit,
    demand,
    find_colleague,
    language_of,
    name_of,
    reachable,
    role_of,
    row_id,
    who_to_ask,
    zone_of_person,
)
from handlers.rules import words
from handlers.rules.permissions import OWNERS, Right, may
from handlers.rules.routing import goes_round
from handlers.seeing import acts_on, demand_sight
from handlers.wording import cases as wording
from handlers.wording.language import local_moment
from storage import cases as case_rows
from storage import people
from storage.tables import Case, CaseEvent, Person
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind, OwnerRule


def acting_on(token: str, event: Event, ctx: Context) -> tuple[Case, Person]:
    """The case and who acts on it. Raises `UnknownCase` or `NotAllowed`."""
    case = case_rows.case_by_token(ctx.session, token)
    if case is None:
        raise UnknownCase
    person = actor(event.by, ctx)
    if not acts_on(case, person):
        raise NotAllowed(who=who_to_ask(ctx))
    return case, person


def _asked_expert(token: str, event: Event, ctx: Context) -> tuple[Case, Person] | None:
    """The case and the expert who was asked into it, who may read it, if that is who comes."""
    case, person = case_rows.case_by_token(ctx.session, token), actor(event.by, ctx)
    if case is None or person.id in (case.owner_id, case.claimed_by_id):
        return None
    return (case, person) if case_rows.was_asked(ctx.session, cases.id_of(case), row_id(person)) else None


def reading(token: str, event: Event, ctx: Context) -> tuple[Case, Person]:
    """The case and who may read it: who may act on it, or was asked into it. Raises `UnknownCase` or `NotAllowed`."""
    return _asked_expert(token, event, ctx) or acting_on(token, event, ctx)


def take(event: CaseTaken, ctx: Context) -> Reply:
    """Claim the case. Claiming is exclusive. Raises `AlreadyClaimed`, naming who has it."""
    case, person = acting_on(event.case, event, ctx)
    if case.claimed_by_id == person.id:
        return shown(case, person, event, ctx)
    demand_free(case, person, ctx)
    demand_may_own(case, person, ctx)
    cases.demand_possible(case, CaseEventKind.CLAIMED)
    case.claimed_by_id = person.id
    cases.move(case, CaseEventKind.CLAIMED, ctx, by=person)
    cases.revise(case, ctx)
    return shown(case, person, event, ctx)


def hand_over(event: CaseHandedOver, ctx: Context) -> Reply:
    """Give the case to a colleague, with the reason. The due time stays, unless the customer was contacted in it.

    Who may act on every case may also move one that somebody has in hand: the claimer may be ill.
    Raises `NobodyByThatName`, `ManyByThatName`, `HandOverToOneself`, `MayNotOwn`, `OnlyReceives`, `GoesRound`,
    `NotAllowed`, `WordsMissing`.
    """
    case, person = acting_on(event.case, event, ctx)
    cases.demand_possible(case, CaseEventKind.HANDED_OVER)
    if not may(role_of(person), Right.ACT_ON_EVERY_CASE):
        demand_free(case, person, ctx)
    to = find_colleague(event.to, event.by.channel, ctx)
    _demand_taker(case, person, to, ctx)
    _give(case, to, _reason(event.reason, "reason"), CaseEventKind.HANDED_OVER, ctx, by=person)
    return shown(case, person, event, ctx)


def _demand_taker(case: Case, person: Person, to: Person, ctx: Context) -> None:
    """Whoever is given a case may act on it, has not got it, and did not pass it on before."""
    if not may(role_of(to), Right.ACT_ON_CASES):
        raise MayNotOwn(name=name_of(to))
    if to.id == (case.claimed_by_id or case.owner_id):
        raise HandOverToOneself
    demand_may_own(case, to, ctx, field="to")
    handed = case_rows.handed_over(ctx.session, cases.id_of(case))
    may_decide = any(may(role_of(somebody), Right.ACT_ON_EVERY_CASE) for somebody in (person, to))
    if not may_decide and goes_round(handed, row_id(to)):
        raise GoesRound(name=name_of(to), who=who_to_ask(ctx))


def not_ours(event: CaseNotOurs, ctx: Context) -> Reply:
    """It is not our matter: the case returns to who handed it over, else goes to the CX lead."""
    case, person = acting_on(event.case, event, ctx)
    cases.demand_possible(case, CaseEventKind.NOT_OURS)
    demand_free(case, person, ctx)
    to = returns_to(case, person, ctx)
    _give(case, to, _reason(event.reason, "reason"), CaseEventKind.NOT_OURS, ctx, by=person)
    return shown(case, person, event, ctx)


def returns_to(case: Case, person: Person, ctx: Context) -> Person:
    """Who gets a case that is not this person's matter: whoever handed it to them and still acts, else the CX lead.

    A case that came back to somebody is not thrown to and fro: from them it goes to the CX lead.
    Raises `HandOverToOneself` when that is nobody else.
    """
    given = case_rows.last_given(ctx.session, cases.id_of(case))
    back = given is not None and given.kind == CaseEventKind.HANDED_OVER and given.other_id == person.id
    giver = ctx.session.get(Person, given.by_id) if given and back and given.by_id else None
    if giver is not None and giver.id != person.id and may(role_of(giver), Right.ACT_ON_CASES):
        return giver
    lead = people.person_by_key(ctx.session, ctx.organisation.cx_lead)
    if lead is None or lead.id == person.id:
        raise HandOverToOneself
    return lead


def _give(case: Case, to: Person, reason: str, kind: CaseEventKind, ctx: Context, *, by: Person) -> None:
    """The case is another's from now on, and free to be taken."""
    if case.state == CaseState.CONTACTED:
        cases.due_anew(case, ctx)
    case.owner_id, case.owner_rule = to.id, OwnerRule.HANDED_OVER
    case.claimed_by_id = None
    given = cases.move(case, kind, ctx, by=by, other=to, said=reason)
    cases.revise(case, ctx)
    _tell_customer(case, given, OutboxKind.FORWARDED, ctx)


def contacted(event: CaseContacted, ctx: Context) -> Reply:
    """The customer was called or written to."""
    case, person = acting_on(event.case, event, ctx)
    cases.demand_possible(case, CaseEventKind.CONTACTED)
    demand_free(case, person, ctx)
    demand_may_own(case, person, ctx)
    said = words.clean(event.words)
    case.claimed_by_id = case.claimed_by_id or person.id
    case.contacted_at = case.contacted_at or ctx.now
    cases.move(case, CaseEventKind.CONTACTED, ctx, by=person, said=said or None)
    cases.revise(case, ctx)
    return shown(case, person, event, ctx)


def ask_expert(event: ExpertAsked, ctx: Context) -> Reply:
    """Ask an expert what they think; the case stays where it is."""
    case, person = acting_on(event.case, event, ctx)
    cases.demand_possible(case, CaseEventKind.EXPERT_ASKED)
    expert = find_colleague(event.expert, event.by.channel, ctx)
    asked = cases.record(
        case, CaseEventKind.EXPERT_ASKED, ctx, by=person, other=expert, said=_reason(event.words, "words")
    )
    say(ctx, OutboxKind.EXPERT_REQUEST, "case_event", asked.id or 0, to=row_id(expert), once="asked")
    cases.revise(case, ctx)
    return shown(case, person, event, ctx)


def close(event: CaseClosed, ctx: Context) -> Reply:
    """The matter has ended. Raises `OutcomeMissing` without an outcome. The customer hears of it."""
    case, person = acting_on(event.case, event, ctx)
    cases.demand_possible(case, CaseEventKind.CLOSED)
    demand_free(case, person, ctx)
    demand_may_own(case, person, ctx)
    if event.outcome is None:
        raise OutcomeMissing
    case.outcome, case.closed_at = event.outcome, ctx.now
    case.claimed_by_id = case.claimed_by_id or person.id
    said = words.clean(event.words) or None
    closed = cases.move(case, CaseEventKind.CLOSED, ctx, by=person, said=said)
    cases.revise(case, ctx)
    _tell_customer(case, closed, OutboxKind.OUTCOME, ctx)
    recoveries.ask(case, ctx)
    return shown(case, person, event, ctx)


def reopen(event: CaseReopened, ctx: Context) -> Reply:
    """A closed case is opened again and starts to count anew."""
    case, person = acting_on(event.case, event, ctx)
    if case.state == CaseState.CLOSED:
        cases.open_again(case, ctx, by=person, said=words.clean(event.reason) or None)
        cases.revise(case, ctx)
    return shown(case, person, event, ctx)


def show_case(event: CaseShown, ctx: Context) -> Reply:
    """One case in full, for somebody who may see it; seeing it for the first time acknowledges it."""
    asked = _asked_expert(event.case, event, ctx)
    if asked is not None:
        case, expert = asked
        audit(expert, "read", "case", cases.id_of(case), ctx)
        return Say(wording.alert(case_view(case, expert, ctx, informed=True), language_of(expert, ctx)))
    case, person = acting_on(event.case, event, ctx)
    audit(person, "read", "case", cases.id_of(case), ctx)
    if case.state == CaseState.RECEIVED and case.owner_id == person.id:
        cases.move(case, CaseEventKind.ACKNOWLEDGED, ctx, by=person)
        cases.revise(case, ctx)
    return Say(wording.alert(case_view(case, person, ctx), language_of(person, ctx)))


def my_cases(event: CasesAsked, ctx: Context) -> Reply:
    """The person's open cases, oldest first, or what turned out to be another organisation's matter; a page of them."""
    person = actor(event.by, ctx)
    language, zone = language_of(person, ctx), zone_of_person(person, ctx)
    if event.third_party:
        demand(person, Right.ACT_ON_CASES, ctx)
        whose = None if may(role_of(person), Right.ACT_ON_EVERY_CASE) else person.id
        found, total = case_rows.of_third_parties(ctx.session, whose, person.team, wording.LISTED, event.skip)
        return Say(wording.third_party_list(case_lines(found, ctx), total, language, zone, event.skip))
    demand_sight(role_of(person) in OWNERS, ctx)
    mine, total = case_rows.open_cases_owned_by(ctx.session, row_id(person), wording.LISTED, event.skip)
    return Say(wording.case_list(case_lines(mine, ctx), total, language, zone, event.skip))


def shown(case: Case, person: Person, event: Event, ctx: Context) -> Reply:
    """The alert as it now stands: in place where it was pressed, else said."""
    message = wording.alert(case_view(case, person, ctx), language_of(person, ctx))
    return EditInPlace(message) if event.message else Say(message)


def _tell_customer(case: Case, event: CaseEvent, kind: OutboxKind, ctx: Context) -> None:
    """Who allowed it, asked us to answer, or was written to hears where the matter stands; nobody else does.

    That a customer is gone whoever has the case was told as they went, and is not told again.
    """
    customer = ctx.session.get(Person, case.customer_id) if case.customer_id else None
    if customer is None or cases.consent_of(case, ctx) is False or _is_gone(customer, ctx):
        return
    if cases.consent_of(case, ctx) or case_rows.last_event(
        ctx.session, cases.id_of(case), CaseEventKind.WRITTEN
    ):
        say(ctx, kind, "case_event", event.id or 0, to=customer.id, once=kind)


def _is_gone(customer: Person, ctx: Context) -> bool:
    """Whether they could be reached once, and cannot any more."""
    return bool(people.identities(ctx.session, row_id(customer))) and not reachable(customer, ctx)


def demand_free(case: Case, person: Person, ctx: Context) -> None:
    """Whoever has claimed a case works on it undisturbed. Raises `AlreadyClaimed`, naming them."""
    if case.claimed_by_id in (None, person.id):
        return
    claimed = case_rows.last_event(ctx.session, cases.id_of(case), CaseEventKind.CLAIMED)
    since = claimed.at if claimed else case.opened_at
    raise AlreadyClaimed(
        name=case_rows.name_of(ctx.session, case.claimed_by_id),
        since=local_moment(since, zone_of_person(person, ctx), language_of(person, ctx)),
    )


def _reason(text: str, field: str) -> str:
    """Words a colleague needs. Raises `WordsMissing` on the form's field."""
    said = words.clean(text)
    if not said:
        missing = WordsMissing()
        missing.field = field
        raise missing
    return said[: words.MOST]
