"""Halves of characters, which JSON can hold and UTF-8 cannot.

The libraries of some platforms read them as they come. A message with one could be neither stored nor let go, and
would be heard again for ever; so it is mended where it comes in.
"""

from typing import Any, TypeVar

import orjson

T = TypeVar("T")


def mended(told: T) -> T:
    """What a platform told in JSON, with `�` for each half. Raises `ValueError` for what is nested too deeply."""
    try:
        orjson.dumps(told)
    except TypeError:
        try:
            mended: T = _mended(told)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return mended
    return told


def _mended(told: Any) -> Any:
    if isinstance(told, str):
        return told.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(told, dict):
        return {_mended(key): _mended(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_mended(value) for value in told]
    return told
