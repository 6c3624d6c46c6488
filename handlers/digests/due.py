"""Which windows have ended and were not told yet: each is told once, late rather than never."""

from datetime import timedelta

from handlers.context import Context
from handlers.digests.audiences import Audience, audiences
from handlers.each import each
from handlers.outbox import say
from handlers.rules.hours import Window
from handlers.rules.periods import Rhythm
from storage import digests
from storage.organisations import first_applied_at
from storage.tables import DigestRun
from storage.tokens import new_token
from storage.vocabulary import DigestAudience, OutboxKind, Period


def compose_due(ctx: Context) -> int:
    """Queue one digest for each audience whose window has ended and has none yet; how many."""
    return each({f"the digest of {a.kind} {a.key}": a for a in audiences(ctx)}, _compose, ctx)


def _compose(audience: Audience, ctx: Context) -> bool:
    """Queue the digest of the window that has ended; whether there was one to queue."""
    run = run_due(audience.kind, audience.key, audience.rhythm, ctx)
    if run is None:
        return False
    for reader in audience.readers:
        say(ctx, OutboxKind.DIGEST, "digest", run.id or 0, to=reader, once="digest")
    if audience.conversation is not None:
        where = audience.conversation
        say(ctx, OutboxKind.DIGEST, "digest", run.id or 0, conversation=where, once="digest")
    return True


def run_due(kind: DigestAudience, key: str, rhythm: Rhythm, ctx: Context) -> DigestRun | None:
    """The row of the window that was due most recently, made now.

    None when it was made before, or the window ended before the organisation came to us.
    """
    window, installed = rhythm.latest(ctx.now), first_applied_at(ctx.session)
    if installed is None or window.ends_at <= installed:
        return None
    if digests.run_of(ctx.session, kind, key, rhythm.period, rhythm.name(window)) is not None:
        return None
    window = _without_gap(kind, key, rhythm.period, window, ctx)
    return new_run(kind, key, rhythm.period, rhythm.name(window), ctx, window=window)


def _without_gap(kind: DigestAudience, key: str, period: Period, window: Window, ctx: Context) -> Window:
    """Reaching back to where the digest before it ended, where another weekday or zone has left days in between."""
    last = digests.latest_run(ctx.session, kind, key, period)
    length = window.ends_at - window.starts_at
    if last is None or not timedelta() < window.starts_at - last.window_ends_at < length:
        return window
    return Window(last.window_ends_at, window.ends_at)


def new_run(
    kind: DigestAudience, key: str, period: str, name: str, ctx: Context, *, window: Window
) -> DigestRun:
    """The row by which a window is told to somebody once, under the name it has among those of its period."""
    run = DigestRun(
        token=new_token(),
        audience=kind,
        audience_key=key,
        period=period,
        window=name,
        window_starts_at=window.starts_at,
        window_ends_at=window.ends_at,
        composed_at=ctx.now,
    )
    ctx.session.add(run)
    ctx.session.flush()
    return run
