"""Another program that listens to webhooks, on a real port: it takes them, or does whatever programs do instead."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test, so!!").decode()


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What was told."""
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def id(self) -> str:
        """What the message is called."""
        return self.headers["webhook-id"]

    def genuine(self, secret: str = SECRET) -> bool:
        """Whether the signature is right: written from the specification, and not from our code."""
        content = (
            f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode("ascii") + self.body
        )
        mac = hmac.new(base64.b64decode(secret.split("_", 1)[1]), digestmod=hashlib.sha256)
        mac.update(content)
        wanted = "v1," + str(base64.b64encode(mac.digest()), "ascii")
        given = self.headers["webhook-signature"].split(" ")
        return any(hmac.compare_digest(wanted, one) for one in given)


@dataclass
class Receiver:
    """What was heard, and how to answer next: a status, `lose` the reply, or `hang`."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: deque[int | str] = field(default_factory=deque)
    """Taken one after the other; then everything is taken."""
    elsewhere: str = "http://127.0.0.1:1/"
    """Where a redirect leads."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/kaiku"

    @property
    def heard(self) -> list[str]:
        """What it was told of, in order."""
        return [call.told["type"] for call in self.calls]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.calls.append(Call(headers, body))
        answer = self.answers.popleft() if self.answers else 204
        if answer == "hang":
            await reader.read()
        elif answer != "lose":
            more = f"Location: {self.elsewhere}\r\nRetry-After: 120\r\n"
            writer.write(
                f"HTTP/1.1 {answer} Said\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    heard = Receiver()
    async with listener(heard.serve) as heard.port:
        yield heard


@asynccontextmanager
async def listener(serve: Serve) -> AsyncIterator[int]:
    """A free port where connections are served so; the last visitor is seen to the door."""
    visits: set[asyncio.Task[None]] = set()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.add(asyncio.create_task(visit(reader, writer)))

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*visits), 5)
