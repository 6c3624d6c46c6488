"""What was open the last time, what became of it, and what has come since."""

from handlers.context import Context
from handlers.rules.hours import Window
from handlers.views import ArisingView
from storage import digests
from storage.scope import Scope
from storage.vocabulary import WishState

_DECIDED = (WishState.GOES_AHEAD, WishState.DONE, WishState.NOT_NOW)


def arising(scope: Scope, window: Window, ctx: Context) -> ArisingView:
    """Matters arising of a window."""
    session, start, end = ctx.session, window.starts_at, window.ends_at
    standing = digests.standing(session, scope, start, end)
    decided = digests.wishes_decided(session, scope, start, end)
    return ArisingView(
        open_before=standing.open_before,
        closed_since=standing.closed_since,
        opened=standing.opened,
        still_open=standing.still_open,
        reopened=digests.reopened_count(session, scope, start, end),
        wishes=digests.wishes_told(session, scope, start, end),
        wishes_decided={state: decided[state] for state in _DECIDED if state in decided},
    )
