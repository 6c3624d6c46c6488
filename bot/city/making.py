"""`simulate --organisation city`: from a database's address to a past in it, with a progress bar."""

from collections.abc import Iterator
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.city.plan import Plan, city, plan
from bot.city.story import Town
from bot.city.writing import write
from storage.address import shown
from storage.database import Database
from storage.schema import migrate

_WEEKS_A_YEAR = 52.18


def make_up(url: str, years: float, last_day: date, seed: int) -> Plan:
    """Write so many years up to and with a day into an empty database; the same seed and day write the same rows.

    Raises `NotEmpty`.
    """
    planned = plan(city(), last_day, round(years * _WEEKS_A_YEAR), seed)
    migrate(url)
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with (
        Database(url) as database,
        Progress(*columns, console=terminal, disable=not terminal.is_terminal) as bar,
    ):
        task = bar.add_task("Living through the past", total=None)
        write(
            Town(city(), planned), database, lambda done, total: bar.update(task, completed=done, total=total)
        )
    return planned


def told(planned: Plan, url: str) -> Iterator[str]:
    """What was made, and what to look at."""
    yield f"The city lived from {planned.first_day} to {planned.last_day}, in {shown(url)}."
    for drop in planned.drops:
        yield f"Truly worse: {drop.service}, from {drop.starts_on} until {drop.ends_on} ({drop.because['en']})."
    dip = planned.dip
    yield f"Only chance: {dip.service}, in the week from {dip.starts_on}."
    yield "With KAIKU_DATABASE_URL set to it: python -m bot digest --for it, or python -m bot run."
