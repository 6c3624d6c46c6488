"""Deliveries from platforms that were taken in."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col

from storage.prepared import Prepared
from storage.tables import InboundDelivery

_REMEMBER = Prepared(insert(InboundDelivery).on_conflict_do_nothing())


def remember(session: Session, channel: str, delivery_id: str, at: datetime) -> bool:
    """Remember a delivery; false when it was remembered before. One statement: no race can slip between."""
    values = {"channel": channel, "delivery_id": delivery_id, "at": at}
    return bool(_REMEMBER.run(session, values).rowcount)


def forget_before(session: Session, instant: datetime) -> int:
    """Forget deliveries so old that no platform sends them again; how many there were."""
    statement = delete(InboundDelivery).where(col(InboundDelivery.at) < instant)
    return session.connection().execute(statement).rowcount
