"""The digest of one team for one week, over a year of answers."""

import time
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from bot.app import App
from bot.clock import Clock
from bot.reports import show_digest
from bot.settings import Settings
from storage.database import Database
from tests.benchmarks.clicks import Street

RESPONSES = 50_000
"""Of two scores each, spread evenly over a year, a fortieth for each service; the team provides them all."""

_INVITATIONS = """
    INSERT INTO invitations (token, encounter_id, survey, survey_version_id, stream, state,
                             created_at, sent_at, expires_at, answered_at, service, touchpoint)
    WITH RECURSIVE
      series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < :responses),
      moments(i, at) AS (
        SELECT i, strftime('%Y-%m-%d %H:%M:%f000', :now, '-' || (i * 364 * 24 * 60 / :responses) || ' minutes')
        FROM series
      )
    SELECT 'bench' || i, e.id, 'encounter', 1, 'customer', 'answered', at, at, at, at, e.service, e.touchpoint
    FROM moments JOIN encounters e ON e.id = 1 + i % (SELECT count(*) FROM encounters)
"""
_ANSWERS = (
    """
    INSERT INTO responses (invitation_id, encounter_id, person_id, survey_version_id, stream, service, team, touchpoint,
                           first_at, last_at)
    SELECT i.id, i.encounter_id, e.customer_id, i.survey_version_id, i.stream, i.service, 'advice', i.touchpoint,
           i.sent_at, i.sent_at
    FROM invitations i JOIN encounters e ON e.id = i.encounter_id WHERE i.token LIKE 'bench%'
    """,
    """
    INSERT INTO answers (response_id, question, metric, score, band, at)
    SELECT r.id, q.key, q.metric, 1 + abs(random()) % 5, 'fair', r.first_at
    FROM responses r JOIN (SELECT 'ease' AS key, 'ces' AS metric UNION SELECT 'satisfied', 'csat') q
    """,
    "ANALYZE",
)


def _live_a_year(session: Session, now: datetime) -> None:
    session.execute(text(_INVITATIONS), {"now": f"{now:%Y-%m-%d %H:%M}", "responses": RESPONSES})
    for statement in _ANSWERS:
        session.execute(text(statement))


def weekly_digest(street: Street, repeats: int) -> list[float]:
    """Seconds for each of some digests."""
    url = street.copy()
    app = App(Settings(_env_file=None, database_url=url), Clock(), Database(url), {})
    app.open()
    try:
        app.database.write_now(lambda session: _live_a_year(session, app.clock.now()))
        return [_timed(app) for _ in range(repeats)]
    finally:
        app.close()


def _timed(app: App) -> float:
    began_at = time.perf_counter()
    told = show_digest(app, "advice", None, None, "en")
    seconds = time.perf_counter() - began_at
    if "n = " not in told:
        raise RuntimeError(f"the digest holds no figures:\n{told}")
    return seconds
