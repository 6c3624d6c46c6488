"""Days that are over are counted once, so that nobody who reads figures counts them again."""

from handlers.context import Context
from storage.settling import settle_more


def settle_days(ctx: Context) -> int:
    """Count a few more responses of a day that is over; 0 when every such day is settled."""
    return settle_more(ctx.session, ctx.now)
