"""Many things are due at once: one that cannot be done is put off, and the others go on."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from handlers.context import Context
from storage.errors import is_of_the_disk

log = logging.getLogger(__name__)

PUT_OFF = timedelta(hours=1)
"""How much later something is tried again: late enough not to fail at every tick, soon enough to be mended."""

T = TypeVar("T")


def each(
    due: Mapping[str, T],
    do: Callable[[T, Context], bool | None],
    ctx: Context,
    put_off: Callable[[T, Context], None] | None = None,
) -> int:
    """Do each in a savepoint of its own; how many were done, without those where `do` says that it did nothing.

    `due` is by what the log may call a thing: its number or key, never a name. What fails leaves nothing
    behind, is logged and put off, or simply due again. Raises what the disk refuses: that concerns all.
    """
    done = 0
    for called, item in due.items():
        try:
            with ctx.session.begin_nested():
                done += do(item, ctx) is not False
        except Exception as error:
            if is_of_the_disk(error):
                raise
            log.exception("%s failed and is left for later; the others go on", called)
            if put_off:
                put_off(item, ctx)
    return done
