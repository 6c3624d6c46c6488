"""What changes from one declared organisation to the next, in plain sentences."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from handlers.organisation import Organisation

SECTIONS = {
    "calendars": "calendar",
    "teams": "team",
    "people": "person",
    "services": "service",
    "touchpoints": "touchpoint",
    "accounts": "account",
    "surveys": "survey",
    "kiosks": "kiosk",
    "rounds": "round",
    "webhooks": "webhook",
    "reports": "report",
}
"""Sections of keyed entries, and what one entry is called."""
Path = tuple[str, ...]
_NOTHING = "nothing"
_MOST = 60
"""Characters of a value that are shown; more would hide what changed."""


def difference(old: Organisation | None, new: Organisation) -> tuple[str, ...]:
    """One sentence for each change: *service helpdesk: owner maya → ville*, *+ team lobby*, *− team lobby*.

    Without an old organisation everything is new. Equal organisations have no difference.
    """
    before, after = _kept(old), _kept(new)
    entries = (
        _of_section(name, before.pop(section, {}), after.pop(section, {}))
        for section, name in SECTIONS.items()
    )
    by_section = list(chain.from_iterable(entries))
    return (*_of_entry("organisation", before, after, new=old is None), *by_section)


def _kept(organisation: Organisation | None) -> dict[str, Any]:
    return organisation.model_dump(mode="json") if organisation else {}


def _of_section(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in after:
        if key not in before:
            yield f"+ {name} {key}"
        else:
            yield from _of_entry(f"{name} {key}", before[key], after[key])
    yield from (f"− {name} {key}" for key in before if key not in after)


def _of_entry(subject: str, before: Any, after: Any, *, new: bool = False) -> Iterator[str]:
    """The changed leaves of one entry, each named by the words that lead to it."""
    if new:
        yield f"+ {subject}"
        return
    old, now = dict(_leaves(before)), dict(_leaves(after))
    for path in dict.fromkeys([*old, *now]):
        if old.get(path) != now.get(path) and not _came_or_went_whole(path, old, now):
            yield f"{subject}: {' '.join(path)} {_short(old.get(path))} → {_short(now.get(path))}"


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value with the words that lead to it. A list of entries also yields their order, as a tuple."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key).replace("_", " ")))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        named = {str(item.get("key", place)): item for place, item in enumerate(value, 1)}
        yield path, tuple(named)
        yield from chain.from_iterable(_leaves(item, (*path, name)) for name, item in named.items())
    else:
        yield path, value


def _came_or_went_whole(path: Path, *sides: Mapping[Path, Any]) -> bool:
    """Whether the leaf belongs to a list's entry that one side lacks: the order already tells."""
    return any(
        isinstance(order := side.get(path[:length]), tuple) and path[length] not in order
        for side in sides
        for length in range(len(path))
    )


def _short(value: Any) -> str:
    if value is None or value in ([], (), ""):
        return _NOTHING
    words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return words if len(words) <= _MOST else words[: _MOST - 1] + "…"
