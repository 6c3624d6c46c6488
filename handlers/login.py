"""Who looks at the pages: a link sent in chat opens a session once and soon; sessions end by themselves or by hand.

A secret is shown once and kept as its SHA-256 hash only: it is 192 random bits, so that a slow password hash
would protect nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from handlers.context import Context
from handlers.errors import FeedbackError, LinkOfAnother, LoginLinkOver, NobodyByThatAddress, PagesAreOff
from handlers.events import CommandGiven, LoginAsked
from handlers.found import found
from handlers.messages import Reply, Say
from handlers.people import actor, audit, demand, language_of, name_of, role_of, row_id
from handlers.rules.permissions import Right, may
from handlers.wording import login as wording
from storage import logins, people
from storage.tables import LoginLink, Person, WebSession

VALID = timedelta(minutes=10)
"""How long a link opens something."""
IDLE = timedelta(hours=12)
"""A session at which nobody looked for so long has ended."""
LONGEST = timedelta(days=7)
"""No session lasts longer, however busy."""
_SEEN_EVERY = timedelta(minutes=15)
"""A look is written down so often: a write for every page would be a waste."""
_REMEMBERED = timedelta(days=1)
"""For so long we know whose link it was that somebody tries again."""

PATH = "/dashboard"
"""Where the pages are."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who looks at the pages; `person` is theirs within the transaction it was found in."""

    person: Person
    language: str
    session: str
    """Which of their sessions it is."""
    tired: bool
    """That they were here should be written down again."""


@dataclass(frozen=True)
class Invited:
    """Whom a link was made for."""

    name: str
    language: str


@dataclass(frozen=True)
class Entered:
    """A session has begun: the secret of its cookie."""

    secret: str


@dataclass(frozen=True)
class Refused:
    """Nobody was let in: why, and in which language to say so where we know it."""

    problem: FeedbackError
    language: str | None = None
    person_id: int | None = None
    """Whose link it was, or who came."""


# By chat.


def give_link(event: CommandGiven | LoginAsked, ctx: Context) -> Reply:
    """`/feedback login`: a link for whoever asks, who alone sees the reply; links given before open nothing more.

    Raises `NotAllowed` or `PagesAreOff`.
    """
    person = actor(event.by, ctx)
    demand(person, Right.READ_GENERAL, ctx)
    if not ctx.site:
        raise PagesAreOff
    secret = _new_secret()
    logins.drop_links(ctx.session, row_id(person))
    link = LoginLink(secret_hash=_hash(secret), person_id=row_id(person), expires_at=ctx.now + VALID)
    ctx.session.add(link)
    audit(person, "was given", "login link", row_id(person), ctx)
    return Say(wording.link(f"{ctx.site}{PATH}/login/{secret}", language_of(person, ctx)))


def leave_everywhere(event: CommandGiven, ctx: Context) -> Reply:
    """`/feedback logout`: every browser in which the person is logged in forgets them."""
    person = actor(event.by, ctx)
    return Say(wording.left(end_everywhere(person, person, ctx), language_of(person, ctx)))


def end_everywhere(person: Person, by: Person | None, ctx: Context) -> int:
    """End every session of a person and their unused link; `by` is none for the command line. How many."""
    ended = logins.end_all(ctx.session, row_id(person))
    audit(by, "logged out", "person", row_id(person), ctx)
    return ended


# On the pages.


def look(secret: str, cookie: str, ctx: Context) -> Invited | Refused:
    """Whom a link is for. Link scanners look as well: nothing is spent, however often it is looked at."""
    link = logins.link(ctx.session, _hash(secret))
    person = ctx.session.get(Person, link.person_id) if link else None
    if link is None or person is None:
        return Refused(LoginLinkOver())
    language = language_of(person, ctx)
    present = visitor(cookie, ctx)
    if present is not None and present.person.id != person.id:
        return Refused(LinkOfAnother(name=name_of(present.person)), present.language, present.person.id)
    if link.used_at is not None or link.expires_at <= ctx.now or not _may_read(person):
        return Refused(LoginLinkOver(), language, person.id)
    return Invited(name_of(person), language)


def spend(secret: str, cookie: str, ctx: Context) -> Entered | Refused:
    """Begin a session by a link, which opens nothing from now on; a refusal is written down."""
    invited = look(secret, cookie, ctx)
    if isinstance(invited, Refused):
        write_down(invited, ctx)
        return invited
    link = found(logins.link(ctx.session, _hash(secret)))
    link.used_at = ctx.now
    ctx.session.add(link)
    return _begin(found(ctx.session.get(Person, link.person_id)), "by link", ctx)


def enter_by_email(email: str, ctx: Context) -> Entered | Refused:
    """Begin a session for whoever an identity provider vouches for by e-mail address; a refusal is written down."""
    person = people.person_by_email(ctx.session, email)
    if person is None or not _may_read(person):
        refused = Refused(NobodyByThatAddress(), person_id=person.id if person else None)
        write_down(refused, ctx)
        return refused
    return _begin(person, "by OIDC", ctx)


def write_down(refused: Refused, ctx: Context) -> None:
    """Somebody was not let in. What nobody ever had cannot be traced to anybody and is not written down."""
    if refused.person_id is not None:
        person = ctx.session.get(Person, refused.person_id)
        audit(person, "was refused", "login", type(refused.problem).__name__, ctx)


def visitor(cookie: str, ctx: Context) -> Visitor | None:
    """Who looks, by the secret in their cookie; none when their session has ended, or they work here no more."""
    seat = logins.seated(ctx.session, _hash(cookie)) if cookie else None
    if seat is None:
        return None
    row, person = seat
    over = row.seen_at + IDLE <= ctx.now or row.began_at + LONGEST <= ctx.now
    if over or not _may_read(person):
        return None
    tired = row.seen_at + _SEEN_EVERY <= ctx.now
    return Visitor(person, language_of(person, ctx), row.secret_hash, tired)


def see(cookie: str, ctx: Context) -> None:
    """Write down that somebody is still there."""
    seat = logins.seated(ctx.session, _hash(cookie))
    if seat is not None:
        seat[0].seen_at = ctx.now
        ctx.session.add(seat[0])


def leave(who: Visitor, ctx: Context) -> None:
    """End the session of this browser."""
    logins.end(ctx.session, who.session)
    audit(who.person, "logged out", "session", row_id(who.person), ctx)


def forget_old(ctx: Context) -> int:
    """Forget links and sessions whose time is over."""
    return logins.forget(
        ctx.session,
        links_before=ctx.now - _REMEMBERED,
        seen_before=ctx.now - IDLE,
        began_before=ctx.now - LONGEST,
    )


def _begin(person: Person, how: str, ctx: Context) -> Entered:
    secret = _new_secret()
    number = row_id(person)
    ctx.session.add(
        WebSession(secret_hash=_hash(secret), person_id=number, began_at=ctx.now, seen_at=ctx.now)
    )
    audit(person, "logged in", how, number, ctx)
    return Entered(secret)


def _may_read(person: Person) -> bool:
    return may(role_of(person), Right.READ_GENERAL)


def _new_secret() -> str:
    return secrets.token_urlsafe(24)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
