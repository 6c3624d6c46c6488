"""Own figures against what they are to reach: of the team for a period, of each account's plan over the last year."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import Measured, figure, measured
from handlers.lookups import target_for
from handlers.organisation import Account
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText
from handlers.rules.targets import stands
from handlers.views import TargetView
from handlers.wording.language import LANGUAGES
from storage.scope import Scope
from storage.vocabulary import Stream

_A_YEAR = timedelta(days=365)
"""A week or a month holds too few answers of one account to say anything."""


def targets(
    audience: Audience, window: Window, counted: Mapping[str, Measured], ctx: Context
) -> tuple[TargetView, ...]:
    """The audience's own figures, then those of its accounts whose plan names targets."""
    return (*own(audience, counted, ctx), *of_accounts(audience.scope, window, ctx))


def own(audience: Audience, counted: Mapping[str, Measured], ctx: Context) -> Iterator[TargetView]:
    """The audience's own figures."""
    for found in counted.values():
        target = target_for(ctx.organisation, found.question, team=audience.team)
        if target is not None:
            yield _view(None, found, target)


def of_accounts(scope: Scope, window: Window, ctx: Context) -> Iterator[TargetView]:
    """What the plans of its accounts say."""
    for key, account in ctx.organisation.accounts.items():
        if account.targets and (scope.everything or key in scope.accounts):
            yield from of_account(account, window, ctx)


def of_account(account: Account, window: Window, ctx: Context) -> Iterator[TargetView]:
    """What the plan of an account says, over the year that ends with the window: after encounters, and in rounds."""
    year = Window(window.ends_at - _A_YEAR, window.ends_at)
    scope, name = Scope(accounts=frozenset((account.key,))), dict.fromkeys(LANGUAGES, account.name)
    for stream in (Stream.CUSTOMER, Stream.RELATIONSHIP):
        for found in measured(scope, year, ctx, stream=stream).values():
            target = target_for(ctx.organisation, found.question, account=account.key)
            if target is not None:
                yield _view(name, found, target)


def _view(of: LocalText | None, found: Measured, target: int) -> TargetView:
    shown = figure(found, Count(), Count())
    return TargetView(of, shown, target, stands(shown.value, shown.high, target / 100))
