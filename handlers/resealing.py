"""A key is to be retired: what it sealed is opened once more and sealed with the newest."""

from handlers.context import Context
from storage.sealed import seal_anew
from storage.types import Sealed
from storage.vault import Vault

MOST = 100
"""Rows of each kind in one transaction: a voice message may have a megabyte, and nobody is kept waiting."""


def reseal(ctx: Context) -> int:
    """Seal some of it anew; how much. Safe to repeat, and to be interrupted. What nobody can open stays as it is.

    Raises `storage.vault.UnknownKey` for what says that one of our keys sealed it, and was changed since.
    """
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
