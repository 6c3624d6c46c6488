"""The command line: what it does, and that it answers what a person did wrong in a sentence."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.demo.house import example
from handlers.organise import apply
from storage.database import Database
from storage.schema import migrate
from storage.tables import Feedback
from storage.vault import Vault

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "organisation.example.yaml"
SMALL = """
name: Kaiku
cx_lead: maya
people:
  maya: {name: Maya, role: manager, identities: {sandbox: maya}}
services:
  desk: {name: Desk, owner: maya}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without settings from outside."""
    for name in [name for name in os.environ if name.upper().startswith("KAIKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kaiku(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], input=typed)


def organisation(text: str = SMALL) -> Path:
    file = Path("organisation.yaml")
    file.write_text(text, "utf-8")
    return file


def test_every_command_says_what_it_does() -> None:
    for command in (
        "run",
        "demo",
        "check",
        "apply",
        "import",
        "export",
        "digest",
        "why",
        "route",
        "doctor",
        "migrate",
        "backup",
        "restore",
        "hold",
        "release",
    ):
        told = kaiku(command, "--help")
        assert told.exit_code == 0
        assert len(told.stdout.splitlines()[3].split()) > 3
        assert command in kaiku("--help").stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--into", "f.csv"), 2, "Choose one of --responses, --feedback and --cases."),
        (("--cases", "--feedback", "--into", "f.csv"), 2, "Choose one of"),
        (("--cases", "--into", "f.txt"), 2, "Add --as csv, jsonl or parquet."),
        (("--cases", "--into", "f.csv", "--service", "moon"), 1, "I do not know the service “moon”"),
        (("--cases", "--into", "f.csv", "--band", "awful"), 1, "“awful” is no class of scores"),
        (("--cases", "--into", "f.csv", "--since", "monday"), 1, "“monday” is not a day"),
        (("--cases", "--into", "nowhere/f.csv"), 1, "No such file or directory"),
        (("--cases", "--into", "organisation.yaml", "--as", "csv"), 1, "is there already"),
    ],
)
def test_export_answers_what_cannot_be_with_a_sentence(words: tuple[str, ...], code: int, told: str) -> None:
    kaiku("apply", organisation(), "--yes")
    refused = kaiku("export", *words)
    assert refused.exit_code == code
    assert told in " ".join(refused.stderr.replace("│", "").split())


def test_help_comes_before_anything_heavy_is_imported() -> None:
    heavy = "assert not {'sqlalchemy', 'pydantic', 'fastapi', 'slack_bolt', 'holidays'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import sys; import bot.__main__; {heavy}"], cwd=ROOT, check=True)


# check


def test_check_says_that_all_is_in_order() -> None:
    told = kaiku("check", EXAMPLE)

    assert told.exit_code == 0
    assert told.stdout == "In order: 6 services, 5 touchpoints, 2 teams, 11 people, 3 accounts.\n"
    assert told.stderr == ""


def test_check_tells_every_mistake_with_its_line() -> None:
    file = organisation(SMALL.replace("maya}", "mya}").replace("cx_lead", "cx_leed"))

    told = kaiku("check", file)

    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.splitlines() == [
        "organisation.yaml:3: “cx_leed” is not a word I know here. Did you mean `cx_lead`?",
        "organisation.yaml:7: “mya” is not among the people. Did you mean `maya`?",
    ]


def test_check_counts_warnings_and_is_content() -> None:
    told = kaiku("check", organisation(SMALL.replace("name: Kaiku", "name: {fi: Kaiku, en: Kaiku}")))

    assert told.exit_code == 0
    assert told.stdout.endswith("Warnings: 1.\n")
    assert told.stderr.startswith("organisation.yaml:2: warning: This text is missing in Swedish.")


def test_check_takes_the_file_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIKU_ORGANISATION", str(EXAMPLE))

    assert kaiku("check").exit_code == 0
    monkeypatch.delenv("KAIKU_ORGANISATION")
    assert "organisation.yaml:1: There is no such file." in kaiku("check").stderr


def test_check_prints_the_schema() -> None:
    assert kaiku("check", "--schema").stdout == (ROOT / "organisation.schema.json").read_text("utf-8")


# apply


def test_apply_shows_the_difference_asks_and_applies() -> None:
    first = kaiku("apply", organisation(), typed="y\n")

    assert first.exit_code == 0
    assert first.stdout.splitlines()[:3] == ["+ organisation", "+ person maya", "+ service desk"]
    assert first.stdout.endswith("Applied.\n")
    assert "database: " in first.stderr
    assert kaiku("apply").stdout == "Nothing changes.\n"


def test_apply_shows_what_a_change_changes() -> None:
    kaiku("apply", organisation(), "--yes")

    told = kaiku("apply", organisation(SMALL.replace("name: Desk", "name: Desk, respond_within: 2 h")), "-y")

    assert told.stdout == "service desk: respond within 4 h → 2 h\nApplied.\n"


def test_apply_does_nothing_when_one_says_no() -> None:
    assert kaiku("apply", organisation(), typed="n\n").exit_code == 1

    assert "+ organisation" in kaiku("apply", typed="n\n").stdout


def test_apply_refuses_a_file_with_mistakes() -> None:
    told = kaiku("apply", organisation(SMALL.replace("owner: maya", "owner: mya")), "--yes")

    assert told.exit_code == 1
    assert "“mya” is not among the people. Did you mean `maya`?" in told.stderr
    assert not Path("kaiku.db").exists()


def test_apply_on_a_database_in_use_says_what_to_do() -> None:
    kaiku("apply", organisation(), "--yes")

    with Database("sqlite:///kaiku.db"):
        told = kaiku("apply", organisation(SMALL + "language: en\n"), "--yes")

    assert told.exit_code == 1
    assert told.stderr.startswith(f"kaiku.db is in use by process {os.getpid()}, which does not answer.")
    assert "Then run this command again" in told.stderr


def test_what_cannot_be_done_beside_a_running_process_says_so(house: None) -> None:
    kaiku("backup", "copy.db")

    with Database("sqlite:///kaiku.db"):
        told = kaiku("restore", "copy.db", "--yes")

    assert told.exit_code == 1
    assert told.stderr.startswith(f"kaiku.db is in use by process {os.getpid()}. Stop that process first")
    assert "work beside a running Kaiku; this does not." in told.stderr


@pytest.mark.clear("it says itself how words are held")
def test_comments_are_sealed_opened_and_a_key_that_is_lost_is_given_up(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    name = Vault(old).newest

    def settings(keys: str, *, seals: bool) -> None:
        monkeypatch.setenv("KAIKU_ENCRYPTION_KEY", keys)
        monkeypatch.setenv("KAIKU_SEAL_COMMENTS", str(seals).lower())

    def stored() -> str:
        with Database("sqlite:///kaiku.db") as database:
            columns = text("SELECT words FROM feedback")
            return str(database.read_now(lambda session: session.connection().execute(columns).all()))

    said = Feedback(
        token="t", type="other", tone="neutral", source="customer", words="Zither", at=datetime.now(UTC)
    )
    with Database("sqlite:///kaiku.db") as database:
        database.write_now(lambda session: session.add(said))
    settings(old, seals=True)
    assert "1 sealed anew." in kaiku("reseal").stdout
    assert "Zither" not in stored()
    assert "Everything is sealed as the settings say." in kaiku("reseal").stdout
    assert "so nothing is opened" in kaiku("reseal", "--open").stderr

    settings(old, seals=False)
    assert "To open all of them, add --open." in kaiku("reseal").stderr
    assert "Zither" not in stored()
    assert "1 opened." in kaiku("reseal", "--open").stdout
    assert "Zither" in stored()

    settings(old, seals=True)
    kaiku("reseal")
    refused = kaiku("give-up-key", name)
    assert refused.exit_code == 2
    assert "No key of this name is lacking. Lacking: none." in refused.stderr, "it is there"

    settings(new, seals=True)
    for command in (("reseal",), ("key", "list"), ("send-again",)):
        told = kaiku(*command)
        assert told.exit_code == 1
        assert f"may be sealed with the key {name}, which KAIKU_ENCRYPTION_KEY lacks" in told.stderr
    assert f"Lacking: {name}." in kaiku("give-up-key", "nonsense").stderr
    assert "is asked for no more" in kaiku("give-up-key", name).stdout
    assert "1 cannot be opened, and stay as they are." in kaiku("reseal").stdout

    settings(f"{new},{old}", seals=True)
    assert "1 sealed anew." in kaiku("reseal").stdout


def test_a_key_is_given_up_by_a_database_that_is_there() -> None:
    told = kaiku("give-up-key", "abc")
    assert told.exit_code == 1
    assert "python -m bot" in told.stderr
    assert not Path("kaiku.db").exists()


# reports and keys


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the example has been applied."""
    file = tmp_path_factory.mktemp("house") / "kaiku.db"
    url = f"sqlite:///{file}"
    migrate(url)
    with Database(url) as database:
        database.write_now(lambda session: apply(example(), "a test", session, datetime.now(UTC)))
    return file


@pytest.fixture
def house(applied: Path, folder: Path) -> None:
    """The example, applied, in the folder."""
    shutil.copy(applied, folder)


def test_a_digest_is_printed_in_the_wanted_language(house: None) -> None:
    told = kaiku("digest", "--for", "advice", "--of", "2026-W47", "--language", "en")

    assert told.exit_code == 0
    assert told.stdout.startswith("Pension advice")


@pytest.mark.parametrize(
    ("period", "window", "title"),
    [
        ("month", "2026-10", "Pension advice · October 2026"),
        ("quarter", "2026-Q4", "Pension advice · Q4 2026"),
        ("year", "2026", "Pension advice · 2026"),
    ],
)
def test_a_digest_is_printed_over_any_period(house: None, period: str, window: str, title: str) -> None:
    told = kaiku("digest", "--for", "advice", "--period", period, "--of", window, "--language", "en")

    assert told.exit_code == 0
    assert told.stdout.startswith(title)


def test_a_meeting_pack_is_printed(house: None) -> None:
    told = kaiku("pack", "Acme", "--language", "en")

    assert told.exit_code == 0
    assert told.stdout.startswith("Meeting pack: Acme Oy")


def test_who_would_get_a_matter_is_told_and_explained(house: None) -> None:
    asked = ("route", "--service", "single-sign-on", "--on", "2026-11-24", "--language", "en")

    assert kaiku(*asked).stdout == "On 24 Nov 2026 it would be with Ville Laine.\n"
    assert kaiku(*asked, "--explain").stdout.splitlines() == [
        "The organisation file has no rules of routing.",
        "Ville Laine: answers for the service.",
        "On 24 Nov 2026 it would be with Ville Laine.",
        "Told of it: Liisa Heino.",
    ]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--service", "sso"), 1, "I do not know the service “sso”. Known ones: advice-by-email"),
        (("--account", "x"), 1, "I do not know the account “x”."),
        (("--touchpoint", "x"), 1, "I do not know the touchpoint “x”."),
        (("--type", "x"), 2, "'x'"),
        (("--on", "tomorrow"), 2, "'tomorrow'"),
    ],
)
def test_a_matter_that_cannot_be_is_refused(
    house: None, words: tuple[str, ...], code: int, sentence: str
) -> None:
    refused = kaiku("route", *words)

    assert refused.exit_code == code
    assert sentence in refused.stderr


def test_reports_work_beside_a_running_process(house: None) -> None:
    with Database("sqlite:///kaiku.db"):
        assert kaiku("digest", "--for", "advice", "--of", "2026-W47").exit_code == 0
        assert kaiku("key", "list").exit_code == 0
        assert "I do not know the encounter “x”." in kaiku("why", "x").stderr


def test_other_rules_are_tried_beside_a_running_process(applied: Path, folder: Path) -> None:
    shutil.copy(applied, folder)
    Path("new.yaml").write_text(
        EXAMPLE.read_text("utf-8").replace("cool_down: 30 d", "cool_down: 1 d"), "utf-8"
    )
    with Database("sqlite:///kaiku.db"):
        told = kaiku("simulate", "--rules", "new.yaml", "--days", "30")
        found = json.loads(kaiku("simulate", "--rules", "new.yaml", "--json").stdout)
    assert told.exit_code == 0
    assert told.stdout.startswith("No encounter of the last 30 days has been decided on")
    assert told.stderr == ""
    assert (found["days"], found["encounters"], found["new_rules"]["asked"]) == (90, 0, 0)


@pytest.mark.slow
def test_a_past_is_made_up_once(folder: Path) -> None:
    made = ("simulate", "--organisation", "city", "--years", "0.1", "--until", "2026-11-22")
    told = kaiku(*made, "--into", "sqlite:///city.db", "--truth", "truth.json")
    assert told.exit_code == 0
    assert told.stdout.startswith("The city lived from 2026-10-12 to 2026-11-22, in sqlite:///city.db.\n")
    assert {drop["service"] for drop in json.loads(Path("truth.json").read_text("utf-8"))["drops"]} == {
        "helpdesk",
        "parking-permits",
    }
    again = kaiku(*made, "--into", "sqlite:///city.db")
    assert again.exit_code == 1
    assert "this one holds answers. Name another with --into." in again.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Give either --rules FILE or --organisation city."),
        (
            ("--rules", "new.yaml", "--organisation", "city"),
            "Give either --rules FILE or --organisation city.",
        ),
        (("--organisation", "village"), "There is no “village”; there is city."),
    ],
)
def test_simulate_does_one_thing_at_a_time(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    told = kaiku("simulate", *words)
    assert told.exit_code == 2
    assert sentence in told.stderr


def test_rules_with_a_mistake_are_not_tried(house: None) -> None:
    Path("new.yaml").write_text("asking: {cool_down: soon}", "utf-8")
    told = kaiku("simulate", "--rules", "new.yaml")
    assert told.exit_code == 1
    assert "“soon” is not a duration" in told.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("digest", "--for", "nobody"), 1, "I do not know the team or person “nobody”."),
        (("digest", "--for", "advice", "--of", "soon"), 2, "“soon” is not a week."),
        (
            ("digest", "--for", "advice", "--period", "month", "--of", "2026-W47"),
            2,
            "“2026-W47” is not a month. Write it like this: 2026-10.",
        ),
        (("pack", "moon"), 1, "I do not know the account “moon”."),
        (("why", "T-1"), 1, "I do not know the encounter “T-1”."),
        (("key", "revoke", "x"), 1, "There is no key named “x”"),
        (("key", "create", "X", "--scope", "ledger:read"), 1, "“X” cannot name a key."),
        (("key", "create", "x", "--scope", "all"), 2, "'all' is not one of"),
        (("import", "gone.csv"), 1, "gone.csv cannot be read: No such file or directory."),
        (("backup", "gone/x.db"), 2, "There is no folder gone."),
        (("backup", "kaiku.db"), 1, "a database cannot be its own backup"),
        (("restore", "gone.db", "--yes"), 1, "gone.db cannot be opened"),
        (("digest",), 2, "Missing option '--for'"),
        (("dance",), 2, "No such command 'dance'"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    house: None, words: tuple[str, ...], code: int, sentence: str
) -> None:
    told = kaiku(*words)

    assert told.exit_code == code
    assert sentence in " ".join(told.stderr.replace("│", " ").split())
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    "words", [("why", "x"), ("digest", "--for", "advice"), ("key", "list"), ("import", "x.csv")]
)
def test_without_a_database_one_is_told_how_to_begin(words: tuple[str, ...]) -> None:
    told = kaiku(*words)

    assert told.exit_code == 1
    assert "run `python -m bot apply` and name your organisation file" in told.stderr
    assert not Path("kaiku.db").exists()


def test_without_an_organisation_one_is_told_to_apply_it() -> None:
    kaiku("migrate")

    told = kaiku("why", "x")

    assert told.exit_code == 1
    assert "No organisation has been applied to this database." in told.stderr


def test_a_wrong_setting_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIKU_PORT", "eighty")

    told = kaiku("migrate")

    assert told.exit_code == 1
    assert told.stderr.startswith("KAIKU_PORT is “eighty”, but it must be a whole number.")


def test_a_key_is_shown_once_listed_and_revoked(house: None) -> None:
    created = kaiku("key", "create", "portal", "--scope", "encounters:write", "--scope", "ledger:read")
    listed = kaiku("key", "list").stdout
    revoked = kaiku("key", "revoke", "portal").stdout

    assert created.stdout.startswith("kaiku_")
    assert created.stdout.strip() not in listed
    assert "portal" in listed
    assert "encounters:write ledger:read" in listed
    assert revoked == "The key of portal opens nothing any more.\n"


def test_an_import_reports_and_is_harmless_twice(house: None) -> None:
    Path("calls.csv").write_text(
        "touchpoint;customer_email;happened_at;service\n"
        "phone;a@example.org;2026-11-20 10:00;pension-advice\n"
        "phone;b@example.org;someday;pension-advice\n",
        "utf-8",
    )

    first, second = kaiku("import", "calls.csv"), kaiku("import", "calls.csv")

    assert first.exit_code == second.exit_code == 1
    assert "1 encounters new, 0 known already, 1 rows refused." in first.stdout
    assert "0 encounters new, 1 known already, 1 rows refused." in second.stdout


def test_a_backup_brings_back_what_was(house: None) -> None:
    kaiku("backup", "copy.db")
    kaiku("key", "create", "portal", "--scope", "ledger:read")

    refused = kaiku("restore", "copy.db", typed="n\n")
    restored = kaiku("restore", "copy.db", typed="y\n")

    assert refused.exit_code == 1
    assert restored.exit_code == 0
    assert "portal" not in kaiku("key", "list").stdout


def test_what_waited_in_a_backup_is_kept_back_until_somebody_lets_it_go(house: None) -> None:
    waits = """
        INSERT INTO outbox (kind, subject, subject_id, dedupe_key, priority, not_before, state, attempts, created_at)
        VALUES ('overdue', 'person', 1, 'once', 2, '2026-11-23', 'queued', 0, '2026-11-23')
    """
    with Database("sqlite:///kaiku.db") as database:
        database.write_now(lambda session: session.connection().exec_driver_sql(waits))
    kaiku("backup", "copy.db")

    assert "Kept back: 1." in kaiku("restore", "copy.db", "--yes").stdout
    assert "Kept back since a backup was put back: 1." in kaiku("doctor").stdout
    assert kaiku("release").stdout == "1 queued again.\n"
    assert kaiku("release", "--drop").stdout == "Nothing was kept back.\n"


def test_migrate_says_what_it_did(folder: Path) -> None:
    assert kaiku("migrate").stderr.startswith("database: ")
    assert kaiku("migrate").stdout == "The database is up to date.\n"


# run


@contextmanager
def running() -> Iterator[subprocess.Popen[str]]:
    """Kaiku itself, in a process of its own, with the sandbox."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {**os.environ, "KAIKU_PORT": str(port), "KAIKU_SANDBOX": "true", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(
        command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def hears(stream: IO[str] | None, sentence: str) -> bool:
    """Whether a line with the sentence comes."""
    return any(sentence in line for line in stream or ())


@pytest.mark.slow
@pytest.mark.clear("its process has no key")
def test_run_serves_and_applies_the_file_anew_on_a_hangup() -> None:
    kaiku("apply", organisation(), "--yes")
    with running() as process:
        assert hears(process.stdout, "Kaiku answers at http://127.0.0.1:")
        organisation(SMALL + "language: en\n")
        process.send_signal(signal.SIGHUP)
        assert hears(process.stdout, "organisation: language fi → en")
        organisation(SMALL.replace("owner: maya", "owner: mya"))
        process.send_signal(signal.SIGHUP)
        assert hears(process.stderr, "“mya” is not among the people.")


@pytest.mark.slow
def test_run_without_an_organisation_says_what_to_do() -> None:
    with running() as process:
        assert hears(process.stderr, "No organisation has been applied to this database.")
        assert process.wait(timeout=20) == 1


def test_what_is_planned_in_rounds_is_told(house: None) -> None:
    assert "No rounds are declared." in kaiku("rounds").stdout
    assert json.loads(kaiku("rounds", "--json").stdout) == []
    plan = "\nrounds:\n  partners:\n    name: Partners\n    every: year\n    slices: 12\n    starts: 2099-01-01\n"
    Path("organisation.yaml").write_text(EXAMPLE.read_text("utf-8") + plan, "utf-8")
    assert kaiku("apply", "organisation.yaml", "--yes").exit_code == 0
    assert kaiku("rounds").stdout.startswith("Partners: not begun. Next slice on 2099-01-01: about ")
    [planned] = json.loads(kaiku("rounds", "--json").stdout)
    assert (planned["key"], planned["every"], planned["slices"]) == ("partners", "year", 12)
    assert (planned["turn"], planned["next_slice"], planned["answered"]) == (None, "2099-01-01", 0)


def test_nobody_overlooks_a_pilot_or_a_dry_run(house: None) -> None:
    pilot = '\npilot:\n  touchpoints: [phone]\n  dry_run: "sandbox:#test"\n'
    Path("organisation.yaml").write_text(EXAMPLE.read_text("utf-8") + pilot, "utf-8")
    told = kaiku("check", "organisation.yaml").stdout
    assert "A PILOT IS ON: only volunteers are asked, only about phone." in told
    assert "A DRY RUN IS ON: every request goes to sandbox:#test; no customer is asked" in told
    assert "PILOT" not in kaiku("check", EXAMPLE).stdout

    assert "Pilot" not in kaiku("doctor").stdout
    assert kaiku("apply", "organisation.yaml", "--yes").exit_code == 0
    assert "! Pilot: A DRY RUN IS ON" in kaiku("doctor").stdout
