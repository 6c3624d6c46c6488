"""Questions asked of the wish register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, Text, case, cast, func, update
from sqlmodel import Session, col, select

from storage.tables import Wish, WishGiver
from storage.vocabulary import WishState

_CUSTOMER = func.coalesce(
    "person " + cast(col(WishGiver.person_id), Text),
    "account " + col(WishGiver.account),
    "name " + func.lower(WishGiver.name),
    "somebody " + cast(col(WishGiver.id), Text),
)
"""Who it was, as far as we know: the same customer counts once however often they said it."""


@dataclass(frozen=True)
class Wished:
    """By how many a wish is shared."""

    customers: int = 0
    accounts: int = 0


def wish_by_token(session: Session, token: str) -> Wish | None:
    """The wish a button speaks of; of a joined one, the wish in which it lives on."""
    wish = session.exec(select(Wish).where(Wish.token == token)).first()
    while wish is not None and wish.joined_to_id is not None:
        wish = session.get(Wish, wish.joined_to_id)
    return wish


def wish_of(session: Session, *, feedback_id: int | None, response_id: int | None) -> Wish | None:
    """The wish that was made of something said or answered."""
    given = WishGiver.feedback_id == feedback_id if feedback_id else WishGiver.response_id == response_id
    return session.exec(select(Wish).join(WishGiver, col(WishGiver.wish_id) == Wish.id).where(given)).first()


def living(session: Session) -> Sequence[tuple[str, str]]:
    """Token and need of every wish that was not joined to another, newest first."""
    alive = select(Wish.token, Wish.need).where(col(Wish.joined_to_id).is_(None))
    return session.exec(alive.order_by(col(Wish.id).desc())).all()


def page(session: Session, first: int, most: int) -> Sequence[Wish]:
    """Wishes from the one of that place on: those to decide first, then by how many customers, then the oldest."""
    decided = case((col(Wish.state).in_([WishState.NOTED, WishState.CONSIDERED]), 0), else_=1)
    customers = cast(func.count(func.distinct(_CUSTOMER)), Integer)
    return session.exec(
        select(Wish)
        .join(WishGiver, col(WishGiver.wish_id) == Wish.id)
        .where(col(Wish.joined_to_id).is_(None))
        .group_by(col(Wish.id))
        .order_by(decided, customers.desc(), col(Wish.id))
        .offset(first)
        .limit(most)
    ).all()


def count(session: Session) -> int:
    """How many wishes there are, joined ones being one."""
    return session.exec(select(func.count()).select_from(Wish).where(col(Wish.joined_to_id).is_(None))).one()


def wished(session: Session, wish_ids: Sequence[int]) -> Mapping[int, Wished]:
    """By how many distinct customers and accounts each of these wishes is shared."""
    rows = session.exec(
        select(
            WishGiver.wish_id,
            func.count(func.distinct(_CUSTOMER)),
            func.count(func.distinct(WishGiver.account)),
        )
        .where(col(WishGiver.wish_id).in_(wish_ids))
        .group_by(col(WishGiver.wish_id))
    )
    return {wish_id: Wished(customers, accounts) for wish_id, customers, accounts in rows}


def givers(session: Session, wish_id: int) -> Sequence[WishGiver]:
    """Everybody who told us of a need, in order."""
    return session.exec(
        select(WishGiver).where(WishGiver.wish_id == wish_id).order_by(col(WishGiver.at), col(WishGiver.id))
    ).all()


def of_account(session: Session, account: str, most: int) -> Sequence[Wish]:
    """What was wished for at an account, changed last first; each need once."""
    theirs = select(WishGiver.wish_id).where(WishGiver.account == account)
    return session.exec(
        select(Wish).where(col(Wish.id).in_(theirs)).order_by(col(Wish.changed_at).desc()).limit(most)
    ).all()


def move(session: Session, wish_id: int, to: int) -> None:
    """Whoever wished the one, and whatever was joined to it, belongs to the other from now on."""
    moved = {"wish_id": to}
    session.connection().execute(update(WishGiver).where(col(WishGiver.wish_id) == wish_id).values(moved))
    joined = update(Wish).where(col(Wish.joined_to_id) == wish_id)
    session.connection().execute(joined.values(joined_to_id=to))
    session.expire_all()
