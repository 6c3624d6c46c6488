"""What a person may know of what we hold: the notice, a summary by chat, and the whole of it as a file."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel

from handlers.context import Context
from handlers.errors import ManyByThatName, UnknownPerson
from handlers.events import CommandGiven
from handlers.messages import Reply, Say
from handlers.people import actor, audit, language_of, name_of, row_id, who_to_ask
from handlers.wording import privacy as wording
from handlers.wording.language import pick
from storage import erasing, people
from storage.tables import Person, VoiceMessage
from storage.vault import unsealed

_OURS_ALONE = frozenset(
    {"token", "dedupe_key", "claimed_by", "claimed_at", "sealed_with", "delivery", "source", "secret_hash"}
)
"""Columns by which the house finds its way; they say nothing about anybody."""


def explain(event: CommandGiven, ctx: Context) -> Reply:
    """`/feedback privacy`: the whole notice."""
    language = language_of(actor(event.by, ctx), ctx)
    kept = ctx.organisation.retention
    times = {
        "words": kept.words,
        "voice": kept.voice,
        "customers": kept.customers,
        "audit": kept.audit,
    }
    return Say(
        wording.notice(
            pick(ctx.organisation.name, language), who_to_ask(ctx), _told(times, language), language
        )
    )


def _told(times: Mapping[str, timedelta | None], language: str) -> tuple[tuple[str, str], ...]:
    return tuple(wording.kept(kind, time.days if time else None, language) for kind, time in times.items())


def show_data(event: CommandGiven, ctx: Context) -> Reply:
    """`/feedback my data`: what we know of the person and how much of each kind. It is written down who asked."""
    person = actor(event.by, ctx)
    held = dict(erasing.rows_of(ctx.session, row_id(person), erasing.Traces(row_id(person), person.name)))
    about = {
        "name": person.name,
        "email": person.email or "",
        "phone": person.phone or "",
        "account": person.account or "",
        "language": person.language or "",
    }
    counts = {table: len(rows) for table, rows in held.items()}
    audit(person, "was shown", "person", row_id(person), ctx)
    return Say(wording.my_data(about, counts, who_to_ask(ctx), language_of(person, ctx)))


def export(person: Person, by: Person | None, ctx: Context) -> dict[str, Any]:
    """Everything we hold about somebody, by table, as docs/privacy.md tells. It is written down that it was taken."""
    audit(by, "exported", "person", row_id(person), ctx)
    ctx.session.flush()
    traces = erasing.Traces(row_id(person), person.name)
    held = erasing.rows_of(ctx.session, row_id(person), traces)
    return {
        "exported_at": ctx.now.isoformat(),
        "organisation": pick(ctx.organisation.name, "en"),
        "held": {table: [_row(row, ctx) for row in rows] for table, rows in held if rows},
    }


def _row(row: SQLModel, ctx: Context) -> dict[str, Any]:
    values = row.model_dump(mode="json", exclude={"content", *_OURS_ALONE})
    if isinstance(row, VoiceMessage) and row.content is not None:
        sound = unsealed(ctx.vault, row.sealed_with, row.content) if row.sealed_with else row.content
        values["content"] = base64.b64encode(sound).decode()
    return {column: value for column, value in values.items() if value is not None}


def person_called(words: str, ctx: Context) -> Person:
    """Somebody by key, e-mail address, channel and id there (`slack:U012AB3CD`), or whole name.

    Raises `UnknownPerson` or `ManyByThatName`.
    """
    wanted = words.strip()
    channel, _, external_id = wanted.partition(":")
    found = [
        person
        for person in (
            people.person_by_key(ctx.session, wanted),
            people.person_by_email(ctx.session, wanted),
            people.person_by_identity(ctx.session, channel, external_id),
        )
        if person is not None
    ] or people.people_named(ctx.session, wanted)
    if not found:
        raise UnknownPerson(name=wanted)
    if len({person.id for person in found}) > 1:
        raise ManyByThatName(name=wanted, names=", ".join(_told_apart(person) for person in found[:5]))
    return found[0]


def _told_apart(person: Person) -> str:
    return person.key or person.email or name_of(person)
