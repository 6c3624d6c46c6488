"""Signed clicks in, acknowledgements out: Bolt that only acknowledges beside Kaiku that stores first."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psutil

from storage.database import Database
from tests.benchmarks.load import Outcome
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.serving import Kaiku, free_port
from tests.helpers.slack_payloads import signed
from tests.helpers.town import fresh_database

CONNECTIONS = {1: 600, 16: 2000, 64: 3000}
"""How many at once, and how many clicks a run has."""
REPEATS = 3
LOW, HIGH = 1, 5


@dataclass(frozen=True)
class Run:
    """What one load on one server came to."""

    per_second: float
    p50: float
    p99: float
    """Seconds until the acknowledgement."""
    cpu: float
    """Seconds of the server's processor time for one click, with all that followed from it until it rested."""
    memory: int
    """Bytes that the server held at the end."""

    @classmethod
    def median(cls, runs: Sequence[Self]) -> Self:
        """Each figure's own median."""
        return cls(*(statistics.median(getattr(run, name) for run in runs) for name in cls.__annotations__))


@dataclass(frozen=True)
class Served:
    """A server that answers."""

    port: int
    process: psutil.Process


Serve = Callable[[], AbstractContextManager[Served]]


class Street:
    """Prompts that stand before customers, and the database in which they do."""

    def __init__(self, folder: Path, customers: int) -> None:
        self._folder = folder
        url = fresh_database(folder / "furnished")
        with Database(url) as database:
            self.prompts: list[Prompt] = furnish(database, customers)
        self._furnished = folder / "furnished" / "kaiku.db"

    def requests(self, number: int) -> list[bytes]:
        """Whole requests, signed now: a first tap of each customer, every eighth of them low."""
        return [
            whole_request(prompt.tap("ease", LOW if n % 8 == 0 else HIGH))
            for n, prompt in enumerate(self.prompts[:number])
        ]

    def copy(self) -> str:
        """The address of a copy of the database, in which nobody has answered yet."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        (folder / "kaiku.db").write_bytes(self._furnished.read_bytes())
        return f"sqlite:///{folder / 'kaiku.db'}"


def whole_request(body: bytes) -> bytes:
    """The HTTP request with that body, signed now."""
    headers = {"host": "127.0.0.1", "content-length": str(len(body)), **signed(body, datetime.now(UTC))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body


@contextmanager
def serving_bare_bolt() -> Iterator[Served]:
    """Bolt with a listener that only acknowledges."""
    port = free_port()
    with running("tests.benchmarks.bare_bolt", str(port)) as process:
        first_line(process)
        yield Served(port, psutil.Process(process.pid))


def serving_kaiku(street: Street) -> Serve:
    """Kaiku on a fresh copy of the street, and the stand-in for Slack's Web API that it speaks to."""

    @contextmanager
    def serving() -> Iterator[Served]:
        with (
            running("tests.helpers.slack_stand_in") as slack,
            Kaiku(street.copy(), first_line(slack)) as kaiku,
        ):
            kaiku.start()
            yield Served(kaiku.port, psutil.Process(kaiku.process.pid))

    return serving


@contextmanager
def running(*module: str) -> Iterator[subprocess.Popen[str]]:
    """A Python module in a process of its own, until the end of the block."""
    with subprocess.Popen([sys.executable, "-m", *module], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """What a process says first."""
    if process.stdout is None:
        raise RuntimeError("started without a pipe")
    return process.stdout.readline().strip()


def measured(serve: Serve, street: Street, connections: int) -> Run:
    """One load on one freshly started server, after a few clicks that are not counted."""
    number = CONNECTIONS[connections]
    with serve() as served:
        requests = street.requests(number + 100)
        load([served.port], 4, requests[:100])
        _rest(served.process)
        before = _cpu(served.process)
        outcome = load([served.port], connections, requests[100:])
        _rest(served.process)
        cpu = (_cpu(served.process) - before) / number
        memory = served.process.memory_info().rss
    latencies = sorted(outcome.latencies)
    return Run(
        per_second=number / outcome.seconds,
        p50=latencies[len(latencies) // 2],
        p99=latencies[len(latencies) * 99 // 100],
        cpu=cpu,
        memory=memory,
    )


def load(ports: Sequence[int], connections: int, requests: list[bytes]) -> Outcome:
    """Send the requests to servers on these ports, all of which must acknowledge."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([request.decode() for request in requests], file)
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.load", ",".join(map(str, ports)), str(connections)]
        told = json.loads(
            subprocess.run([*command, file.name], check=True, stdout=subprocess.PIPE, timeout=120).stdout
        )
    outcome = Outcome(**told)
    if set(outcome.statuses) != {"200"}:
        raise RuntimeError(f"not everything was acknowledged: {outcome.statuses}")
    return outcome


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _rest(process: psutil.Process, longest: float = 5.0) -> None:
    """Wait until the process is nearly idle, at most so many seconds."""
    give_up_at = time.monotonic() + longest
    while time.monotonic() < give_up_at:
        before = _cpu(process)
        time.sleep(0.3)
        if _cpu(process) - before < 0.03:
            return
