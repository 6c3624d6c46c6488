"""What managers read, over two years of a large organisation: Kaiku, a plain GROUP BY, and DuckDB."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import duckdb
from rich.progress import Progress as Bar
from rich.table import Table
from sqlalchemy import text
from sqlmodel import Session
from starlette.datastructures import QueryParams

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from bot.web.dashboard import overview
from bot.web.dashboard.desk import Look
from handlers.context import Context
from handlers.digests.audiences import audience_called, audiences
from handlers.digests.view import digest_view
from handlers.login import PATH, Visitor
from storage import readers
from storage.counts import score_counts
from storage.database import Database
from storage.scope import Only, Scope
from storage.settled import unsettle
from storage.settling import settle_more
from storage.sqlite import driver_of
from storage.tables import Person
from storage.vocabulary import DigestAudience, Line, Stream
from tests.benchmarks.clicks import quantile
from tests.benchmarks.history import DAYS, NOW, TEAMS, lived
from tests.benchmarks.moving import GIVEN, in_duckdb, moved, postgresql

T = TypeVar("T")

REPEATS = 3
AT_ONCE = 20_000
"""Responses settled in one go: here nobody waits for the writer."""
AGAIN = 14
"""Days that are settled once more, to measure how long the writer is kept."""
DATABASES = ("SQLite", "PostgreSQL")
_TEAM = 7
_SERVICES = (f"service{2 * _TEAM}", f"service{2 * _TEAM + 1}")


class _StandingClock(Clock):
    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Question:
    """What somebody reads; and the same figures counted by SQL, from when on and of which services."""

    name: str
    aim: str
    read: Callable[[App], int]
    """In Kaiku; how many answers or figures it held."""
    days: int
    by: str
    where: str = "TRUE"

    @property
    def sql(self) -> str:
        """The GROUP BY; `first_at` is a text in UTC, as both databases have it."""
        since = (NOW - timedelta(days=self.days)).astimezone(UTC)
        return f"""
            SELECT {self.by}, survey_version_id, question, score, count(*) FROM given
            WHERE {self.where} AND first_at >= '{since:%Y-%m-%d %H:%M:%S}' AND stream = 'customer'
            GROUP BY {self.by}, survey_version_id, question, score
        """  # noqa: S608


def _digest_of(team: str, ctx: Context) -> int:
    reader = audience_called(team, ctx)
    return digest_view(reader, reader.rhythm.latest(ctx.now), ctx).responses


def _all_digests(app: App) -> int:
    """As many at a time as there are readers, which is how they are composed when they are sent."""
    teams = app.read_now(lambda ctx: [a.key for a in audiences(ctx) if a.kind is DigestAudience.TEAM])
    with ThreadPoolExecutor(readers.SIZE) as threads:
        return sum(threads.map(lambda team: app.read_now(partial(_digest_of, team)), teams))


def _front_page(ctx: Context) -> int:
    lead = ctx.session.get_one(Person, 1)
    visitor = Visitor(person=lead, language="en", session="", tired=False)
    return len(overview.front(Look(visitor, ctx, PATH, QueryParams(), {}, "")).html)


def _one_week(ctx: Context) -> int:
    whose = Scope(everything=True, only=Only(services=frozenset(_SERVICES)))
    start = NOW - timedelta(days=7)
    return len(score_counts(ctx.session, whose, start, NOW, stream=Stream.CUSTOMER, by=["service"]))


def _by_a_reader(work: Callable[[Context], int]) -> Callable[[App], int]:
    return lambda app: app.read_now(work)


_OF_THE_TEAM = f"service IN {_SERVICES}"
QUESTIONS = (
    Question("a team's week, counted", "", _by_a_reader(_one_week), 7, "service", _OF_THE_TEAM),
    Question(
        "weekly digest of one team",
        "50 ms",
        _by_a_reader(partial(_digest_of, f"team{_TEAM}")),
        56,
        "service",
        _OF_THE_TEAM,
    ),
    Question(f"weekly digests of all {TEAMS} teams", "5 s", _all_digests, 56, "service"),
    Question("front page of the dashboard, 90 days", "100 ms", _by_a_reader(_front_page), 90, "touchpoint"),
)


def measured(folder: Path, answers: int, databases: Sequence[str] = DATABASES) -> Table:
    """Make the history unless it is there, settle its days, and ask each question of all of them."""
    table = Table(title=f"Reading, over {answers:,} scores of two years", title_justify="left")
    table.add_column("")
    for heading in ("Kaiku", "GROUP BY over the rows", "DuckDB, the same count", "aim for Kaiku"):
        table.add_column(heading, justify="right")
    with Bar() as bar:
        file = _in_progress(bar, "living two years", lambda told: lived(folder, answers, told))
        with _opened(f"sqlite:///{file}") as app:
            _in_progress(bar, "settling days", lambda told: _settle(app, told))
        duck = _in_progress(bar, "copying to DuckDB", lambda told: in_duckdb(file, answers, told))
        if "SQLite" in databases:
            _add(table, "SQLite", f"sqlite:///{file}", duck)
        if "PostgreSQL" in databases:
            with postgresql() as elsewhere:
                _in_progress(bar, "copying to PostgreSQL", lambda told: moved(file, elsewhere, told))
                _add(table, "PostgreSQL", elsewhere, duck)
    return table


def _add(table: Table, database: str, url: str, duck: duckdb.DuckDBPyConnection) -> None:
    with _opened(url) as app:
        gc.freeze()  # as the server does when it listens: or what was imported is searched in the middle of a digest
        for question in QUESTIONS:
            table.add_row(f"{database}: {question.name}", *_cells(question, app, duck))
        seconds = _settled_again(app)
        told = f"p99 {_told(quantile(seconds, 0.99))}"
        table.add_row(f"{database}: settling a chunk of rows", told, "", "", "20 ms", end_section=True)


def _cells(question: Question, app: App, duck: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    def counted_by_rows(ctx: Context) -> int:
        return len(driver_of(ctx.session).execute(GIVEN + question.sql).fetchall())

    if not question.read(app):
        raise RuntimeError(f"{question.name}: nothing was found")
    seconds = (
        _median(lambda: question.read(app)),
        _median(lambda: app.read_now(counted_by_rows)),
        _median(lambda: duck.execute(question.sql).fetchall()),
    )
    return *(_told(each) for each in seconds), question.aim


def _settle(app: App, told: Callable[[float], None]) -> None:
    days = text("SELECT count(*) FROM settled_days WHERE days = 1")

    def some(session: Session) -> bool:
        return all(settle_more(session, NOW, AT_ONCE) for _ in range(20))

    while app.database.write_now(some):
        told(app.database.read_now(lambda session: session.execute(days).scalar_one()) / (len(Line) * DAYS))
    told(1)


def _settled_again(app: App) -> list[float]:
    """Seconds that the writer was kept by each chunk of the last days, and by each week."""
    for back in range(1, AGAIN + 1):
        for line in Line:
            app.database.write_now(partial(unsettle, at=NOW - timedelta(days=back), now=NOW, line=line))
    seconds, more = [], True
    while more:
        began_at = time.perf_counter()
        more = app.database.write_now(lambda session: settle_more(session, NOW))
        seconds.append(time.perf_counter() - began_at)
    return seconds


@contextmanager
def _opened(url: str) -> Iterator[App]:
    app = App(Settings(_env_file=None, database_url=url), _StandingClock(), Database(url), {})
    app.open()
    try:
        yield app
    finally:
        app.close()


def _in_progress(bar: Bar, name: str, work: Callable[[Callable[[float], None]], T]) -> T:
    step = bar.add_task(name, total=1.0)
    return work(lambda done: bar.update(step, completed=done))


def _median(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    once()
    return statistics.median(once() for _ in range(REPEATS))


def _told(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"
