"""One mistake in the organisation file."""

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""The keys and list places that lead to something in the file: `("services", "helpdesk", "owner")`."""


@dataclass(frozen=True)
class Mistake:
    """Where, what is wrong, and what to do. A warning does not keep the organisation from being applied."""

    path: Path
    sentence: str
    advice: str
    warning: bool = False
