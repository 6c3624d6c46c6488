"""One id from the door to the last thing said because of it: what `grep` follows from a tap to the alert.

It is chance alone, so it tells nothing of anybody. It stands on every log line of whoever handles the request,
travels into the rows of what is to be said, and stands on the lines of saying that, days later if need be.
"""

import secrets
from contextvars import ContextVar, Token

_REQUEST: ContextVar[str] = ContextVar("request", default="")


def current() -> str:
    """The id that is followed just now; empty for what nobody asked for, such as a tick."""
    return _REQUEST.get()


def new() -> str:
    """An id that is no other's."""
    return secrets.token_hex(6)


class following:  # noqa: N801 -- read as `with following(request):`; a generator would cost a tap five times as much
    """Follow a request: what is logged meanwhile, also in tasks begun meanwhile, carries its id."""

    __slots__ = ("_before", "_request")
    _before: Token[str]

    def __init__(self, request: str) -> None:
        self._request = request

    def __enter__(self) -> None:
        self._before = _REQUEST.set(self._request)

    def __exit__(self, *_: object) -> None:
        _REQUEST.reset(self._before)
