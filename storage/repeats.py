"""Questions asked of what belongs to a case beside what opened it: the same customer on the same matter."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, select
from sqlmodel import Session

from storage.prepared import Prepared
from storage.tables import Case, Feedback, Repeat, Response, core
from storage.vocabulary import CaseReason, CaseState

_C, _F, _R, _N = core(Case), core(Feedback), core(Response), core(Repeat)

_OPEN = (
    select(_C.c.id)
    .where(_C.c.service == bindparam("service"), _C.c.opened_at >= bindparam("since"))
    .where(_C.c.state != CaseState.CLOSED, _C.c.reason != CaseReason.WISH)
    .order_by(_C.c.id.desc())
    .limit(1)
)
_OF_CUSTOMER = Prepared(_OPEN.where(_C.c.customer_id == bindparam("customer_id")))
_OF_ACCOUNT = Prepared(_OPEN.where(_C.c.customer_id.is_(None), _C.c.account == bindparam("account")))
_OF_NAME = Prepared(
    _OPEN.join(_F, _F.c.id == _C.c.feedback_id)
    .where(_C.c.customer_id.is_(None), _C.c.account.is_(None))
    .where(func.lower(_F.c.said_by_name) == func.lower(bindparam("name")))
)
_ADD = Prepared(insert(_N), ("case_id", "response_id", "feedback_id", "at"))
_OF_CASE = Prepared(
    select(_N.c.response_id, _N.c.feedback_id)
    .where(_N.c.case_id == bindparam("case_id"))
    .order_by(_N.c.id.desc())
)
_CONSENT = Prepared(
    select(_R.c.consent)
    .outerjoin(_N, _N.c.response_id == _R.c.id)
    .where(or_(_R.c.id == bindparam("response_id"), _N.c.case_id == bindparam("case_id")))
    .where(_R.c.consent.is_not(None))
    .order_by(_R.c.last_at.desc(), _R.c.id.desc())
    .limit(1)
)


def open_on_same_matter(
    session: Session,
    service: str,
    since: datetime,
    *,
    customer_id: int | None = None,
    account: str | None = None,
    name: str | None = None,
) -> int | None:
    """The newest open case of the same customer about a service, opened since an instant; wishes are no such matter.

    The customer is the person where we know them, else the account, else the name that was typed. On the hot
    path: each low score asks.
    """
    values = {"service": service, "since": since}
    if customer_id is not None:
        found = _OF_CUSTOMER.run(session, {**values, "customer_id": customer_id}).fetchone()
    elif account is not None:
        found = _OF_ACCOUNT.run(session, {**values, "account": account}).fetchone()
    elif name is not None:
        found = _OF_NAME.run(session, {**values, "name": name}).fetchone()
    else:
        found = None
    return int(found[0]) if found else None


def add(
    session: Session, case_id: int, at: datetime, *, response_id: int | None, feedback_id: int | None
) -> None:
    """A response or a feedback belongs to a case from now on. The unique keys refuse a second time."""
    _ADD.run(session, {"case_id": case_id, "at": at, "response_id": response_id, "feedback_id": feedback_id})


def of_case(session: Session, case_id: int | None) -> tuple[Sequence[int], Sequence[int]]:
    """Responses and feedback that joined a case, newest first."""
    rows = _OF_CASE.all(session, {"case_id": case_id})
    responses = [row.response_id for row in rows if row.response_id is not None]
    return responses, [row.feedback_id for row in rows if row.feedback_id is not None]


def consent(session: Session, case_id: int | None, response_id: int | None) -> bool | None:
    """What the customer last said about being contacted, in whatever belongs to the case."""
    row = _CONSENT.first(session, {"case_id": case_id, "response_id": response_id})
    return row.consent if row else None
