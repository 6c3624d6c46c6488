"""What customers were told, kept on their side: the first of the books that are compared at the end."""

import math
from dataclasses import dataclass, field
from itertools import count

Key = tuple[str, str]
"""An invitation and a question."""


@dataclass
class Attempt:
    """One score that was sent off."""

    key: Key
    score: int
    began: float
    acknowledged: float = math.inf
    """When the answer came that it is stored; never, while it has not."""


@dataclass
class Journal:
    """Every score and every sentence that was sent, in order, and which of them were acknowledged."""

    attempts: dict[Key, list[Attempt]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    """Sentences that were sent, each told apart from all others."""
    heard: set[str] = field(default_factory=set)
    """Those of them that were acknowledged."""
    _numbers: "count[int]" = field(default_factory=count)

    def sends(self, invitation: str, question: str, score: int) -> Attempt:
        """A score is on its way."""
        attempt = Attempt((invitation, question), score, next(self._numbers))
        self.attempts.setdefault(attempt.key, []).append(attempt)
        return attempt

    def hears(self, attempt: Attempt) -> None:
        """It is acknowledged."""
        attempt.acknowledged = next(self._numbers)

    @property
    def acknowledged(self) -> set[Key]:
        """What must be stored."""
        return {key for key, sent in self.attempts.items() if min(a.acknowledged for a in sent) < math.inf}

    def may_stand(self, key: Key) -> set[int]:
        """The scores one of which must be stored: nothing acknowledged was sent after they had been acknowledged.

        What nobody acknowledged may have been stored all the same.
        """
        sent = self.attempts.get(key, [])
        last = max((a.began for a in sent if a.acknowledged < math.inf), default=-1)
        return {a.score for a in sent if a.acknowledged > last}
