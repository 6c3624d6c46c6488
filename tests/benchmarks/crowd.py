"""Many workspaces that installed Kaiku, and many people it knows: what that costs in memory."""

import base64
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import Session

from storage.database import Database
from storage.tables import SlackInstallation
from storage.vault import Vault
from tests.benchmarks.clicks import WARM_UP, Street, load, serving_kaiku
from tests.helpers.slack_payloads import TEAM

WORKSPACES, PEOPLE = 10_000, 100_000
_KEY = base64.b64encode(bytes(range(32))).decode()
_SETTINGS = {
    "KAIKU_SLACK_BOT_TOKEN": "",
    "KAIKU_SLACK_CLIENT_ID": "1.2",
    "KAIKU_SLACK_CLIENT_SECRET": "secret",
    "KAIKU_ENCRYPTION_KEY": _KEY,
    "KAIKU_PUBLIC_URL": "https://kaiku.example.org",
}


def memory_of_a_crowd(street: Street) -> int:
    """Bytes that Kaiku holds with `WORKSPACES` and `PEOPLE`, after some clicks."""
    with serving_kaiku(street, _come, **_SETTINGS)() as served:
        load([served.port], 4, street.requests(WARM_UP))
        return int(served.process.memory_info().rss)


def _come(url: str) -> None:
    with Database(url) as database:
        database.write_now(_install)


def _install(session: Session) -> None:
    vault, now = Vault(_KEY), datetime.now(UTC)
    session.add_all(
        SlackInstallation(
            team=team,
            name=team,
            bot_user="U0KAIKU",
            bot_token=vault.seal(f"xoxb-{team}"),
            scopes="chat:write",
            installed_at=now,
            installed_by="U0ADMIN",
        )
        for team in (TEAM, *(f"T{n:08}" for n in range(1, WORKSPACES)))
    )
    for statement in _MEET:
        session.connection().execute(text(statement), {"people": PEOPLE})


_MEET = (
    """
    INSERT INTO people (id, name, role, created_at)
    WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < :people)
    SELECT 1000000 + i, 'Somebody ' || i, 'customer', '2026-11-20 08\\:00\\:00.000000' FROM series
    """,
    """
    INSERT INTO identities (person_id, channel, external_id, workspace, conversation)
    SELECT id, 'slack', 'U' || id, 'T' || substr('0000000' || id % 10000, -8), 'D' || id FROM people WHERE id > 1000000
    """,
)
