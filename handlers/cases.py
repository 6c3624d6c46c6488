"""The inner loop: a case is opened, owned, told of, and remembered.

Every change is an event with who and when, and raises the revision, to which the alert is edited
wherever it stands. Which event is possible in which state is in `handlers.rules.case_states`, what people
do with a case in `handlers.acting`.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers import owners
from handlers.asked import Asked
from handlers.calendars import calendar_of, falls_due, so_long_before
from handlers.context import Context
from handlers.errors import CaseIsClosed
from handlers.found import found
from handlers.lookups import team_of
from handlers.outbox import say, tell
from handlers.rules import case_states, hours
from handlers.rules.routing import About
from storage import cases, people, repeats
from storage.look import look
from storage.tables import Case, CaseEvent, Feedback, Person
from storage.tokens import new_token
from storage.vocabulary import CaseEventKind, CaseReason, CaseState, HookEvent, OutboxKind

_TOLD = {CaseEventKind.CLOSED: HookEvent.CASE_CLOSED, CaseEventKind.REOPENED: HookEvent.CASE_REOPENED}
"""What other programs hear of a case that is open."""

ALERTS = (OutboxKind.CASE_NOTICE, OutboxKind.CASE_COPY)

DEFAULT_RESPONSE = timedelta(hours=4)
"""Office hours until a case of no declared service must have been answered."""


@dataclass(frozen=True, kw_only=True)
class _Matter:
    """What a case is about: something answered or something said, by whom, concerning what."""

    reason: CaseReason
    urgent: bool
    response_id: int | None = None
    feedback_id: int | None = None
    encounter_id: int | None = None
    customer_id: int | None
    account: str | None
    service: str | None
    touchpoint: str | None = None
    said_by_name: str | None = None


def open_for_response(
    asked: Asked, reason: CaseReason, ctx: Context, *, urgent: bool = False, of_nobody: bool = False
) -> int:
    """Open the case of a response, or raise the one it belongs to; one response never has two. Its row number.

    `of_nobody`: whoever answered cannot be told from others, so it is never the same customer again.
    """
    case_id = found(asked.begun).case_id
    if case_id is not None:
        _raise(found(ctx.session.get(Case, case_id)), reason, urgent, ctx)
        return case_id
    facts = asked.facts
    matter = _Matter(
        reason=reason,
        urgent=urgent,
        response_id=asked.response_id,
        encounter_id=facts.encounter_id,
        customer_id=asked.person.id,
        account=facts.account,
        service=facts.service,
        touchpoint=facts.touchpoint,
    )
    joined = None if of_nobody else _join(matter, ctx)
    about = About(facts.service, facts.account, facts.touchpoint)
    return joined or _open(matter, about, owners.frozen_on(facts), ctx)


def open_for_feedback(feedback: Feedback, reason: CaseReason, ctx: Context, *, urgent: bool = False) -> Case:
    """Open the case of something that was said unprompted or logged, or let it join one; it has been flushed."""
    matter = _Matter(
        reason=reason,
        urgent=urgent,
        feedback_id=feedback.id,
        customer_id=feedback.said_by_id,
        account=feedback.account,
        service=feedback.service,
        said_by_name=feedback.said_by_name,
    )
    about = owners.about_feedback(feedback)
    return found(ctx.session.get(Case, _join(matter, ctx) or _open(matter, about, None, ctx)))


def _join(matter: _Matter, ctx: Context) -> int | None:
    """The same customer on the same matter joins their open case and raises it; its row number, if there is one.

    Two at once cannot open two: one writer after the other looks for the case and opens it.
    """
    if matter.service is None or matter.reason is CaseReason.WISH:
        return None
    case_id = repeats.open_on_same_matter(
        ctx.session,
        matter.service,
        ctx.now - ctx.organisation.routing.repeats_within,
        customer_id=matter.customer_id,
        account=matter.account,
        name=matter.said_by_name,
    )
    if case_id is not None:
        ids = {"response_id": matter.response_id, "feedback_id": matter.feedback_id}
        repeats.add(ctx.session, case_id, ctx.now, **ids)
        _joined(found(ctx.session.get(Case, case_id)), matter, ctx)
    return case_id


def _joined(case: Case, matter: _Matter, ctx: Context) -> None:
    """Whoever comes back is urgent; a customer who had been contacted waits for a contact again."""
    if case.state == CaseState.CONTACTED:
        _count_anew(case, ctx)
    joined = move(case, CaseEventKind.JOINED, ctx, by=ctx.session.get(Person, matter.customer_id or 0))
    _raise(case, matter.reason, True, ctx)
    holder = case.claimed_by_id or case.owner_id
    if holder is not None:
        say(ctx, OutboxKind.CASE_REPEATED, "case", id_of(case), to=holder, once=f"event{joined.id}")


def _open(matter: _Matter, about: About, frozen: owners.Responsible | None, ctx: Context) -> int:
    """Give the matter its owner and its due time, and alert everybody concerned. In prepared statements."""
    responsible = owners.owner_today(about, frozen, ctx)
    owner_id = responsible.person.id if responsible.person else None
    team = team_of(ctx.organisation, matter.service)
    case_id = cases.add_case(
        ctx.session,
        {
            **vars(matter),
            **vars(_times(matter.service, ctx)),
            "token": new_token(),
            "state": CaseState.RECEIVED,
            "team": team.key if team else None,
            "owner_id": owner_id,
            "owner_rule": responsible.rule,
            "opened_at": ctx.now,
        },
    )
    cases.add_opened(ctx.session, case_id, ctx.now)
    tell(ctx, HookEvent.CASE_OPENED, case_id, once="opened")
    informed = _declared_readers(about, ctx)
    _say_state(case_id, 1, {owner_id} - {None}, informed, ctx, not_before=_awake(matter, ctx))
    return case_id


@dataclass(frozen=True)
class _Times:
    """Until when the customer must have heard from somebody; UTC."""

    due_at: datetime
    remind_at: datetime | None
    escalate_at: datetime


def _times(service_key: str | None, ctx: Context) -> _Times:
    """Office hours count from now; the clock of a Friday evening starts on Monday morning."""
    service = ctx.organisation.services.get(service_key or "")
    within = service.respond_within if service else DEFAULT_RESPONSE
    calendar = calendar_of(ctx.organisation, service_key)
    due_at = falls_due(calendar, ctx.now, within)
    remind_at = so_long_before(calendar, due_at, ctx.organisation.routing.remind_before)
    return _Times(due_at, remind_at if remind_at > ctx.now else None, escalate_at=due_at)


def _raise(case: Case, reason: CaseReason, urgent: bool, ctx: Context) -> Case:
    """Something more was said on the same matter."""
    if case.state == CaseState.CLOSED:
        open_again(case, ctx)
    case.urgent = case.urgent or urgent
    if reason is CaseReason.URGENT_WORD or case.reason == CaseReason.VOICE:
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
    acting = {case.owner_id, case.claimed_by_id} - {None}
    standing = cases.readers(ctx.session, id_of(case), ALERTS)
    informed = _declared_readers(owners.about_case(case, ctx), ctx) | standing
    _say_state(id_of(case), case.revision, acting, informed, ctx, not_before=_awake(case, ctx))


def _say_state(
    case_id: int,
    revision: int,
    acting: Set[int | None],
    informed: Set[int],
    ctx: Context,
    *,
    not_before: datetime,
) -> None:
    kinds: dict[int | None, OutboxKind] = {
        **dict.fromkeys(acting, OutboxKind.CASE_NOTICE),
        **dict.fromkeys(informed - acting, OutboxKind.CASE_COPY),
    }
    for person_id, kind in kinds.items():
        say(ctx, kind, "case", case_id, to=person_id, once=f"rev{revision}", not_before=not_before)


def _awake(about: _Matter | Case, ctx: Context) -> datetime:
    """When those concerned may be alerted: now, or as the office opens; what is urgent waits for nobody."""
    routing = ctx.organisation.routing
    if about.urgent or routing.staff_quiet_from == routing.staff_quiet_until:
        return ctx.now
    calendar = calendar_of(ctx.organisation, about.service)
    return hours.office_awake(calendar, ctx.now, routing.staff_quiet_from, routing.staff_quiet_until)


def _declared_readers(about: About, ctx: Context) -> set[int]:
    """Co-owners, and the account's director."""
    keys = owners.informed_of(about, ctx)
    return {somebody.id for key in keys if (somebody := people.colleague(ctx.session, key))}


def open_again(case: Case, ctx: Context, *, by: Person | None = None, said: str | None = None) -> None:
    """A closed case counts anew, from now."""
    case.outcome, case.closed_at = None, None
    _count_anew(case, ctx)
    move(case, CaseEventKind.REOPENED, ctx, by=by, said=said)


def _count_anew(case: Case, ctx: Context) -> None:
    """The customer waits for a contact, from now."""
    case.contacted_at = None
    due_anew(case, ctx)


def due_anew(case: Case, ctx: Context) -> None:
    """Whoever has the case now has the whole time of its service."""
    times = _times(case.service, ctx)
    case.due_at, case.remind_at, case.escalate_at = times.due_at, times.remind_at, times.escalate_at


def rehome_left(ctx: Context, limit: int = 100) -> int:
    """Give cases of people who have left to whoever answers today; how many moved."""
    moved = 0
    for case in cases.left_behind(ctx.session, limit):
        today = owners.owner_today(owners.about_case(case, ctx), None, ctx)
        if today.person is None or today.person.id == (case.claimed_by_id or case.owner_id):
            continue
        case.owner_id, case.owner_rule, case.claimed_by_id = today.person.id, today.rule, None
        to = ctx.session.get(Person, today.person.id)
        move(case, CaseEventKind.HANDED_OVER, ctx, by=None, other=to)
        revise(case, ctx)
        moved += 1
    return moved


def consent_of(case: Case, ctx: Context) -> bool | None:
    """May the customer be contacted? None when they were not asked or did not say.

    Who gave feedback unprompted, in a conversation with us, expects an answer there; of whom somebody
    else told us, we do not know.
    """
    said = repeats.consent(ctx.session, case.id, case.response_id)
    if said is not None:
        return said
    feedback = look(ctx.session, Feedback, case.feedback_id)
    if feedback is not None and feedback.consent is not None:
        return feedback.consent
    return True if feedback and feedback.said_by_id and feedback.logged_by_id is None else None


def name_of_reader(case: Case, ctx: Context) -> str:
    """The name of whoever has the case now."""
    return cases.name_of(ctx.session, case.claimed_by_id or case.owner_id)


def demand_possible(case: Case, kind: CaseEventKind) -> None:
    """Raises `CaseIsClosed` for what cannot happen to a case any more."""
    if not case_states.allows(CaseState(case.state), kind):
        raise CaseIsClosed


def move(
    case: Case,
    kind: CaseEventKind,
    ctx: Context,
    *,
    by: Person | None,
    other: Person | None = None,
    said: str | None = None,
) -> CaseEvent:
    """What happened, and the state that follows. Raises `CaseIsClosed` for what cannot happen any more."""
    demand_possible(case, kind)
    case.state = case_states.after(CaseState(case.state), kind) or case.state
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
        case_id=id_of(case),
        kind=kind,
        at=ctx.now,
        by_id=by.id if by else None,
        other_id=other.id if other else None,
        words=said,
    )
    ctx.session.add(event)
    ctx.session.flush()
    if kind in _TOLD:
        tell(ctx, _TOLD[kind], id_of(case), once=f"event{event.id}")
    return event


def id_of(case: Case) -> int:
    """The row number of a case, which has been flushed."""
    return found(case.id)
