"""Clients of the HTTP API: their keys, and the answers they were given.

A key is shown once and kept as its SHA-256 hash only: it is 192 random bits, so that a slow
password hash would protect nothing.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.context import Context
from handlers.errors import KeyNameTaken, KeyNameUnfit, KeyReused, UnknownKey
from handlers.people import audit
from storage import keys
from storage.tables import ApiKey, IdempotentRequest
from storage.vocabulary import Scope

PREFIX = "kaiku_"
"""What every key begins with, so that people and secret scanners know one when they see it."""
REMEMBERED_FOR = timedelta(days=7)
"""How long the answer to an idempotent request is kept."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True)
class Client:
    """Who calls the API, and what the key opens."""

    name: str
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class KeyView:
    """A key as it may be listed: everything but the key. Instants are aware UTC."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    revoked_at: datetime | None


def create_key(name: str, scopes: Collection[Scope], ctx: Context) -> str:
    """Give a client a key and return it; it cannot be shown again.

    A revoked client may be given a new key and stays the same client, so that its references stay known.
    Raises `KeyNameUnfit`, `KeyNameTaken`.
    """
    if not _NAME.fullmatch(name):
        raise KeyNameUnfit(name=name)
    row = keys.key_named(ctx.session, name)
    if row and row.revoked_at is None:
        raise KeyNameTaken(name=name)
    secret = PREFIX + secrets.token_urlsafe(24)
    row = row or ApiKey(name=name, key_hash="", scopes="", created_at=ctx.now)
    row.key_hash, row.scopes = _hash(secret), " ".join(sorted(set(scopes)))
    row.created_at, row.revoked_at = ctx.now, None
    ctx.session.add(row)
    audit(None, "created", "api key", name, ctx)
    return secret


def revoke_key(name: str, ctx: Context) -> None:
    """Close a client's key from this instant on. Raises `UnknownKey`."""
    row = keys.key_named(ctx.session, name)
    if row is None or row.revoked_at is not None:
        known = [key.name for key in keys.every_key(ctx.session) if key.revoked_at is None]
        raise UnknownKey(name=name, known=", ".join(known) or "–")
    row.revoked_at = ctx.now
    ctx.session.add(row)
    audit(None, "revoked", "api key", name, ctx)


def list_keys(ctx: Context) -> tuple[KeyView, ...]:
    """All keys by name, revoked ones included, never the keys themselves."""
    return tuple(
        KeyView(row.name, tuple(sorted(_scopes(row))), row.created_at, row.revoked_at)
        for row in keys.every_key(ctx.session)
    )


def client_of(secret: str, ctx: Context) -> Client | None:
    """The client whose key this is; none for a key that is unknown or revoked."""
    hashed = _hash(secret)
    row = keys.key_with_hash(ctx.session, hashed)
    if row is None or not hmac.compare_digest(row.key_hash, hashed):
        return None
    return Client(row.name, _scopes(row))


def once(client: str, key: str, digest: str, effect: Callable[[Context], str], ctx: Context) -> str:
    """Have an effect once per client and idempotency key, and give its answer again when asked again.

    `digest` is of the body. Effect and answer are stored in one transaction; an effect that raises leaves nothing
    behind. Raises `KeyReused`.
    """
    # What somebody said stands in the body: with a key, nobody who reads the row can try what it was.
    names = ctx.vault.names_of(digest) if ctx.vault is not None else [digest]
    before = keys.remembered_request(ctx.session, client, key)
    if before and before.body_hash not in {*names, digest}:
        raise KeyReused(key=key)
    if before:
        return before.answer
    answer = effect(ctx)
    ctx.session.add(IdempotentRequest(client=client, key=key, body_hash=names[0], answer=answer, at=ctx.now))
    return answer


def forget_old_requests(ctx: Context) -> int:
    """Forget idempotent requests older than `REMEMBERED_FOR`; how many they were."""
    return keys.forget_requests_before(ctx.session, ctx.now - REMEMBERED_FOR)


def _scopes(row: ApiKey) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in row.scopes.split())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
