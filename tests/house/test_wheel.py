"""The wheel is whole: what runs from the repository runs from an installed package."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.version import VERSION

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "storage")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Built from a copy of the tree, because building leaves things behind."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("made")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, source / room, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file in ("pyproject.toml", "README.md", "LICENSE", "organisation.example.yaml"):
        shutil.copy(ROOT / file, source)
    words = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(made)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", str(source), *words], check=True)
    (built,) = made.iterdir()
    with zipfile.ZipFile(built) as wheel:
        yield wheel


def test_every_file_of_the_rooms_is_in_it(wheel: zipfile.ZipFile) -> None:
    files = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert files - set(wheel.namelist()) == set()
    assert {name.split("/")[0] for name in wheel.namelist()} == {*ROOMS, f"kaiku-{VERSION}.dist-info"}


def test_it_plays_the_demo_in_an_empty_folder(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    wheel.extractall(installed)
    empty.mkdir()

    played = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--script"],
        cwd=empty,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert played.returncode == 0, played.stderr
    assert "Maya" in played.stdout
    assert list(empty.iterdir()) == []
