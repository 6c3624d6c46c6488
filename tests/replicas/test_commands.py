"""The command line beside replicas: it works on the database they share, and never shows its password."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from storage.database import Database
from tests.helpers.town import ROOT, fresh_database


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A shared database whose address holds a password, which its server does not ask for."""
    monkeypatch.chdir(tmp_path)
    url = fresh_database(tmp_path).replace("postgres@", "postgres:opensesame@")
    monkeypatch.setenv("KAIKU_DATABASE_URL", url)
    monkeypatch.setenv("KAIKU_SANDBOX", "true")
    return url


def kaiku(*words: str) -> Result:
    result = CliRunner().invoke(cli, list(words))
    assert "opensesame" not in result.output
    return result


def test_an_organisation_is_applied_and_doctor_finds_everything_in_order(url: str) -> None:
    applied = kaiku("apply", "--yes", str(ROOT / "organisation.example.yaml"))
    assert applied.exit_code == 0, applied.output

    with Database(url) as database:
        database.take_part("a replica")
        found = kaiku("doctor").output
    assert "✓ PostgreSQL: Version " in found
    assert "replicas that serve: 1." in found
    assert "is up to date." in found
    assert "SQLite" not in found


def test_doctor_warns_of_a_server_that_forgets(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kaiku("apply", "--yes", str(ROOT / "organisation.example.yaml"))
    options = "options=-csynchronous_commit%3Doff"
    monkeypatch.setenv("KAIKU_DATABASE_URL", f"{url}{'&' if '?' in url else '?'}{options}")
    told = kaiku("doctor")
    assert told.exit_code == 1
    assert "with synchronous_commit off: a crash loses answers" in told.output


def test_copies_are_the_server_s_to_make(url: str, tmp_path: Path) -> None:
    for refused in (
        kaiku("backup", str(tmp_path / "copy")),
        kaiku("restore", "--yes", str(tmp_path / "copy")),
    ):
        assert refused.exit_code == 1
        assert "pg_dump" in refused.output


def test_an_address_that_cannot_be_reached_is_told_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAIKU_DATABASE_URL", "postgresql://kaiku:opensesame@127.0.0.1:1/kaiku")
    told = kaiku("doctor")
    assert told.exit_code == 1
    assert "//127.0.0.1/kaiku cannot be opened" in told.output
