"""Rounds that could not be, or would be mistaken for something else."""

from collections.abc import Iterator

from handlers.mistakes.mistake import Mistake
from handlers.organisation import MONTHS, Organisation


def unfit_rounds(organisation: Organisation) -> Iterator[Mistake]:
    """Slices shorter than a month, quiet periods that end before they start, keys that touchpoints have."""
    for key, declared in organisation.rounds.items():
        if key in organisation.touchpoints:
            yield Mistake(
                ("rounds", key),
                f"“{key}” is also a touchpoint, and their answers must not be mistaken for each other.",
                "Give one of them another key.",
            )
        if declared.slices > MONTHS[declared.every]:
            yield Mistake(
                ("rounds", key, "slices"),
                f"A {declared.every} has {MONTHS[declared.every]} months, and a slice takes one at least.",
                f"Write {MONTHS[declared.every]} or fewer.",
            )
        for place, quiet in enumerate(declared.quiet):
            if quiet.ends < quiet.starts:
                yield Mistake(
                    ("rounds", key, "quiet", place, "ends"),
                    "The quiet period ends before it starts.",
                    "Exchange the two days.",
                )
