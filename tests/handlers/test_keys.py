"""Keys open what they are for, until they are revoked, and are never seen again."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, create_engine, select

from handlers import keys
from handlers.context import Context
from handlers.errors import KeyNameTaken, KeyNameUnfit, KeyReused, UnknownKey
from handlers.organisation import Organisation
from storage.tables import ApiKey, AuditEntry, IdempotentRequest
from storage.vault import Vault
from storage.vocabulary import Scope
from tests.helpers.town import fresh_database

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORGANISATION = Organisation.model_validate({"name": "Pension Office"})


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """A transaction on a real database; what it did is taken back."""
    engine = create_engine(fresh_database(tmp_path))
    with Session(engine) as session:
        yield Context(session, ORGANISATION, NOON)
    engine.dispose()


def later(ctx: Context, by: timedelta) -> Context:
    return Context(ctx.session, ctx.organisation, ctx.now + by)


def test_a_key_opens_what_it_was_made_for(ctx: Context) -> None:
    secret = keys.create_key("desk", [Scope.LEDGER_READ, Scope.ENCOUNTERS_WRITE], ctx)

    client = keys.client_of(secret, ctx)

    assert client == keys.Client("desk", frozenset({Scope.LEDGER_READ, Scope.ENCOUNTERS_WRITE}))
    assert secret.startswith("kaiku_")
    assert len(secret) >= len("kaiku_") + 24


def test_the_key_itself_is_kept_nowhere(ctx: Context) -> None:
    secret = keys.create_key("desk", [Scope.LEDGER_READ], ctx)

    stored = repr(ctx.session.exec(select(ApiKey)).one()) + repr(keys.list_keys(ctx))
    assert secret.removeprefix("kaiku_") not in stored


@pytest.mark.parametrize(
    "guess", ["", "kaiku_", "kaiku_AAAAAAAAAAAAAAAAAAAAAAAA", "desk", "\x00", "ä" * 100, "\ud800"]
)
def test_a_guess_opens_nothing(guess: str, ctx: Context) -> None:
    keys.create_key("desk", [Scope.LEDGER_READ], ctx)

    assert keys.client_of(guess, ctx) is None


def test_a_revoked_key_opens_nothing_and_may_be_made_anew(ctx: Context) -> None:
    old = keys.create_key("desk", [Scope.LEDGER_READ], ctx)
    keys.revoke_key("desk", ctx)
    assert keys.client_of(old, ctx) is None

    tomorrow = later(ctx, timedelta(days=1))
    new = keys.create_key("desk", [Scope.METRICS_READ], tomorrow)

    assert keys.client_of(old, ctx) is None
    assert keys.client_of(new, ctx) == keys.Client("desk", frozenset({Scope.METRICS_READ}))
    assert keys.list_keys(ctx) == (keys.KeyView("desk", (Scope.METRICS_READ,), tomorrow.now, None),)


def test_a_name_has_one_key_at_a_time(ctx: Context) -> None:
    keys.create_key("desk", [Scope.LEDGER_READ], ctx)

    with pytest.raises(KeyNameTaken):
        keys.create_key("desk", [Scope.LEDGER_READ], ctx)


@pytest.mark.parametrize("name", ["", "Desk", "a b", "a:b", "-a", "x" * 61, "ä", "a\n"])
def test_a_name_that_cannot_stand_in_a_source_is_refused(name: str, ctx: Context) -> None:
    with pytest.raises(KeyNameUnfit):
        keys.create_key(name, [Scope.LEDGER_READ], ctx)


def test_revoking_what_is_not_there_names_what_is(ctx: Context) -> None:
    keys.create_key("desk", [Scope.LEDGER_READ], ctx)

    with pytest.raises(UnknownKey) as refused:
        keys.revoke_key("dsek", ctx)

    assert refused.value.facts == {"name": "dsek", "known": "desk"}


def test_who_made_and_revoked_what_is_written_down(ctx: Context) -> None:
    keys.create_key("desk", [Scope.LEDGER_READ], ctx)
    keys.revoke_key("desk", ctx)

    entries = ctx.session.exec(select(AuditEntry)).all()
    assert [(entry.did, entry.subject, entry.subject_id) for entry in entries] == [
        ("created", "api key", "desk"),
        ("revoked", "api key", "desk"),
    ]


def test_an_effect_is_had_once_and_its_answer_given_again(ctx: Context) -> None:
    effects: list[datetime] = []

    def effect(ctx: Context) -> str:
        effects.append(ctx.now)
        return f"answer {len(effects)}"

    assert [keys.once("desk", "k", "hash", effect, ctx) for _ in range(3)] == ["answer 1"] * 3
    assert keys.once("other", "k", "hash", effect, ctx) == "answer 2"
    with pytest.raises(KeyReused):
        keys.once("desk", "k", "other hash", effect, ctx)
    assert len(effects) == 2


def test_who_reads_the_rows_cannot_try_what_stood_in_a_body(ctx: Context) -> None:
    """With a key the digest is hidden; what was remembered before there was one, or under an older, still counts."""
    old, new = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    vaults = (None, Vault(old), Vault(f"{new},{old}"))

    def asked(vault: Vault | None, key: str) -> str:
        return keys.once("desk", key, "digest", lambda _: f"by {key}", replace(ctx, vault=vault))

    assert [asked(vault, "first") for vault in vaults] == ["by first"] * 3
    assert [asked(vault, "second") for vault in vaults[1:]] == ["by second"] * 2
    hashes = {row.key: row.body_hash for row in ctx.session.exec(select(IdempotentRequest))}
    assert hashes["first"] == "digest"
    assert "digest" not in hashes["second"]
    with pytest.raises(KeyReused):
        keys.once("desk", "second", "other digest", lambda _: "", replace(ctx, vault=vaults[1]))


def test_answers_are_forgotten_in_time(ctx: Context) -> None:
    keys.once("desk", "old", "hash", lambda _: "", ctx)
    week_later = later(ctx, keys.REMEMBERED_FOR)
    keys.once("desk", "new", "hash", lambda _: "", week_later)

    assert keys.forget_old_requests(week_later) == 0
    assert keys.forget_old_requests(later(week_later, timedelta(seconds=1))) == 1
    assert [request.key for request in ctx.session.exec(select(IdempotentRequest))] == ["new"]
