"""One run with its checks, and what to say about it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tests.simulation.checker import Books, described, faults
from tests.simulation.world import Plan, World

_TOLD = 30
"""Faults that are told one by one."""


@dataclass(frozen=True)
class Report:
    """How a run ended."""

    plan: Plan
    trace: str
    counted: dict[str, int]
    faults: list[str]

    @property
    def command(self) -> str:
        """What plays it again."""
        plan = self.plan
        return (
            f"python -m tests.simulation --seed {plan.seed} --days {plan.days} --begins {plan.begins} "
            f"--customers {plan.customers} --a-day {plan.a_day:g} "
            f"--deaths-a-week {plan.deaths_a_week:g} --often {plan.often:g}"
        )

    def __str__(self) -> str:
        counted = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in self.counted.items())
        lines = [f"seed {self.plan.seed}: trace {self.trace}; {counted}", *self.faults[:_TOLD]]
        if self.faults:
            lines.append(f"{len(self.faults)} faults. Play it again: {self.command}")
        return "\n".join(lines)


def run(
    plan: Plan,
    folder: Path,
    progress: Callable[[World], None] = lambda _: None,
    out: TextIO | None = None,
) -> Report:
    """Live through a plan. What must hold always is checked at each death, in the weeks that follow another."""
    world, early = World(plan, folder, out), list[str]()
    checked = world.now

    def look(world: World) -> None:
        nonlocal checked
        progress(world)
        if (world.now - checked).days >= 28 and not early:
            checked = world.now
            early.extend(faults(_books(world), at_the_end=False))

    world.run(look)
    books = _books(world)
    found = early + [fault for fault in faults(books, at_the_end=True) if fault not in early]
    return Report(plan, world.history.trace, described(books), found)


def _books(world: World) -> Books:
    return Books.of(world.url, world.history, world.customers, (world.begins, world.ends, world.now))
