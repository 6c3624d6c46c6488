"""A load of clicks from a process of its own: `python -m tests.benchmarks.load PORT,… CONNECTIONS FILE`.

Every connection is kept alive and sends its next request when the last was answered. The file holds whole
requests; what came of them is told as JSON. Written on bare sockets, so that the load costs less than what
it measures.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import cast

import orjson
import uvloop

BLANK_LINE = b"\r\n\r\n"


@dataclass(frozen=True)
class Outcome:
    """What a load met."""

    seconds: float
    latencies: list[float]
    """Seconds from a request's first byte to its answer's last, in order of the answers."""
    statuses: dict[str, int]


class Connection(asyncio.Protocol):
    """Sends one request after another until there are none."""

    def __init__(self, requests: Iterator[bytes], outcome: Outcome) -> None:
        self._requests, self._outcome = requests, outcome
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(BLANK_LINE)
        if blank and len(body) >= _length(head):
            self._outcome.latencies.append(time.perf_counter() - self._sent_at)
            status = head[9:12].decode()
            self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
            self._answer = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0])


async def load(ports: list[int], connections: int, requests: list[bytes]) -> Outcome:
    """Send all requests over so many connections, which are spread over the ports."""
    outcome, waiting = Outcome(0.0, [], {}), iter(requests)
    loop = asyncio.get_running_loop()
    began_at = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Connection(waiting, outcome), "127.0.0.1", port)
        for _, port in zip(range(connections), cycle(ports), strict=False)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    return Outcome(time.perf_counter() - began_at, outcome.latencies, outcome.statuses)


if __name__ == "__main__":
    ports, connections, file = sys.argv[1:]
    requests = orjson.loads(Path(file).read_bytes())
    doors = [int(port) for port in ports.split(",")]
    outcome = uvloop.run(load(doors, int(connections), [request.encode() for request in requests]))
    sys.stdout.buffer.write(orjson.dumps(outcome))
