"""Who is meant by name in somebody's thanks."""

import re
from collections.abc import Mapping

_SHORTEST = 3
"""A first name shorter than this begins too many other words."""


def named_in(words: str, people: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the people (key → full name) whom the words name, in the order of `people`.

    A first name counts with its ending, *Sannalle* for Sanna, if it is one person's alone; whoever shares it needs
    the beginning of their last name too.
    """
    said = [word.casefold() for word in re.findall(r"\w+", words)]
    firsts = [_first(name) for name in people.values()]
    return tuple(
        key for key, name in people.items() if _named(name, said, alone=firsts.count(_first(name)) == 1)
    )


def _first(name: str) -> str:
    return name.casefold().partition(" ")[0]


def _named(name: str, said: list[str], *, alone: bool) -> bool:
    parts = name.casefold().split()
    if not parts or len(parts[0]) < _SHORTEST or not _said(parts[0], said):
        return False
    return alone or _said(parts[-1], said)


def _said(name: str, said: list[str]) -> bool:
    return any(word.startswith(name) for word in said)
