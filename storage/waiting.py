"""Pieces of work that wait to be done and stored, and whoever waits for them."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from storage.errors import explained, is_of_the_disk

LARGEST_BATCH = 256
"""The most pieces of work in one commit, so that the first of them does not wait for ever."""


@dataclass(slots=True, eq=False)
class Item:
    """A piece of work, what came of it, and who waits for that."""

    work: Callable[[Session], Any]
    waiting: "asyncio.Future[Any] | Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    """Where the waiting one lives; none when a thread waits."""
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Answer, unless nobody waits any more."""
        if self.waiting.done():
            return
        if self.error is None:
            self.waiting.set_result(self.result)
        else:
            self.waiting.set_exception(self.error)


def first_of(line: deque[Item]) -> list[Item]:
    """Take the next batch out of a line."""
    return [line.popleft() for _ in range(min(len(line), LARGEST_BATCH))]


def for_the_caller(error: BaseException) -> BaseException:
    """What a piece of work raised, as whoever waits for it is to get it."""
    if is_of_the_disk(error):
        return explained(error)
    if isinstance(error, StopIteration):  # a future cannot carry it
        return RuntimeError("a piece of work raised StopIteration")
    return error


def answer(batch: list[Item]) -> None:
    """Answer everybody, waking each event loop once."""
    loops = {item.loop for item in batch}
    for loop in loops:
        items = [item for item in batch if item.loop is loop]
        if loop is None:
            settle(items)
        else:
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(settle, items)


def settle(items: list[Item]) -> None:
    """Answer those whose event loop this is, or who wait in a thread."""
    for item in items:
        item.settle()
