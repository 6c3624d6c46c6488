"""The promises of the house, each kept by a test that can fail."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grimp import ImportGraph

from tests.house.contracts import IslandsContract, PureContract

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "handlers", "storage")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked_files() -> Iterator[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.fail("What is tracked can be told only in a git checkout with git at hand.")
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return (file for file in files if file.is_file())


def sources() -> list[Path]:
    return sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))


def functions() -> Iterator[tuple[str, int]]:
    """Every function with the number of its lines; decorators are not its lines.

    A step of a migration is a list of what it makes, written by Alembic.
    """
    for file in sources():
        if file.parent.name == "versions":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, Function):
                yield (
                    f"{file.relative_to(ROOT)}:{node.lineno} {node.name}",
                    (node.end_lineno or node.lineno) - node.lineno + 1,
                )


def test_no_file_says_where_packages_are_downloaded() -> None:
    """Addresses of registries belong to a machine, not to the project."""
    hosts = (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
    )
    needle = re.compile("|".join(re.escape(".".join(host)) for host in hosts), re.IGNORECASE)
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tracked_files()
        if (match := needle.search(file.read_text(errors="replace")))
    ]
    assert found == []


def test_pins_hold_no_local_path_and_every_pin_its_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pins = [part for part in re.split(r"\n(?=\S)", text) if not part.startswith("#")]
        assert pins
        assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
        assert re.findall(r"(?:file:|-f |--find-links|--index|@ ).*", text) == []


def test_development_pins_hold_the_runtime_pins() -> None:
    """So the tests run on what a deployment runs on."""
    runtime, development = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert runtime - development == set()


@pytest.mark.parametrize("room", ROOMS)
def test_the_door_of_a_room_says_what_is_inside_and_imports_nothing(room: str) -> None:
    door = ast.parse((ROOT / room / "__init__.py").read_text())
    assert ast.get_docstring(door)
    assert len(door.body) == 1


def test_the_arrows_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_function_is_longer_than_a_page() -> None:
    assert [f"{name}: {lines} lines" for name, lines in functions() if lines > 60] == []


def test_nine_functions_in_ten_are_short() -> None:
    lengths = [lines for _, lines in functions()]
    short = sum(lines < 40 for lines in lengths)
    assert short >= 0.9 * len(lengths), f"{short} of {len(lengths)} functions have fewer than 40 lines"


def graph(*imports: tuple[str, str]) -> ImportGraph:
    drawn = ImportGraph()
    for importer, imported in imports:
        for module in (importer, imported):
            drawn.add_module(module)
        drawn.add_import(importer=importer, imported=imported)
    return drawn


@pytest.mark.parametrize(
    ("imported", "kept"),
    [
        ("datetime", True),
        ("rules.figures", True),
        ("words", True),
        ("pydantic", False),
        ("tables", False),
        ("rules_of_others", False),
    ],
)
def test_a_rule_is_pure_or_the_contract_breaks(imported: str, kept: bool) -> None:
    contract = PureContract("pure", {}, {"package": "rules", "allowed": ["words"]})
    drawn = graph(("rules.hours", imported))
    drawn.add_module("rules")
    assert contract.check(drawn, verbose=False).kept is kept


@pytest.mark.parametrize(
    ("imported", "kept"),
    [
        ("channels.errors", True),
        ("channels.slack.render", True),
        ("channels.telegram.render", False),
    ],
)
def test_a_channel_is_an_island_or_the_contract_breaks(imported: str, kept: bool) -> None:
    contract = IslandsContract("islands", {}, {"container": "channels"})
    drawn = graph(("channels.slack.sender", imported))
    for module in ("channels", "channels.slack", "channels.telegram", "channels.telegram.sender"):
        drawn.add_module(module)
    assert contract.check(drawn, verbose=False).kept is kept
