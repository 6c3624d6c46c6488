"""A look at the installation: what is well, what is missing, and the next step."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.clock import Clock
from bot.doctor import examine
from bot.findings import Finding
from bot.settings import Settings
from handlers.organisation import Organisation, Survey, Webhook
from handlers.organise import apply
from handlers.wording.pack import QUESTIONS
from storage import erasing, outbox
from storage.database import Database
from storage.people import lose
from storage.sealed_words import begin, give_up
from storage.tables import Identity, SealedNote
from storage.vault import Vault
from storage.vocabulary import HookEvent, OutboxKind, OutboxState, Privacy
from storage.words import Sealing
from tests.helpers.databases import address_in
from tests.helpers.receiver import SECRET
from tests.helpers.town import fresh_database

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ORGANISATION = Organisation.model_validate(
    {
        "name": "Kaiku",
        "cx_lead": "liisa",
        "people": {
            "maya": {"name": "Maya", "role": "manager", "identities": {"sandbox": "maya"}},
            "liisa": {"name": "Liisa", "role": "cx lead", "identities": {"sandbox": "liisa"}},
        },
        "services": {"desk": {"name": "Desk", "owner": "maya"}, "lobby": {"name": "Lobby"}},
    }
)


class Monday(Clock):
    def now(self) -> datetime:
        return MONDAY


def settings_for(folder: Path, **changes: Any) -> Settings:
    given = {"database_url": address_in(folder), "sandbox": True, **changes}
    return Settings(_env_file=None, **given)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
def database(settings: Settings, tmp_path: Path) -> Iterator[Database]:
    """The organisation, applied the day before."""
    fresh_database(tmp_path)
    with Database(settings.database_url) as database:
        before = MONDAY - timedelta(days=1)
        database.write_now(lambda session: apply(ORGANISATION, "kaisa", session, before))
        yield database


async def found(settings: Settings) -> Mapping[str, Finding]:
    return {finding.subject: finding for finding in await examine(settings, Monday())}


def queue(database: Database, due: datetime) -> None:
    row = {
        "kind": OutboxKind.PROMPT,
        "subject": "invitation",
        "subject_id": 1,
        "person_id": None,
        "conversation": None,
        "priority": 3,
        "not_before": due,
        "dedupe_key": str(due),
        "state": OutboxState.QUEUED,
        "created_at": MONDAY,
        "attempts": 0,
        "request": None,
    }
    database.write_now(lambda session: outbox.enqueue(session, row))


async def test_all_is_well_beside_a_running_process(settings: Settings, database: Database) -> None:
    findings = await found(settings)

    assert [finding.subject for finding in findings.values() if not finding.ok] == []
    assert findings["Organisation"].sentence == "Version 1, applied on 2026-11-22 by kaisa."
    assert findings["Owners"].sentence == "Lobby: no owner is named. Cases go to Liisa."
    assert findings["Outbox"].sentence == "Waiting: 0, none overdue."
    assert findings["Slack"].sentence == "Off: no token is set."


@pytest.mark.clear("it says itself how words are held")
async def test_how_comments_are_held_is_told_once_some_are_sealed(
    settings: Settings, database: Database
) -> None:
    old, new = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))

    async def told(keys: str, *, seals: bool) -> Mapping[str, Finding]:
        changes = {"encryption_key": SecretStr(keys), "seal_comments": seals}
        return await found(settings.model_copy(update=changes))

    def started(keys: str, *, seals: bool) -> str:
        sealing = Sealing(Vault(keys), seals=seals)
        database.write_now(lambda session: begin(session, sealing))
        return sealing.newest

    assert "Comments" not in await told(old, seals=False)
    assert (await told(old, seals=True))["Comments"].sentence == "What people wrote is in the clear."
    name = started(old, seals=True)
    assert (await told(old, seals=True))["Comments"] == Finding(
        True, "Comments", "What people write is sealed, all of it with the newest key."
    )
    newer = started(f"{new},{old}", seals=True)
    waiting = (await told(f"{new},{old}", seals=True))["Comments"]
    assert waiting.sentence == f"What people wrote may be sealed with {', '.join(sorted((name, newer)))}."
    assert waiting.next_step == "Once every Kaiku was started anew: `python -m bot reseal`."
    started(f"{new},{old}", seals=False)
    opening = (await told(f"{new},{old}", seals=False))["Comments"]
    assert "and some be in the clear" in opening.sentence
    assert "reseal --open" in opening.next_step
    lost = (await told(new, seals=True))["Encryption"]
    assert not lost.ok
    assert f"sealed with the key {name}, which KAIKU_ENCRYPTION_KEY lacks" in lost.sentence
    assert lost.next_step == f"Or, if it is lost for good: `python -m bot give-up-key {name}`."
    database.write_now(lambda session: give_up(session, name))
    assert f"with {name} reads 🔒" in (await told(new, seals=True))["Lost key"].sentence


async def test_what_is_sealed_can_be_opened_or_the_key_is_named(
    settings: Settings, database: Database
) -> None:
    old, new = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))

    async def told(*keys: str) -> Finding | None:
        sealing = settings.model_copy(update={"encryption_key": SecretStr(",".join(keys))})
        return (await found(sealing)).get("Encryption")

    assert await told(new) is None, "nothing is sealed"
    key, box = Vault(old).seal_timeless(b"a note")
    database.write_now(lambda session: session.add(SealedNote(name="n", box=box, sealed_with=key)))

    assert await told(old) == Finding(True, "Encryption", "1 are sealed with the newest key.")
    waiting = await told(new, old)
    assert waiting == Finding(
        True, "Encryption", "1 of 1 are sealed with an older key.", "Run `python -m bot reseal`.", loud=True
    )
    lost = await told(new)
    assert lost is not None
    assert not lost.ok
    assert f"{key} (1)" in lost.sentence
    assert "with a comma between" in lost.next_step


@pytest.mark.sqlite("PostgreSQL clears its pages itself")
async def test_unused_bytes_of_a_file_are_told_of_when_no_night_has_rebuilt_it(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(first: datetime) -> Finding | None:
        """Something was erased then, and something just now."""
        for erased in first, MONDAY:
            database.write_now(partial(erasing.overwritten, now=erased))
        return (await found(settings)).get("Unused bytes")

    assert await told(MONDAY - timedelta(hours=29)) is None, "tonight it will be"
    database.write_now(partial(erasing.rebuilt, began_at=MONDAY))
    missed = await told(MONDAY - timedelta(hours=31))
    assert missed is not None
    assert missed.loud
    assert "since 2026-11-22 may stand in unused bytes" in missed.sentence
    assert missed.sentence.endswith("no night has rebuilt it.")
    assert "`python -m bot rebuild`" in missed.next_step
    monkeypatch.setattr("handlers.rebuilding.LARGEST", 4096)
    large = await told(MONDAY - timedelta(hours=31))
    assert large is not None
    assert large.sentence.endswith("too large to be rebuilt by itself.")


@pytest.mark.sqlite("PostgreSQL's version is told elsewhere")
async def test_the_version_of_sqlite_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.40.1")
    old = (await found(settings))["SQLite"]
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.51.3")
    new = (await found(settings))["SQLite"]

    assert old.ok
    assert "two writers at once can corrupt a database; Kaiku has one, under a lock." in old.sentence
    assert new == Finding(True, "SQLite", "Version 3.51.3.")


@pytest.mark.sqlite("a server's databases are its administrator's to make")
def test_a_database_that_is_not_there_is_not_made(settings: Settings, tmp_path: Path) -> None:
    missing = asyncio.run(found(settings))["Database"]

    assert not missing.ok
    assert missing.next_step == "Run `python -m bot apply organisation.yaml`."
    assert list(tmp_path.iterdir()) == []


async def test_a_database_behind_this_version_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kaiku.db").touch()

    assert (await found(settings))["Database"].next_step == "Make a backup, then run `python -m bot migrate`."


@pytest.mark.sqlite("it is a file")
async def test_a_file_that_is_no_database_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kaiku.db").write_bytes(b"something else entirely " * 50)

    broken = (await found(settings))["Database"]
    assert not broken.ok
    assert broken.next_step == "Check KAIKU_DATABASE_URL."


async def test_without_an_organisation_the_next_step_is_to_apply_it(
    settings: Settings, tmp_path: Path
) -> None:
    fresh_database(tmp_path)

    assert not (await found(settings))["Organisation"].ok


async def test_a_service_whose_owner_is_lost_is_named(settings: Settings, database: Database) -> None:
    def lose_maya(session: Any) -> None:
        lose(
            session,
            session.exec(select(Identity).where(Identity.external_id == "maya")).one(),
            "left",
            MONDAY,
        )

    database.write_now(lose_maya)

    owners = (await found(settings))["Owners"]
    assert not owners.ok
    assert owners.sentence == (
        "Desk: Maya cannot be reached in any channel that is running. Lobby: no owner is named. Cases go to Liisa."
    )


async def test_without_a_channel_nobody_can_be_reached(tmp_path: Path, database: Database) -> None:
    assert not (await found(settings_for(tmp_path, sandbox=False)))["Channels"].ok


async def test_anonymous_surveys_need_a_key(tmp_path: Path, database: Database) -> None:
    survey = Survey(key="open", privacy=Privacy.ANONYMOUS, questions=(QUESTIONS["ease"],))
    asking = ORGANISATION.model_copy(update={"surveys": {"open": survey}})
    database.write_now(lambda session: apply(asking, "kaisa", session, MONDAY))
    without = (await found(settings_for(tmp_path)))["Anonymous surveys"]
    assert not without.ok
    assert "Nobody is asked, for want of a key to seal answers with: open." in without.sentence
    key = b64encode(b"k" * 32).decode()
    assert (await found(settings_for(tmp_path, encryption_key=key)))["Anonymous surveys"].ok


async def test_messages_that_wait_too_long_are_told(settings: Settings, database: Database) -> None:
    queue(database, MONDAY - timedelta(minutes=4))
    patient = (await found(settings))["Outbox"]
    queue(database, MONDAY - timedelta(minutes=6))
    overdue = (await found(settings))["Outbox"]

    assert patient.ok
    assert patient.sentence == "Waiting: 1, none overdue."
    assert not overdue.ok
    assert overdue.sentence == "Waiting: 2; the first is due since 2026-11-23 08:54 UTC."


async def test_dead_letters_are_told_with_the_reason(settings: Settings, database: Database) -> None:
    queue(database, MONDAY)
    database.write_now(lambda session: outbox.settle(session, 1, OutboxState.DEAD, error="channel_not_found"))

    dead = (await found(settings))["Dead letters"]
    assert not dead.ok
    assert dead.sentence == ("Given up: 1; the newest, a prompt, because: channel_not_found.")


async def test_a_clock_behind_what_is_remembered_is_told(settings: Settings, database: Database) -> None:
    later = MONDAY + timedelta(hours=1)
    changed = ORGANISATION.model_copy(update={"language": "en"})
    database.write_now(lambda session: apply(changed, "kaisa", session, later))

    clock = (await found(settings))["Clock"]
    assert not clock.ok
    assert clock.sentence == "It shows 2026-11-23 09:00 in UTC, but 2026-11-23 10:00 was already."


@pytest.mark.parametrize(
    ("changes", "ok", "sentence"),
    [
        ({}, True, "It listens on 127.0.0.1:8080. KAIKU_PUBLIC_URL is empty."),
        (
            {"public_url": "https://kaiku.example.org"},
            True,
            "It listens on 127.0.0.1:8080. People reach it at https://kaiku.example.org.",
        ),
        ({"public_url": "http://localhost:8080"}, True, "It listens on 127.0.0.1:8080."),
        ({"public_url": "http://kaiku.example.org"}, False, "http://kaiku.example.org is not encrypted"),
        (
            {"slack_signing_secret": "hush", "slack_api_url": "http://127.0.0.1:1/"},
            False,
            "It listens on 127.0.0.1:8080. KAIKU_PUBLIC_URL is empty.",
        ),
    ],
)
async def test_the_address_is_looked_at(
    tmp_path: Path, changes: Mapping[str, Any], ok: bool, sentence: str
) -> None:
    address = (await found(settings_for(tmp_path, **changes)))["Address"]

    assert address.ok is ok
    assert address.sentence.startswith(sentence)


async def test_slack_is_asked_when_a_token_is_set(tmp_path: Path) -> None:
    findings = await found(
        settings_for(tmp_path, slack_bot_token="xoxb-1", slack_api_url="http://127.0.0.1:1/")
    )

    assert not findings["Slack bot token"].ok
    assert "Slack could not be reached" in findings["Slack bot token"].sentence


@pytest.mark.parametrize(
    ("url", "secrets", "told"),
    [
        ("https://crm.example.org/", f"crm={SECRET}", "✓ It is told of case.opened."),
        ("https://crm.example.org/", "", "✗ KAIKU_WEBHOOK_SECRETS has no secret for it."),
        ("http://crm.example.org/", "", "✗ It is told nothing: only https is allowed, unless"),
        ("https://10.0.0.7/", "", "✗ It is told nothing: 10.0.0.7 is not a public address"),
    ],
)
async def test_each_webhook_is_looked_at(
    url: str, secrets: str, told: str, tmp_path: Path, database: Database
) -> None:
    crm = Webhook(key="crm", url=url, events=(HookEvent.CASE_OPENED,))
    hooked = ORGANISATION.model_copy(update={"webhooks": {"crm": crm}})
    database.write_now(lambda session: apply(hooked, "kaisa", session, MONDAY - timedelta(hours=1)))
    finding = (await found(settings_for(tmp_path, webhook_secrets=secrets)))["Webhook crm"]
    assert f"{'✓' if finding.ok else '✗'} {finding.sentence}".startswith(told)
    assert finding.ok or finding.next_step
