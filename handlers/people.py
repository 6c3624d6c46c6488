"""Who somebody is: from what a channel knows of them to the person we remember, and back to a reachable identity."""

from collections.abc import Collection, Sequence

from handlers.context import Context
from handlers.errors import ManyByThatName, NobodyByThatName, NotAllowed
from handlers.events import Sender
from handlers.found import found
from handlers.lookups import languages_for, zone_of
from handlers.rules import words
from handlers.rules.permissions import Right, may
from handlers.wording.language import pick
from storage import people
from storage.invitations import Tapper
from storage.prepared import Record
from storage.tables import AuditEntry, Identity, Person
from storage.vocabulary import Role

Somebody = Person | Tapper
"""Somebody to speak with: a row, or the few columns of one that a tap reads."""

EARS_ONLY = frozenset({"api", "interview", "kiosk", "link"})
"""Ways through which people answer, and by which nobody can be written to."""


def actor(by: Sender, ctx: Context) -> Person:
    """The person who acts. Somebody we have never met becomes a customer, linked by e-mail if we know it."""
    identity = people.identity_of(ctx.session, by.channel, by.external_id, by.workspace)
    if identity is not None:
        people.find_again(ctx.session, identity)
        return found(ctx.session.get(Person, identity.person_id))
    person = (people.person_by_email(ctx.session, by.email) if by.email else None) or _newcomer(by, ctx)
    ctx.session.add(
        Identity(
            person_id=row_id(person), channel=by.channel, external_id=by.external_id, workspace=by.workspace
        )
    )
    ctx.session.flush()
    return person


def known(by: Sender, ctx: Context) -> Person | None:
    """The same, if we have met them."""
    return people.person_by_identity(ctx.session, by.channel, by.external_id, by.workspace)


def _newcomer(by: Sender, ctx: Context) -> Person:
    person = Person(
        name=words.clean_name(by.name),
        role=Role.CUSTOMER,
        email=by.email or None,
        language=by.language if by.language in {"fi", "sv", "en"} else None,
        created_at=ctx.now,
    )
    ctx.session.add(person)
    ctx.session.flush()
    return person


def row_id(row: Person) -> int:
    """The row number of a person that has one."""
    return found(row.id)


def role_of(person: Person) -> Role:
    """What the person may do here; somebody who has left is a customer like anybody."""
    return Role.CUSTOMER if person.left_at else Role(person.role)


def demand(person: Person, right: Right, ctx: Context) -> None:
    """Refuse what the person's role does not allow. Raises `NotAllowed`."""
    if not may(role_of(person), right):
        raise NotAllowed(who=who_to_ask(ctx))


def who_to_ask(ctx: Context) -> str:
    """The name of whoever answers when nobody else does: the CX lead, else the organisation itself."""
    organisation = ctx.organisation
    lead = organisation.people.get(organisation.cx_lead or "")
    return lead.name if lead else pick(organisation.name, organisation.language)


def language_of(person: Somebody | None, ctx: Context) -> str:
    """The language to speak with a person: theirs, else their account's, else the organisation's."""
    language, account = (person.language, person.account) if person else (None, None)
    return languages_for(ctx.organisation, language, account)[0]


def zone_of_person(person: Somebody | None, ctx: Context) -> str:
    """The time zone a person lives in."""
    return zone_of(ctx.organisation, person.time_zone, person.team) if person else ctx.organisation.time_zone


def name_of(person: Person | None) -> str:
    """A name to call somebody by; their e-mail address where that is all we know."""
    return (person.name or person.email or "") if person else ""


def reachable_through(person: Person, channels: Collection[str], ctx: Context) -> Sequence[Record]:
    """Identities through which a person can be reached now, the preferred one first."""
    mine = [
        identity
        for identity in people.identities(ctx.session, row_id(person))
        if identity.channel in channels and identity.unreachable_at is None
    ]
    return sorted(mine, key=lambda identity: identity.channel != person.prefers)


def reachable(person: Person, ctx: Context) -> bool:
    """Whether we know any way to write to them."""
    return any(identity.unreachable_at is None for identity in chats_of(person, ctx))


def chats_of(person: Person, ctx: Context) -> list[Record]:
    """Their identities where they can be written to, or could once."""
    return [i for i in people.identities(ctx.session, row_id(person)) if i.channel not in EARS_ONLY]


def find_colleague(words: str, channel: str, ctx: Context) -> Person:
    """Somebody who works here, by key, mention (`<@id>`) or the beginning of a name.

    Raises `NobodyByThatName` or `ManyByThatName`.
    """
    wanted = words.strip()
    if wanted.startswith("<@") and wanted.endswith(">"):
        mentioned = people.person_by_identity(ctx.session, channel, wanted[2:-1].split("|")[0])
        candidates = [mentioned] if mentioned and role_of(mentioned) is not Role.CUSTOMER else []
    else:
        by_key = people.person_by_key(ctx.session, wanted.removeprefix("@"))
        candidates = [by_key] if by_key else list(people.people_called(ctx.session, wanted)) if wanted else []
    candidates = [person for person in candidates if role_of(person) is not Role.CUSTOMER]
    if not candidates:
        raise NobodyByThatName(name=wanted)
    if len(candidates) > 1:
        raise ManyByThatName(name=wanted, names=", ".join(person.name for person in candidates[:5]))
    return candidates[0]


def colleagues(ctx: Context, *, but: int | None = None) -> tuple[tuple[str, str], ...]:
    """Key and name of everybody who may act on cases, for a form."""
    roles = [role for role in Role if may(role, Right.ACT_ON_CASES)]
    return tuple(
        (person.key, person.name)
        for person in people.working_here(ctx.session, roles)
        if person.key and person.id != but
    )


def audit(person: Person | None, did: str, subject: str, subject_id: object, ctx: Context) -> None:
    """Write down who did or was refused what."""
    ctx.session.add(
        AuditEntry(
            at=ctx.now,
            person_id=person.id if person else None,
            did=did,
            subject=subject,
            subject_id=str(subject_id),
        )
    )
