"""What a window held of relationship surveys, apart from encounters."""

from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.confidence import nameless
from handlers.digests.measures import compared, measured
from handlers.digests.voices import extremes, written
from handlers.organisation import Round
from handlers.rules.contents import SIZES
from handlers.rules.hours import Window
from handlers.views import RoundFiguresView
from storage import counts
from storage.scope import Scope


def rounds(audience: Audience, window: Window, ctx: Context) -> tuple[RoundFiguresView, ...]:
    """Each round of which the window held something; the CX lead sees all of it, a manager their accounts'."""
    whole = audience.key == ctx.organisation.cx_lead
    scope = Scope(everything=True) if whole else audience.scope
    views = (_round(declared, scope, audience, window, ctx) for declared in ctx.organisation.rounds.values())
    return tuple(
        view for view in views if view.asked or view.nameless or view.figures or view.best or view.worst
    )


def _round(
    declared: Round, scope: Scope, audience: Audience, window: Window, ctx: Context
) -> RoundFiguresView:
    asked_count, answered = counts.asked_in_round(
        ctx.session, scope, declared.key, window.starts_at, window.ends_at
    )
    counted = compared(measured(scope, window, ctx, in_round=declared.key))
    best, worst = extremes(written(scope, window, ctx, in_round=declared.key), SIZES[audience.length].voices)
    anonymous = nameless(scope, window, ctx, in_round=declared.key)
    return RoundFiguresView(declared.name, asked_count, answered, counted, best, worst, anonymous)
