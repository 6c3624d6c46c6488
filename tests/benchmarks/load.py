"""A load of clicks from a process of its own: `python -m tests.benchmarks.load PORT,… CONNECTIONS RATE FILE OUTCOME`.

Every connection is kept alive and sends its next request when the last was answered; with a rate that is not 0, not
before it is due. Both files are JSON: whole requests, and what came of them. Written on bare sockets, so that the load
costs less than what it measures.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, replace
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
    sent_at: list[float]
    """When each request was sent, by `time.perf_counter()`, in their order.

    At a rate: when it was due, where every connection was still waiting for an answer then.
    """
    latencies: list[float]
    """Seconds from then to the last byte of its answer."""
    statuses: dict[str, int]


class Waiting:
    """Requests that are not sent yet, and when each is due."""

    def __init__(self, requests: list[bytes], per_second: float) -> None:
        self._requests, self._per_second = iter(enumerate(requests)), per_second
        self.began_at = time.perf_counter()

    def next(self) -> tuple[int, float, bytes] | None:
        """The next one, its number, and when it is due, which is at once without a rate; None when there are none."""
        number, request = next(self._requests, (0, b""))
        due = self.began_at + number / self._per_second if self._per_second else time.perf_counter()
        return (number, due, request) if request else None


class Connection(asyncio.Protocol):
    """Sends one request after another until there are none."""

    def __init__(self, waiting: Waiting, outcome: Outcome) -> None:
        self._waiting, self._outcome = waiting, outcome
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(BLANK_LINE)
        if blank and len(body) >= _length(head):
            self._outcome.latencies[self._number] = time.perf_counter() - self._outcome.sent_at[self._number]
            status = head[9:12].decode()
            self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
            self._answer = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server hung up"))

    def _next(self) -> None:
        upcoming = self._waiting.next()
        if upcoming is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._number, due, request = upcoming
        early = due - time.perf_counter()
        if early > 0:
            # A timer that is late is no fault of who is measured.
            self._loop.call_later(early, lambda: self._send(request, time.perf_counter()))
        else:
            self._send(request, due)

    def _send(self, request: bytes, at: float) -> None:
        self._outcome.sent_at[self._number] = at
        self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0])


async def load(ports: list[int], connections: int, requests: list[bytes], per_second: float = 0) -> Outcome:
    """Send all requests over so many connections, which are spread over the ports; at a rate, or as fast as can be."""
    blank = [0.0] * len(requests)
    outcome, waiting = Outcome(0.0, blank, blank[:], {}), Waiting(requests, per_second)
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(waiting, outcome), "127.0.0.1", port)
        for _, port in zip(range(connections), cycle(ports), strict=False)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    return replace(outcome, seconds=time.perf_counter() - waiting.began_at)


if __name__ == "__main__":
    ports, connections, per_second, requests_file, outcome_file = sys.argv[1:]
    doors = [int(port) for port in ports.split(",")]
    requests = [request.encode() for request in orjson.loads(Path(requests_file).read_bytes())]
    outcome = uvloop.run(load(doors, int(connections), requests, float(per_second)))
    Path(outcome_file).write_bytes(orjson.dumps(outcome))
