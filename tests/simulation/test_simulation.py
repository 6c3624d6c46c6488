"""Weeks of an organisation with everything going wrong, and nothing that must hold is broken."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.simulation.running import run
from tests.simulation.world import Plan

pytestmark = [
    pytest.mark.slow,
    pytest.mark.whole,
    pytest.mark.timeout(600),
    pytest.mark.sqlite("its one thread does everything, which is how a seed decides it"),
]

FORTNIGHTS = {
    "spring forward in Europe": Plan(seed=3, begins=date(2026, 3, 20), days=14, customers=40, often=3600),
    "back in Europe and then in America": Plan(
        seed=4, begins=date(2026, 10, 22), days=14, customers=40, often=3600
    ),
}


@pytest.mark.parametrize("plan", FORTNIGHTS.values(), ids=FORTNIGHTS)
def test_a_fortnight_with_a_change_of_the_clocks_leaves_nothing_undone(plan: Plan, tmp_path: Path) -> None:
    report = run(plan, tmp_path)
    assert report.faults == [], report
    happened = {name: number for name, number in report.counted.items() if name != "repeats"}
    assert min(happened.values()) > 0, f"nothing of some kind happened: {report.counted}"


def test_what_a_report_says_to_play_it_again_is_the_same_run_in_another_process(tmp_path: Path) -> None:
    """There sets and dictionaries of texts are in another order."""
    report, other = (run(Plan(seed, days=1, often=7200), tmp_path / str(seed)) for seed in (5, 6))
    command = [sys.executable, *report.command.split()[1:]]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True
    )
    assert re.findall(r"trace (\w+)", done.stdout) == [report.trace]
    assert report.trace != other.trace
