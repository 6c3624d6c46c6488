"""Signed clicks in, acknowledgements out: Bolt that only acknowledges, a naive bot, and Kaiku that stores first."""

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

import orjson
import psutil

from storage.database import Database
from tests.benchmarks.load import Outcome
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.serving import Kaiku, free_port
from tests.helpers.slack_payloads import signed
from tests.helpers.town import fresh_database

CONNECTIONS = {1: 600, 16: 2000, 64: 3000}
"""How many at once, and how many clicks a run has."""
NAIVELY = 600
"""Clicks of a run of the naive bot, which is slower."""
REPEATS = 3
LOW, HIGH = 1, 5
WARM_UP = 100
"""Clicks that are not counted."""


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
    slack: str = ""
    """The address of the Web API that it speaks to."""


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
        """Whole requests, signed now: a first tap of each customer, one in eight of them low."""
        return [
            whole_request(prompt.tap("ease", LOW if is_low(n) else HIGH))
            for n, prompt in enumerate(self.prompts[:number])
        ]

    def copy(self) -> str:
        """The address of a copy of the database, in which nobody has answered yet."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        (folder / "kaiku.db").write_bytes(self._furnished.read_bytes())
        return f"sqlite:///{folder / 'kaiku.db'}"


def is_low(n: int) -> bool:
    """Whether the n-th tap is a low one: one in eight, so that all forty owners have their share."""
    return n % 8 == n // 8 % 8


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


@contextmanager
def serving_naive_bolt() -> Iterator[Served]:
    """The naive bot, on a database of its own."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        running("tests.benchmarks.naive_bolt", str(port), f"{folder}/naive.db") as process,
    ):
        first_line(process)
        yield Served(port, psutil.Process(process.pid))


def serving_kaiku(
    street: Street,
    prepare: Callable[[str], None] | None = None,
    *,
    patience: str = "",
    **settings: str,
) -> Serve:
    """Kaiku on a fresh copy of the street, and the stand-in for Slack's Web API that it speaks to.

    `prepare` is given the copy's address before; `settings` go by their names in the environment. With `patience` Slack
    asks for so many seconds of it at every call, and what there is to say waits.
    """

    @contextmanager
    def serving() -> Iterator[Served]:
        url = street.copy()
        if prepare:
            prepare(url)
        with (
            running("tests.helpers.slack_stand_in", patience) as process,
            Kaiku(url, slack := first_line(process)) as kaiku,
        ):
            kaiku.environment.update(settings)
            kaiku.start()
            yield Served(kaiku.port, psutil.Process(kaiku.process.pid), slack)

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


def measured(serve: Serve, street: Street, connections: int, number: int, per_second: float = 0) -> Run:
    """One load on one freshly started server, after a few clicks that are not counted."""
    with serve() as served:
        requests = street.requests(number + WARM_UP)
        load([served.port], 4, requests[:WARM_UP])
        rest(served.process, 2.0)
        before = _cpu(served.process)
        outcome = load([served.port], connections, requests[WARM_UP:], per_second)
        rest(served.process)
        cpu = (_cpu(served.process) - before) / number
        memory = served.process.memory_info().rss
    return Run(
        per_second=number / outcome.seconds,
        p50=quantile(outcome.latencies, 0.5),
        p99=quantile(outcome.latencies, 0.99),
        cpu=cpu,
        memory=memory,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    return sorted(values)[int(len(values) * share)]


def load(ports: Sequence[int], connections: int, requests: list[bytes], per_second: float = 0) -> Outcome:
    """Click on servers on these ports, from a process of its own. Raises `RuntimeError` unless all was acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder, "requests.json"), Path(folder, "outcome.json")
        given.write_bytes(orjson.dumps([request.decode() for request in requests]))
        doors = ",".join(map(str, ports))
        how = map(str, (doors, connections, per_second, given, told))
        subprocess.run([sys.executable, "-m", "tests.benchmarks.load", *how], check=True, timeout=120)
        outcome = Outcome(**orjson.loads(told.read_bytes()))
    if set(outcome.statuses) != {"200"}:
        raise RuntimeError(f"not everything was acknowledged: {outcome.statuses}")
    return outcome


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def rest(process: psutil.Process, longest: float = 5.0) -> None:
    """Wait until the process is nearly idle, at most so many seconds."""
    give_up_at = time.monotonic() + longest
    while time.monotonic() < give_up_at:
        before = _cpu(process)
        time.sleep(0.3)
        if _cpu(process) - before < 0.03:
            return
