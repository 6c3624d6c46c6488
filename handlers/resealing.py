"""A key is to be retired: what it sealed is opened once more and sealed with the newest.

What people wrote comes to be held as new words are: sealed, or in the clear where that was chosen.
"""

from handlers.context import Context
from storage.erasing import overwritten
from storage.sealed import seal_anew
from storage.sealed_words import Step, begin, standing, step
from storage.types import Sealed
from storage.vault import Vault
from storage.words import sealing_in

MOST = 100
"""Rows of each kind in one transaction: a voice message may have a megabyte, and nobody is kept waiting."""


def reseal(ctx: Context) -> Step:
    """Seal some of it anew, and when all is, go a step over words. Safe to repeat, and to be interrupted.

    What nothing can open stays as it is. Raises `KeysMissing`.
    """
    sealing, now = sealing_in(ctx.session), standing(ctx.session)
    # Before the walk and after it, not with every step: to find that there is nothing takes longer than one.
    if not now.is_half_way and (sealed := _seal_others(ctx)):
        return Step(sealed, 0, 0)
    if sealing is None:
        return Step(0, 0, 1)
    taken = step(ctx.session, sealing, MOST)
    if taken.changed:
        overwritten(ctx.session, ctx.now)
    return taken


def note(ctx: Context) -> int:
    """Write down how words are held by us, as another who shares the database may have written otherwise; 0."""
    begin(ctx.session, sealing_in(ctx.session))
    return 0


def _seal_others(ctx: Context) -> int:
    vault = ctx.vault
    if vault is None or not vault.older:
        return 0
    return seal_anew(
        ctx.session,
        vault.older,
        MOST,
        token=lambda sealed: _token(sealed, vault),
        sound=lambda key, box: vault.seal_bytes(vault.open_bytes(key, box)),
        nameless=lambda key, box: vault.seal_timeless(vault.open_bytes(key, box)),
    )


def _token(sealed: Sealed, vault: Vault) -> Sealed:
    return vault.seal(vault.open(sealed))
