"""One customer's account: scores over time, its plan, open matters, people, and when you meet next."""

from dataclasses import dataclass, replace
from datetime import date

from handlers import packs
from handlers.case_views import case_lines
from handlers.context import Context
from handlers.dashboard import charts
from handlers.dashboard.days import Days, days_of
from handlers.digests.measures import Comparison, compared, measured
from handlers.digests.targets import of_account
from handlers.digests.trends import leading
from handlers.errors import NoSuchPage
from handlers.filters import Filters
from handlers.lookups import meetings_of
from handlers.messages import Message, TrendChart
from handlers.organisation import Account
from handlers.people import name_of
from handlers.rules import hours
from handlers.rules.permissions import Sight
from handlers.rules.scales import Question
from handlers.seeing import demand_sight
from handlers.views import FigureView, OpenCaseLine, TargetView
from handlers.wording import packs as packs_in_words
from storage import counts, digests, people
from storage.scope import Scope
from storage.vocabulary import Stream

_PEOPLE = 50
_CASES = 50


@dataclass(frozen=True)
class AccountLine:
    """One account in the list."""

    key: str
    name: str
    manager: str
    open: int
    overdue: int
    next_meeting: date | None


@dataclass(frozen=True)
class Contact:
    """Somebody who works at the customer's. How to reach them is told with a case, once they allowed it."""

    name: str
    title: str


@dataclass(frozen=True)
class AccountView:
    """What the page of an account tells."""

    key: str
    name: str
    manager: str
    director: str
    days: Days
    last_meeting: date | None
    next_meeting: date | None
    figures: tuple[FigureView, ...]
    relationship: tuple[FigureView, ...]
    """From rounds, never counted with encounters."""
    plan: tuple[TargetView, ...]
    leading: Question | None
    asked: int
    answered: int
    open_total: int
    overdue_total: int
    cases: tuple[OpenCaseLine, ...]
    """Empty for a reader who reads no cases; so are the contacts."""
    contacts: tuple[Contact, ...]


def accounts(sight: Sight, ctx: Context) -> tuple[AccountLine, ...]:
    """The accounts that concern the reader."""
    return tuple(
        _line(account, ctx)
        for key, account in ctx.organisation.accounts.items()
        if sight.concerns(account=key)
    )


def account(key: str, filters: Filters, sight: Sight, ctx: Context) -> AccountView:
    """The page of one account. Raises `NoSuchPage`, or `NotAllowed` for somebody whom it does not concern."""
    declared = _declared(key, sight, ctx)
    days, scope = days_of(filters, ctx), _scope(key, filters, ctx)
    window, before, named = days.window, days.before.window, sight.names(account=key)
    now = measured(scope, window, ctx)
    rounds = measured(scope, window, ctx, stream=Stream.RELATIONSHIP)
    asked = counts.asked_and_answered(ctx.session, scope, window.starts_at, window.ends_at)
    opened = digests.count_open(ctx.session, scope, ctx.now)
    last, coming = _meetings(declared, ctx)
    found = digests.open_cases(ctx.session, scope, _CASES) if named else ()
    return AccountView(
        key=key,
        name=declared.name,
        manager=_name(declared.manager, ctx),
        director=_name(declared.director, ctx),
        days=days,
        last_meeting=last,
        next_meeting=coming,
        figures=compared(now, Comparison(measured(scope, before, ctx))),
        relationship=compared(rounds, Comparison(measured(scope, before, ctx, stream=Stream.RELATIONSHIP))),
        plan=tuple(of_account(declared, window, ctx)),
        leading=leading([now]),
        asked=asked[0],
        answered=asked[1],
        open_total=opened[0],
        overdue_total=opened[1],
        cases=case_lines(found, ctx),
        contacts=_contacts(key, ctx) if named else (),
    )


def meeting_pack(key: str, sight: Sight, language: str, ctx: Context) -> Message:
    """Everything since the last meeting. Raises `NoSuchPage`, or `NotAllowed` for somebody who may not know names."""
    declared = _declared(key, sight, ctx)
    demand_sight(sight.names(account=key), ctx)
    return packs_in_words.pack(packs.pack(declared, language, ctx), language)


def trend(key: str, filters: Filters, sight: Sight, language: str, ctx: Context) -> TrendChart | None:
    """How the account's leading question went; none when nobody answered."""
    _declared(key, sight, ctx)
    days, scope = days_of(filters, ctx), _scope(key, filters, ctx)
    question = leading([measured(scope, days.window, ctx)])
    return charts.trend(question, scope, days, language, ctx) if question else None


def _declared(key: str, sight: Sight, ctx: Context) -> Account:
    """The account, if it is for the reader's eyes. Whether there is one is told to nobody else."""
    demand_sight(sight.everything or sight.concerns(account=key), ctx)
    declared = ctx.organisation.accounts.get(key)
    if declared is None:
        raise NoSuchPage
    return declared


def _scope(key: str, filters: Filters, ctx: Context) -> Scope:
    return replace(filters, accounts=frozenset({key})).chosen(ctx.organisation).scope


def _line(declared: Account, ctx: Context) -> AccountLine:
    scope = Scope(accounts=frozenset({declared.key}))
    opened, overdue = digests.count_open(ctx.session, scope, ctx.now)
    coming = _meetings(declared, ctx)[1]
    return AccountLine(declared.key, declared.name, _name(declared.manager, ctx), opened, overdue, coming)


def _meetings(declared: Account, ctx: Context) -> tuple[date | None, date | None]:
    return meetings_of(declared, hours.local_day(ctx.now, ctx.organisation.time_zone))


def _contacts(key: str, ctx: Context) -> tuple[Contact, ...]:
    return tuple(
        Contact(name_of(person), person.title or "")
        for person in people.of_account(ctx.session, key, _PEOPLE)
    )


def _name(key: str | None, ctx: Context) -> str:
    person = ctx.organisation.people.get(key or "")
    return person.name if person else ""
