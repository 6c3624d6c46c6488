"""YAML into plain values that remember the lines they were written on.

Every value stays the text that was typed; the model knows whether it is a number or a time. So `16:00`
is no number 960 as in YAML 1.1, `NO` is a country and not *false*, and `0401234567` keeps its zero.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from handlers.mistakes.mistake import Path

LARGEST = 1_000_000
"""Bytes of a file; what is larger was not written by a person."""
MOST_VALUES = 200_000
"""Values after every alias was followed: a few lines of aliases can stand for more than a memory holds."""


class NotReadable(Exception):
    """The text is no YAML that can be read: where, what is wrong, what to do."""

    def __init__(self, line: int, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.line, self.sentence, self.advice = line, sentence, advice


@dataclass
class Source:
    """What the text says, the line of each path, and keys that were written twice: path and first line."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    twice: list[tuple[Path, int, int]] = field(default_factory=list)
    """Path, line of the second, line of the first."""

    def line_of(self, path: Path) -> int:
        """The line where a path is written, else where the nearest thing around it is; counted from 1."""
        return next(
            (self.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.lines), 1
        )


class _Loader(yaml.SafeLoader):
    """Composes nodes whose plain scalars are texts, but for *null* and the merge key."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 – PyYAML's way


_KINDS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("null", "merge", "str", "seq", "map"))
_NULL, _MERGE, *_ = _KINDS
_Loader.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_MERGE, re.compile(r"^<<$"), ["<"])


def read_yaml(text: str) -> Source:
    """Read one YAML document. Raises `NotReadable`."""
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from error
    except ReaderError as error:
        raise _invisible(error, text) from error
    except RecursionError as error:
        raise NotReadable(1, "The file is nested too deeply.", "Three or four levels are enough.") from error


def _read(text: str) -> Source:
    source = Source()
    node = yaml.compose(text, Loader=_Loader)
    if node is not None:
        source.value = _Reading(source).value(node, ())
    return source


class _Reading:
    """One walk over the nodes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen = 0
        self.open: list[Node] = []

    def value(self, node: Node, path: Path) -> Any:
        """The plain value of a node; remembers the line of everything in it."""
        self.seen += 1
        if self.seen > MOST_VALUES:
            _refuse(node, "The aliases of this file unfold to too many values.", "Use fewer aliases.")
        if node.tag not in _KINDS:
            _refuse(node, f"“{node.tag}” is a kind of value I do not read.", "Remove the tag.")
        if node in self.open:
            _refuse(node, "This alias holds itself.", "Write out what you mean.")
        self.source.lines.setdefault(path, node.start_mark.line + 1)
        self.open.append(node)
        try:
            return self._by_kind(node, path)
        finally:
            self.open.pop()

    def _by_kind(self, node: Node, path: Path) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[Any, Any]:
        """The entries in order; those merged by `<<` stand behind the mapping's own."""
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        written: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged.update(self._merged(value_node, path))
                continue
            key, line = _key(key_node), key_node.start_mark.line + 1
            if key in written:
                self.source.twice.append(((*path, key), line, written[key]))
                continue
            written[key] = self.source.lines[*path, key] = line
            own[key] = self.value(value_node, (*path, key))
        return {**merged, **own}

    def _merged(self, node: Node, path: Path) -> dict[Any, Any]:
        maps = node.value if isinstance(node, SequenceNode) else [node]
        found: dict[Any, Any] = {}
        for inner in maps:
            if not isinstance(inner, MappingNode):
                _refuse(inner, "After `<<` only a section can follow.", "Name the anchor of a section.")
            found = {**self.value(inner, path), **found}
        return found


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode) or not node.value:
        _refuse(node, "Before a colon stands one word.", "Write `word: value`.")
    return str(node.value)


def _scalar(node: Node) -> str | None:
    return None if node.tag == _NULL else str(node.value)


def _refuse(node: Node, sentence: str, advice: str) -> NoReturn:
    raise NotReadable(node.start_mark.line + 1, sentence, advice)


# PyYAML's own complaints, in words.

_QUOTES = "Put a text that holds a colon, or begins with a sign, in quotes."
_INDENT = "Indent with spaces, and what belongs together by the same number."
_WORDS = {
    "found character '\\t'": ("There is a tab here.", "YAML is indented with spaces: replace it."),
    "mapping values are not allowed": ("There is a colon where none can be.", _QUOTES),
    "could not find expected ':'": ("There is no colon after this word.", "Write `word: value`."),
    "expected <block end>": ("This line does not fit the indentation above it.", _INDENT),
    "found undefined alias": (
        "This alias has no anchor.",
        "Define it with & above, or put the text in quotes.",
    ),
    "found duplicate anchor": ("This anchor is defined twice.", "Give it another name."),
    "expected a single document": (
        "A second document begins here.",
        "Remove the line of dashes: one file, one document.",
    ),
    "found unexpected end of stream": ("A quote is opened and never closed.", "Close it."),
    "cannot start any token": ("This sign cannot begin a value.", _QUOTES),
}


def _not_yaml(error: yaml.MarkedYAMLError) -> NotReadable:
    mark = error.problem_mark or error.context_mark
    problem = f"{error.problem or ''} {error.context or ''}"
    known = next((words for sign, words in _WORDS.items() if sign in problem), None)
    sentence, advice = known or (f"This is not YAML: {problem.strip()}.", f"{_INDENT} {_QUOTES}")
    return NotReadable(mark.line + 1 if mark else 1, sentence, advice)


def _invisible(error: ReaderError, text: str) -> NotReadable:
    line = text.count("\n", 0, error.position) + 1
    sentence = f"There is an invisible character here (U+{ord(text[error.position]):04X})."
    return NotReadable(line, sentence, "Delete it; typing the line anew is often quickest.")
