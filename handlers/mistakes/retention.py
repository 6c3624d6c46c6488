"""Times of keeping that would forget what is still in use."""

from collections.abc import Iterator
from datetime import timedelta

from handlers.declared import duration_in_words
from handlers.mistakes.mistake import Mistake
from handlers.organisation import Organisation

_DELIVERIES = timedelta(days=1)
"""Platforms repeat a delivery for so long, and one that was forgotten would count twice."""


def too_short(organisation: Organisation) -> Iterator[Mistake]:
    """Words that go while they can still be changed, deliveries that could be taken in twice, and the like."""
    kept, asking = organisation.retention, organisation.asking
    least = {
        "words": max(asking.edit_window, asking.expires_after),
        "voice": asking.edit_window,
        "customers": max(asking.cool_down, asking.cool_down_any, asking.expires_after),
        "deliveries": _DELIVERIES,
        "audit": timedelta(days=30),
    }
    for word, shortest in least.items():
        time = getattr(kept, word)
        if time is not None and time < shortest:
            yield Mistake(
                ("retention", word),
                f"{duration_in_words(time)} is too short for `{word}`: what is needed for "
                f"{duration_in_words(shortest)} would be gone before.",
                f"Keep it for {duration_in_words(shortest)} or longer.",
            )
