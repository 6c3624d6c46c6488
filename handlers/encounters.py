"""Encounters come in, are opened again, or are called off.

An encounter waits for its touchpoint's delay; whom to ask about it is decided in `handlers.invite`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from handlers.asked import UNSAID
from handlers.context import Context
from handlers.errors import (
    AskedAlone,
    HappensInTheFuture,
    UnknownAccount,
    UnknownCustomer,
    UnknownEncounter,
    UnknownService,
    UnknownTouchpoint,
)
from handlers.events import EncounterCancelled, EncounterHappened, EncounterReopened, Sender
from handlers.ledger import write_down
from handlers.lookups import survey_keys, survey_of
from handlers.organisation import Touchpoint
from handlers.owners import owner_in_principle
from handlers.people import actor, row_id
from handlers.rules import words
from handlers.rules.routing import About
from storage import encounters, invitations, outbox, people
from storage.tables import Encounter, Person
from storage.tokens import new_token
from storage.vocabulary import (
    EncounterState,
    InvitationState,
    Privacy,
    Role,
    Verdict,
)

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far another machine's clock may be ahead of ours before its encounter is refused."""


@dataclass(frozen=True)
class Recorded:
    """An encounter as taken in. `created` is false when it was known already."""

    token: str
    created: bool


def record_encounter(event: EncounterHappened, ctx: Context) -> Recorded:
    """Take in an encounter. The same source and reference again changes nothing.

    Raises `UnknownTouchpoint`, `UnknownService`, `UnknownAccount`, `UnknownCustomer`, `HappensInTheFuture`, or
    `AskedAlone` where everybody in a conversation would be asked anonymously; then nothing is stored.
    """
    touchpoint = _touchpoint(event.touchpoint, ctx)
    _demand_known(event, ctx)
    if event.shared_conversation and _is_anonymous(touchpoint, ctx):
        raise AskedAlone(touchpoint=touchpoint.key)
    if event.external_reference:
        known = encounters.encounter_by_reference(ctx.session, event.source, event.external_reference)
        if known is not None:
            return _report_again(known, event, touchpoint, ctx)
    customer = _customer(event, ctx)
    account = event.account or customer.account
    owner = owner_in_principle(About(event.service or None, account, touchpoint.key), ctx)
    handler = _handler(event.handler, ctx)
    encounter = Encounter(
        token=new_token(),
        source=event.source,
        external_reference=event.external_reference or None,
        touchpoint=touchpoint.key,
        service=event.service or None,
        account=account,
        customer_id=row_id(customer),
        handler_id=handler.id if handler else None,
        owner_id=owner.person.id if owner.person else None,
        owner_rule=owner.rule,
        happened_at=event.happened_at,
        reported_at=ctx.now,
        ask_at=ctx.now if event.ask_at_once else max(ctx.now, event.happened_at + touchpoint.delay),
        state=EncounterState.WAITING,
        about=words.clean(event.about)[:200] or None,
        shared_conversation=event.shared_conversation or None,
        direction=event.direction or None,
        urgency=event.urgency or None,
        journey_stage=event.journey_stage or None,
        waiting_minutes=event.waiting_minutes,
        critical=event.critical,
    )
    ctx.session.add(encounter)
    ctx.session.flush()
    return Recorded(encounter.token, created=True)


def _is_anonymous(touchpoint: Touchpoint, ctx: Context) -> bool:
    known = touchpoint.survey in survey_keys(ctx.organisation)
    return known and survey_of(ctx.organisation, touchpoint.survey or "").privacy is Privacy.ANONYMOUS


def _report_again(
    known: Encounter, event: EncounterHappened, touchpoint: Touchpoint, ctx: Context
) -> Recorded:
    """Reported closed after it was reopened, it waits for its turn anew; else nothing changes."""
    if known.state == EncounterState.REOPENED:
        known.state = EncounterState.WAITING
        known.happened_at = event.happened_at
        known.ask_at = max(ctx.now, event.happened_at + touchpoint.delay)
        ctx.session.add(known)
    return Recorded(known.token, created=False)


def reopen_encounter(event: EncounterReopened, ctx: Context) -> Recorded:
    """The matter was opened again: it is not asked about until it is reported closed. Raises `UnknownEncounter`."""
    return _withdraw(event, EncounterState.REOPENED, Verdict.REOPENED, ctx)


def cancel_encounter(event: EncounterCancelled, ctx: Context) -> Recorded:
    """It is not to be asked about. Raises `UnknownEncounter`."""
    return _withdraw(event, EncounterState.CANCELLED, Verdict.CANCELLED, ctx)


def _withdraw(
    event: EncounterReopened | EncounterCancelled, state: EncounterState, verdict: Verdict, ctx: Context
) -> Recorded:
    encounter = encounters.encounter_by_reference(ctx.session, event.source, event.external_reference)
    if encounter is None:
        raise UnknownEncounter(reference=event.external_reference)
    withdrawn = [
        invitation
        for invitation in invitations.invitations_of_encounter(ctx.session, encounter.id or 0)
        if invitation.state == InvitationState.QUEUED
    ]
    for invitation in withdrawn:
        invitation.state = InvitationState.SUPPRESSED
        ctx.session.add(invitation)
        outbox.cancel(ctx.session, "invitation", invitation.id or 0, UNSAID)
    if encounter.state != state and (withdrawn or encounter.state == EncounterState.WAITING):
        write_down(encounter, verdict, ctx, survey=None, facts={})
        encounter.state = state
        ctx.session.add(encounter)
    return Recorded(encounter.token, created=False)


def _touchpoint(key: str, ctx: Context) -> Touchpoint:
    found = ctx.organisation.touchpoints.get(key)
    if found is None:
        raise UnknownTouchpoint(key=key, known=_listed(ctx.organisation.touchpoints))
    return found


def _demand_known(event: EncounterHappened, ctx: Context) -> None:
    organisation = ctx.organisation
    if event.service and event.service not in organisation.services:
        raise UnknownService(key=event.service, known=_listed(organisation.services))
    if event.account and event.account not in organisation.accounts:
        raise UnknownAccount(key=event.account, known=_listed(organisation.accounts))
    if event.happened_at > ctx.now + CLOCKS_DIFFER:
        raise HappensInTheFuture(at=event.happened_at.isoformat(timespec="minutes"))


def _listed(known: Iterable[str]) -> str:
    return ", ".join(sorted(known)[:20])


def _customer(event: EncounterHappened, ctx: Context) -> Person:
    """The customer, linked or made, with what the source knows of them. Raises `UnknownCustomer`."""
    customer = _find_customer(event, ctx)
    customer.name = customer.name or words.clean_name(event.customer_name)
    customer.email = customer.email or event.customer_email or None
    customer.phone = customer.phone or event.customer_phone or None
    customer.account = customer.account or event.account or None
    if event.customer_language in {"fi", "sv", "en"}:
        customer.language = customer.language or event.customer_language
    ctx.session.add(customer)
    ctx.session.flush()
    return customer


def _find_customer(event: EncounterHappened, ctx: Context) -> Person:
    said = event.customer
    if isinstance(said, Sender):
        return actor(said, ctx)
    found = people.person_by_key(ctx.session, said) or (
        people.person_by_email(ctx.session, said) if "@" in said else None
    )
    if found is not None:
        return found
    if "@" not in said:
        raise UnknownCustomer(key=said)
    return Person(
        name=words.clean_name(event.customer_name), role=Role.CUSTOMER, email=said.strip(), created_at=ctx.now
    )


def _handler(said: Sender | str, ctx: Context) -> Person | None:
    """Who handled it; somebody unknown is nobody, never a reason to refuse an encounter."""
    if isinstance(said, Sender):
        return people.person_by_identity(ctx.session, said.channel, said.external_id, said.workspace)
    found = people.person_by_key(ctx.session, said)
    return found or (people.person_by_email(ctx.session, said) if "@" in said else None)
