"""Who was asked before, for the rules that decide whether somebody is asked."""

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime

from handlers.rules.fatigue import PastRequest
from handlers.rules.figures import Count
from handlers.rules.hours import Window


class Past:
    """What `handlers.deciding` asks of it, out of memory."""

    def __init__(self) -> None:
        self._of_person: dict[int, list[PastRequest]] = defaultdict(list)
        self._of_account: dict[str, list[datetime]] = defaultdict(list)

    def add(self, person_id: int, account: str | None, request: PastRequest) -> None:
        """Somebody is asked; requests come in the order of time."""
        self._of_person[person_id].append(request)
        if account is not None:
            self._of_account[account].append(request.at)

    def requests_to(self, person_id: int, since: datetime) -> list[PastRequest]:
        """Requests to one person since an instant."""
        return [request for request in self._of_person[person_id] if request.at >= since]

    def requests_to_account(self, account: str, since: datetime) -> int:
        """How many requests went to an account's people since an instant."""
        times = self._of_account[account]
        return len(times) - bisect_left(times, since)

    def answers(self, service: str | None, touchpoint: str | None, question: str, month: Window) -> Count:
        """Nowhere in the city is it asked until there are enough answers."""
        return Count()
