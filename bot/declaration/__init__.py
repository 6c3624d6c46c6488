"""Reading the organisation file: every mistake at once, each with its line, a sentence and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from bot.declaration.salvage import Salvaged, salvage
from bot.declaration.sentences import path_of, words_for
from bot.declaration.source import LARGEST, NotReadable, Source, read_yaml
from handlers.difference import SECTIONS
from handlers.mistakes import mistakes
from handlers.organisation import Organisation

CHANNELS = ("slack", "telegram", "teams", "matrix", "sandbox")
"""Channels in which people may be known: those Kaiku speaks, or is being taught."""


@dataclass(frozen=True)
class Problem:
    """One mistake: the file, the line, the path in it, what is wrong, what to do.

    A warning does not keep the file from being applied.
    """

    file: Path
    line: int
    where: str
    sentence: str
    advice: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence} {self.advice}"


@dataclass(frozen=True)
class Declaration:
    """What a file says: the organisation, unless something in it is wrong, and the problems by line."""

    organisation: Organisation | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that keep the file from being applied."""
        return tuple(problem for problem in self.problems if not problem.warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that Kaiku can live with."""
        return tuple(problem for problem in self.problems if problem.warning)


def read(path: Path, today: date | None = None) -> Declaration:
    """Read and check an organisation file, absences from `today` on only if that is given.

    Never raises for what is in the file, or for a missing one.
    """
    try:
        text = _text(path)
        source = read_yaml(text)
        _demand_a_mapping(source)
    except NotReadable as error:
        return Declaration(None, (Problem(path, error.line, "", error.sentence, error.advice),))
    return _checked(path, source, today)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except FileNotFoundError:
        raise NotReadable(
            1, "There is no such file.", "Copy organisation.example.yaml there, or name another file."
        ) from None
    except OSError as error:
        raise NotReadable(
            1, f"The file cannot be read: {error.strerror}.", "Check its path and rights."
        ) from error
    if raw is None:
        raise NotReadable(1, "The file is larger than a megabyte.", "Is it the right one?")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise NotReadable(line, "This is not UTF-8 text.", "Save the file as UTF-8.") from error


def _demand_a_mapping(source: Source) -> None:
    if source.value is None:
        raise NotReadable(1, "The file says nothing.", "organisation.example.yaml shows what can stand here.")
    if not isinstance(source.value, dict):
        raise NotReadable(
            source.line_of(()),
            "The file must consist of sections, such as `services:`.",
            "organisation.example.yaml shows how to begin.",
        )


def _checked(path: Path, source: Source, today: date | None) -> Declaration:
    refused = [*_written_twice(path, source), *_keyed_inside(path, source), *_refused(path, source)]
    readable = salvage(source.value)
    meant = _misplaced(path, source, readable, today) if readable else []
    found = sorted([*refused, *meant], key=lambda problem: problem.line)
    right = readable.organisation if readable and all(problem.warning for problem in found) else None
    return Declaration(right, tuple(found))


def _misplaced(path: Path, source: Source, readable: Salvaged, today: date | None) -> list[Problem]:
    """What is wrong although each of its words is right, as far as they could be read."""
    return [
        Problem(path, source.line_of(m.path), _dotted(m.path), m.sentence, m.advice, m.warning)
        for m in mistakes(readable.organisation, CHANNELS, readable.unread, today)
    ]


def _written_twice(path: Path, source: Source) -> Iterator[Problem]:
    for where, line, first in source.twice:
        yield Problem(
            path,
            line,
            _dotted(where),
            f"“{where[-1]}” was already written on line {first}.",
            "Keep one of the two.",
        )


def _refused(path: Path, source: Source) -> list[Problem]:
    """Values that cannot stand where they are."""
    try:
        Organisation.model_validate(source.value)
    except ValidationError as refusal:
        return [
            Problem(path, source.line_of(where), _dotted(where), *words_for(error))
            for error in refusal.errors(include_url=False)
            if not _is_injected_key(where := path_of(error))
        ]
    return []


def _keyed_inside(path: Path, source: Source) -> Iterator[Problem]:
    """Entries of a section that say their key a second time, inside."""
    for where in filter(_is_injected_key, source.lines):
        yield Problem(
            path,
            source.line_of(where),
            _dotted(where),
            "“key” is not a word I know here.",
            f"The key is what stands before the colon: “{where[1]}”. Remove this line.",
        )


def _is_injected_key(path: tuple[str | int, ...]) -> bool:
    """Whether it is the key that the model gives each entry: what is wrong with it is told at the entry."""
    return len(path) == 3 and path[0] in SECTIONS and path[2] == "key"


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step + 1 if isinstance(step, int) else step) for step in path)
