"""The side door: what the command line changes while Kaiku runs, and who may come in by it."""

import asyncio
import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.app import App
from bot.importing import BATCH
from bot.jobs import SendAgain
from bot.side_door import SideDoor, door_of
from bot.version import VERSION
from handlers import keys, rebuilding, searching
from handlers.context import Context
from storage import erasing
from storage.sqlite import WritingConnection
from storage.tables import AuditEntry, Encounter
from tests.helpers.serving import Kaiku
from tests.helpers.small_house import FRIDAY, ORGANISATION, SetClock, small_house
from tests.helpers.town import settled_database

ROOT = Path(__file__).parents[2]
CALLS = "customer;happened_at;touchpoint;external_reference\ntom;27.11.2026 klo 14.30;phone;P-1\n"
SMALLER = """
name: {fi: Pension Office, sv: Pension Office, en: Pension Office}
cx_lead: maya
people:
  maya: {name: Maya Virtanen, role: manager, identities: {slack: U0MAYA}}
"""


pytestmark = pytest.mark.sqlite("on PostgreSQL whoever comes beside Kaiku writes by themselves")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without settings from outside."""
    for name in [name for name in os.environ if name.upper().startswith("KAIKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def app(folder: Path) -> Iterator[App]:
    with small_house(folder, SetClock()) as app:
        yield app


@pytest.fixture
async def door(app: App) -> AsyncIterator[None]:
    """The open door of a Kaiku that owns the database."""
    side_door = SideDoor(app)
    await side_door.open()
    yield
    await side_door.close()


async def kaiku(*words: str, typed: str = "") -> Result:
    """A command, beside the running Kaiku."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, list(words), input=typed))


def said(line: bytes) -> dict[str, object]:
    """What the door answers to a line from anybody."""
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.connect("kaiku.db-door")
        knocking.sendall(line)
        knocking.shutdown(socket.SHUT_WR)
        with knocking.makefile("rb") as lines:
            answer: dict[str, object] = json.loads(lines.readline())
            return answer


def written(name: str, text: str) -> None:
    Path(name).write_text(text, "utf-8")


def read(name: str) -> bytes:
    file = Path(name)
    return file.read_bytes() if file.is_file() else b""


def files() -> dict[str, str]:
    """What lies in the folder, by name, with kind and rights as `ls` shows them."""
    return {file.name: stat.filemode(file.stat().st_mode) for file in Path().iterdir()}


def encounters(app: App) -> int:
    return app.read_now(lambda ctx: ctx.session.exec(select(func.count()).select_from(Encounter)).one())


async def test_a_key_is_made_and_revoked_while_kaiku_runs(app: App, door: None) -> None:
    made = await kaiku("key", "create", "portal", "--scope", "encounters:write")
    client = app.read_now(lambda ctx: keys.client_of(made.stdout.strip(), ctx))
    again = await kaiku("key", "create", "portal", "--scope", "encounters:write")
    revoked = await kaiku("key", "revoke", "portal")

    assert client is not None
    assert client.name == "portal"
    assert again.exit_code == 1
    assert again.stderr.startswith("There is a key named “portal” already.")
    assert revoked.stdout == "The key of portal opens nothing any more.\n"
    assert app.read_now(lambda ctx: keys.client_of(made.stdout.strip(), ctx)) is None


async def test_a_file_is_imported_while_kaiku_runs(app: App, door: None) -> None:
    written("calls.csv", CALLS + "tom;27.11.2026 klo 14.30;fax;P-2\n")

    tried = await kaiku("import", "calls.csv", "--dry-run")
    before = encounters(app)
    imported = await kaiku("import", "calls.csv")
    again = await kaiku("import", "calls.csv")

    assert "1 encounters would be new, 0 known already, 1 rows refused." in tried.stdout
    assert before == 0
    assert "1 encounters new, 0 known already, 1 rows refused." in imported.stdout
    assert "Line 3: I do not know the touchpoint “fax”." in imported.stdout
    assert "calls.csv" in imported.stderr  # the progress bar
    assert "100%" in imported.stderr
    assert "calls.csv.refused.csv" in files()
    assert "0 encounters new, 1 known already, 1 rows refused." in again.stdout
    assert encounters(app) == 1


async def test_an_organisation_is_applied_and_gone_by_at_once(app: App, door: None) -> None:
    written("organisation.yaml", SMALLER)

    declined = await kaiku("apply", typed="n\n")
    services = set(app.organisation.services)
    applied = await kaiku("apply", typed="y\n")

    assert declined.exit_code == 1
    assert services == {"pensions"}
    assert "− service pensions" in applied.stdout
    assert applied.stdout.endswith("Applied.\n")
    assert app.organisation.services == {}
    assert (await kaiku("apply")).stdout == "Nothing changes.\n"


async def test_what_is_left_to_do_by_hand_works_beside_kaiku_too(app: App, door: None) -> None:
    assert (await kaiku("send-again")).stdout == "Nothing was given up.\n"
    assert "Survey links need KAIKU_LINK_SECRET" in (await kaiku("invite", "link", "--encounter", "x")).stderr


async def test_the_file_is_written_anew_beside_kaiku_which_then_knows_it(
    app: App, door: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def execute(connection: WritingConnection, statement: str, *given: Any) -> sqlite3.Cursor:
        said.append(statement)
        return sqlite3.Connection.execute(connection, statement, *given)

    def tidy(_: Context) -> int:
        said.append("tidy")
        return left.pop()

    left = [0, 1, 2]
    monkeypatch.setattr(searching, "tidy", tidy)
    monkeypatch.setattr(WritingConnection, "execute", execute)
    now = app.clock.now()
    await app.database.write(lambda session: erasing.overwritten(session, now))

    assert (await kaiku("rebuild")).stdout == "The file was written anew.\n"
    assert [word for word in said if word in ("tidy", "VACUUM")] == ["tidy"] * 3 + ["VACUUM"]
    assert await app.read(rebuilding.waits_since) is None


async def test_the_door_is_its_owners_alone_and_goes_with_kaiku(app: App, door: None) -> None:
    assert files()["kaiku.db-door"] == "srw-------"

    side_door = SideDoor(app)
    await side_door.open()
    await side_door.close()
    assert "kaiku.db-door" not in files()


async def test_what_a_killed_kaiku_left_behind_is_in_nobodys_way(app: App, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind("kaiku.db-door")
    side_door = SideDoor(app)
    await side_door.open()

    assert (await kaiku("send-again")).exit_code == 0
    await side_door.close()


@pytest.fixture
def in_the_way(folder: Path) -> None:
    (folder / "kaiku.db-door").mkdir()


async def test_where_no_socket_can_be_made_kaiku_runs_without(
    app: App, in_the_way: None, caplog: pytest.LogCaptureFixture
) -> None:
    side_door = SideDoor(app)
    await side_door.open()
    await side_door.close()

    assert "commands need Kaiku stopped: no socket can be made at kaiku.db-door" in caplog.text
    told = await kaiku("send-again")
    assert told.exit_code == 1
    assert f"kaiku.db is in use by process {os.getpid()}, which does not answer." in told.stderr


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            b'{"version": "9.9", "job": {"kind": "send again"}}\n',
            f"The Kaiku that runs is version {VERSION}, and this command is version 9.9. ",
        ),
        (b'{"version": "%s", "job": {"kind": "dance"}}\n' % VERSION.encode(), "does not know this job"),
        (
            b'{"version": "%s", "job": {"kind": "send again", "x": 1}}\n' % VERSION.encode(),
            "does not know this",
        ),
        (b"GET / HTTP/1.1\r\n", "does not know this job"),
        (b"[]\n", "does not know this job"),
        (b'{"version": "0.1.0", "job', "does not know this job"),
        (b"\xff\x00\n", "does not know this job"),
    ],
)
async def test_what_is_no_job_of_this_version_is_refused_with_a_sentence(
    door: None, line: bytes, sentence: str
) -> None:
    refused = (await asyncio.to_thread(said, line))["refused"]

    assert isinstance(refused, list)
    assert sentence in refused[0]
    assert (await kaiku("send-again")).exit_code == 0


async def test_a_line_without_end_is_hung_up_on(door: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless() -> bytes:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.connect("kaiku.db-door")
            try:
                while True:
                    knocking.sendall(b"x" * (1 << 20))
            except ConnectionError:
                return b"hung up"

    assert await asyncio.to_thread(endless) == b"hung up"
    assert (await kaiku("send-again")).exit_code == 0


async def test_a_fault_of_kaikus_own_is_logged_there_and_told_here(
    app: App, door: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("a fault")

    monkeypatch.setattr(app, "write_now", broken)
    told = await kaiku("send-again")

    assert (
        told.stderr == "The running Kaiku met a fault of its own; its log tells which. Nothing was stored.\n"
    )
    assert "RuntimeError: a fault" in caplog.text


def test_a_door_far_down_is_reached_by_a_shorter_way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = folder.joinpath(*["a-folder-with-a-name"] * 6)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    assert door_of(deep / "kaiku.db") == "kaiku.db-door"
    assert door_of(Path("/kaiku.db")) == "/kaiku.db-door"


def test_a_job_says_what_it_is() -> None:
    assert SendAgain().model_dump() == {"kind": "send again"}


@pytest.mark.slow
@pytest.mark.clear("its process has no key")
def test_a_command_that_is_killed_leaves_whole_batches_and_a_kaiku_that_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = settled_database(folder, ORGANISATION, FRIDAY)
    head, row = CALLS.replace("2026", "2025").splitlines()
    rows = [row.replace("P-1", f"P-{number}") for number in range(1000)]
    (folder / "calls.csv").write_text("\n".join([head, *rows]), "utf-8")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KAIKU_DATABASE_URL", url)
    importing = [sys.executable, "-m", "bot", "import", str(folder / "calls.csv")]

    with Kaiku(url, "http://127.0.0.1:1/") as running:
        running.start()
        with subprocess.Popen(importing, stderr=subprocess.DEVNULL) as command:
            wait_until(lambda: stored_in(folder) >= 100)
            command.kill()
        again = subprocess.run(importing, check=True, capture_output=True, text=True)

        new, known = (int(word) for word in again.stdout.split() if word.isdigit() and word != "0")
        assert new + known == stored_in(folder) == 1000
        assert known % BATCH == 0  # a batch that was asked for is finished, asked for by whoever
        assert running.stop()[1] == 0


def stored_in(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'kaiku.db'}?mode=ro", uri=True)) as beside:
        (count,) = beside.execute("SELECT count(*) FROM encounters").fetchone()
        return int(count)


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


async def test_a_person_is_taken_out_and_erased_while_kaiku_runs(app: App, door: None) -> None:
    written(
        "calls.csv",
        "customer;customer_name;happened_at;touchpoint\nann@acme.example;Ann Acme;27.11.2026 klo 14.30;phone\n",
    )
    await kaiku("import", "calls.csv")

    exported = await kaiku("person", "export", "ann@acme.example", "--to", "ann.json")
    held = json.loads(read("ann.json"))["held"]
    refused = await kaiku("person", "erase", "ann@acme.example", typed="n\n")
    erased = await kaiku("person", "erase", "Ann Acme", "--yes")
    again = await kaiku("person", "erase", "ann@acme.example", "--yes")

    assert exported.stdout.startswith("ann.json holds everything about them.")
    assert files()["ann.json"] == "-rw-------"
    assert [person["name"] for person in held["people"]] == ["Ann Acme"]
    assert refused.exit_code == 1
    assert erased.stdout.startswith(
        "Erased: name, addresses and everything else by which you could be known."
    )
    assert again.exit_code == 1
    assert again.stderr.startswith("I do not know “ann@acme.example”.")
    assert not [name for name in files() if name.startswith("kaiku.db") and b"Ann Acme" in read(name)]


async def test_who_stands_in_the_organisation_file_is_not_erased(app: App, door: None) -> None:
    refused = await kaiku("person", "erase", "maya", "--yes")
    assert refused.exit_code == 1
    assert "stands in the organisation file" in refused.stderr


async def test_a_file_is_written_beside_a_running_kaiku_which_notes_it(door: None, app: App) -> None:
    told = await kaiku("export", "--cases", "--into", "cases.csv", "--service", "pensions")

    assert told.exit_code == 0, told.stderr
    assert told.stdout == "cases.csv holds 0 rows.\n"
    entries = app.database.read_now(lambda session: session.exec(select(AuditEntry)).all())
    assert entries[-1].subject_id.endswith(": service=pensions")
