"""A survey link: one person answers one invitation on a page of ours, without any chat.

The link names the invitation; who signs it and checks the signature is `bot`. In the rows the person
gets an identity on the channel `link` whose id is the invitation's token, so that whoever comes by the
link is that person, for that invitation alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers import asked, ledger
from handlers.context import Context
from handlers.errors import UnknownEncounter, UnknownInvitation
from handlers.events import Event, Sender
from handlers.invite import decide_by_hand
from handlers.people import language_of
from handlers.surveys import survey_view
from handlers.views import LedgerView, SurveyView
from storage import encounters, invitations, people
from storage.tables import Encounter, Identity, Invitation, Person
from storage.vocabulary import InvitationState, Stream

CHANNEL = "link"

_ANSWERABLE = (InvitationState.QUEUED, InvitationState.SENT, InvitationState.ANSWERED)


@dataclass(frozen=True)
class Carried:
    """An invitation to be carried to its person by SMS or e-mail. Instants are UTC."""

    invitation: str
    expires_at: datetime
    language: str
    organisation: Mapping[str, str]


@dataclass(frozen=True)
class NotCarried:
    """The customer is not to be asked: the last decision of the ledger; none while there is none."""

    decision: LedgerView | None


@dataclass(frozen=True)
class Opened:
    """What whoever opened a link sees. Instants are UTC."""

    view: SurveyView
    language: str | None
    """The language the person is known to speak."""
    editable_until: datetime | None
    """Until when answers may be changed; none before the first."""


def carry(reference: str, ctx: Context, *, source: str = "") -> Carried | NotCarried:
    """Ask the customer of an encounter by link, if the rules on asking allow it; asked already, the same link.

    `reference` is our token, or the external one: that of `source` if a source is named, else the newest.
    Raises `UnknownEncounter`.
    """
    encounter = _encounter(reference, source, ctx)
    decide_by_hand(encounter, ctx)
    invitation = _invitation(encounter, ctx)
    if invitation is None:
        decisions = ledger.about(encounter, ctx, Stream.CUSTOMER)
        return NotCarried(decisions[-1] if decisions else None)
    person = ctx.session.get(Person, encounter.customer_id)
    _know_by_link(invitation.token, encounter.customer_id, ctx)
    return Carried(
        invitation.token, invitation.expires_at, language_of(person, ctx), dict(ctx.organisation.name)
    )


def _encounter(reference: str, source: str, ctx: Context) -> Encounter:
    named = encounters.encounters_named(ctx.session, reference)
    for encounter in named:
        if encounter.token == reference or source in ("", encounter.source):
            return encounter
    raise UnknownEncounter(reference=reference)


def _invitation(encounter: Encounter, ctx: Context) -> Invitation | None:
    """The customer's own invitation, while it can be answered."""
    for invitation in invitations.invitations_of_encounter(ctx.session, encounter.id or 0):
        if invitation.person_id == encounter.customer_id and invitation.state in _ANSWERABLE:
            return invitation if invitation.expires_at > ctx.now else None
    return None


def _know_by_link(token: str, person_id: int, ctx: Context) -> None:
    if people.identity_of(ctx.session, CHANNEL, token) is None:
        ctx.session.add(Identity(person_id=person_id, channel=CHANNEL, external_id=token))
        ctx.session.flush()


def sender(token: str) -> Sender:
    """Whoever comes by the link of that invitation."""
    return Sender(CHANNEL, token)


def open_link(token: str, ctx: Context) -> Opened:
    """The survey as it stands. Only reads. Raises `UnknownInvitation` or `InvitationExpired`."""
    person = people.person_by_identity(ctx.session, CHANNEL, token)
    if person is None:
        raise UnknownInvitation
    coming = Event(by=sender(token), at=ctx.now, delivery_id="")
    found = asked.find(coming, token, ctx)
    until = found.begun.first_at + ctx.organisation.asking.edit_window if found.begun else None
    return Opened(survey_view(found, ctx), person.language, until)
