"""Two years of a large organisation, written straight into its tables: two hundred teams, and many answers.

Nothing in it is random, so that two runs read the same; it ends at a fixed instant, so that it can be kept.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from handlers import organise
from handlers.lookups import survey_of
from handlers.organisation import Organisation
from storage.database import Database
from storage.schema import FOLDER
from storage.tables import Person
from storage.vocabulary import Role
from tests.helpers.town import fresh_database

Progress = Callable[[float], None]
"""Told which part of the work is done, 0 to 1."""

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
DAYS = 730
TEAMS = 200
SERVICES = 2 * TEAMS
TOUCHPOINTS = 8
QUESTIONS = 2
"""Each response answers two of them, and every tenth says something."""
UNANSWERED = 3
"""Every third request stays without an answer."""
CUSTOMERS = 5000

ORGANISATION = Organisation.model_validate(
    {
        "name": "The City",
        "language": "en",
        "cx_lead": "lead",
        "people": {"lead": {"name": "Liisa Lead", "role": "cx lead", "identities": {"sandbox": "lead"}}},
        "teams": {
            f"team{n}": {"name": f"Team {n}", "lead": "lead", "channel": {"sandbox": f"#team{n}"}}
            for n in range(TEAMS)
        },
        "services": {
            f"service{n}": {"name": f"Service {n}", "owner": "lead", "team": f"team{n // 2}"}
            for n in range(SERVICES)
        },
        "touchpoints": {
            f"moment{n}": {"name": f"Moment {n}", "survey": "encounter"} for n in range(TOUCHPOINTS)
        },
    }
)


def lived(folder: Path, answers: int, progress: Progress) -> Path:
    """The file of such a database in the folder, made now unless it is there."""
    known = folder / f"{answers}-{_shape()}" / "kaiku.db"
    if known.exists():
        return known
    shutil.rmtree(folder / "being made", ignore_errors=True)
    url = fresh_database(folder / "being made")
    with Database(url) as database:
        database.write_now(_begin)
    requests = answers // QUESTIONS * UNANSWERED // (UNANSWERED - 1)
    _live(folder / "being made" / "kaiku.db", requests, progress)
    return (folder / "being made").rename(known.parent) / "kaiku.db"


def _shape() -> str:
    """A name for the tables as they are: what was lived in others is of no use."""
    steps = sorted(FOLDER.glob("versions/*.py"))
    return hashlib.sha256(b"".join(step.read_bytes() for step in steps)).hexdigest()[:12]


def _begin(session: Session) -> None:
    began = NOW - timedelta(DAYS)
    organise.apply(ORGANISATION, "bench", session, began)
    organise.survey_version_id(session, survey_of(ORGANISATION, "encounter"), began)
    session.add_all(Person(role=Role.CUSTOMER, created_at=began) for _ in range(CUSTOMERS))


def _live(file: Path, requests: int, progress: Progress) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -500000"):
            connection.execute(f"PRAGMA {pragma}")
        with _without_indexes(connection):
            connection.execute(_ENCOUNTERS)
            for day in range(DAYS):
                numbers = {"first": requests * day // DAYS, "end": requests * (day + 1) // DAYS}
                values = {**numbers, "day": f"{NOW.date() - timedelta(DAYS - 1 - day)}"}
                connection.execute("BEGIN")
                for statement in _A_DAY:
                    connection.execute(statement, values)
                connection.execute("COMMIT")
                progress(0.8 * (day + 1) / DAYS)
        for statement in _CASES:
            connection.execute(statement, {"now": f"{NOW:%Y-%m-%d %H:%M:%S}.000000"})
        connection.execute("PRAGMA journal_mode = WAL")
    progress(1)


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Indexes are made at the end: a tenth of the time of keeping them."""
    tables = "('invitations', 'responses', 'answers')"
    kept = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name IN {tables}"  # noqa: S608
    ).fetchall()
    for name, _ in kept:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in kept:
        connection.execute(sql)


_ENCOUNTERS = f"""
    INSERT INTO encounters (token, source, touchpoint, service, customer_id, owner_rule, happened_at,
                            reported_at, ask_at, state, critical)
    WITH RECURSIVE series(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM series WHERE i < {2 * SERVICES - 1})
    SELECT 'encounter' || i, 'bench', 'moment' || ((i + i / {SERVICES}) % {TOUCHPOINTS}),
           'service' || (i % {SERVICES}), 2 + i % {CUSTOMERS}, 'service owner', '2024-11-20 08:00:00.000000',
           '2024-11-20 08:00:00.000000', '2024-11-20 08:00:00.000000', 'decided', 0
    FROM series
"""  # noqa: S608
"""Two kinds of moments of each service, to which all answers belong."""

_A_DAY = (
    # A prime shuffles the places; the answers of a day come between six and fourteen o'clock.
    f"""
    INSERT INTO invitations (id, token, encounter_id, survey, survey_version_id, stream, state, created_at,
                             sent_at, expires_at, answered_at, service, touchpoint)
    WITH RECURSIVE
      series(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM series WHERE i < :end - 1),
      moments(i, at) AS (
        SELECT i, strftime('%Y-%m-%d %H:%M:%f000', :day || ' 06:00', '+' || (
          (i - :first) * 8 * 3600 / (:end - :first)) || ' seconds')
        FROM series
      )
    SELECT i + 1, 'bench' || i, e.id, 'encounter', 1, 'customer', CASE WHEN (i + 1) % {UNANSWERED} THEN 'answered'
           ELSE 'expired' END, at, at, at, CASE WHEN (i + 1) % {UNANSWERED} THEN at END, e.service, e.touchpoint
    FROM moments JOIN encounters e ON e.id = 1 + (i * 7919) % {2 * SERVICES}
    """,  # noqa: S608
    f"""
    INSERT INTO responses (id, invitation_id, encounter_id, person_id, survey_version_id, stream, service, team,
                           touchpoint, first_at, last_at, excluded_because)
    SELECT id, id, encounter_id, 2 + id % {CUSTOMERS}, survey_version_id, stream, service,
           'team' || (CAST(substr(service, 8) AS INTEGER) / 2), touchpoint, sent_at, sent_at,
           CASE WHEN id % 50 = 0 THEN 'not my matter' END
    FROM invitations WHERE id > :first AND id <= :end AND answered_at IS NOT NULL
    """,  # noqa: S608
    """
    INSERT INTO answers (response_id, question, metric, score, band, at)
    SELECT r.id, q.key, q.metric, 1 + (r.id * 2654435761 / 1024 + q.n) % 5,
           CASE (r.id * 2654435761 / 1024 + q.n) % 5 WHEN 0 THEN 'poor' WHEN 4 THEN 'good' ELSE 'fair' END,
           r.first_at
    FROM responses r JOIN (SELECT 'ease' AS key, 'ces' AS metric, 0 AS n UNION SELECT 'satisfied', 'csat', 3) q
    WHERE r.id > :first AND r.id <= :end
    """,
    """
    INSERT INTO answers (response_id, question, metric, words, at)
    SELECT id, 'words', 'words', 'I was passed on ' || id % 7 || ' times, and then it was settled.', first_at
    FROM responses WHERE id > :first AND id <= :end AND id % 10 = 0
    """,
)
_CASES = (
    """
    INSERT INTO cases (token, reason, state, urgent, response_id, encounter_id, customer_id, service, team,
                       touchpoint, owner_id, owner_rule, opened_at, due_at, closed_at, outcome, revision)
    SELECT 'case' || r.id, 'low score', CASE WHEN r.id % 3 THEN 'closed' ELSE 'received' END, 0, r.id,
           r.encounter_id, r.person_id, r.service, r.team, r.touchpoint, 1, 'service owner', r.first_at,
           r.first_at, CASE WHEN r.id % 3 THEN r.first_at END, CASE WHEN r.id % 3 THEN 'resolved' END, 1
    FROM responses r WHERE r.id % 97 = 0 AND r.first_at > datetime(:now, '-30 days')
    """,
)
