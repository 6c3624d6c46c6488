"""How the command line speaks: sentences, coloured where a terminal shows colours, and errors on stderr."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from handlers.rules.words import harmless

if TYPE_CHECKING:
    from bot.declaration import Problem
    from bot.findings import Finding


class NotReady(Exception):
    """The database has not the tables of this version."""

    def __init__(self, steps: Sequence[str]) -> None:
        super().__init__(
            f"The database is behind this version of Kaiku (steps to take: {len(steps)}). Run `python -m bot migrate`; "
            "if it is new, run `python -m bot apply` and name your organisation file."
        )


def say(*lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        _out().print(_text(line))


def _text(line: str, style: str = "") -> Text:
    """A line in which nobody's words move the cursor, colour anything or turn what stands after them."""
    return Text(harmless(line), style)


def note(line: str) -> None:
    """Print something on the way, to stderr: what follows on stdout can be piped."""
    _err().print(_text(line, style="dim"))


def warn(*lines: str) -> None:
    """Print what nobody may overlook."""
    for line in lines:
        _out().print(_text(line, style="bold yellow"))


def complain(*lines: str) -> None:
    """Print what is wrong, to stderr."""
    for line in lines:
        _err().print(_text(line, style="red"))


def privately(name: str, flags: int) -> int:
    """What opens a file that is its owner's alone, from its first byte on."""
    return os.open(name, flags, 0o600)


def write_privately(file: Path, text: str) -> None:
    """Write such a file."""
    with open(file, "w", encoding="utf-8", opener=privately) as private:
        private.write(text)


def progress_bar(console: Console | None = None) -> Progress:
    """A bar with the time that is left, on stderr unless a console is given; its end alone where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console or Console(stderr=True))


def show_problems(problems: Iterable["Problem"]) -> None:
    """One line each, to stderr: where, what is wrong, what to do."""
    for problem in problems:
        colour = "yellow" if problem.warning else "red"
        word = "warning: " if problem.warning else ""
        _err().print(
            Text.assemble(
                (f"{problem.file}:{problem.line}: ", "bold"),
                (harmless(f"{word}{problem.sentence}"), colour),
                harmless(f" {problem.advice}"),
            )
        )


def show_changes(changes: Iterable[str]) -> None:
    """What is new in green, what goes in red."""
    colours = {"+": "green", "−": "red"}
    for change in changes:
        _out().print(_text(change, style=colours.get(change[0], "yellow")))


def show_findings(findings: Iterable["Finding"]) -> None:
    """A mark, what was looked at, what was found; the next step below it."""
    for finding in findings:
        mark = ("✗", "red") if not finding.ok else ("!", "bold yellow") if finding.loud else ("✓", "green")
        sentence = (harmless(f": {finding.sentence}"), "bold yellow" if finding.loud else "")
        _out().print(Text.assemble(mark, " ", (finding.subject, "bold"), sentence))
        if finding.next_step:
            _out().print(_text(f"  → {finding.next_step}"))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without a frame."""
    drawn = Table(*head, box=box.SIMPLE_HEAD)
    for row in rows:
        drawn.add_row(*(_text(cell) for cell in row))
    _out().print(drawn)


def sentences_for(error: Exception) -> tuple[str, ...]:
    """What to tell a person about an error that they can put right; nothing for one that is ours."""
    from bot.app import NotApplied
    from bot.city.errors import NotEmpty
    from bot.exporting import NotExported
    from bot.jobs import SettingsDiffer
    from bot.settings import SettingsError
    from bot.side_door import NotDone
    from handlers.errors import FeedbackError
    from handlers.imports import FileRefused
    from handlers.wording import sentences
    from storage.errors import DatabaseInUse, StorageError
    from storage.vault import UnknownKey

    match error:
        case SettingsError() | NotDone():
            return error.lines
        case FeedbackError():
            return (sentences.error(error, "en"),)
        case DatabaseInUse():
            return (str(error), _IN_USE)
        case (
            StorageError()
            | NotApplied()
            | FileRefused()
            | NotReady()
            | UnknownKey()
            | NotExported()
            | NotEmpty()
            | SettingsDiffer()
        ):
            return (str(error),)
        case OSError(filename=str(name), strerror=str(reason)):
            return (f"{name}: {reason}.",)
        case _:
            return ()


_IN_USE = (
    "`apply`, `import`, `export`, `invite`, `reseal` and others work beside a running Kaiku; this does not."
)


def _out() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _err() -> Console:
    return Console(highlight=False, soft_wrap=True, stderr=True)
