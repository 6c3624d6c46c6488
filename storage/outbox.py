"""Questions asked of the outbox: what waits to be said, by whom it is claimed, where it stands once said."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, bindparam, delete, func, not_, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session, col
from sqlmodel import select as model_select

from storage.dialects import falls_to, one_of
from storage.prepared import Prepared, Record
from storage.shares import WHOLE, Share
from storage.tables import Invitation, OutboxMessage, SentMessage, core
from storage.types import UtcDateTime
from storage.vocabulary import InvitationState, OutboxState, Priority

LEASE = timedelta(seconds=60)
"""How long a claim holds: well over the slowest send. A claim older than this belonged to a process that died."""

NEWS = "news"
"""Set in a session's `info` when there is something new to say."""

_O, _I = core(OutboxMessage), core(Invitation)

_ENQUEUE = Prepared(
    insert(_O).on_conflict_do_nothing(),
    ("kind", "subject", "subject_id", "person_id", "conversation", "dedupe_key", "priority", "not_before",
     "state", "attempts", "created_at", "request"),
)  # fmt: skip
_CANCEL = (
    update(_O)
    .where(_O.c.subject == bindparam("about"), _O.c.subject_id == bindparam("about_id"))
    .where(_O.c.state == OutboxState.QUEUED)
    .values(state=OutboxState.DROPPED)
)
_UNCLAIMED = _O.c.claimed_at.is_(None)
_READER = func.coalesce(_O.c.person_id, 0).concat(":").concat(func.coalesce(_O.c.conversation, ""))
_OF_OTHERS = not_(one_of(_READER, "but_of"))
_OURS = falls_to(_READER, bindparam("number", type_=Integer), bindparam("of", type_=Integer))
_DUE = (
    select(_O.c.id, _READER.label("reader"), _O.c.not_before)
    .where(
        # One at a time: among several priorities SQLite walks over all that is not due yet, which may be millions.
        _O.c.priority == bindparam("only"),
        _O.c.state == OutboxState.QUEUED,
        _O.c.not_before <= bindparam("now", type_=UtcDateTime),
    )
    .where(or_(_UNCLAIMED, _O.c.claimed_at <= bindparam("lapsed", type_=UtcDateTime)))
    .where(_OF_OTHERS, _OURS)
    .order_by(_O.c.not_before, _O.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
).subquery()
_IN_TURN = select(
    _DUE.c.id,
    func.row_number().over(partition_by=_DUE.c.reader, order_by=(_DUE.c.not_before, _DUE.c.id)).label("turn"),
).subquery()
_CLAIM = Prepared(
    update(_O).where(_O.c.id.in_(select(_IN_TURN.c.id).where(_IN_TURN.c.turn == 1))).returning(_O),
    ("claimed_at", "claimed_by"),
)
_THIS = update(_O).where(_O.c.id == bindparam("message_id"))
_CLAIMED = _O.c.claimed_at.is_not(None)


def _first(*whose: ColumnElement[bool]) -> Prepared:
    """The first unclaimed message of each priority, and the first claim: each a step into an index."""
    unclaimed = [
        select(_O.c.not_before)
        .where(_O.c.state == OutboxState.QUEUED, _O.c.priority == priority, _UNCLAIMED, *whose)
        .order_by(_O.c.not_before, _O.c.id)
        .limit(1)
        .scalar_subquery()
        .label(priority.name)
        for priority in Priority
    ]
    # Joined to nothing, the state does not draw SQLite away from the index of the few that are claimed.
    queued = _O.c.state.concat("") == OutboxState.QUEUED
    claimed = select(func.min(_O.c.claimed_at)).where(_CLAIMED, queued, *whose).scalar_subquery()
    return Prepared(select(*unclaimed, claimed.label("claimed_at")))


_NEXT_DUE = _first(_OURS)
_NEXT_DUE_OF_OTHERS = _first(_OURS, _OF_OTHERS)


def enqueue(session: Session, values: Mapping[str, Any]) -> bool:
    """Put a message into the outbox; false when one with its dedupe key is there already."""
    session.info[NEWS] = True
    return bool(_ENQUEUE.run(session, values).rowcount)


def reader(row: Record) -> str:
    """Who is to read a message: a person, or everybody in a conversation."""
    return f"{row.person_id or 0}:{row.conversation or ''}"


def claim(
    session: Session,
    now: datetime,
    by: str,
    limit: int,
    *,
    least: Priority = Priority.PROMPT,
    but_of: Collection[str] = (),
    share: Share = WHOLE,
) -> list[Record]:
    """Claim due messages, one for each reader, the most urgent first and none less urgent than `least`.

    None is claimed of the readers in `but_of`. Readers are shared out among replicas, so that each reader's messages
    keep their order and their pace. A claim may be short of `limit`, and the next find more.
    """
    claimed: list[Record] = []
    values = {"now": now, "lapsed": now - LEASE, "claimed_at": now, "claimed_by": by, **vars(share)}
    for only in (priority for priority in Priority if priority <= least):
        if free := limit - len(claimed):
            others = json.dumps([*but_of, *map(reader, claimed)])
            claimed += _CLAIM.all(session, {**values, "only": only, "limit": free, "but_of": others})
    return sorted(claimed, key=lambda row: (row.priority, row.not_before, row.id))


def settle(session: Session, message_id: int, state: OutboxState, **values: Any) -> None:
    """Record how a claimed message ended."""
    _change(session, message_id, state=state, claimed_at=None, **values)


def put_back(
    session: Session,
    message_id: int,
    not_before: datetime,
    attempts: int,
    error: str,
    *,
    failed_at: datetime | None,
) -> None:
    """Release a claim; try again at `not_before`. `failed_at` is when it failed for the first time, if it has."""
    again = {"not_before": not_before, "attempts": attempts, "error": error, "failed_at": failed_at}
    _change(session, message_id, claimed_at=None, claimed_by=None, **again)


def _change(session: Session, message_id: int, **values: Any) -> None:
    _changing(tuple(values)).run(session, {"message_id": message_id, **values})


@lru_cache
def _changing(columns: tuple[str, ...]) -> Prepared:
    return Prepared(_THIS, columns)


def release_all(session: Session, by: str) -> None:
    """Release every claim of a process that stops politely."""
    session.connection().execute(
        update(_O)
        .where(_O.c.claimed_by == by, _O.c.state == OutboxState.QUEUED)
        .values(claimed_at=None, claimed_by=None)
    )


def claimants(session: Session) -> set[str]:
    """The names of all who have claimed something; some of them may have died with it."""
    found = session.connection().execute(
        select(_O.c.claimed_by)
        .where(_O.c.state == OutboxState.QUEUED, _O.c.claimed_at.is_not(None), _O.c.claimed_by.is_not(None))
        .distinct()
    )
    return set(found.scalars())


def release_everything(session: Session) -> None:
    """Release every claim, for a process that starts on a database of which there is one user.

    Nobody else has the file, as its lock says, so whoever claimed these is dead and need not be waited for.
    """
    session.connection().execute(
        update(_O)
        .where(_O.c.state == OutboxState.QUEUED, _O.c.claimed_at.is_not(None))
        .values(claimed_at=None, claimed_by=None)
    )


def next_due(session: Session, but_of: Collection[str] = (), share: Share = WHOLE) -> datetime | None:
    """When the next message of a share is due: an unclaimed one at its time, a claimed one when its lease ends.

    Messages of the readers in `but_of` do not count.
    """
    if but_of:
        [first] = _NEXT_DUE_OF_OTHERS.all(session, {"but_of": json.dumps(list(but_of)), **vars(share)})
    else:
        [first] = _NEXT_DUE.all(session, vars(share))
    *unclaimed, claimed_at = cast("tuple[datetime | None, ...]", first)
    lease_ends_at = claimed_at and claimed_at + LEASE
    return min((at for at in (*unclaimed, lease_ends_at) if at), default=None)


def dead_letters(session: Session, limit: int | None = None) -> Sequence[OutboxMessage]:
    """Messages that were given up, newest first."""
    return session.exec(
        model_select(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.DEAD)
        .order_by(col(OutboxMessage.id).desc())
        .limit(limit)
    ).all()


def hold(session: Session) -> int:
    """Keep back every message that waits; how many."""
    queued = update(_O).where(_O.c.state == OutboxState.QUEUED)
    return session.connection().execute(queued.values(state=OutboxState.HELD, claimed_at=None)).rowcount


def release_held(session: Session, now: datetime) -> int:
    """Let messages that were kept back wait for their turn again, as if they had just been written; how many."""
    held = update(_O).where(_O.c.state == OutboxState.HELD)
    session.info[NEWS] = True
    return session.connection().execute(held.values(state=OutboxState.QUEUED, created_at=now)).rowcount


def drop_held(session: Session, prompts: Sequence[str]) -> int:
    """Drop messages that were kept back, with the requests whose prompts they were; how many messages."""
    held = _O.c.state == OutboxState.HELD
    asked = select(_O.c.subject_id).where(held, _O.c.kind.in_(prompts))
    unsaid = _I.c.id.in_(asked), _I.c.state == InvitationState.QUEUED
    session.connection().execute(update(_I).where(*unsaid).values(state=InvitationState.SUPPRESSED))
    return session.connection().execute(update(_O).where(held).values(state=OutboxState.DROPPED)).rowcount


def cancel(session: Session, subject: str, subject_id: int, kinds: Sequence[str]) -> None:
    """Drop what is no longer to be said about a subject."""
    _cancelling(tuple(kinds)).run(session, {"about": subject, "about_id": subject_id})


@lru_cache
def _cancelling(kinds: tuple[str, ...]) -> Prepared:
    return Prepared(_CANCEL.where(or_(*(_O.c.kind == kind for kind in kinds))))


BENEATH = "beneath"
"""The kind of a sent message that belongs to another: a picture, words that did not fit."""

_S = core(SentMessage)
_STANDING = (
    select(_S)
    .where(_S.c.subject == bindparam("subject"), _S.c.subject_id == bindparam("subject_id"))
    .where(_S.c.person_id.is_not_distinct_from(bindparam("person_id")))
    .order_by(_S.c.id.desc())
    .limit(1)
)
_PLACE = ("channel", "conversation", "message")
_NEWLY_SENT = insert(_S)
_REMEMBER_SENT = Prepared(
    _NEWLY_SENT.on_conflict_do_update(
        index_elements=_PLACE, set_={"revision": _NEWLY_SENT.excluded.revision}
    ),
    ("kind", "subject", "subject_id", "person_id", *_PLACE, "revision", "sent_at"),
)


def standing_message(
    session: Session, subject: str, subject_id: int, person_id: int | None, kinds: Sequence[str]
) -> Record | None:
    """The message about a subject that stands before a person, to be edited in place."""
    about = {"subject": subject, "subject_id": subject_id, "person_id": person_id}
    return _standing(tuple(kinds)).first(session, about)


@lru_cache
def _standing(kinds: tuple[str, ...]) -> Prepared:
    return Prepared(_STANDING.where(or_(*(_S.c.kind == kind for kind in kinds))))


def remember_sent(session: Session, values: Mapping[str, Any]) -> None:
    """A message stands at its place: one we know of is in a new revision, any other is new."""
    _REMEMBER_SENT.run(session, values)


def forget_taken_back(session: Session, row: Record) -> None:
    """A message was taken back, or never can be: neither it nor where it stood is remembered."""
    connection = session.connection()
    connection.execute(delete(_S).where(_S.c.id == row.subject_id))
    connection.execute(delete(_O).where(_O.c.id == row.id))


def sent_message_at(session: Session, channel: str, conversation: str, message: str) -> SentMessage | None:
    """What of ours stands at that place."""
    return session.exec(
        model_select(SentMessage).where(
            SentMessage.channel == channel,
            SentMessage.conversation == conversation,
            SentMessage.message == message,
        )
    ).first()
