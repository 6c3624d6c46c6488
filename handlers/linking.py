"""One person over several platforms: a code shown in one channel, typed in the other."""

import hashlib
from datetime import timedelta

from handlers.context import Context
from handlers.errors import AlreadySomebodyElse, UnknownLinkCode
from handlers.events import CommandGiven
from handlers.messages import Reply, Say
from handlers.people import actor, audit, language_of, row_id
from handlers.wording import sentences
from storage import linking
from storage.tables import LinkCode, Person
from storage.tokens import new_token

VALID = timedelta(minutes=10)


def link(said: str, event: CommandGiven, ctx: Context) -> Reply:
    """Without a code: give one. With one: this identity belongs to whoever was given it.

    What a command answers is seen by whoever typed it only. Raises `UnknownLinkCode` and `AlreadySomebodyElse`.
    """
    person = actor(event.by, ctx)
    if said.strip():
        return _join(said, person, ctx)
    return Say(sentences.link_code(_give(person, ctx), language_of(person, ctx)))


def _give(person: Person, ctx: Context) -> str:
    code = new_token()
    ctx.session.add(LinkCode(code_hash=_hash(code), person_id=row_id(person), expires_at=ctx.now + VALID))
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _join(said: str, joining: Person, ctx: Context) -> Reply:
    """Who turned up here is the person of the code: their rows move over, and they speak as one."""
    code = linking.valid_code(ctx.session, _hash(said), ctx.now)
    if code is None:
        raise UnknownLinkCode
    staying = ctx.session.get(Person, code.person_id)
    if staying is None or (joining.key is not None and joining.id != staying.id):
        raise AlreadySomebodyElse
    code.used_at = ctx.now
    ctx.session.add(code)
    if joining.id != staying.id:
        merge(joining, staying, ctx)
    return Say(sentences.linked(staying.name, language_of(staying, ctx)))


def merge(joining: Person, staying: Person, ctx: Context) -> None:
    """Wishes of either hold for both; the one who joins stays behind as an empty row."""
    staying.opted_out_at = staying.opted_out_at or joining.opted_out_at
    staying.volunteered_at = staying.volunteered_at or joining.volunteered_at
    staying.language = staying.language or joining.language
    joining.left_at, joining.email, joining.phone, joining.name = ctx.now, None, None, ""
    ctx.session.add_all([staying, joining])
    ctx.session.flush()
    leaving_id, staying_id = row_id(joining), row_id(staying)
    linking.move_everything(ctx.session, leaving_id, staying_id)
    audit(staying, "was linked", "person", leaving_id, ctx)


def _hash(code: str) -> str:
    """Codes are typed with or without dashes, blanks and capitals."""
    plain = "".join(c for c in code.casefold() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
