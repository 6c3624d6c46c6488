"""What happened on the time line: said in the organisation file, or noted by chat and on the dashboard."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.context import Context
from handlers.dashboard.annotations import note, take_back
from handlers.events import CommandGiven
from handlers.messages import Reply, Say
from handlers.people import actor, demand, language_of, row_id
from handlers.rules import hours
from handlers.rules.permissions import Right
from handlers.rules.scales import LocalText
from handlers.wording import annotations as wording
from handlers.wording.language import LANGUAGES
from storage import annotations
from storage.scope import Scope

_DAY = re.compile(r"^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:\s+|$)")
_HASHTAG = re.compile(r"(?:^|\s)#([\w-]+)")
_LISTED = timedelta(days=90)
_UNDO = ("undo", "peru", "ångra")


@dataclass(frozen=True)
class Noted:
    """Something that happened on a day, to some services; to all of them when none is named."""

    on: date
    words: LocalText
    services: tuple[str, ...]


def noted(first: date, last: date, scope: Scope, ctx: Context) -> tuple[Noted, ...]:
    """What happened on these days, both included, as far as it concerns a scope; oldest first."""
    found = [each for each in _all(first, last, ctx) if _concerns(each, scope)]
    return tuple(sorted(found, key=lambda each: each.on))


def _all(first: date, last: date, ctx: Context) -> Iterator[Noted]:
    for declared in ctx.organisation.annotations:
        if first <= declared.on <= last:
            yield Noted(declared.on, declared.words, declared.services)
    for row in annotations.between(ctx.session, first, last):
        services = (row.service,) if row.service else ()
        yield Noted(row.happened_on, dict.fromkeys(LANGUAGES, row.words), services)


def _concerns(each: Noted, scope: Scope) -> bool:
    """What is noted of a service is told where that service counts; of accounts, everything may have concerned them."""
    return scope.everything or not each.services or not scope.services.isdisjoint(each.services)


def command(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    """`note 2026-11-20 New version of the service #service`; of today without a day; alone, what was noted lately.

    `note undo` takes back what the person noted last. Raises `NotAllowed`, `DayNotUnderstood` or `UnknownService`.
    """
    person = actor(event.by, ctx)
    demand(person, Right.READ_CASES, ctx)
    language, today = language_of(person, ctx), hours.local_day(ctx.now, ctx.organisation.time_zone)
    if not rest.strip():
        lately = noted(today - _LISTED, today, Scope(everything=True), ctx)
        return Say(wording.listed([(each.on, each.words) for each in lately], language))
    if rest.strip().casefold() in _UNDO:
        row = annotations.newest_of(ctx.session, row_id(person))
        if row is None:
            return Say(wording.nothing_noted(language))
        take_back(row.token, person, ctx)
        return Say(wording.taken_back(row.happened_on, row.words, language))
    day = _DAY.match(rest)
    words = rest[day.end() :] if day else rest
    tags = _HASHTAG.findall(words)
    on = _iso(day) if day else today.isoformat()
    service = tags[0].casefold() if tags else ""
    said = " ".join(_HASHTAG.sub("", words).split())
    row = note(on, said, service, person, ctx)
    return Say(wording.noted(row.happened_on, row.words, language))


def _iso(day: re.Match[str]) -> str:
    """The day as *2026-11-20*, also of *20.11.2026*; whether there is such a day is found out later."""
    year, month, number = day.groups()[:3] if day[1] else reversed(day.groups()[3:])
    return f"{int(year):04}-{int(month):02}-{int(number):02}"
