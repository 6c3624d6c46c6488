"""Millions of messages that wait: what they cost while nothing is due, and how fast they are claimed when it is.

`python -m tests.benchmarks.waiting URL` measures it in a process of its own, because of its memory, and tells JSON.
"""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import psutil
from sqlmodel import Session

from bot.delivery import AT_ONCE
from storage import outbox
from storage.database import Database
from storage.sqlite import file_of
from storage.vocabulary import OutboxKind, OutboxState, Priority
from tests.benchmarks.clicks import Street

POLLS = 2000
CLAIMED = 20_000


@dataclass(frozen=True)
class Waited:
    """What it came to."""

    memory: int
    """Bytes that the process grew by."""
    poll: float
    """Seconds to ask what is due next."""
    per_second: float
    """Messages that were claimed, and recorded as sent, durably."""
    longest: float
    """Seconds of the longest transaction."""


def queue(url: str, number: int, due: datetime) -> None:
    """So many prompts in as many conversations, one due each millisecond; all of the last request there is."""
    with closing(sqlite3.connect(str(file_of(url)))) as connection:
        connection.execute(_QUEUE, {"number": number, "due": f"{due:%Y-%m-%d %H:%M:%S}"})
        connection.commit()


_QUEUE = f"""
    INSERT INTO outbox (kind, subject, subject_id, conversation, dedupe_key, priority, not_before, state, attempts,
                        created_at)
    WITH RECURSIVE
      series(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM series WHERE i < :number - 1),
      asked(id) AS (SELECT max(id) FROM invitations)
    SELECT '{OutboxKind.PROMPT}', 'invitation', asked.id, 'slack:C' || i, 'waiting ' || i, {Priority.PROMPT:d},
           strftime('%Y-%m-%d %H:%M:%f000', :due, '+' || (i / 1000.0) || ' seconds'), '{OutboxState.QUEUED}', 0, :due
    FROM series, asked
"""  # noqa: S608


def waited(street: Street, number: int) -> Waited:
    """Measure with so many that wait."""
    url = street.copy()
    queue(url, number, datetime.now(UTC) + timedelta(days=1))
    command = [sys.executable, "-m", "tests.benchmarks.waiting", url]
    return Waited(
        **json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=300).stdout)
    )


def _measured(url: str) -> Waited:
    process = psutil.Process()
    with Database(url) as database:
        before = process.memory_info().rss
        poll = database.read_now(_polled)
        steps = _drained(database)
        memory = process.memory_info().rss - before
    return Waited(memory, poll, CLAIMED / sum(steps), max(steps))


def _polled(session: Session) -> float:
    outbox.next_due(session)
    began_at = time.perf_counter()
    for _ in range(POLLS):
        outbox.next_due(session)
    return (time.perf_counter() - began_at) / POLLS


def _drained(database: Database) -> list[float]:
    """Seconds of each transaction in which some are recorded as sent and the next are claimed."""
    now = datetime.now(UTC) + timedelta(days=2)
    held: list[int] = []
    steps = []

    def step(session: Session) -> list[int]:
        for message in held:
            outbox.settle(session, message, OutboxState.SENT, sent_at=now, error=None)
        return [row.id for row in outbox.claim(session, now, "a bench", AT_ONCE)]

    for _ in range(CLAIMED // AT_ONCE):
        began_at = time.perf_counter()
        held = database.write_now(step)
        steps.append(time.perf_counter() - began_at)
    return steps


if __name__ == "__main__":
    print(json.dumps(asdict(_measured(sys.argv[1]))))
