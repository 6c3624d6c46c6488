"""What managers read, over two years of a large organisation: Kaiku, a plain GROUP BY, and DuckDB."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
from rich.progress import Progress as Bar
from rich.table import Table
from sqlalchemy import text

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from handlers.context import Context
from handlers.digests.audiences import audience_called, audiences
from handlers.digests.measures import measured_by
from handlers.digests.view import digest_view
from handlers.rules.hours import Window
from storage.database import Database
from storage.scope import Scope
from storage.settling import settle_more
from storage.sqlite import driver_of
from storage.vocabulary import DigestAudience
from tests.benchmarks.history import DAYS, NOW, TEAMS, lived

T = TypeVar("T")

REPEATS = 3
AT_ONCE = 20_000
"""Responses settled in one go: here nobody waits for the writer."""
_TEAM = 7
_MOST = 200_000
"""Rows that are handed to DuckDB at a time."""


class _StandingClock(Clock):
    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Question:
    """What somebody reads; and the same figures counted by SQL, from when on and of which services."""

    name: str
    aim: str
    read: Callable[[Context], int]
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


def _one_digest(ctx: Context) -> int:
    reader = audience_called(f"team{_TEAM}", ctx)
    return digest_view(reader, reader.rhythm.latest(ctx.now), ctx).responses


def _all_digests(ctx: Context) -> int:
    teams = [audience for audience in audiences(ctx) if audience.kind is DigestAudience.TEAM]
    return sum(digest_view(team, team.rhythm.latest(ctx.now), ctx).responses for team in teams)


def _front_page(ctx: Context) -> int:
    return len(
        measured_by(("touchpoint",), Scope(everything=True), Window(NOW - timedelta(days=90), NOW), ctx)
    )


QUESTIONS = (
    Question(
        "weekly digest of one team", "50 ms", _one_digest, 56, "service",
        f"service IN ('service{2 * _TEAM}', 'service{2 * _TEAM + 1}')",
    ),
    Question(f"weekly digests of all {TEAMS} teams", "5 s", _all_digests, 56, "service"),
    Question("figures of the front page, 90 days", "100 ms", _front_page, 90, "touchpoint"),
)  # fmt: skip


def measured(folder: Path, answers: int) -> Table:
    """Make the history unless it is there, settle its days, and ask each question of all three."""
    with Bar() as bar:
        url = _in_progress(bar, "living two years", lambda told: lived(folder, answers, told))
        with _opened(url) as app:
            _in_progress(bar, "settling days", lambda told: _settle(app, told))
            loaded = time.perf_counter()
            duck = _in_progress(bar, "copying to DuckDB", lambda told: _copied(app, answers, told))
            loaded = time.perf_counter() - loaded
            step = bar.add_task("reading", total=len(QUESTIONS))
            rows = []
            for question in QUESTIONS:
                rows.append(_row(question, app, duck))
                bar.advance(step)
    table = Table(title=f"Reading, over {answers:,} answers of two years", title_justify="left")
    table.add_column("")
    for heading in ("Kaiku", "GROUP BY over the rows", "DuckDB, the same count", "aim for Kaiku"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    table.caption = f"DuckDB has the rows in its own memory; copying them took {loaded:.0f} s."
    return table


def _row(question: Question, app: App, duck: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    def counted_by_rows(ctx: Context) -> int:
        return len(driver_of(ctx.session).execute(_GIVEN + question.sql).fetchall())

    if not app.read_now(question.read):
        raise RuntimeError(f"{question.name}: nothing was found")
    seconds = (
        _median(lambda: app.read_now(question.read)),
        _median(lambda: app.read_now(counted_by_rows)),
        _median(lambda: duck.execute(question.sql).fetchall()),
    )
    return question.name, *(_told(each) for each in seconds), question.aim


_GIVEN = """
    WITH given AS (
      SELECT r.first_at, r.service, r.touchpoint, r.stream, r.survey_version_id, a.question, a.score
      FROM responses r JOIN answers a ON a.response_id = r.id
      WHERE a.score IS NOT NULL AND r.excluded_because IS NULL
    )
"""


def _copied(app: App, answers: int, told: Callable[[float], None]) -> duckdb.DuckDBPyConnection:
    """The rows in DuckDB, flat."""
    duck = duckdb.connect()
    names = ("first_at", "service", "touchpoint", "stream", "survey_version_id", "question", "score")

    def copy(ctx: Context) -> None:
        cursor, done = driver_of(ctx.session).execute(_GIVEN + "SELECT * FROM given"), 0  # noqa: S608
        while rows := cursor.fetchmany(_MOST):
            some = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
            duck.register("rows_in_hand", some)
            how = "INSERT INTO given" if done else "CREATE TABLE given AS"
            duck.execute(f"{how} SELECT * FROM rows_in_hand")  # noqa: S608
            done += len(rows)
            told(min(1, done / answers))

    app.read_now(copy)
    told(1)
    return duck


def _settle(app: App, told: Callable[[float], None]) -> None:
    days = text("SELECT count(*) FROM settled_days WHERE days = 1")
    while app.database.write_now(lambda session: settle_more(session, NOW, AT_ONCE)):
        told(app.database.read_now(lambda session: session.execute(days).scalar_one()) / DAYS)
    told(1)


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
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1e3:.0f} ms"
