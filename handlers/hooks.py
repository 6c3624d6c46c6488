"""What another program is told by a webhook: composed when it is sent, from the rows as they are then.

It holds no names and no words: whoever may know them reads them by the API, with a key of their own. So what somebody
has erased meanwhile is told to nobody.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.context import Context
from handlers.exports import Extract, Kind
from handlers.filters import Filters
from handlers.outbox import HOOK
from storage import cases
from storage.prepared import Record
from storage.vocabulary import HookEvent


@dataclass(frozen=True)
class Calling:
    """What to send, and where."""

    hook: str
    """Key of the webhook, by which its secret is found."""
    url: str
    body: bytes


def compose(row: Record, ctx: Context) -> Calling | None:
    """What an outbox row asks to be told; none when it is not to be told any more.

    So it is when the webhook was taken out of the organisation file, or no longer wants it; and of answers to
    confidential surveys, always.
    """
    hook = ctx.organisation.webhooks.get(row.conversation.removeprefix(HOOK))
    event = HookEvent(row.subject)
    if hook is None or event not in hook.events:
        return None
    data = _data(event, row.subject_id, ctx)
    if data is None:
        return None
    told = {"type": event, "timestamp": row.created_at, "data": data}
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
    return Calling(hook.key, hook.url, encoder.encode(told).encode())


def _data(event: HookEvent, number: int, ctx: Context) -> dict[str, Any] | None:
    if event is HookEvent.RESPONSE_RECORDED:
        return Extract(Kind.RESPONSES, Filters()).one(str(number), ctx)
    token = cases.token_of(ctx.session, number)
    return Extract(Kind.CASES, Filters()).one(token, ctx) if token else None
