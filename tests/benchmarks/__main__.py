"""`python -m tests.benchmarks`, that is `make bench`: best on a machine that does nothing else.

`clicks` takes four minutes, `replicas` three. `reading` takes half an hour the first time, most of it to live two
years; what was lived is kept in the folder. `reading --answers 1000000` is done in a few minutes.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import drawing, machine, reading, replicas, starting, writing
from tests.benchmarks.clicks import (
    CONNECTIONS,
    REPEATS,
    Run,
    Street,
    measured,
    serving_bare_bolt,
    serving_kaiku,
)

console = Console(width=120)


def clicks(street: Street) -> Table:
    """Bolt that only acknowledges beside Kaiku, in turn, at each number of connections."""
    table = Table(
        title=f"Signed clicks of {len(street.requests(1)[0]) / 1000:.1f} KB over HTTP", title_justify="left"
    )
    for heading in (
        "at once",
        "",
        "clicks/s",
        "p50 ms",
        "p99 ms",
        "CPU µs/click",
        "memory MB",
        "Kaiku ÷ Bolt",
    ):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for connections in CONNECTIONS:
        pairs = [
            (
                measured(serving_bare_bolt, street, connections),
                measured(serving_kaiku(street), street, connections),
            )
            for _ in range(REPEATS)
        ]
        bolt, kaiku = (Run.median(runs) for runs in zip(*pairs, strict=True))
        ratio = statistics.median(ours.per_second / theirs.per_second for theirs, ours in pairs)
        table.add_row(str(connections), "bare Bolt, only acknowledges", *_cells(bolt), "")
        table.add_row("", "Kaiku, stored first", *_cells(kaiku), f"{ratio:.2f} ×", end_section=True)
    return table


def _cells(run: Run) -> tuple[str, ...]:
    return (
        f"{run.per_second:,.0f}",
        f"{run.p50 * 1e3:.2f}",
        f"{run.p99 * 1e3:.1f}",
        f"{run.cpu * 1e6:,.0f}",
        f"{run.memory / 1e6:.0f}",
    )


def the_rest(street: Street) -> Table:
    """Single figures, each the median of a few runs."""
    batches = _median(lambda: writing.batches_of_a_thousand(street))
    plain = _median(lambda: writing.plain_inserts(street))
    handlers = _median(lambda: writing.whole_handlers(street))
    start = _median(lambda: starting.cold_start(street))
    table = Table(title="Inside", title_justify="left", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_row("sqlite3, 1000 inserts in a transaction", f"{batches:,.0f}/s")
    table.add_row("group commit of plain inserts, 64 callers", f"{plain:,.0f}/s ({plain / batches:.2f} ×)")
    table.add_row("group commit of whole handlers, 64 callers", f"{handlers:,.0f}/s")
    table.add_row("cold start to the first durable acknowledgement", f"{start * 1e3:.0f} ms")
    for name, seconds in drawing.pictures(REPEATS).items():
        table.add_row(f"drawing {name}", f"{statistics.median(seconds) * 1e3:.0f} ms")
    return table


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


def _clicks() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with console.status("asking customers …"):
            street = Street(Path(folder), max(CONNECTIONS.values()) + 100)
        with console.status("measuring clicks; three runs each …"):
            table = clicks(street)
        console.print(table)
        with console.status("measuring the rest …"):
            table = the_rest(street)
        console.print(table)


def _replicas() -> None:
    with tempfile.TemporaryDirectory() as folder, console.status("measuring replicas on PostgreSQL …"):
        table = replicas.measured(Path(folder))
    console.print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("clicks", "replicas", "reading"), help="all, if left out")
    parser.add_argument("--answers", type=int, default=1_000_000, help="that are read over")
    parser.add_argument("--folder", type=Path, default=Path(".cache/benchmarks"), help="keeps what was lived")
    told = parser.parse_args()
    console.print(machine.described())
    if told.part in {None, "clicks"}:
        _clicks()
    if told.part in {None, "replicas"}:
        _replicas()
    if told.part in {None, "reading"}:
        console.print(reading.measured(told.folder, told.answers))
    console.print(f"Medians of {REPEATS} runs. What is and what is not measured: docs/performance.md.")


if __name__ == "__main__":
    main()
