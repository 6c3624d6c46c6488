"""Telegram's own description of its Bot API, read from outside the repository: what is wrong with a call.

The description is other people's data. Where it is not there, nothing is found wrong, and the test that
needs it is skipped with `MISSING`.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

SPECS = Path(os.environ.get("KAIKU_SPECS", Path(__file__).parents[3] / "shared" / "specs"))
FILE = SPECS / "telegram-bot-api.json"
MISSING = (
    f"Telegram's description of its Bot API is not here: put it at {FILE}, or set KAIKU_SPECS to its folder"
)

_LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)")
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
    "True": bool,
    "InputFile": bytes,
}


@cache
def description() -> dict[str, Any]:
    """Every method and type; empty where the description is missing."""
    return dict(json.loads(FILE.read_text("utf-8"))) if FILE.exists() else {"methods": {}, "types": {}}


def complaints(method: str, arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with a call, a line each: unknown, missing, of another type, too long or too short."""
    if not description()["methods"]:
        return []
    if method not in description()["methods"]:
        return [f"there is no method {method}"]
    return list(_of_fields(method, description()["methods"][method].get("fields", []), arguments))


def _of_fields(where: str, fields: list[dict[str, Any]], given: Mapping[str, Any]) -> Iterator[str]:
    known = {field["name"]: field for field in fields}
    yield from (f"{where}.{name} is unknown" for name in given if name not in known)
    for name, field in known.items():
        if name in given:
            yield from _of_value(f"{where}.{name}", field, given[name])
        elif field["required"]:
            yield f"{where}.{name} is missing"


def _of_value(where: str, field: dict[str, Any], value: Any) -> Iterator[str]:
    tries = [list(_of_type(where, kind, value)) for kind in field["types"]]
    yield from min(tries, key=len)
    length = _LENGTH.search(field["description"])
    if length and isinstance(value, str):
        least, most = int(length[1]), int(length[2])
        has = len(value.encode()) if length[3] == "bytes" else len(value.encode("utf-16-le")) // 2
        if not least <= has <= most:
            yield f"{where} has {has} {length[3]}, not {length[0]}"


def _of_type(where: str, kind: str, value: Any) -> Iterator[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is no array"
            return
        for place, item in enumerate(value):
            yield from _of_type(f"{where}[{place}]", kind.removeprefix("Array of "), item)
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or (isinstance(value, bool) and kind == "Integer"):
            yield f"{where} is no {kind}: {value!r:.60}"
    elif not isinstance(value, dict):
        yield f"{where} is no {kind}: {value!r:.60}"
    else:
        yield from _of_object(where, kind, value)


def _of_object(where: str, kind: str, value: dict[str, Any]) -> Iterator[str]:
    shape = description()["types"][kind]
    if "subtypes" in shape:
        yield from min((list(_of_type(where, sub, value)) for sub in shape["subtypes"]), key=len)
    else:
        yield from _of_fields(where, shape.get("fields", []), value)


def travelled(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they were meant: a form carries numbers, truths and JSON as text, and files as bytes."""
    return {name: _meant(name, value) for name, value in arguments.items()}


def _meant(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name in ("text", "caption", "callback_query_id"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
