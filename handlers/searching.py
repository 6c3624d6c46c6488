"""What was said can be searched a moment later; what was taken back cannot, and leaves nothing behind."""

from handlers.context import Context
from storage import search

CHUNK = 20
"""Comments indexed at a time: some milliseconds of the writer's."""
_PAGES = 200


def index(ctx: Context) -> int:
    """Index what was said since; how much it was."""
    return search.index_waiting(ctx.session, CHUNK)


def tidy(ctx: Context) -> int:
    """Take out of the index what erased words left in it, a little at a time."""
    return int(search.tidy(ctx.session, _PAGES))
