"""A way through loopback that is slow, torn, cut in two or swallowed, as a test says."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit

_AT_ONCE = struct.pack("ii", 1, 0)
"""Linger for no time: closing tears the connection."""


class Way(Enum):
    """How it is."""

    CLEAR = "clear"
    SLOW = "slow"
    """Every piece takes a third of a second."""
    TORN = "torn"
    """Reset as soon as something is said."""
    SWALLOWED = "swallowed"
    """Everything is taken, and nothing comes of it."""
    HALVED = "halved"
    """The question arrives; of its answer one half comes back."""


class Proxy:
    """Between whoever calls `url` and somebody who listens at another address."""

    def __init__(self, there: str) -> None:
        self.url = ""
        self.way = Way.CLEAR
        address = urlsplit(there)
        self._there = address.hostname or "127.0.0.1", address.port or 80
        self._open: set[asyncio.StreamWriter] = set()

    def becomes(self, way: Way) -> None:
        """From now on the way is so; connections that stand are torn, for they knew another."""
        self.way = way
        for writer in self._open:
            _tear(writer)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody comes."""
        self._open.add(writer)
        with suppress(ConnectionError):
            if self.way is Way.TORN:
                await reader.read(1)
            elif self.way is Way.SWALLOWED:
                while await reader.read(65536):
                    pass
            else:
                await self._through(reader, writer)
        _tear(writer)
        self._open.discard(writer)

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection(*self._there)
        self._open.add(questions)
        back = self._half if self.way is Way.HALVED else self._pass
        try:
            forth = asyncio.create_task(self._pass(reader, questions))
            await back(answers, writer)
            forth.cancel()
            await asyncio.gather(forth, return_exceptions=True)
        finally:
            _tear(questions)
            self._open.discard(questions)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            if self.way is Way.SLOW:
                await asyncio.sleep(0.3)
            writer.write(piece)
            await writer.drain()

    async def _half(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        piece = await reader.read(65536)
        writer.write(piece[: len(piece) - 10])
        await writer.drain()
        await asyncio.sleep(0.05)


def _tear(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


@asynccontextmanager
async def proxy_to(there: str) -> AsyncIterator[Proxy]:
    """Run one on 127.0.0.1, on a free port, before whoever listens there."""
    proxy = Proxy(there)
    async with await asyncio.start_server(proxy.connect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        proxy.url = f"http://127.0.0.1:{port}"
        yield proxy
        proxy.becomes(Way.TORN)
