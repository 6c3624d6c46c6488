"""Questions asked of people and their identities."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared, Record
from storage.tables import Identity, Person, core
from storage.vocabulary import Role

_BY_KEY = select(Person).where(Person.key == bindparam("key"))
_P = core(Person)
_COLLEAGUE = Prepared(
    core_select(_P.c.id, _P.c.key, _P.c.name, _P.c.left_at).where(_P.c.key == bindparam("key"))
)
_N = core(Identity)
_IDENTITIES = Prepared(core_select(_N).where(_N.c.person_id == bindparam("person_id")).order_by(_N.c.id))

_SPOKEN_AT = Prepared(
    update(_N)
    .where(_N.c.id == bindparam("identity_id"))
    .where(_N.c.conversation.is_distinct_from(bindparam("spoken_at"))),
    ("conversation",),
)


class Colleague(NamedTuple):
    """Somebody of the organisation file, as far as it matters who must act."""

    id: int
    key: str
    name: str
    left_at: datetime | None = None


def colleague(session: Session, key: str | None) -> Colleague | None:
    """The person of that key in the organisation file, also one who has left it since."""
    row = _COLLEAGUE.first(session, {"key": key}) if key else None
    return Colleague(row.id, row.key, row.name, row.left_at) if row else None


def identity_of(session: Session, channel: str, external_id: str, workspace: str = "") -> Identity | None:
    """The identity a channel speaks of. One declared without a workspace stands for all of them."""
    found = session.exec(
        select(Identity).where(
            Identity.channel == channel,
            Identity.external_id == external_id,
            col(Identity.workspace).in_({workspace, ""}),
        )
    ).all()
    return max(found, key=lambda identity: identity.workspace, default=None)


def person_by_identity(
    session: Session, channel: str, external_id: str, workspace: str = ""
) -> Person | None:
    """The person behind an identity."""
    identity = identity_of(session, channel, external_id, workspace)
    return session.get(Person, identity.person_id) if identity else None


def person_by_key(session: Session, key: str | None) -> Person | None:
    """The person of that key in the organisation file."""
    return session.exec(_BY_KEY, params={"key": key}).first() if key else None


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with that address, whatever its capitals: `EmailAddress` takes them away on both sides."""
    return session.exec(select(Person).where(Person.email == email)).first() if email.strip() else None


def people_called(session: Session, words: str) -> Sequence[Person]:
    """Declared people whose name begins with these words or holds a word that does, by name.

    Compared here, since SQLite knows capitals of ASCII only and would not find Öhman.
    """
    wanted = words.strip().casefold()
    declared = session.exec(
        select(Person)
        .where(col(Person.key).is_not(None), col(Person.left_at).is_(None))
        .order_by(Person.name)
    )
    return [person for person in declared if f" {wanted}" in f" {person.name.casefold()}"]


def people_named(session: Session, name: str) -> list[Person]:
    """Everybody of this whole name, whatever its capitals."""
    wanted = name.strip().casefold()
    somebody = session.exec(select(Person).where(Person.name != "")) if wanted else ()
    return [person for person in somebody if person.name.casefold() == wanted]


def identities(session: Session, person_id: int) -> Sequence[Record]:
    """Every identity of a person, oldest first, to be read only."""
    return _IDENTITIES.all(session, {"person_id": person_id})


def remember_conversation(session: Session, identity_id: int, conversation: str) -> None:
    """Where we speak with somebody."""
    _SPOKEN_AT.run(
        session, {"identity_id": identity_id, "spoken_at": conversation, "conversation": conversation}
    )


def working_here(session: Session, roles: Sequence[str]) -> Sequence[Person]:
    """People of these roles who have not left, by name."""
    return session.exec(
        select(Person).where(col(Person.role).in_(roles), col(Person.left_at).is_(None)).order_by(Person.name)
    ).all()


def lose(session: Session, identity: Identity, because: str, at: datetime) -> None:
    """Remember that a person cannot be reached through this identity any more."""
    identity.unreachable_at = at
    identity.unreachable_because = because
    session.add(identity)


def find_again(session: Session, identity: Identity) -> None:
    """They wrote to us: they can be reached."""
    if identity.unreachable_at is not None:
        identity.unreachable_at = None
        identity.unreachable_because = None
        session.add(identity)


def customer_called(session: Session, name: str) -> Person | None:
    """The one customer of this name; nobody when there are two."""
    if not name:
        return None
    found = session.exec(
        select(Person)
        .where(or_(col(Person.name) == name, func.lower(Person.name) == name.lower()))
        .where(Person.role == Role.CUSTOMER)
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def of_account(session: Session, account: str, most: int) -> Sequence[Person]:
    """The people of a customer's account of whom a name or an address is known, by name, as many as fit."""
    return session.exec(
        select(Person)
        .where(Person.account == account, col(Person.left_at).is_(None), Person.role == Role.CUSTOMER)
        .where((col(Person.name) != "") | col(Person.email).is_not(None))
        .order_by(Person.name)
        .limit(most)
    ).all()
