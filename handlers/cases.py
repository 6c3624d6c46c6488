"""The inner loop: a case is opened, taken, handed over, answered and closed.

received → acknowledged → claimed → contacted → closed → reopened. Every change is an event with who
and when, and raises the revision, to which the alert is edited wherever it stands.
"""

from datetime import timedelta

from handlers import owners
from handlers.asked import Asked
from handlers.calendars import calendar_of
from handlers.case_views import case_lines, case_view
from handlers.context import Context
from handlers.errors import (
    AlreadyClaimed,
    CaseIsClosed,
    HandOverToOneself,
    NobodyByThatName,
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
from handlers.found import found
from handlers.lookups import team_of
from handlers.messages import EditInPlace, Reply, Say
from handlers.outbox import say
from handlers.people import (
    actor,
    demand,
    find_colleague,
    language_of,
    name_of,
    role_of,
    row_id,
    who_to_ask,
    zone_of_person,
)
from handlers.rules import hours, words
from handlers.rules.permissions import Right, may, may_act_on_case
from handlers.wording import cases as wording
from handlers.wording.language import local_moment
from storage import cases, people
from storage.tables import Case, CaseEvent, Feedback, Person
from storage.tokens import new_token
from storage.vocabulary import (
    CaseEventKind,
    CaseReason,
    CaseState,
    OutboxKind,
    OwnerRule,
)

ALERTS = (OutboxKind.CASE_NOTICE, OutboxKind.CASE_COPY)

DEFAULT_RESPONSE = timedelta(hours=4)
"""Office hours until a case of no declared service must have been answered."""


# Opening.


def open_for_response(asked: Asked, reason: CaseReason, ctx: Context, *, urgent: bool = False) -> Case:
    """Open the case of a response, or raise the one it has; one response never has two."""
    case_id = found(asked.begun).case_id
    if case_id is not None:
        return _raise(found(ctx.session.get(Case, case_id)), reason, urgent, ctx)
    facts = asked.facts
    case = Case(
        token=new_token(),
        reason=reason,
        state=CaseState.RECEIVED,
        urgent=urgent,
        response_id=asked.response_id,
        encounter_id=facts.encounter_id,
        customer_id=asked.person.id,
        account=facts.account,
        service=facts.service,
        touchpoint=facts.touchpoint,
        owner_rule=OwnerRule.NOBODY,
        opened_at=ctx.now,
        due_at=ctx.now,
    )
    owner = ctx.session.get(Person, facts.owner_id) if facts.owner_id else None
    return _open(case, owners.Responsible(owner, OwnerRule(facts.owner_rule)), ctx)


def open_for_feedback(feedback: Feedback, reason: CaseReason, ctx: Context, *, urgent: bool = False) -> Case:
    """Open the case of something that was said unprompted or logged."""
    case = Case(
        token=new_token(),
        reason=reason,
        state=CaseState.RECEIVED,
        urgent=urgent,
        feedback_id=feedback.id,
        customer_id=feedback.said_by_id,
        account=feedback.account,
        service=feedback.service,
        owner_rule=OwnerRule.NOBODY,
        opened_at=ctx.now,
        due_at=ctx.now,
    )
    return _open(case, None, ctx)


def _open(case: Case, frozen: owners.Responsible | None, ctx: Context) -> Case:
    """Give the case its owner and its due time, and alert everybody concerned."""
    responsible = owners.owner_today(case.service, case.account, frozen, ctx)
    case.owner_id = responsible.person.id if responsible.person else None
    case.owner_rule = responsible.rule
    team = team_of(ctx.organisation, case.service)
    case.team = team.key if team else None
    _set_due(case, ctx)
    ctx.session.add(case)
    ctx.session.flush()
    record(case, CaseEventKind.OPENED, ctx)
    _alert(case, ctx)
    return case


def _set_due(case: Case, ctx: Context) -> None:
    """Office hours count from now; the clock of a Friday evening starts on Monday morning."""
    service = ctx.organisation.services.get(case.service or "")
    within = service.respond_within if service else DEFAULT_RESPONSE
    calendar = calendar_of(ctx.organisation, case.service)
    case.due_at = hours.due(calendar, ctx.now, within)
    remind_at = hours.before(calendar, case.due_at, ctx.organisation.routing.remind_before)
    case.remind_at = remind_at if remind_at > ctx.now else None
    case.escalate_at = case.due_at


def _raise(case: Case, reason: CaseReason, urgent: bool, ctx: Context) -> Case:
    """Something more was said on the same matter."""
    if case.state == CaseState.CLOSED:
        open_again(case, ctx)
    if urgent and not case.urgent:
        case.urgent = True
        case.reason = reason
    revise(case, ctx)
    return case


def revise(case: Case, ctx: Context) -> None:
    """A reader of the alert should see something new: raise the revision and edit it wherever it stands."""
    case.revision += 1
    ctx.session.add(case)
    ctx.session.flush()
    _alert(case, ctx)


def _alert(case: Case, ctx: Context) -> None:
    """Say the case's present state to its owner, to who has claimed it, and to those informed."""
    case_id, once = _id(case), f"rev{case.revision}"
    acting = {case.owner_id, case.claimed_by_id} - {None}
    for person_id in acting:
        say(ctx, OutboxKind.CASE_NOTICE, "case", case_id, to=person_id, once=once)
    for person_id in _informed(case, ctx) - acting:
        say(ctx, OutboxKind.CASE_COPY, "case", case_id, to=person_id, once=once)


def _informed(case: Case, ctx: Context) -> set[int]:
    """Co-owners, and whoever has an alert about this case standing before them."""
    keys = owners.informed_of(case.service, case.account, ctx)
    declared = {row_id(p) for key in keys if (p := people.person_by_key(ctx.session, key))}
    readers = cases.readers(ctx.session, _id(case), ALERTS)
    return declared | readers


# Acting.


def take(event: CaseTaken, ctx: Context) -> Reply:
    """Claim the case. Claiming is exclusive. Raises `AlreadyClaimed`, naming who has it."""
    case, person = acting_on(event.case, event, ctx)
    if case.claimed_by_id == person.id:
        return shown(case, person, event, ctx)
    _demand_free(case, person, ctx)
    _demand_open(case)
    case.claimed_by_id = person.id
    move(case, CaseState.CLAIMED, CaseEventKind.CLAIMED, ctx, by=person)
    revise(case, ctx)
    return shown(case, person, event, ctx)


def hand_over(event: CaseHandedOver, ctx: Context) -> Reply:
    """Give the case to a colleague, with the reason; due times stay as they are.

    Raises `NobodyByThatName`, `ManyByThatName`, `HandOverToOneself`, `NotAllowed`, `WordsMissing`.
    """
    case, person = acting_on(event.case, event, ctx)
    _demand_open(case)
    _demand_free(case, person, ctx)
    to = find_colleague(event.to, event.by.channel, ctx)
    if not may(role_of(to), Right.ACT_ON_CASES):
        raise NobodyByThatName(name=name_of(to))
    if to.id in (person.id, case.claimed_by_id):
        raise HandOverToOneself
    _give(case, to, _reason(event.reason, "reason"), CaseEventKind.HANDED_OVER, ctx, by=person)
    return shown(case, person, event, ctx)


def not_ours(event: CaseNotOurs, ctx: Context) -> Reply:
    """It is not our matter: the case goes to the CX lead, who finds its owner."""
    case, person = acting_on(event.case, event, ctx)
    _demand_open(case)
    lead = people.person_by_key(ctx.session, ctx.organisation.cx_lead)
    if lead is None or lead.id == person.id:
        raise HandOverToOneself
    _give(case, lead, _reason(event.reason, "reason"), CaseEventKind.NOT_OURS, ctx, by=person)
    return shown(case, person, event, ctx)


def _give(case: Case, to: Person, reason: str, kind: CaseEventKind, ctx: Context, *, by: Person) -> None:
    """The case is another's from now on, and free to be taken."""
    case.owner_id, case.owner_rule = to.id, OwnerRule.HANDED_OVER
    case.claimed_by_id = None
    given = move(case, CaseState.RECEIVED, kind, ctx, by=by, other=to, said=reason)
    revise(case, ctx)
    _tell_customer(case, given, OutboxKind.FORWARDED, ctx)


def contacted(event: CaseContacted, ctx: Context) -> Reply:
    """The customer was called or written to."""
    case, person = acting_on(event.case, event, ctx)
    _demand_open(case)
    _demand_free(case, person, ctx)
    said = words.clean(event.words)
    case.claimed_by_id = case.claimed_by_id or person.id
    case.contacted_at = case.contacted_at or ctx.now
    move(case, CaseState.CONTACTED, CaseEventKind.CONTACTED, ctx, by=person, said=said or None)
    revise(case, ctx)
    return shown(case, person, event, ctx)


def ask_expert(event: ExpertAsked, ctx: Context) -> Reply:
    """Ask an expert what they think; the case stays where it is."""
    case, person = acting_on(event.case, event, ctx)
    _demand_open(case)
    expert = find_colleague(event.expert, event.by.channel, ctx)
    asked = record(
        case, CaseEventKind.EXPERT_ASKED, ctx, by=person, other=expert, said=_reason(event.words, "words")
    )
    say(ctx, OutboxKind.EXPERT_REQUEST, "case_event", asked.id or 0, to=row_id(expert), once="asked")
    revise(case, ctx)
    return shown(case, person, event, ctx)


def close(event: CaseClosed, ctx: Context) -> Reply:
    """The matter has ended. Raises `OutcomeMissing` without an outcome. The customer hears of it."""
    case, person = acting_on(event.case, event, ctx)
    if case.state == CaseState.CLOSED:
        raise CaseIsClosed
    _demand_free(case, person, ctx)
    if event.outcome is None:
        raise OutcomeMissing
    case.outcome, case.closed_at = event.outcome, ctx.now
    case.claimed_by_id = case.claimed_by_id or person.id
    said = words.clean(event.words) or None
    closed = move(case, CaseState.CLOSED, CaseEventKind.CLOSED, ctx, by=person, said=said)
    revise(case, ctx)
    _tell_customer(case, closed, OutboxKind.OUTCOME, ctx)
    return shown(case, person, event, ctx)


def _tell_customer(case: Case, event: CaseEvent, kind: OutboxKind, ctx: Context) -> None:
    """Who allowed it, asked us to answer, or was written to hears where the matter stands; nobody else does."""
    if case.customer_id is None or consent_of(case, ctx) is False:
        return
    if consent_of(case, ctx) or cases.last_event(ctx.session, _id(case), CaseEventKind.WRITTEN):
        say(ctx, kind, "case_event", event.id or 0, to=case.customer_id, once=kind)


def reopen(event: CaseReopened, ctx: Context) -> Reply:
    """A closed case is opened again and starts to count anew."""
    case, person = acting_on(event.case, event, ctx)
    if case.state == CaseState.CLOSED:
        open_again(case, ctx, by=person, said=words.clean(event.reason) or None)
        revise(case, ctx)
    return shown(case, person, event, ctx)


def open_again(case: Case, ctx: Context, *, by: Person | None = None, said: str | None = None) -> None:
    """A closed case counts anew, from now."""
    case.outcome, case.closed_at, case.contacted_at = None, None, None
    _set_due(case, ctx)
    move(case, CaseState.REOPENED, CaseEventKind.REOPENED, ctx, by=by, said=said)


def show_case(event: CaseShown, ctx: Context) -> Reply:
    """One case in full, for somebody who may see it; seeing it for the first time acknowledges it."""
    case, person = acting_on(event.case, event, ctx)
    if case.state == CaseState.RECEIVED and case.owner_id == person.id:
        move(case, CaseState.ACKNOWLEDGED, CaseEventKind.ACKNOWLEDGED, ctx, by=person)
        revise(case, ctx)
    return Say(wording.alert(case_view(case, person, ctx), language_of(person, ctx)))


def my_cases(event: CasesAsked, ctx: Context) -> Reply:
    """The person's open cases, oldest first."""
    person = actor(event.by, ctx)
    demand(person, Right.ACT_ON_CASES, ctx)
    mine = cases.open_cases_owned_by(ctx.session, row_id(person))
    lines = case_lines(mine[:10], ctx)
    return Say(wording.case_list(lines, len(mine), language_of(person, ctx), zone_of_person(person, ctx)))


# Time passes.


def remind_due(ctx: Context, limit: int = 100) -> int:
    """Remind owners of cases that will be due soon, once each; how many."""
    due = cases.due_for_reminder(ctx.session, ctx.now, limit)
    for case in due:
        case.remind_at = None
        record(case, CaseEventKind.REMINDED, ctx)
        ctx.session.add(case)
        for_whom = case.claimed_by_id or case.owner_id
        if for_whom is not None:
            say(
                ctx,
                OutboxKind.CASE_REMINDER,
                "case",
                _id(case),
                to=for_whom,
                once=f"{case.due_at:%Y%m%d%H%M}",
            )
    return len(due)


def escalate_due(ctx: Context, limit: int = 100) -> int:
    """Tell the next person up of cases whose time is over, once each; how many."""
    due = cases.due_for_escalation(ctx.session, ctx.now, limit)
    for case in due:
        case.escalate_at = None
        holder_id = case.claimed_by_id or case.owner_id
        up = owners.next_up(ctx.session.get(Person, holder_id) if holder_id else None, case.service, ctx)
        record(case, CaseEventKind.ESCALATED, ctx, other=up)
        if up is not None:
            once = f"{case.due_at:%Y%m%d%H%M}"
            say(ctx, OutboxKind.CASE_ESCALATION, "case", _id(case), to=row_id(up), once=once)
        revise(case, ctx)
    return len(due)


# Within.


def consent_of(case: Case, ctx: Context) -> bool | None:
    """May the customer be contacted? None when they were not asked or did not say.

    Who gave feedback unprompted, in a conversation with us, expects an answer there.
    """
    if case.response_id is None:
        return True if case.customer_id is not None else None
    return cases.consent_of_response(ctx.session, case.response_id)


def acting_on(token: str, event: Event, ctx: Context) -> tuple[Case, Person]:
    """The case and who acts on it. Raises `UnknownCase` or `NotAllowed`."""
    case = cases.case_by_token(ctx.session, token)
    if case is None:
        raise UnknownCase
    person = actor(event.by, ctx)
    allowed = may_act_on_case(
        role_of(person),
        is_owner=case.owner_id == person.id,
        is_claimer=case.claimed_by_id == person.id,
        same_team=person.team is not None and person.team == case.team,
    )
    if not allowed:
        raise NotAllowed(who=who_to_ask(ctx))
    return case, person


def name_of_reader(case: Case, ctx: Context) -> str:
    """The name of whoever has the case now."""
    return cases.name_of(ctx.session, case.claimed_by_id or case.owner_id)


def _demand_open(case: Case) -> None:
    if case.state == CaseState.CLOSED:
        raise CaseIsClosed


def _demand_free(case: Case, person: Person, ctx: Context) -> None:
    """Whoever has claimed a case works on it undisturbed."""
    if case.claimed_by_id in (None, person.id):
        return
    claimed = cases.last_event(ctx.session, _id(case), CaseEventKind.CLAIMED)
    since = claimed.at if claimed else case.opened_at
    raise AlreadyClaimed(
        name=cases.name_of(ctx.session, case.claimed_by_id),
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


def move(
    case: Case,
    state: CaseState,
    kind: CaseEventKind,
    ctx: Context,
    *,
    by: Person | None,
    other: Person | None = None,
    said: str | None = None,
) -> CaseEvent:
    """Change the state, with the event that tells of it."""
    case.state = state
    ctx.session.add(case)
    return record(case, kind, ctx, by=by, other=other, said=said)


def record(
    case: Case,
    kind: CaseEventKind,
    ctx: Context,
    *,
    by: Person | None = None,
    other: Person | None = None,
    said: str | None = None,
) -> CaseEvent:
    """Write down what happened to a case, flushed, so that it has a number."""
    event = CaseEvent(
        case_id=_id(case),
        kind=kind,
        at=ctx.now,
        by_id=by.id if by else None,
        other_id=other.id if other else None,
        words=said,
    )
    ctx.session.add(event)
    ctx.session.flush()
    return event


def _id(case: Case) -> int:
    return found(case.id)


def shown(case: Case, person: Person, event: Event, ctx: Context) -> Reply:
    """The alert as it now stands: in place where it was pressed, else said."""
    message = wording.alert(case_view(case, person, ctx), language_of(person, ctx))
    return EditInPlace(message) if event.message else Say(message)
