"""What stands sealed in the database, whatever it is: with which keys, and sealed anew."""

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress

from sqlalchemy import Table, bindparam, func, select, update
from sqlmodel import Session
from sqlmodel import select as rows

from storage.tables import SealedNote, SealedSheet, SlackInstallation, VoiceMessage, core
from storage.types import Sealed
from storage.vault import UnknownKey

Anew = Callable[[Sealed], Sealed]
AnewBytes = Callable[[str, bytes], tuple[str, bytes]]

_SOUNDS = core(VoiceMessage)
_NAMELESS = (core(SealedNote), core(SealedSheet))
"""Sealed without the time, which would tell when somebody wrote or answered."""


def _content(table: Table) -> str:
    return "content" if table is _SOUNDS else "box"


def by_key(session: Session) -> Counter[str]:
    """How much is sealed with each key, by the name of the key."""
    found = Counter(sealed.key for sealed in _tokens(session))
    for table in (_SOUNDS, *_NAMELESS):
        key = table.c.sealed_with
        held = table.c[_content(table)].is_not(None)
        counted = select(key, func.count()).where(key.is_not(None), held).group_by(key)
        for name, number in session.connection().execute(counted):
            found[name] += number
    return found


def seal_anew(
    session: Session, keys: Collection[str], most: int, *, token: Anew, sound: AnewBytes, nameless: AnewBytes
) -> int:
    """Seal anew what these keys sealed, of each kind at most so many rows; how many were. What none opens stays."""
    done = _seal_tokens(session, keys, token) + _seal_rows(session, _SOUNDS, keys, most, sound)
    return done + sum(_seal_rows(session, table, keys, most, nameless) for table in _NAMELESS)


def _tokens(session: Session) -> list[Sealed]:
    return [installed.bot_token for installed in session.exec(rows(SlackInstallation)) if installed.bot_token]


def _seal_tokens(session: Session, keys: Collection[str], anew: Anew) -> int:
    done = 0
    for installed in session.exec(rows(SlackInstallation)):
        if installed.bot_token is not None and installed.bot_token.key in keys:
            with suppress(UnknownKey):
                installed.bot_token = anew(installed.bot_token)
                session.add(installed)
                done += 1
    session.flush()
    return done


def _seal_rows(session: Session, table: Table, keys: Collection[str], most: int, anew: AnewBytes) -> int:
    connection = session.connection()
    (name,), box = table.primary_key.columns, table.c[_content(table)]
    old = select(name, table.c.sealed_with, box).where(table.c.sealed_with.in_(keys), box.is_not(None))
    found = connection.execute(old.order_by(name).limit(most)).all()
    change = (
        update(table)
        .where(name == bindparam("of"))
        .values({table.c.sealed_with: bindparam("key"), box: bindparam("content")})
    )
    done = 0
    for of, key, content in found:
        with suppress(UnknownKey):
            sealed_with, boxed = anew(key, content)
            connection.execute(change, {"of": of, "key": sealed_with, "content": boxed})
            done += 1
    return done
