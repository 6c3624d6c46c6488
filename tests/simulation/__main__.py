"""`python -m tests.simulation --seed 7 --days 371`: a year of an organisation in some minutes."""

import argparse
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import Progress, TextColumn

from tests.simulation.running import Report, run
from tests.simulation.world import Plan, World

YEAR = Plan(seed=0, begins=date(2026, 1, 1), days=371, customers=120, a_day=8, often=3600)
"""A year with 53 weeks, both changes of the clock and every holiday, and the first days of the next."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the run; the same seed is the same run")
    parser.add_argument("--runs", type=int, default=1, help="so many seeds, one after the other")
    parser.add_argument("--days", type=int, default=YEAR.days, help="how long it lasts")
    parser.add_argument("--begins", type=date.fromisoformat, default=YEAR.begins, help="the first day")
    parser.add_argument("--customers", type=int, default=YEAR.customers)
    parser.add_argument("--a-day", type=float, default=YEAR.a_day, help="encounters on a usual working day")
    parser.add_argument("--deaths-a-week", type=float, default=YEAR.deaths_a_week)
    parser.add_argument(
        "--often", type=float, default=YEAR.often, help="seconds between looks at what is due"
    )
    parser.add_argument("--trace", type=Path, help="a file for the trace, to be compared with another run's")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run and report; 1 when an invariant does not hold."""
    asked = arguments(argv)
    failed = 0
    for seed in range(asked.seed, asked.seed + asked.runs):
        plan = Plan(
            seed,
            asked.begins,
            asked.days,
            asked.customers,
            asked.a_day,
            asked.deaths_a_week,
            asked.often,
        )
        report = _watched(plan, asked.trace)
        print(report, flush=True)
        failed += bool(report.faults)
    return 1 if failed else 0


def _watched(plan: Plan, trace: Path | None) -> Report:
    """With a bar, where somebody looks."""
    out = trace.open("w") if trace else None
    # The disk's confirmation of each commit is what takes longest, and says nothing here.
    memory = Path("/dev/shm")  # noqa: S108
    bar = Progress(
        *Progress.get_default_columns(), TextColumn("{task.fields[day]}"), disable=not sys.stderr.isatty()
    )
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, bar:
        task = bar.add_task(f"seed {plan.seed}", total=plan.days, day="")

        def progress(world: World) -> None:
            bar.update(task, completed=(world.now - world.begins).days, day=f"{world.now:%a %Y-%m-%d %H:%M}")

        report = run(plan, Path(folder), progress, out)
    if out:
        out.close()
    return report


if __name__ == "__main__":
    sys.exit(main())
