"""What staff say without their name, and without a trace of who it was.

A note is sealed before it is written down: until it is opened, nothing of it can be read in the database, its log or
its free pages, not even its topic or its length. Notes on one topic are opened together, shuffled, once enough people
have written; when a week ends, what is left of several topics is opened together, if enough people wrote it. What is
written then carries a day and no more. No delivery, no audit entry and no person is kept.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from handlers import owners
from handlers.context import Context
from handlers.errors import (
    NoKeyForNotes,
    NotAllowed,
    OnlyInPrivate,
    ReadsTheseNotes,
    WordsMissing,
    WordsTooLong,
)
from handlers.events import Event, FormAsked, NoteWritten, Sender
from handlers.found import found
from handlers.log import service_options
from handlers.messages import Message, OpenForm, Reply, Say
from handlers.outbox import say
from handlers.people import language_of, role_of, row_id, who_to_ask
from handlers.rules import words
from handlers.rules.permissions import Right, may
from handlers.rules.routing import About
from handlers.wording import anonymous as wording
from storage import cursors, erasing, notes, people
from storage.tables import NoteBatch, Person, SealedNote, StaffNote
from storage.vault import UnknownKey, Vault
from storage.vocabulary import OutboxKind

MOST = 1500
"""Characters of one note."""
_LENGTH = 8192
"""Bytes of every note as it is sealed, so that no length tells one from another."""

SEVERAL = "*"
"""The topic of what was left of several when a week ended."""
_WEEK = "anonymous notes"
"""The cursor that tells which week was looked at last."""

_chance = secrets.SystemRandom()


def explain(event: Event, ctx: Context) -> Reply:
    """One screen that says what is hidden and what is not; its button opens the form.

    Raises `OnlyInPrivate` where others read along, `NotAllowed`, or `NoKeyForNotes`.
    """
    person = _demand_staff(event, ctx)
    return Say(wording.screen(ctx.organisation.anonymous.minimum_group, language_of(person, ctx)))


def open_form(event: FormAsked, ctx: Context) -> Reply:
    """The form. Its name is drawn anew for each, so that submitting it twice is submitting it once."""
    person = _demand_staff(event, ctx)
    language = language_of(person, ctx)
    name = event.action.ref or secrets.token_urlsafe(12)
    return OpenForm(wording.form(name, service_options(ctx.organisation, language), MOST, language))


def take(event: NoteWritten, ctx: Context) -> Reply:
    """Seal a note and keep it.

    Raises `WordsMissing`, `WordsTooLong`, or `ReadsTheseNotes` for who would or might read it: with notes of one's
    own there might be enough to open somebody else's.
    """
    person = _demand_staff(event, ctx)
    said = words.clean(event.words)
    if not said:
        raise WordsMissing
    if len(said) > MOST:
        raise WordsTooLong(length=len(said), most=MOST)
    topic = event.topic if event.topic in ctx.organisation.services else ""
    if person.id in (_reader(topic, ctx), _reader(SEVERAL, ctx)):
        raise ReadsTheseNotes
    by = _vault(ctx).passing_name(str(person.id))
    together = ctx.organisation.anonymous.minimum_group
    key, box = _vault(ctx).seal_timeless(_padded(topic=topic, words=said, by=by, together=together))
    notes.keep(ctx.session, sha256(event.form.encode()).hexdigest(), box, key)
    return Say(wording.taken(together, language_of(person, ctx)))


def _demand_staff(event: Event, ctx: Context) -> Person:
    """Who works here, without writing down that they came."""
    if not event.private:
        raise OnlyInPrivate
    person = _known(event.by, ctx)
    if person is None or not may(role_of(person), Right.SPEAK_ANONYMOUSLY):
        raise NotAllowed(who=who_to_ask(ctx))
    _vault(ctx)
    return person


def _known(by: Sender, ctx: Context) -> Person | None:
    return people.person_by_identity(ctx.session, by.channel, by.external_id, by.workspace)


def _vault(ctx: Context) -> Vault:
    if ctx.vault is None:
        raise NoKeyForNotes(who=who_to_ask(ctx))
    return ctx.vault


def _padded(**content: str | int) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode().ljust(_LENGTH)


# Opening.


@dataclass(frozen=True)
class _Opened:
    name: str
    topic: str
    words: str
    by: str
    """A passing name: who wrote twice is one person, as long as Kaiku was not restarted in between."""
    together: int
    """With the notes of how many people it was promised to be opened."""


def open_due(ctx: Context) -> int:
    """Open the notes of every topic on which enough people wrote, and what a week leaves over; how many notes."""
    waiting = [note for row in notes.sealed(ctx.session) if (note := _opened(row, ctx)) is not None]
    by_topic = defaultdict[str, list[_Opened]](list)
    for note in waiting:
        by_topic[note.topic].append(note)
    opened = sum(_open(topic, together, ctx) for topic, together in sorted(by_topic.items()))
    if _week_is_over(ctx):
        still = {row.name for row in notes.sealed(ctx.session)}
        left_over = [note for note in waiting if note.name in still]
        opened += _open(SEVERAL, left_over, ctx) if left_over else 0
    return opened


def _week_is_over(ctx: Context) -> bool:
    """Whether a week has ended since this was asked last; said once of each."""
    year, week, _ = owners.local_date(ctx.now, ctx).isocalendar()
    this, last = f"{year}-W{week:02}", cursors.cursor(ctx.session, _WEEK)
    if this != last:
        cursors.advance(ctx.session, _WEEK, this)
    return last not in ("", this)


def _opened(row: SealedNote, ctx: Context) -> _Opened | None:
    """None while the key is missing: it waits."""
    try:
        content = json.loads(_vault(ctx).open_bytes(row.sealed_with, row.box or b""))
    except (UnknownKey, NoKeyForNotes):
        return None
    return _Opened(row.name, **content)


def _open(topic: str, together: list[_Opened], ctx: Context) -> int:
    """Open these, if enough people beside their reader wrote them, in batches of enough people each; how many."""
    by_person = defaultdict[str, list[str]](list)
    for note in together:
        by_person[note.by].append(note.words)
    reader = _vault(ctx).passing_name(str(_reader(topic, ctx)))
    least = max([ctx.organisation.anonymous.minimum_group, *(note.together for note in together)])
    many = len(by_person.keys() - {reader}) // least
    if not many:
        return 0
    people_ = sorted(by_person.keys() - {reader})
    _chance.shuffle(people_)
    for first in range(many):
        said = [words for by in people_[first::many] for words in by_person[by]]
        _write_batch(topic, [*said, *(by_person[reader] if first == 0 else ())], ctx)
    notes.empty(ctx.session, sorted(note.name for note in together))
    erasing.overwritten(ctx.session, ctx.now)  # a copy of a note would tell in which order they were written
    return len(together)


def _write_batch(topic: str, said: Sequence[str], ctx: Context) -> None:
    batch = NoteBatch(topic=topic, opened_on=owners.local_date(ctx.now, ctx))
    ctx.session.add(batch)
    ctx.session.flush()
    batch_id = found(batch.id)
    shuffled = _chance.sample(said, len(said))
    ctx.session.add_all([StaffNote(batch_id=batch_id, words=note) for note in shuffled])
    ctx.session.flush()
    if (reader := _reader(topic, ctx)) is not None:
        say(ctx, OutboxKind.STAFF_NOTES, "note_batch", batch_id, to=reader, once="opened")


def _reader(topic: str, ctx: Context) -> int | None:
    """Whoever answers for the topic today; for several and for the work as a whole, the CX lead."""
    if topic in ctx.organisation.services:
        about = About(service=topic)
        person = owners.owner_today(about, None, ctx).person
        if person is not None:
            return person.id
    lead = people.person_by_key(ctx.session, ctx.organisation.cx_lead)
    return row_id(lead) if lead else None


def told(batch_id: int, reader: Person, ctx: Context) -> Message | None:
    """What whoever answers for the topic reads."""
    batch = ctx.session.get(NoteBatch, batch_id)
    if batch is None:
        return None
    service = ctx.organisation.services.get(batch.topic)
    said = tuple(note.words for note in notes.notes_of(ctx.session, batch))
    language = language_of(reader, ctx)
    topic = wording.topic(service.name if service else None, language, several=batch.topic == SEVERAL)
    return wording.notes(topic, said, language)
