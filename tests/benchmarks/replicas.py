"""Signed clicks to one, two and four replicas on one PostgreSQL that waits for its disk, in turn."""

import statistics
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import psycopg
from rich.table import Table

from storage.database import Database
from storage.schema import migrate
from tests.benchmarks.clicks import HIGH, LOW, first_line, is_low, load, running, whole_request
from tests.benchmarks.load import Outcome
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.serving import Kaiku

REPLICAS = (1, 2, 4)
REPEATS = 3
CLICKS = 2000
AT_ONCE = 64
_WARM = 200
"""Clicks that are not counted."""


class Server:
    """A PostgreSQL as it is installed, and a database in which customers were asked."""

    def __init__(self, address: str) -> None:
        """`address` has braces for the name of a database."""
        self._address = address
        self._numbers = count(1)
        self._say("CREATE DATABASE street TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        url = address.format("street")
        migrate(url)
        with Database(url) as database:
            self.prompts: list[Prompt] = furnish(database, CLICKS + _WARM)
            database.write_now(lambda session: session.connection().exec_driver_sql("ANALYZE"))

    def copy(self) -> str:
        """The address of a copy of it."""
        name = f"copy{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE street")
        return self._address.format(name)

    def _say(self, statement: str) -> None:
        with psycopg.connect(self._address.format("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for the user that containers do not have
        import pgserver

        started = pgserver.postgres_server.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield Server(f"postgresql://postgres@/{{}}?host={folder / 'postgresql'}")
    finally:
        started.cleanup()


def measured(folder: Path) -> Table:
    """What the clicks came to, for each number of replicas."""
    with _server(folder) as server:
        rounds = [[_run(server, replicas) for replicas in REPLICAS] for _ in range(REPEATS)]
    table = Table(title=f"{AT_ONCE} at once to replicas on one PostgreSQL", title_justify="left")
    for heading in ("replicas", "clicks/s", "p50 ms", "p99 ms", "÷ one"):
        table.add_column(heading, justify="right")
    for place, replicas in enumerate(REPLICAS):
        runs = [runs[place] for runs in rounds]
        ratio = statistics.median(_per_second(runs[place]) / _per_second(runs[0]) for runs in rounds)
        speed = statistics.median(map(_per_second, runs))
        latencies = (_percentile(runs, 50), _percentile(runs, 99))
        table.add_row(
            str(replicas),
            f"{speed:,.0f}",
            *(f"{seconds * 1e3:.1f}" for seconds in latencies),
            f"{ratio:.2f} ×",
        )
    return table


def _run(server: Server, replicas: int) -> Outcome:
    requests = [
        whole_request(prompt.tap("ease", LOW if is_low(n) else HIGH))
        for n, prompt in enumerate(server.prompts)
    ]
    with running("tests.helpers.slack_stand_in") as slack, ExitStack() as stack:
        url, api = server.copy(), first_line(slack)
        serving = [stack.enter_context(Kaiku(url, api)) for _ in range(replicas)]
        for replica in serving:
            replica.start()
        ports = [replica.port for replica in serving]
        load(ports, 4 * replicas, requests[:_WARM])
        return load(ports, AT_ONCE, requests[_WARM:])


def _per_second(outcome: Outcome) -> float:
    return CLICKS / outcome.seconds


def _percentile(runs: Sequence[Outcome], percent: int) -> float:
    """Of each run, and of these the median: seconds."""
    return statistics.median(sorted(run.latencies)[len(run.latencies) * percent // 100] for run in runs)
