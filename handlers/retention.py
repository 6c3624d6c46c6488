"""How long what can be traced to a person is kept: the organisation says it, this makes it true.

Each does a chunk and tells how much it was, so that it is called until nothing is left. Run as often as one
likes: what is not old enough stays.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from handlers import sheets
from handlers.context import Context
from handlers.each import each
from handlers.erasing import erase
from storage import erasing, inbound, retention
from storage.tables import Person

CHUNK = 500
"""Rows at a time: some milliseconds of the writer's."""
_PEOPLE = 20
"""An erasure touches a dozen tables."""


def forget_words(ctx: Context) -> int:
    """Comments, feedback and the words of closed cases."""
    return _past(ctx.organisation.retention.words, retention.empty_words, ctx)


def forget_sheets(ctx: Context) -> int:
    """Anonymous sheets that were never opened, and who has answered."""
    return _noted(sheets.forget(ctx, CHUNK), ctx)


def forget_voices(ctx: Context) -> int:
    """Voice messages."""
    return _past(ctx.organisation.retention.voice, retention.delete_voices, ctx)


def forget_audit(ctx: Context) -> int:
    """Who read, changed, was refused or exported what."""
    return _past(ctx.organisation.retention.audit, retention.delete_audit, ctx)


def forget_customers(ctx: Context) -> int:
    """Customers who were not heard of for so long are erased as if they had asked for it; names that were typed too."""
    kept = ctx.organisation.retention.customers
    if kept is None:
        return 0
    silent = retention.silent_since(ctx.session, ctx.now - kept, _PEOPLE)
    erased = each({f"person {person.id}": person for person in silent}, _erase, ctx)
    return erased + _past(kept, retention.empty_names, ctx)


def _erase(person: Person, ctx: Context) -> bool:
    if person.key in ctx.organisation.people:
        return False
    erase(person, ctx, by=None)
    return True


def forget_deliveries(ctx: Context) -> int:
    """Deliveries from platforms: none sends them again so late."""
    return inbound.forget_before(ctx.session, ctx.now - ctx.organisation.retention.deliveries)


def _past(kept: timedelta | None, forget: Callable[[Session, datetime, int], int], ctx: Context) -> int:
    """Forget what is older than it is kept; nothing where it is kept without end."""
    if kept is None:
        return 0
    return _noted(forget(ctx.session, ctx.now - kept, CHUNK), ctx)


def _noted(forgotten: int, ctx: Context) -> int:
    """What was forgotten leaves the files too."""
    if forgotten:
        erasing.overwritten(ctx.session, ctx.now)
    return forgotten
