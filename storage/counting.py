"""What stands in windows of a line and how often: what is settled is added up, and the rest counted row by row."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage.scope import Scope
from storage.settled import DAY, WEEK, Settled, parts, settled_between, sums
from storage.units import Stretch, Unit, Wanted, count_units

Span = tuple[datetime, datetime]
"""From an instant on and before another."""


class Counting:
    """What one scope has in some windows.

    Which days are settled is asked once for all of them, and the rows of a day on which one window ends and the next
    begins are counted once. Settled days know no accounts, so what an account alone tells is counted row by row too.
    """

    def __init__(self, session: Session, scope: Scope, wanted: Wanted, windows: Sequence[Span]) -> None:
        self._session, self._scope, self._wanted = session, scope, wanted
        self._settled = self._all_settled(windows)
        self._rows: dict[Stretch, Counter[Unit]] = {}

    def _all_settled(self, windows: Sequence[Span]) -> Collection[Settled]:
        if self._scope.only.accounts:
            return ()
        first, last = min(start for start, _ in windows), max(end for _, end in windows)
        return settled_between(self._session, self._wanted.what.line, first, last)

    def within(self, start: datetime, end: datetime) -> Mapping[Unit, int]:
        """What stands in one of the windows."""
        taken, found = parts(self._settled, start, end), Counter[Unit]()
        for days, firsts in ((WEEK, taken.weeks), (DAY, taken.days)):
            for unit, count in sums(self._session, self._scope, days, firsts, self._wanted) if firsts else ():
                found[unit] += count
        for stretch in taken.settled if self._scope.names_customers else ():
            found.update(count_units(self._session, self._scope, stretch, self._wanted, elsewhere=True))
        for stretch in taken.rest:
            found.update(self._units(stretch))
        for stretch in taken.beyond:
            found.subtract(self._units(stretch))
        return +found

    def _units(self, stretch: Stretch) -> Counter[Unit]:
        if stretch not in self._rows:
            self._rows[stretch] = count_units(self._session, self._scope, stretch, self._wanted)
        return self._rows[stretch]
