"""The meeting pack: everything about one account since it was met last, for those who meet it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

from handlers.annotations import noted
from handlers.context import Context
from handlers.digests import trends
from handlers.digests.audiences import Audience
from handlers.digests.due import new_run
from handlers.digests.view import digest_view
from handlers.each import each
from handlers.errors import UnknownAccount
from handlers.events import CommandGiven
from handlers.lookups import accounts_called, meetings_of
from handlers.messages import Message, Reply, Say
from handlers.organisation import Account
from handlers.outbox import say
from handlers.people import actor, audit, demand, language_of, name_of
from handlers.rules import hours
from handlers.rules.hours import Window
from handlers.rules.periods import Meetings, Rhythm
from handlers.rules.permissions import Right, Sight
from handlers.seeing import sight_of
from handlers.views import PackView
from handlers.wording import packs as wording
from handlers.wording.language import LANGUAGES
from storage import digests, people, wishes
from storage.organisations import first_applied_at
from storage.scope import Scope
from storage.tables import DigestRun, Person
from storage.vocabulary import DigestAudience, DigestPart, Length, OutboxKind, Period, WishState

NEVER_MET = timedelta(days=90)
"""How far back a pack reaches where no earlier meeting is written down."""
_COMES_AT = time(9, 0)
"""On the day before a meeting, the pack comes by itself at this time."""
_NOW_INCLUDED = timedelta(microseconds=1)
_MEETING = "meeting"
_WISHES = 10
_CONTACTS = 20
_PARTS = (
    DigestPart.FIGURES,
    DigestPart.TARGETS,
    DigestPart.TREND,
    DigestPart.ROUNDS,
    DigestPart.WORDS,
    DigestPart.ARISING,
    DigestPart.CASES,
    DigestPart.DONE,
)


def command(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    """`pack Acme`: for whoever the account concerns. Raises `NotAllowed` or `UnknownAccount`.

    An account that does not concern somebody is as unknown to them as one that there is not.
    """
    person = actor(event.by, ctx)
    demand(person, Right.READ_CASES, ctx)
    sight = sight_of(person, ctx)
    found = [account for account in accounts_called(ctx.organisation, rest) if _sees(sight, account)]
    if not found:
        mine = [account.name for account in ctx.organisation.accounts.values() if _sees(sight, account)]
        raise UnknownAccount(key=rest.strip(), known=", ".join(mine[:20]) or "–")
    audit(person, "read", "meeting pack", found[0].key, ctx)
    language = language_of(person, ctx)
    return Say(wording.pack(pack(found[0], language, ctx), language))


def _sees(sight: Sight, account: Account) -> bool:
    return sight.names(account=account.key)


def pack(account: Account, language: str, ctx: Context) -> PackView:
    """Everything about an account since it was met last. Long reads."""
    zone = ctx.organisation.time_zone
    today = hours.local_day(ctx.now, zone)
    last, coming = meetings_of(account, today)
    starts_at = hours.instant(last, hours.MIDNIGHT, zone) if last else ctx.now - NEVER_MET
    window = Window(starts_at, ctx.now + _NOW_INCLUDED)
    audience = _audience(account, language, ctx)
    monthly = replace(audience, rhythm=Rhythm(Period.MONTH, zone, _COMES_AT))
    months = trends.measurements(monthly, monthly.rhythm.latest(ctx.now), ctx)
    view = digest_view(
        replace(audience, parts=tuple(p for p in _PARTS if p is not DigestPart.TREND)), window, ctx
    )
    rows = wishes.of_account(ctx.session, account.key, _WISHES)
    happened = noted(hours.local_day(starts_at, zone), today, Scope(everything=True), ctx)
    return PackView(
        digest=replace(view, parts=_PARTS, trend=trends.trend(monthly, months, ctx)),
        last_met=last,
        meets_next=coming,
        contacts=tuple(_contacts(account, ctx)),
        wishes=tuple((wish.need, WishState(wish.state)) for wish in rows),
        noted=tuple((each.on, each.words) for each in happened),
    )


def _audience(account: Account, language: str, ctx: Context) -> Audience:
    return Audience(
        kind=DigestAudience.ACCOUNT,
        key=account.key,
        name=dict.fromkeys(LANGUAGES, account.name),
        scope=Scope(accounts=frozenset((account.key,))),
        rhythm=Meetings(Period.WEEK, ctx.organisation.time_zone, _COMES_AT),
        language=language,
        length=Length.LONG,
    )


def _contacts(account: Account, ctx: Context) -> Iterator[str]:
    for person in people.of_account(ctx.session, account.key, _CONTACTS):
        yield f"{name_of(person)}, {person.title}" if person.title else name_of(person)


# By itself, before each meeting.


def send_due(ctx: Context) -> int:
    """Queue the pack of every account that is met tomorrow, once for each meeting; how many."""
    due = {f"the meeting pack of {key}": account for key, account in ctx.organisation.accounts.items()}
    return each(due, _send, ctx)


def _send(account: Account, ctx: Context) -> bool:
    """Late rather than never, as long as the day of the meeting is not over."""
    zone, installed = ctx.organisation.time_zone, first_applied_at(ctx.session)
    meets_on = meetings_of(account, hours.local_day(ctx.now, zone))[1]
    if meets_on is None or installed is None:
        return False
    due_at = hours.instant(meets_on - timedelta(days=1), _COMES_AT, zone)
    meeting = (DigestAudience.ACCOUNT, account.key, _MEETING, meets_on.isoformat())
    if not installed <= due_at <= ctx.now or digests.run_of(ctx.session, *meeting):
        return False
    run = new_run(*meeting, ctx, window=Window(due_at, due_at))
    for reader in _readers(account, ctx):
        say(ctx, OutboxKind.DIGEST, "digest", run.id or 0, to=reader.id, once="digest")
    return True


def _readers(account: Account, ctx: Context) -> Iterator[Person]:
    """Who meets them: the account's manager, and its director."""
    for key in dict.fromkeys((account.manager, account.director)):
        reader = people.person_by_key(ctx.session, key)
        if reader is not None:
            yield reader


def told(run: DigestRun, person: Person, ctx: Context) -> Message | None:
    """The pack that was queued; none when the account has left the organisation file or is another's now."""
    account = ctx.organisation.accounts.get(run.audience_key)
    if account is None or person.key not in (account.manager, account.director):
        return None
    language = language_of(person, ctx)
    return wording.pack(pack(account, language, ctx), language)
