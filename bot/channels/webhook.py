"""What the doors of the platforms share: a body is counted while it is read, and a refusal is a status."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST = 256 * 1024
"""Bytes; what platforms send is a tenth of it at most."""


class Refused(Exception):
    """A request that goes no further, with the HTTP status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Refuses with 413 one that says it is too large, or turns out to be."""
    said = headers.get(b"content-length", b"0")
    if not said.isdigit() or int(said[:12]) > LARGEST:
        raise Refused(413)
    chunks: list[bytes] = []
    room = LARGEST
    while True:
        event = await receive()
        chunk = event.get("body", b"")
        room -= len(chunk)
        if room < 0:
            raise Refused(413)
        chunks.append(chunk)
        if not event.get("more_body"):
            return b"".join(chunks)


def read_object(body: bytes) -> dict[str, Any]:
    """The object that a body holds in JSON. Refuses anything else with 400."""
    try:
        read = orjson.loads(body)
    except ValueError as unreadable:
        raise Refused(400) from unreadable
    if not isinstance(read, dict):
        raise Refused(400)
    return read
