"""Nobody is forgotten: the owner is reminded before a case is due; once it is, one after the other above them is told.

Each is told once of one due time. As the office opens, whoever has overdue cases is told of all of them.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import cases, owners
from handlers.calendars import calendar_of, falls_due
from handlers.context import Context
from handlers.each import PUT_OFF, each
from handlers.outbox import say
from handlers.people import row_id
from handlers.rules import hours
from storage import cases as case_rows
from storage.tables import Case, Person
from storage.vocabulary import CaseEventKind, OutboxKind


def remind_due(ctx: Context, limit: int = 100) -> int:
    """Remind owners of cases that will be due soon, once each; how many."""
    due = case_rows.due_for_reminder(ctx.session, ctx.now, limit)
    return each({f"case {case.id}": case for case in due}, _remind, ctx, _remind_later)


def _remind(case: Case, ctx: Context) -> None:
    case.remind_at = None
    cases.record(case, CaseEventKind.REMINDED, ctx)
    ctx.session.add(case)
    for_whom = case.claimed_by_id or case.owner_id
    if for_whom is not None:
        say(ctx, OutboxKind.CASE_REMINDER, "case", cases.id_of(case), to=for_whom, once=_due_time(case))


def _remind_later(case: Case, ctx: Context) -> None:
    case.remind_at = ctx.now + PUT_OFF
    ctx.session.add(case)


def escalate_due(ctx: Context, limit: int = 100) -> int:
    """Tell the next person up of cases whose time is over, each of them once; how many cases."""
    due = case_rows.due_for_escalation(ctx.session, ctx.now, limit)
    return each({f"case {case.id}": case for case in due}, _escalate, ctx, _escalate_later)


def _escalate(case: Case, ctx: Context) -> None:
    """One step up; the next follows after some more office time in which the customer was not contacted."""
    above = _still_above(case, ctx)
    up = above[0] if above else None
    case.escalate_at = _next_step(case, ctx) if len(above) > 1 else None
    cases.record(case, CaseEventKind.ESCALATED, ctx, other=up)
    if up is not None:
        say(ctx, OutboxKind.CASE_ESCALATION, "case", cases.id_of(case), to=row_id(up), once=_due_time(case))
    cases.revise(case, ctx)


def _next_step(case: Case, ctx: Context) -> datetime:
    return falls_due(
        calendar_of(ctx.organisation, case.service), ctx.now, ctx.organisation.routing.escalate_every
    )


def _still_above(case: Case, ctx: Context) -> list[Person]:
    """Who can still be told of this due time, in order."""
    holder_id = case.claimed_by_id or case.owner_id
    holder = ctx.session.get(Person, holder_id) if holder_id else None
    told = case_rows.escalated_to(ctx.session, cases.id_of(case), case.due_at)
    return [person for person in owners.above(holder, case.service, ctx) if person.id not in told]


def _escalate_later(case: Case, ctx: Context) -> None:
    case.escalate_at = ctx.now + PUT_OFF
    ctx.session.add(case)


def _due_time(case: Case) -> str:
    return f"{case.due_at:%Y%m%d%H%M}"


def tell_overdue(ctx: Context) -> int:
    """As its office opens, tell whoever has cases that are overdue by then, once a day; how many people.

    The office is that of the service: who has cases of several is told as the first of them opens.
    """
    return sum(_say_overdue(*row, ctx) for row in case_rows.overdue_by_service(ctx.session, ctx.now))


def _say_overdue(holder: int, service: str | None, due_at: datetime, ctx: Context) -> bool:
    """Whether there was something to say that was not said today."""
    calendar = calendar_of(ctx.organisation, service)
    opened_at = hours.opened_today(calendar, ctx.now)
    if opened_at is None or due_at > opened_at:
        return False
    today = opened_at.astimezone(ZoneInfo(calendar.time_zone))
    return say(ctx, OutboxKind.OVERDUE, "person", holder, to=holder, once=f"{today:%Y%m%d}")
