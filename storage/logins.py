"""Questions asked of logins: links that were sent in chat, and the sessions they opened. Secrets are hashes here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_
from sqlmodel import Session, select

from storage.tables import LoginLink, Person, WebSession, core

_L, _S = core(LoginLink), core(WebSession)


def link(session: Session, secret_hash: str) -> LoginLink | None:
    """The link with this secret, spent or not, while it is remembered."""
    return session.get(LoginLink, secret_hash)


def drop_links(session: Session, person_id: int) -> None:
    """No link that was given to a person before opens anything any more."""
    session.connection().execute(delete(_L).where(_L.c.person_id == person_id))


def seated(session: Session, secret_hash: str) -> tuple[WebSession, Person] | None:
    """The session of a cookie with whose it is; none once it has ended."""
    query = select(WebSession, Person).join(Person).where(WebSession.secret_hash == secret_hash)
    return session.exec(query).first()


def sessions_of(session: Session, person_id: int) -> Sequence[WebSession]:
    """Every browser in which somebody is logged in."""
    return session.exec(select(WebSession).where(WebSession.person_id == person_id)).all()


def end(session: Session, secret_hash: str) -> None:
    """End one session."""
    session.connection().execute(delete(_S).where(_S.c.secret_hash == secret_hash))


def end_all(session: Session, person_id: int) -> int:
    """End every session of a person, and the links that could open another; how many sessions there were."""
    drop_links(session, person_id)
    return session.connection().execute(delete(_S).where(_S.c.person_id == person_id)).rowcount


def forget(session: Session, *, links_before: datetime, seen_before: datetime, began_before: datetime) -> int:
    """Forget links that expired before an instant, and sessions that are too old or idle for too long; how many."""
    over = or_(_S.c.seen_at < seen_before, _S.c.began_at < began_before)
    connection = session.connection()
    ended = connection.execute(delete(_S).where(over)).rowcount
    return ended + connection.execute(delete(_L).where(_L.c.expires_at < links_before)).rowcount
