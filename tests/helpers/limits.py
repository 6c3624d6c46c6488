"""What platforms allow, enforced to the message as their makers have written it down."""

from collections import deque
from collections.abc import Callable, Iterator

from bot.channels import Limit


class Windows:
    """So many in any so many seconds, in each conversation and over all."""

    def __init__(self, each: tuple[Limit, ...], overall: tuple[Limit, ...]) -> None:
        self._each, self._overall = each, overall
        self._at: dict[str, deque[float]] = {}

    def opens(self, place: str, now: float) -> float:
        """The first instant from now on at which another message is let in."""
        return max([now, *self._ends(self._each, place), *self._ends(self._overall, "")])

    def let_in(self, place: str, now: float) -> None:
        """Another message is in."""
        for name in (place, ""):
            self._at.setdefault(name, deque(maxlen=2000)).append(now)

    def _ends(self, limits: tuple[Limit, ...], name: str) -> Iterator[float]:
        times = self._at.get(name, deque())
        return (times[-x.messages] + x.seconds for x in limits if len(times) >= x.messages)


class Bucket:
    """Synapse's way: one bucket for all of an account's messages, which fills slowly."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second, self._burst = per_second, burst
        self._level, self._since = 0.0, 0.0

    def opens(self, place: str, now: float) -> float:
        """The first instant from now on at which another message is let in."""
        return now + max(0.0, self._level_at(now) + 1 - self._burst) / self._per_second

    def let_in(self, place: str, now: float) -> None:
        """Another message is in."""
        self._level, self._since = self._level_at(now) + 1, now

    def _level_at(self, now: float) -> float:
        return max(0.0, self._level - (now - self._since) * self._per_second)


Rules = Windows | Bucket
SLACK = (Limit(1),), (Limit(300, 60),)
TELEGRAM = (Limit(1),), (Limit(30),)
TEAMS = (Limit(7), Limit(8, 2), Limit(60, 30), Limit(1800, 3600)), (Limit(50),)
PLATFORMS: dict[str, Callable[[], Rules]] = {
    "slack": lambda: Windows(*SLACK),
    "telegram": lambda: Windows(*TELEGRAM),
    "teams": lambda: Windows(*TEAMS),
    # As a homeserver's maker delivers it; ours is often allowed more.
    "matrix": lambda: Bucket(per_second=0.2, burst=10),
}
