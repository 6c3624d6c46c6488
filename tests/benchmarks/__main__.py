"""`python -m tests.benchmarks`, that is `make bench`: best on a machine that does nothing else.

All of it takes some twelve minutes. `reading --answers 10000000` takes half an hour the first time, most of it to live
two years; what was lived is kept in the folder.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import drawing, machine, reading, replicas, starting, steady, waiting, writing
from tests.benchmarks.clicks import (
    CONNECTIONS,
    NAIVELY,
    REPEATS,
    WARM_UP,
    Run,
    Serve,
    Street,
    measured,
    quantile,
    serving_bare_bolt,
    serving_kaiku,
    serving_naive_bolt,
)
from tests.benchmarks.crowd import PEOPLE, WORKSPACES, memory_of_a_crowd

console = Console(width=120)

PARTS = ("clicks", "pace", "inside", "replicas", "reading")
PACES = {400: 1600, 1000: 4000}
"""Clicks a second, and how many clicks a run has."""
PROMPTS = 500
"""That are sent at the pace Slack allows: ten seconds."""


def clicks(street: Street) -> Table:
    """Bolt that only acknowledges, a naive bot and Kaiku, in turn, at each number of connections.

    Kaiku twice: while Slack asks for patience, so that it stores and queues alone, and saying everything meanwhile.
    """
    size = len(street.requests(1)[0]) / 1000
    table = Table(title=f"Signed clicks of {size:.1f} KB over HTTP", title_justify="left")
    figures = ("clicks/s", "p50 ms", "p99 ms", "CPU µs/click", "memory MB", "storing ÷ it", "saying ÷ it")
    for heading in ("at once", "", *figures):
        table.add_column(heading, justify="left" if heading == "" else "right")
    servers: Sequence[tuple[str, Serve]] = (
        ("bare Bolt, only acknowledges", serving_bare_bolt),
        ("naive bot", serving_naive_bolt),
        ("Kaiku, storing", serving_kaiku(street, patience="60")),
        ("Kaiku, saying too", serving_kaiku(street)),
    )
    for connections, number in CONNECTIONS.items():
        rounds = [
            [
                measured(serve, street, connections, NAIVELY if serve is serving_naive_bolt else number)
                for _, serve in servers
            ]
            for _ in range(REPEATS)
        ]
        for place, (name, _) in enumerate(servers):
            run = Run.median([runs[place] for runs in rounds])
            ratios = [
                statistics.median(runs[kaiku].per_second / runs[place].per_second for runs in rounds)
                for kaiku in (-2, -1)
            ]
            told = [f"{ratio:.2f} ×" for ratio in ratios] if place < len(servers) - 2 else []
            table.add_row("" if place else str(connections), name, *_cells(run), *told)
        table.add_section()
    return table


def _cells(run: Run) -> tuple[str, ...]:
    return (
        f"{run.per_second:,.0f}",
        f"{run.p50 * 1e3:.2f}",
        f"{run.p99 * 1e3:.1f}",
        f"{run.cpu * 1e6:,.0f}",
        f"{run.memory / 1e6:.0f}",
    )


def pace(street: Street) -> Table:
    """Clicks that come at a steady pace, and how soon whoever must act is told."""
    table = Table(title="At a steady pace", title_justify="left")
    for heading in ("", "clicks/s", "p50 ms", "p99 ms", "CPU µs/click", "memory MB"):
        table.add_column(heading, justify="right" if heading else "left")
    for per_second, number in PACES.items():
        runs = [measured(serving_kaiku(street), street, 64, number, per_second) for _ in range(REPEATS)]
        table.add_row(f"acknowledged, {per_second} a second wanted", *_cells(Run.median(runs)))
    for queued in (0, steady.QUEUED):
        seconds = steady.alerted(street, queued)
        name = f"low tap to alert on the wire, {queued:,} prompts due before it"
        p50, p99 = (f"{quantile(seconds, share) * 1e3:.1f}" for share in (0.5, 0.99))
        table.add_row(name, f"{steady.ALERTS[0]}", p50, p99, "", "")
    return table


def inside(street: Street, pending: int) -> Table:
    """Single figures, most of them the median of a few runs."""
    table = Table(title="Inside", title_justify="left", show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name, told in (
        *_of_writing(street),
        *_of_waiting(street, pending),
        *_of_the_whole(street),
        *(
            (f"drawing {name}", f"{statistics.median(seconds) * 1e3:.0f} ms")
            for name, seconds in drawing.pictures(REPEATS).items()
        ),
    ):
        table.add_row(name, told)
    return table


def _of_writing(street: Street) -> Sequence[tuple[str, str]]:
    batches = _median(lambda: writing.batches_of_a_thousand(street))
    plain = _median(lambda: writing.plain_inserts(street))
    naive = _median(writing.naive_handlers)
    handlers = _median(lambda: writing.whole_handlers(street))
    return (
        ("sqlite3, 1000 inserts in a transaction", f"{batches:,.0f}/s"),
        ("group commit of plain inserts, 64 callers", f"{plain:,.0f}/s ({plain / batches:.2f} ×)"),
        ("whole handlers of the naive bot, a session each", f"{naive:,.0f}/s"),
        ("group commit of whole handlers, 64 callers", f"{handlers:,.0f}/s ({handlers / naive:.1f} ×)"),
    )


def _of_waiting(street: Street, pending: int) -> Sequence[tuple[str, str]]:
    found = waiting.waited(street, pending)
    makespan, most = steady.paced(street, PROMPTS)
    return (
        (f"{pending:,} prompts wait: memory", f"{found.memory / 1e6:.0f} MB"),
        ("… to ask what is due next", f"{found.poll * 1e6:.0f} µs"),
        ("… claimed and recorded as sent", f"{found.per_second:,.0f}/s"),
        ("… longest transaction meanwhile", f"{found.longest * 1e3:.0f} ms"),
        (f"{PROMPTS} conversations at Slack's pace, by an even one", f"{makespan:.2f} ×"),
        ("… most in any second; Slack allows 50", f"{most}"),
    )


def _of_the_whole(street: Street) -> Sequence[tuple[str, str]]:
    start = _median(lambda: starting.cold_start(street))
    memory = memory_of_a_crowd(street)
    return (
        ("cold start to the first durable acknowledgement", f"{start * 1e3:.0f} ms"),
        (f"memory with {WORKSPACES:,} workspaces and {PEOPLE:,} people", f"{memory / 1e6:.0f} MB"),
    )


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


def _on_a_street(parts: Sequence[str], pending: int) -> None:
    """What needs customers with a prompt before them."""
    measures: dict[str, Callable[[Street], Table]] = {
        "clicks": clicks,
        "pace": pace,
        "inside": lambda street: inside(street, pending),
    }
    with tempfile.TemporaryDirectory() as folder:
        with console.status("asking customers …"):
            street = Street(Path(folder), max(*CONNECTIONS.values(), *PACES.values()) + WARM_UP)
        for part in (part for part in measures if part in parts):
            with console.status(f"measuring: {part} …"):
                table = measures[part](street)
            console.print(table)


def _replicas() -> None:
    with tempfile.TemporaryDirectory() as folder, console.status("measuring: replicas on PostgreSQL …"):
        table = replicas.measured(Path(folder))
    console.print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; all, if left out")
    parser.add_argument("--answers", type=int, default=1_000_000, help="that are read over")
    parser.add_argument("--pending", type=int, default=1_000_000, help="prompts that wait")
    parser.add_argument("--folder", type=Path, default=Path(".cache/benchmarks"), help="keeps what was lived")
    parser.add_argument(
        "--database",
        choices=[name.lower() for name in reading.DATABASES],
        help="to read from; both, if left out",
    )
    told = parser.parse_args()
    parts = told.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    console.print(machine.described())
    if {"clicks", "pace", "inside"} & set(parts):
        _on_a_street(parts, told.pending)
    if "replicas" in parts:
        _replicas()
    if "reading" in parts:
        databases = [name for name in reading.DATABASES if told.database in (None, name.lower())]
        console.print(reading.measured(told.folder, told.answers, databases))
    console.print(f"Medians of {REPEATS} runs. What is and what is not measured: docs/performance.md.")


if __name__ == "__main__":
    main()
