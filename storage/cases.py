"""Questions asked of cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.prepared import Prepared, Record
from storage.tables import Case, CaseEvent, Person, SentMessage, core
from storage.vocabulary import CaseEventKind, CaseState, Outcome

_WAITING = [CaseState.RECEIVED, CaseState.ACKNOWLEDGED, CaseState.CLAIMED, CaseState.REOPENED]
_UNHANDLED = select(Case).where(col(Case.state).not_in([CaseState.CLOSED, CaseState.CONTACTED]))

_C, _E = core(Case), core(CaseEvent)
_ADD = Prepared(
    insert(_C).returning(_C.c.id),
    ("token", "reason", "state", "urgent", "response_id", "feedback_id", "encounter_id", "customer_id",
     "account", "service", "team", "touchpoint", "owner_id", "owner_rule", "opened_at", "due_at",
     "remind_at", "escalate_at", "revision"),
)  # fmt: skip
_ADD_EVENT = Prepared(insert(_E), ("case_id", "kind", "at"))

_BY, _OTHER = core(Person).alias("by"), core(Person).alias("other")
_EVENTS = Prepared(
    core_select(_E, _BY.c.name.label("by_name"), _OTHER.c.name.label("other_name"))
    .outerjoin(_BY, _BY.c.id == _E.c.by_id)
    .outerjoin(_OTHER, _OTHER.c.id == _E.c.other_id)
    .where(_E.c.case_id == bindparam("case_id"))
    .order_by(_E.c.id)
)
_OTHER_OPEN = Prepared(
    core_select(func.count().label("cases"))
    .select_from(_C)
    .where(_C.c.customer_id == bindparam("customer_id"), _C.c.state != CaseState.CLOSED)
    .where(_C.c.id.is_distinct_from(bindparam("but")))
)
_READERS = (
    select(SentMessage.person_id)
    .where(SentMessage.subject == "case", SentMessage.subject_id == bindparam("case_id"))
    .where(col(SentMessage.kind).in_(bindparam("kinds", expanding=True)))
)
_NAME = Prepared(core_select(_BY.c.name).where(_BY.c.id == bindparam("person_id")))


def add_case(session: Session, values: Mapping[str, Any]) -> int:
    """Open a case, in its first revision; its row number. On the hot path: a low score waits for it."""
    return int(_ADD.run(session, {**values, "revision": 1}).fetchone()[0])


def add_opened(session: Session, case_id: int, at: datetime) -> None:
    """The first event of a case."""
    _ADD_EVENT.run(session, {"case_id": case_id, "kind": CaseEventKind.OPENED, "at": at})


def case_by_token(session: Session, token: str) -> Case | None:
    """The case a button speaks of."""
    return session.exec(select(Case).where(Case.token == token)).first()


def token_of(session: Session, case_id: int) -> str | None:
    """What a case is called outside the house."""
    return session.exec(select(Case.token).where(Case.id == case_id)).first()


def events_of(session: Session, case_id: int) -> Sequence[Record]:
    """What happened to a case, in order: the columns of `CaseEvent`, `by_name` and `other_name`."""
    return _EVENTS.all(session, {"case_id": case_id})


def open_cases_owned_by(
    session: Session, person_id: int, most: int, skip: int = 0
) -> tuple[Sequence[Case], int]:
    """Open cases a person owns or has claimed, oldest first: a page of them, and how many there are in all."""
    mine = select(Case).where(
        Case.state != CaseState.CLOSED,
        (col(Case.owner_id) == person_id) | (col(Case.claimed_by_id) == person_id),
    )
    return _page(session, mine.order_by(col(Case.opened_at), col(Case.id)), most, skip)


def of_third_parties(
    session: Session, person_id: int | None, team: str | None, most: int, skip: int = 0
) -> tuple[Sequence[Case], int]:
    """Cases that turned out to be another organisation's matter, newest first: a page, and how many in all.

    A person's own and their team's; everybody's where no person is named.
    """
    outside = select(Case).where(Case.outcome == Outcome.THIRD_PARTY)
    if person_id is not None:
        mine = (col(Case.owner_id) == person_id) | (col(Case.claimed_by_id) == person_id)
        outside = outside.where(mine | (col(Case.team) == team))
    return _page(session, outside.order_by(col(Case.closed_at).desc(), col(Case.id).desc()), most, skip)


def _page(session: Session, found: SelectOfScalar[Case], most: int, skip: int) -> tuple[Sequence[Case], int]:
    total = session.exec(select(func.count()).select_from(found.order_by(None).subquery())).one()
    return session.exec(found.offset(skip).limit(most)).all(), total


def open_cases_of_customer(session: Session, customer_id: int) -> Sequence[Case]:
    """A customer's open cases."""
    return session.exec(
        select(Case).where(Case.customer_id == customer_id, Case.state != CaseState.CLOSED)
    ).all()


def other_open_cases(session: Session, customer_id: int | None, but: int | None) -> int:
    """How many further cases of a customer are open."""
    if customer_id is None:
        return 0
    counted = _OTHER_OPEN.first(session, {"customer_id": customer_id, "but": but})
    return counted.cases if counted else 0


def due_for_reminder(session: Session, now: datetime, limit: int) -> Sequence[Case]:
    """Cases nobody has contacted the customer about and whose reminder is due."""
    return session.exec(
        _UNHANDLED.where(col(Case.remind_at) <= now).order_by(col(Case.remind_at)).limit(limit)
    ).all()


def due_for_escalation(session: Session, now: datetime, limit: int) -> Sequence[Case]:
    """Cases nobody has contacted the customer about and whose time is over."""
    return session.exec(
        _UNHANDLED.where(col(Case.escalate_at) <= now).order_by(col(Case.escalate_at)).limit(limit)
    ).all()


def escalated_to(session: Session, case_id: int, due_at: datetime) -> set[int]:
    """Who has been told that a case is overdue since then."""
    found = session.exec(
        select(CaseEvent.other_id).where(
            CaseEvent.case_id == case_id,
            CaseEvent.kind == CaseEventKind.ESCALATED,
            col(CaseEvent.at) >= due_at,
        )
    )
    return {person_id for person_id in found if person_id is not None}


def overdue_by_service(session: Session, now: datetime) -> Sequence[tuple[int, str | None, datetime]]:
    """Who has cases that were due and whose customer has not been contacted: of which service, the first due when."""
    holder = func.coalesce(Case.claimed_by_id, Case.owner_id)
    found = session.exec(
        select(holder, Case.service, func.min(Case.due_at))
        .where(col(Case.state).in_(_WAITING), col(Case.due_at) <= now, holder.is_not(None))
        .group_by(holder, col(Case.service))
    )
    return [(person_id, service, due_at) for person_id, service, due_at in found]


def overdue_of(session: Session, person_id: int, now: datetime, most: int) -> tuple[Sequence[Case], int]:
    """A person's overdue cases, those that wait longest first, and how many there are in all."""
    overdue = _UNHANDLED.where(
        func.coalesce(Case.claimed_by_id, Case.owner_id) == person_id, col(Case.due_at) <= now
    )
    return _page(session, overdue.order_by(col(Case.due_at)), most, 0)


def left_behind(session: Session, limit: int) -> Sequence[Case]:
    """Open cases that are with somebody who has left."""
    holder = func.coalesce(Case.claimed_by_id, Case.owner_id)
    return session.exec(
        select(Case)
        .join(Person, col(Person.id) == holder)
        .where(Case.state != CaseState.CLOSED, col(Person.left_at).is_not(None))
        .limit(limit)
    ).all()


def conversation_case(session: Session, customer_id: int, since: datetime) -> tuple[Case, CaseEvent] | None:
    """The newest case in which we wrote to this customer, or told them how it ended, with that event."""
    return session.exec(
        select(Case, CaseEvent)
        .join(CaseEvent, col(CaseEvent.case_id) == Case.id)
        .where(Case.customer_id == customer_id, col(CaseEvent.at) >= since)
        .where(col(CaseEvent.kind).in_([CaseEventKind.WRITTEN, CaseEventKind.CLOSED]))
        .order_by(col(CaseEvent.id).desc())
    ).first()


def name_of(session: Session, person_id: int | None) -> str:
    """A person's name, empty for nobody."""
    if person_id is None:
        return ""
    person = _NAME.first(session, {"person_id": person_id})
    return person.name if person else ""


def readers(session: Session, case_id: int, kinds: Sequence[str]) -> set[int]:
    """People before whom an alert about the case stands."""
    found = session.exec(_READERS, params={"case_id": case_id, "kinds": kinds})
    return {person_id for person_id in found if person_id is not None}


def was_asked(session: Session, case_id: int, expert_id: int) -> bool:
    """Whether an expert was asked into a case."""
    asked = select(CaseEvent.id).where(
        CaseEvent.case_id == case_id,
        CaseEvent.kind == CaseEventKind.EXPERT_ASKED,
        CaseEvent.other_id == expert_id,
    )
    return session.exec(asked).first() is not None


def question_to_expert(session: Session, expert_id: int, since: datetime) -> tuple[Case, CaseEvent] | None:
    """The newest open case into which an expert was asked, with the question."""
    return session.exec(
        select(Case, CaseEvent)
        .join(CaseEvent, col(CaseEvent.case_id) == Case.id)
        .where(CaseEvent.kind == CaseEventKind.EXPERT_ASKED, CaseEvent.other_id == expert_id)
        .where(Case.state != CaseState.CLOSED, col(CaseEvent.at) >= since)
        .order_by(col(CaseEvent.id).desc())
    ).first()


def last_event(session: Session, case_id: int, kind: CaseEventKind) -> CaseEvent | None:
    """The newest event of a kind."""
    return session.exec(
        select(CaseEvent)
        .where(CaseEvent.case_id == case_id, CaseEvent.kind == kind)
        .order_by(col(CaseEvent.id).desc())
    ).first()


def handed_over(session: Session, case_id: int) -> Sequence[tuple[int, int]]:
    """The hand-overs of a case from person to person, in order: row numbers of giver and taker."""
    rows = session.exec(
        select(CaseEvent.by_id, CaseEvent.other_id)
        .where(CaseEvent.case_id == case_id)
        .where(col(CaseEvent.kind).in_([CaseEventKind.HANDED_OVER, CaseEventKind.NOT_OURS]))
        .order_by(col(CaseEvent.id))
    )
    return [(giver, taker) for giver, taker in rows if giver is not None and taker is not None]


def last_given(session: Session, case_id: int) -> CaseEvent | None:
    """The newest event by which the case came to another person."""
    return session.exec(
        select(CaseEvent)
        .where(CaseEvent.case_id == case_id)
        .where(col(CaseEvent.kind).in_([CaseEventKind.HANDED_OVER, CaseEventKind.NOT_OURS]))
        .order_by(col(CaseEvent.id).desc())
    ).first()
