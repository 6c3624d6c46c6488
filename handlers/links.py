"""Somebody opened the conversation with the bot, where it may not speak first: perhaps by a link we gave."""

from handlers import invite
from handlers.context import Context
from handlers.errors import AlreadySomebodyElse, LinkOver, UnknownEncounter
from handlers.events import ConversationOpened, Sender
from handlers.found import found
from handlers.linking import merge
from handlers.messages import Reply, Say
from handlers.people import actor, language_of, role_of, row_id
from handlers.rules.permissions import Right, may
from handlers.wording import sentences
from handlers.wording.language import pick
from storage import encounters, people
from storage.tables import Encounter, Person


def welcome(event: ConversationOpened, ctx: Context) -> Reply:
    """Greet whoever came. By a link they are the customer it was made for, and are asked what waited for them.

    Who had asked to be left in peace and opens the conversation again may be asked again. Raises `LinkOver`
    for a link that is not ours any more, `AlreadySomebodyElse` where somebody we know follows another's.
    """
    if event.encounter:
        return _follow(event, ctx)
    person = actor(event.by, ctx)
    language = language_of(person, ctx)
    if person.opted_out_at or person.snoozed_until:
        person.opted_out_at, person.snoozed_until = None, None
        ctx.session.add(person)
        return Say(sentences.opted_in(language))
    return Say(sentences.help_text(language, staff=may(role_of(person), Right.LOG_FEEDBACK)))


def token_of(reference: str, ctx: Context) -> str:
    """The token of the newest encounter of this token or external reference. Raises `UnknownEncounter`."""
    named = encounters.encounters_named(ctx.session, reference)
    if not named:
        raise UnknownEncounter(reference=reference)
    return named[0].token


def _follow(event: ConversationOpened, ctx: Context) -> Reply:
    encounter = _encounter(event.encounter, ctx)
    customer = found(ctx.session.get(Person, encounter.customer_id))
    if _known_elsewhere(customer, event.by, ctx):
        raise LinkOver
    opening = actor(event.by, ctx)
    if opening.id != customer.id:
        if opening.key is not None:
            raise AlreadySomebodyElse
        merge(opening, customer, ctx)
    invite.decide_again(encounter, ctx)
    organisation = pick(ctx.organisation.name, language_of(customer, ctx))
    return Say(sentences.welcome(organisation, language_of(customer, ctx)))


def _encounter(token: str, ctx: Context) -> Encounter:
    """By our own token only: a link names nothing that others could guess."""
    for encounter in encounters.encounters_named(ctx.session, token):
        if encounter.token == token:
            return encounter
    raise LinkOver


def _known_elsewhere(customer: Person, by: Sender, ctx: Context) -> bool:
    """Whether the customer is known on this channel as somebody else: the link was used."""
    return any(
        identity.channel == by.channel and identity.external_id != by.external_id
        for identity in people.identities(ctx.session, row_id(customer))
        if identity.unreachable_at is None
    )
