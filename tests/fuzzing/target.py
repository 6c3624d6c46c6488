"""What a target is, and when what it does with some bytes is a fault."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PATIENCE = 0.1
"""Seconds of processor time that one input may cost at most."""
TRIES = 3
"""An input is too slow only when it is so each time: a collection of garbage is no fault of the reader's."""


class Fault(Exception):
    """What no input may bring about: an answer of 5xx, an error in the log, or too much time."""


@dataclass(frozen=True)
class Target:
    """A reader of what comes in: `take` returns for any bytes at all, and raises for nothing but a fault."""

    name: str
    reads: str
    """What it reads, in words."""
    take: Callable[[bytes], None]
    seeds: Sequence[bytes]
    """What really comes in, for a start."""

    def try_on(self, data: bytes, patience: float = PATIENCE) -> None:
        """Have it read some bytes. Raises whatever should not have been raised, or `Fault`."""
        for _ in range(TRIES):
            began = time.process_time()
            self.take(data)
            took = time.process_time() - began
            if took <= patience:
                return
        raise Fault(f"{took * 1000:.0f} ms for {len(data)} bytes")
