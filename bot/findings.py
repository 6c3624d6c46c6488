"""What a look at an installation finds, in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `next_step` says what to do about it; empty when all is well."""

    ok: bool
    subject: str
    sentence: str
    next_step: str = ""
    loud: bool = False
    """Nothing is wrong, but nobody may overlook it."""
