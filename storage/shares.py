"""How work is shared out among the processes that serve from one database."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """Which part of what is shared out falls to a replica: the one with this number, from 0, of so many."""

    number: int = 0
    of: int = 1


WHOLE = Share()
"""Everything."""
