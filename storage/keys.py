"""Which clients may call the HTTP API, and what they were answered."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, select

from storage.tables import ApiKey, IdempotentRequest


def key_named(session: Session, name: str) -> ApiKey | None:
    """The key of a client, revoked or not."""
    return session.exec(select(ApiKey).where(ApiKey.name == name)).one_or_none()


def key_with_hash(session: Session, key_hash: str) -> ApiKey | None:
    """The key that is in force and has this hash."""
    in_force = col(ApiKey.revoked_at).is_(None)
    return session.exec(select(ApiKey).where(ApiKey.key_hash == key_hash, in_force)).one_or_none()


def every_key(session: Session) -> Sequence[ApiKey]:
    """All keys by name, the revoked ones too."""
    return session.exec(select(ApiKey).order_by(ApiKey.name)).all()


def remembered_request(session: Session, client: str, key: str) -> IdempotentRequest | None:
    """What a client was answered under this idempotency key."""
    return session.get(IdempotentRequest, (client, key))


def forget_requests_before(session: Session, instant: datetime) -> int:
    """Forget answers given before an instant; how many they were."""
    return (
        session.connection()
        .execute(delete(IdempotentRequest).where(col(IdempotentRequest.at) < instant))
        .rowcount
    )
