"""Everything moves from SQLite to PostgreSQL or nothing does, and Kaiku goes on there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session
from typer.testing import CliRunner

from bot.__main__ import cli
from handlers import searching
from handlers.events import CommentGiven, RatingGiven, Sender
from storage.database import Database
from storage.errors import CountsDiffer, DatabaseInUse, MovesFromFiles, TargetTaken
from storage.moving import _moved, move
from storage.schema import migrate
from storage.search import found
from storage.tables import Answer, Response, core
from tests.helpers.databases import ON, address_in, fresh_database
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example
from tests.storage.notes import leave

SAID = "Ääni katkesi 😀, kiitos!"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A SQLite file with an organisation that was answered."""
    monkeypatch.setenv(ON, "sqlite")
    with desk_of(example(), tmp_path / "source") as desk:
        answered(desk, "A-1", SAID)
        desk.database.write_now(leave("a\0b"))
        return desk.database.url


def answered(desk: Desk, reference: str, words: str) -> None:
    invitation = desk.ask(external_reference=reference, customer=Sender("sandbox", reference, name="Zeb"))
    desk.hear(RatingGiven, reference, invitation=invitation, question="ease", score=2)
    desk.hear(CommentGiven, reference, invitation=invitation, question="words", words=words)


@pytest.fixture
def target(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of PostgreSQL with nothing in it, not even tables."""
    monkeypatch.setenv(ON, "postgresql")
    return address_in(tmp_path / "target")


def everything(url: str) -> dict[str, list[str]]:
    """What is remembered, as the application reads it, table by table."""

    def read(session: Session) -> dict[str, list[str]]:
        return {
            table.name: sorted(map(str, session.connection().execute(select(table)).all()))
            for table in _moved()
        }

    with Database(url) as database:
        return database.read_now(read)


def test_every_row_arrives_as_it_was_and_the_source_stays(source: str, target: str) -> None:
    before = everything(source)
    shown: list[tuple[int, int]] = []
    moved = move(source, target, lambda _, done, total: shown.append((done, total)))

    after = everything(target)
    before["inbound"] = [row.replace("\\x00", "\N{REPLACEMENT CHARACTER}") for row in before["inbound"]]
    assert after == before
    assert {table: len(rows) for table, rows in after.items()} == moved
    assert moved["answers"] == 2
    assert shown[-1] == (sum(moved.values()), sum(moved.values()))
    assert everything(source)["answers"] == before["answers"]


def test_kaiku_goes_on_there_and_finds_what_was_said_before(source: str, target: str) -> None:
    move(source, target)
    with Database(target) as database:
        desk = Desk(database, example())
        answered(desk, "A-2", "Linja katkesi taas.")
        while desk.do(searching.index):
            pass

        def said(session: Session) -> int:
            answers = core(Answer)
            matching = select(answers).where(found("answers", answers.c.id, "katkesi"))
            return len(session.connection().execute(matching).all())

        assert (len(desk.rows(Response)), len(desk.rows(Answer))) == (2, 4)
        assert database.read_now(said) == 2


def test_a_target_that_holds_something_is_refused(source: str, target: str, tmp_path: Path) -> None:
    move(source, target)
    with pytest.raises(TargetTaken, match=r"there are rows in its table .* Name an empty database"):
        move(source, target)

    other = fresh_database(tmp_path / "other")
    with Database(other), pytest.raises(TargetTaken, match="a Kaiku uses it"):
        move(source, other)


def test_a_file_in_use_is_not_moved(source: str, target: str) -> None:
    with Database(source), pytest.raises(DatabaseInUse):
        move(source, target)


def test_a_move_goes_one_way(source: str, target: str) -> None:
    for one, other in ((target, source), (source, source), (target, target)):
        with pytest.raises(MovesFromFiles):
            move(one, other)


def test_where_a_row_is_missing_everything_is_taken_back(source: str, target: str) -> None:
    migrate(target)
    loses = (
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER lose BEFORE INSERT ON inbound FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    with Database(target) as database:
        for statement in loses:
            database.write_now(lambda s, said=statement: s.connection().exec_driver_sql(said))  # type: ignore[misc]
    with pytest.raises(CountsDiffer, match="rows of inbound only 0 arrived"):
        move(source, target)
    assert not any(everything(target).values())


KILLED = """
import os, signal, sys
from storage.moving import move

def count(table, done, total):
    if done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)

move(sys.argv[1], sys.argv[2], count)
"""


@pytest.mark.slow
def test_killed_in_the_middle_it_has_done_nothing(source: str, target: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, source, target], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not any(everything(target).values())

    assert move(source, target)["answers"] == 2


def test_the_command_tells_what_it_moved(
    source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIKU_DATABASE_URL", source)
    done = CliRunner().invoke(cli, ["move", "--to", target])
    assert done.exit_code == 0, done.output
    assert "Moved and counted: " in done.output
    assert "Set KAIKU_DATABASE_URL to it" in done.output

    again = CliRunner().invoke(cli, ["move", "--to", target])
    assert again.exit_code == 1
    assert "is not free" in again.output
