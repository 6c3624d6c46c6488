"""A key is to be retired: what it sealed is opened once more and sealed with the newest.

What people wrote comes to be held as new words are: sealed, or in the clear where that was chosen.
"""

from handlers.context import Context
from storage.erasing import overwritten
from storage.sealed import seal_anew
from storage.sealed_words import Step, standing, step
from storage.types import Sealed
from storage.vault import Vault
from storage.words import sealing_in

MOST = 100
"""Rows of each kind in one transaction: a voice message may have a megabyte, and nobody is kept waiting."""


def reseal(ctx: Context) -> Step:
    """Seal some of it anew, and when all is, go a step over words. Safe to repeat, and to be interrupted.

    What nobody can open stays as it is. Raises `storage.vault.UnknownKey` for what says that one of our keys sealed
    it, and was changed since.
    """
    sealing, now = sealing_in(ctx.session), standing(ctx.session)
    # To find that nothing else is left takes longer than a step; whatever is new since is sealed as it should be.
    if not now.is_under_way and (sealed := _seal_others(ctx)):
        return Step(sealed, 0, 0)
    if sealing is None or now.agrees_with(sealing):
        return Step(0, 0, 1)
    taken = step(ctx.session, sealing, MOST)
    if taken.changed:
        overwritten(ctx.session, ctx.now)
    return taken


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
