"""Writing down what is to be said, in the transaction that makes it true."""

from datetime import UTC, datetime, timedelta

from handlers.context import Context
from storage import outbox
from storage.vocabulary import HookEvent, OutboxKind, OutboxState, Priority

_PRIORITY = {
    OutboxKind.PROMPT: Priority.PROMPT,
    OutboxKind.REMINDER: Priority.PROMPT,
    OutboxKind.STAFF_PROMPT: Priority.PROMPT,
    OutboxKind.SURVEY_MOVED: Priority.REPLY,
    OutboxKind.PRAISE: Priority.PROMPT,
    OutboxKind.REFERENCE_REQUEST: Priority.PROMPT,
    OutboxKind.DIGEST: Priority.DIGEST,
    OutboxKind.GAP_REPORT: Priority.DIGEST,
    OutboxKind.WISH_DECIDED: Priority.REPLY,
    OutboxKind.OVERDUE: Priority.DIGEST,
    OutboxKind.STAFF_NOTES: Priority.DIGEST,
    OutboxKind.FORWARDED: Priority.REPLY,
    OutboxKind.OUTCOME: Priority.REPLY,
    OutboxKind.OWNER_WORDS: Priority.REPLY,
    OutboxKind.SECOND_RATING: Priority.PROMPT,
    OutboxKind.TAKE_BACK: Priority.PROMPT,
    OutboxKind.WEBHOOK: Priority.DIGEST,
}

HOOK = "webhook:"
"""What the conversation of a webhook begins with, before its key."""
SETTLING = timedelta(minutes=2)
"""Answers come one after the other: other programs hear of those in one such stretch of time together."""


def say(
    ctx: Context,
    kind: OutboxKind,
    subject: str,
    subject_id: int,
    *,
    to: int | None = None,
    conversation: str | None = None,
    once: str,
    not_before: datetime | None = None,
) -> bool:
    """Put a message about a subject into the outbox, to a person or into a shared conversation.

    `once` tells it apart from every other message about the same subject to the same reader: said
    again with the same value it changes nothing. Returns whether it is new.
    """
    reader = f"person:{to}" if to is not None else conversation
    return outbox.enqueue(
        ctx.session,
        {
            "kind": kind,
            "subject": subject,
            "subject_id": subject_id,
            "person_id": to,
            "conversation": conversation,
            "dedupe_key": f"{kind}:{subject}:{subject_id}:{reader}:{once}",
            "priority": _PRIORITY.get(kind, Priority.ALERT),
            "not_before": not_before or ctx.now,
            "state": OutboxState.QUEUED,
            "attempts": 0,
            "created_at": ctx.now,
            "request": ctx.request or None,
        },
    )


def tell(
    ctx: Context, event: HookEvent, number: int, *, once: str, not_before: datetime | None = None
) -> None:
    """Let every webhook that wants to know hear of a case or a response, by its row number."""
    for hook in ctx.organisation.webhooks.values():
        if event in hook.events:
            where = f"{HOOK}{hook.key}"
            say(ctx, OutboxKind.WEBHOOK, event, number, conversation=where, once=once, not_before=not_before)


def tell_of_response(ctx: Context, response_id: int) -> None:
    """Let them hear of a response; on the hot path, where no webhook costs nothing."""
    if ctx.organisation.webhooks:
        stretch = int(ctx.now.timestamp() // SETTLING.total_seconds())
        ends_at = datetime.fromtimestamp((stretch + 1) * SETTLING.total_seconds(), UTC)
        tell(ctx, HookEvent.RESPONSE_RECORDED, response_id, once=f"{stretch}", not_before=ends_at)
