"""What stands in windows of a line and how often: what is settled is added up, and the rest counted row by row."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlmodel import Session

from storage.scope import Scope
from storage.settled import DAY, WEEK, Parts, Settled, Sum, parts, settled_between, sums_of_each
from storage.units import Stretch, Unit, Wanted, count_units_of_each

Span = tuple[datetime, datetime]
"""From an instant on and before another."""


def counted(
    session: Session, scope: Scope, wanted: Wanted, windows: Sequence[Span]
) -> Sequence[Mapping[Unit, int]]:
    """What one scope has in each of some windows.

    They are asked together: which days are settled, what they add up to, and what stands in the rest – rows of a day
    on which one window ends and the next begins are counted once. Settled days know no accounts, so what an account
    alone tells is counted row by row too.
    """
    known = _all_settled(session, scope, wanted, windows)
    taken = [parts(known, start, end) for start, end in windows]
    found = _added_up(session, scope, wanted, taken)
    rows = _by_rows(session, scope, wanted, [[*each.rest, *each.beyond] for each in taken])
    alone = [each.settled for each in taken] if scope.names_customers else []
    elsewhere = _by_rows(session, scope, wanted, alone, elsewhere=True)
    for window, each in zip(found, taken, strict=True):
        for stretch in each.rest:
            window.update(rows[stretch])
        for stretch in each.beyond:
            window.subtract(rows[stretch])
        for stretch in each.settled if elsewhere else ():
            window.update(elsewhere[stretch])
    return [+window for window in found]


def _all_settled(
    session: Session, scope: Scope, wanted: Wanted, windows: Sequence[Span]
) -> Collection[Settled]:
    if scope.only.accounts:
        return ()
    first, last = min(start for start, _ in windows), max(end for _, end in windows)
    return settled_between(session, wanted.what.line, first, last)


def _added_up(
    session: Session, scope: Scope, wanted: Wanted, taken: Sequence[Parts]
) -> Sequence[Counter[Unit]]:
    """What the settled days and weeks of each window add up to."""
    found = [Counter[Unit]() for _ in taken]
    sums = [(window, each) for window, part in zip(found, taken, strict=True) for each in _sums(part)]
    for place, unit, count in sums_of_each(session, scope, [each for _, each in sums], wanted):
        sums[place][0][unit] += count
    return found


def _sums(taken: Parts) -> Iterator[Sum]:
    for days, firsts in ((WEEK, taken.weeks), (DAY, taken.days)):
        if firsts:
            yield Sum(days, firsts)


def _by_rows(
    session: Session,
    scope: Scope,
    wanted: Wanted,
    stretches: Sequence[Sequence[Stretch]],
    *,
    elsewhere: bool = False,
) -> Mapping[Stretch, Counter[Unit]]:
    """What stands in each stretch, each counted once."""
    once = list(dict.fromkeys(chain.from_iterable(stretches)))
    return dict(
        zip(once, count_units_of_each(session, scope, once, wanted, elsewhere=elsewhere), strict=True)
    )
