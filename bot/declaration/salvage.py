"""What can be read of a file in which some values are wrong, so that its other mistakes are told too."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.declaration.schema import words_at
from bot.declaration.sentences import path_of
from handlers.mistakes.mistake import Path
from handlers.organisation import Organisation

_STAND_INS: dict[str, Any] = {
    "hours": [],
    "days": [],
    "questions": [],
    "opens": "00:00",
    "closes": "23:59",
    "starts": "2000-01-01",
    "ends": "2000-01-01",
    "pin": "0000",
    "touchpoint": "unread",
}
"""What takes the place of a word that must be there; nothing is concluded from it."""
_MOST_ROUNDS = 30
"""Leaving one thing out may uncover another; a file of four levels is through in fewer."""


@dataclass(frozen=True)
class Salvaged:
    """An organisation without what could not be read, and the paths where that stands, or would."""

    organisation: Organisation
    unread: frozenset[Path]


def salvage(value: Any) -> Salvaged | None:
    """Everything but the wrong values; nothing when that cannot be told apart. `value` stays as it is."""
    rest, unread = deepcopy(value), set[Path]()
    for _ in range(_MOST_ROUNDS):
        try:
            return Salvaged(Organisation.model_validate(rest), frozenset(unread))
        except ValidationError as refusal:
            errors = refusal.errors(include_url=False)
        unread.update(place for error in errors for place in _in_doubt(rest, error))
        _leave_out(rest, {_place(rest, path_of(error)) for error in errors})
    return None


def _in_doubt(value: Any, error: ErrorDetails) -> Iterator[Path]:
    """The path itself; a word nobody knows may have been meant for any that is not there."""
    path = path_of(error)
    yield path
    if error["type"] == "extra_forbidden":
        above = path[:-1]
        yield from ((*above, word) for word in words_at(above) if word not in _at(value, above))


def _place(value: Any, path: Path) -> Path:
    """What is to be left out: the path, or what is around it. An entry takes its list along: lines are
    found by the places of the others."""
    while path and not _can_be_left_out(value, path):
        path = path[:-1]
    return path


def _can_be_left_out(value: Any, path: Path) -> bool:
    """Whether there is something at the path, or must be, and it is not a stand-in already."""
    above = _at(value, path[:-1])
    if not isinstance(above, dict) or path[-1] not in (*above, *_STAND_INS, "name"):
        return False
    return path[-1] not in above or above[path[-1]] != _stand_in(path)


def _leave_out(value: Any, places: Iterable[Path]) -> None:
    for place in filter(None, places):
        above = _at(value, place[:-1])
        if isinstance(above, dict):
            above.pop(place[-1], None)
            if (stand_in := _stand_in(place)) is not None:
                above[place[-1]] = deepcopy(stand_in)


def _stand_in(path: Path) -> Any:
    """A name is taken from the key of the entry: sentences call things by their names."""
    if path[-1] == "name":
        return str(path[-2]) if len(path) > 1 else "–"
    return _STAND_INS.get(str(path[-1]))


def _at(value: Any, path: Path) -> Any:
    """What stands at a path; nothing where it leads nowhere."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
