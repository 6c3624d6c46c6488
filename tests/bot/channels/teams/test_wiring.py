"""Teams is an extra: what happens where it was not installed. In a process of its own, which lacks it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "microsoft_teams":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from bot.__main__ import cli
cli()
"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    given = {
        "PATH": "",
        "PYTHONPATH": str(ROOT),
        "KAIKU_TEAMS_APP_ID": "11111111-2222-4333-8444-555555555555",
        "KAIKU_PUBLIC_URL": "https://kaiku.example.org",
    }
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *command],
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "doctor"])
def test_without_the_extra_a_sentence_says_what_to_install(tmp_path: Path, command: str) -> None:
    told = run(tmp_path, command)
    assert told.returncode == 1
    assert "requirements-teams.txt" in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_the_app_package_is_built_without_the_extra(tmp_path: Path) -> None:
    assert run(tmp_path, "teams-package", "kaiku.zip").returncode == 0
    assert (tmp_path / "kaiku.zip").exists()
