"""What became of an outbox message, and who must know when it did not arrive."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers import cases, erasing, invite, loop, owners
from handlers.compose import Outgoing
from handlers.context import Context
from handlers.found import found
from handlers.outbox import say
from handlers.people import row_id
from storage import outbox, people
from storage.look import look
from storage.outbox import BENEATH
from storage.prepared import Record
from storage.tables import Case, CaseEvent, Identity, Invitation, OutboxMessage, Person
from storage.vocabulary import CaseEventKind, InvitationState, OutboxKind, OutboxState

PATIENCE = timedelta(hours=24)
"""How long a message is tried before it is given up; an outage of a night must not lose an alert. However long it had
waited for its hour, or for us to run again, does not count."""

_LONGEST_WAIT = timedelta(minutes=10)
_PROMPTS = (OutboxKind.PROMPT, OutboxKind.STAFF_PROMPT)
_TO_CUSTOMER = (OutboxKind.OWNER_WORDS, OutboxKind.OUTCOME, OutboxKind.FORWARDED)


def record_sent(
    row: Record, outgoing: Outgoing, conversation: str, messages: Sequence[str], ctx: Context
) -> None:
    """It was said, and stands at that place; further messages stand beneath the first.

    A crash between saying and this record says it again after the lease ends; platforms that know
    the key refuse the second.
    """
    if row.kind == OutboxKind.TAKE_BACK:
        outbox.forget_taken_back(ctx.session, row)
        return
    outbox.settle(ctx.session, row.id, OutboxState.SENT, sent_at=ctx.now, error=None)
    for place, message in enumerate(messages):
        _remember(row, outgoing, conversation, message, ctx, kind=BENEATH if place else row.kind)
    if outgoing.identity_id is not None:
        people.remember_conversation(ctx.session, outgoing.identity_id, conversation)
    if row.kind in _PROMPTS and (invitation := ctx.session.get(Invitation, row.subject_id)):
        invite.prompt_sent(invitation, ctx)


def _remember(
    row: Record, outgoing: Outgoing, conversation: str, message: str, ctx: Context, *, kind: str
) -> None:
    outbox.remember_sent(
        ctx.session,
        {
            "kind": kind,
            "subject": row.subject,
            "subject_id": row.subject_id,
            "person_id": row.person_id,
            "channel": outgoing.channel,
            "conversation": conversation,
            "message": message,
            "revision": outgoing.revision,
            "sent_at": ctx.now,
        },
    )
    _take_back_from_erased(row, outgoing.channel, conversation, message, ctx)


def record_told(row: Record, ctx: Context) -> None:
    """Another program took it. A crash between the two tells it again, under the same id."""
    outbox.settle(ctx.session, row.id, OutboxState.SENT, sent_at=ctx.now, error=None)


def _take_back_from_erased(row: Record, channel: str, conversation: str, message: str, ctx: Context) -> None:
    """The reader was erased while it was on its way to them."""
    reader = look(ctx.session, Person, row.person_id)
    if reader is not None and reader.erased_at is not None:
        erasing.take_back(found(outbox.sent_message_at(ctx.session, channel, conversation, message)), ctx)


def record_obsolete(row: Record, ctx: Context) -> None:
    """It is not true any more, or was said already."""
    if row.kind == OutboxKind.TAKE_BACK:
        outbox.forget_taken_back(ctx.session, row)
        return
    outbox.settle(ctx.session, row.id, OutboxState.DROPPED)


def record_resting(row: Record, until: datetime, ctx: Context) -> None:
    """Whom it asks rests now: it waits as if it had been written for later."""
    outbox.put_back(ctx.session, row.id, until, 0, row.error or "", failed_at=None)


def record_lost_identity(row: Record, outgoing: Outgoing, reason: str, ctx: Context) -> None:
    """The person is gone from this channel: the message is tried at once through the next one."""
    identity = ctx.session.get(Identity, outgoing.identity_id) if outgoing.identity_id else None
    if identity is None:
        record_dead(row, reason, ctx)
        return
    people.lose(ctx.session, identity, reason, ctx.now)
    outbox.put_back(ctx.session, row.id, ctx.now, row.attempts, reason, failed_at=row.failed_at)


def record_lost_place(row: Record, outgoing: Outgoing, reason: str, ctx: Context) -> None:
    """The message to edit is gone: it is said anew."""
    place = outgoing.standing
    if place is not None:
        standing = outbox.sent_message_at(ctx.session, outgoing.channel, place.conversation, place.message)
        if standing is not None:
            ctx.session.delete(standing)
    _put_back(row, reason, ctx.now, ctx)


def record_failure(row: Record, reason: str, ctx: Context) -> None:
    """It failed for now: tried again later, given up after a day."""
    _try_again(row, reason, _next_try(row, ctx.now), ctx)


def record_patience(row: Record, reason: str, ctx: Context) -> None:
    """The platform asked for patience, which whoever delivers has: the message keeps its place in the order."""
    _try_again(row, reason, row.not_before, ctx)


def _try_again(row: Record, reason: str, not_before: datetime, ctx: Context) -> None:
    if row.failed_at and ctx.now - row.failed_at > PATIENCE:
        record_dead(row, reason, ctx)
    else:
        _put_back(row, reason, not_before, ctx)


def _put_back(row: Record, reason: str, not_before: datetime, ctx: Context) -> None:
    since = row.failed_at or ctx.now
    outbox.put_back(ctx.session, row.id, not_before, row.attempts + 1, reason, failed_at=since)


def _next_try(row: Record, now: datetime) -> datetime:
    """Doubling from a second; spread by row number, so that not all come at once."""
    spread = 1 + (row.id % 10) / 20
    doubling: float = 2 ** min(row.attempts, 12) * spread
    return now + min(_LONGEST_WAIT, timedelta(seconds=doubling))


def record_dead(row: Record, reason: str, ctx: Context) -> None:
    """Given up: it stays visible to `doctor`, and whoever should know is told otherwise.

    A message that cannot be taken back leaves no trace here: where it stood could tell whose it was.
    """
    if row.kind == OutboxKind.TAKE_BACK:
        outbox.forget_taken_back(ctx.session, row)
        return
    outbox.settle(ctx.session, row.id, OutboxState.DEAD, error=reason, attempts=row.attempts + 1)
    if row.kind in _PROMPTS and (invitation := ctx.session.get(Invitation, row.subject_id)):
        invite.prompt_unreachable(invitation, ctx)
    elif row.kind == OutboxKind.CASE_NOTICE:
        _tell_next_up(row, ctx)
    elif row.kind in _TO_CUSTOMER:
        _tell_owner(row, ctx)


def _tell_next_up(row: Record, ctx: Context) -> None:
    """An alert that did not reach the owner goes to the next person, as theirs to see to."""
    case = ctx.session.get(Case, row.subject_id)
    holder = ctx.session.get(Person, row.person_id) if row.person_id else None
    up = next(iter(owners.above(holder, case.service if case else None, ctx)), None)
    if case is None or up is None or case.claimed_by_id not in (None, row.person_id):
        return
    if up.id not in (case.owner_id, row.person_id):
        case.owner_id, case.claimed_by_id = row_id(up), None
        cases.record(case, CaseEventKind.ESCALATED, ctx, other=up)
        cases.revise(case, ctx)


def _tell_owner(row: Record, ctx: Context) -> None:
    """The customer could not be reached: whoever has the case is told, and can call."""
    event = ctx.session.get(CaseEvent, row.subject_id)
    case = ctx.session.get(Case, event.case_id) if event else None
    if case is None:
        return
    if row.kind == OutboxKind.OWNER_WORDS:
        loop.take_back(case, ctx)
    reader = case.claimed_by_id or case.owner_id
    if reader is not None:
        say(ctx, OutboxKind.CASE_UNREACHABLE, "case", case.id or 0, to=reader, once=f"event{row.subject_id}")


def release_held(ctx: Context) -> int:
    """What was kept back when a backup was put back is said after all; how many messages."""
    return outbox.release_held(ctx.session, ctx.now)


def drop_held(ctx: Context) -> int:
    """What was kept back has been said, or need not be; how many messages."""
    return outbox.drop_held(ctx.session, _PROMPTS)


def send_again(ctx: Context) -> int:
    """Queue every message that was given up, as if it had just been written; how many."""
    given_up = outbox.dead_letters(ctx.session)
    for message in given_up:
        message.state, message.attempts, message.not_before = OutboxState.QUEUED, 0, ctx.now
        message.created_at, message.claimed_at, message.error = ctx.now, None, None
        message.failed_at = None
        ctx.session.add(message)
        _invite_again(message, ctx)
    return len(given_up)


def _invite_again(message: OutboxMessage, ctx: Context) -> None:
    """A prompt that was given up made its invitation unreachable, and would not be said as it stands."""
    invitation = ctx.session.get(Invitation, message.subject_id) if message.kind in _PROMPTS else None
    if invitation is not None and invitation.state == InvitationState.UNREACHABLE:
        invitation.state = InvitationState.QUEUED
        ctx.session.add(invitation)
