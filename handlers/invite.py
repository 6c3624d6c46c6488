"""Encounters come in; whom to ask about them, and when.

An encounter waits for its touchpoint's delay. Then one decision is made, written to the ledger with
its reason, and, if somebody is asked, an invitation and an outbox row come into being with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.context import Context
from handlers.errors import (
    HappensInTheFuture,
    UnknownAccount,
    UnknownCustomer,
    UnknownEncounter,
    UnknownService,
    UnknownTouchpoint,
)
from handlers.events import EncounterCancelled, EncounterHappened, EncounterReopened, Sender
from handlers.found import found
from handlers.ledger import write_down
from handlers.lookups import survey_of, zone_of
from handlers.organisation import AskingSection, Touchpoint
from handlers.organise import survey_version_id
from handlers.outbox import say
from handlers.owners import owner_in_principle
from handlers.people import actor, role_of, row_id, zone_of_person
from handlers.rules import hours, sampling, words
from handlers.rules.fatigue import AskingRules, Decision, PastRequest, may_ask
from handlers.wording.language import pick
from storage import encounters, invitations, outbox, people
from storage.tables import Encounter, Invitation, Person
from storage.tokens import new_token
from storage.vocabulary import (
    EncounterState,
    InvitationState,
    OutboxKind,
    Role,
    Stream,
    Verdict,
)

CLOCKS_DIFFER = timedelta(minutes=10)
"""How far another machine's clock may be ahead of ours before its encounter is refused."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Recorded:
    """An encounter as taken in. `created` is false when it was known already."""

    token: str
    created: bool


def record_encounter(event: EncounterHappened, ctx: Context) -> Recorded:
    """Take in an encounter. The same source and reference again changes nothing.

    Raises `UnknownTouchpoint`, `UnknownService`, `UnknownAccount`, `UnknownCustomer` or
    `HappensInTheFuture`; then nothing is stored.
    """
    touchpoint = _touchpoint(event.touchpoint, ctx)
    _demand_known(event, ctx)
    if event.external_reference:
        known = encounters.encounter_by_reference(ctx.session, event.source, event.external_reference)
        if known is not None:
            return _report_again(known, event, touchpoint, ctx)
    customer = _customer(event, ctx)
    account = event.account or customer.account
    owner = owner_in_principle(event.service or None, account, ctx)
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
        outbox.cancel(
            ctx.session, "invitation", invitation.id or 0, (OutboxKind.PROMPT, OutboxKind.STAFF_PROMPT)
        )
    if encounter.state != state and (withdrawn or encounter.state == EncounterState.WAITING):
        write_down(encounter, verdict, ctx, survey=None, facts={})
        encounter.state = state
        ctx.session.add(encounter)
    return Recorded(encounter.token, created=False)


# Deciding.


def decide_due(ctx: Context, limit: int = 100) -> int:
    """Decide about encounters whose delay has ended; how many."""
    due = encounters.waiting_encounters(ctx.session, ctx.now, limit)
    for encounter in due:
        _settle(encounter, ctx)
    return len(due)


def decide_now(token: str, ctx: Context) -> None:
    """Decide about one encounter at once, if it still waits."""
    for encounter in encounters.encounters_named(ctx.session, token):
        if encounter.state == EncounterState.WAITING:
            _settle(encounter, ctx)


def _settle(encounter: Encounter, ctx: Context) -> None:
    _decide(encounter, ctx)
    encounter.state = EncounterState.DECIDED
    ctx.session.add(encounter)
    ctx.session.flush()


def _decide(encounter: Encounter, ctx: Context) -> None:
    touchpoint = ctx.organisation.touchpoints.get(encounter.touchpoint)
    customer = found(ctx.session.get(Person, encounter.customer_id))
    survey = touchpoint.survey if touchpoint else None
    if touchpoint is None or survey is None:
        write_down(encounter, Verdict.NO_SURVEY, ctx, survey=None, facts={})
        return
    decision = _verdict(encounter, touchpoint, survey, customer, ctx)
    write_down(encounter, decision.verdict, ctx, survey=survey, facts=decision.facts)
    if decision.verdict is Verdict.ASKED:
        _invite(encounter, survey, None if encounter.shared_conversation else customer, ctx)
    if touchpoint.staff_survey and encounter.handler_id is not None:
        _invite(encounter, touchpoint.staff_survey, ctx.session.get(Person, encounter.handler_id), ctx)


def _verdict(
    encounter: Encounter, touchpoint: Touchpoint, survey: str, customer: Person, ctx: Context
) -> Decision:
    """What does not depend on fatigue comes first: the wrong person, the same moment, nobody to reach.

    A question to everybody in a conversation is nobody's in particular: no one's cool-down speaks against it.
    """
    if encounter.shared_conversation is not None:
        return Decision(Verdict.ASKED, {"share": 1.0})
    if role_of(customer) is not Role.CUSTOMER:
        return Decision(Verdict.NOT_A_CUSTOMER, {})
    twin = encounters.same_matter(ctx.session, encounter)
    if twin is not None:
        return Decision(Verdict.SAME_ENCOUNTER, {"reference": twin.external_reference or twin.token})
    if not people.identities(ctx.session, row_id(customer)):
        return Decision(Verdict.UNREACHABLE, {})
    asking = ctx.organisation.asking
    return may_ask(
        survey=survey,
        now=ctx.now,
        happened_at=encounter.happened_at,
        opted_out=customer.opted_out_at is not None,
        snoozed_until=customer.snoozed_until,
        history=_history(customer, ctx),
        account_requests=_account_requests(encounter, asking, ctx),
        rules=AskingRules(
            cool_down=asking.cool_down,
            cool_down_any=asking.cool_down_any,
            account_cap=asking.account_cap,
            account_window=asking.account_window,
            too_old_after=asking.too_old_after,
        ),
        sampled=sampling.in_sample(
            encounter.external_reference or encounter.token, touchpoint.key, touchpoint.sampling
        ),
        share=touchpoint.sampling,
    )


def _history(customer: Person, ctx: Context) -> list[PastRequest]:
    """Requests to this person that may still weigh."""
    asking = ctx.organisation.asking
    since = ctx.now - max(asking.cool_down, asking.cool_down_any, timedelta(days=1))
    zone = zone_of_person(customer, ctx)
    return [
        PastRequest(
            at=invitation.created_at,
            survey=invitation.survey,
            touchpoint=touchpoint_name(invitation.touchpoint, ctx),
            encounter=about.about or about.external_reference or "",
            same_local_day=hours.same_local_day(invitation.created_at, ctx.now, zone),
        )
        for invitation, about in invitations.requests_to(ctx.session, row_id(customer), since)
        if invitation.stream == Stream.CUSTOMER
    ]


def _account_requests(encounter: Encounter, asking: AskingSection, ctx: Context) -> int:
    if asking.account_cap is None or encounter.account is None:
        return 0
    return invitations.requests_to_account(ctx.session, encounter.account, ctx.now - asking.account_window)


def _invite(encounter: Encounter, survey_key: str, to: Person | None, ctx: Context) -> None:
    """Ask one person, or everybody in a shared conversation, when it is not their quiet time."""
    asking = ctx.organisation.asking
    survey = survey_of(ctx.organisation, survey_key)
    leaves_at = _not_quiet(ctx.now, to, ctx)
    invitation = Invitation(
        token=new_token(),
        encounter_id=encounter.id or 0,
        person_id=to.id if to else None,
        survey=survey_key,
        survey_version_id=survey_version_id(ctx.session, survey, ctx.now),
        stream=survey.stream,
        state=InvitationState.QUEUED,
        created_at=ctx.now,
        expires_at=leaves_at + asking.expires_after,
        account=encounter.account,
        service=encounter.service,
        touchpoint=encounter.touchpoint,
    )
    ctx.session.add(invitation)
    ctx.session.flush()
    say(
        ctx,
        OutboxKind.STAFF_PROMPT if survey.stream is Stream.STAFF else OutboxKind.PROMPT,
        "invitation",
        invitation.id or 0,
        to=to.id if to else None,
        conversation=None if to else encounter.shared_conversation,
        once="prompt",
        not_before=leaves_at,
    )


def _not_quiet(at: datetime, person: Person | None, ctx: Context) -> datetime:
    asking = ctx.organisation.asking
    zone = zone_of_person(person, ctx) if person else zone_of(ctx.organisation)
    days = frozenset(_WEEKDAYS.index(day) for day in asking.days)
    return hours.not_quiet(at, zone, asking.quiet_from, asking.quiet_until, days)


# Time passes.


def prompt_sent(invitation: Invitation, ctx: Context) -> None:
    """The prompt has left: from now on it may be reminded of, once."""
    if invitation.state == InvitationState.QUEUED:
        invitation.state, invitation.sent_at = InvitationState.SENT, ctx.now
        after = ctx.organisation.asking.reminder_after
        invitation.remind_at = ctx.now + after if after and invitation.person_id else None
        ctx.session.add(invitation)


def prompt_unreachable(invitation: Invitation, ctx: Context) -> None:
    """Nobody could be reached: the ledger says so."""
    if invitation.state != InvitationState.QUEUED:
        return
    invitation.state = InvitationState.UNREACHABLE
    ctx.session.add(invitation)
    encounter = ctx.session.get(Encounter, invitation.encounter_id)
    if encounter is not None and invitation.stream == Stream.CUSTOMER:
        write_down(encounter, Verdict.UNREACHABLE, ctx, survey=invitation.survey, facts={})


def remind_due(ctx: Context, limit: int = 100) -> int:
    """Remind people who have not answered, once; how many."""
    due = invitations.due_for_reminder(ctx.session, ctx.now, limit)
    for invitation in due:
        invitation.remind_at = None
        ctx.session.add(invitation)
        person = ctx.session.get(Person, invitation.person_id)
        leaves_at = _not_quiet(ctx.now, person, ctx)
        if person is None or person.opted_out_at or leaves_at >= invitation.expires_at:
            continue
        say(
            ctx,
            OutboxKind.REMINDER,
            "invitation",
            invitation.id or 0,
            to=person.id,
            once="reminder",
            not_before=leaves_at,
        )
    return len(due)


def expire_due(ctx: Context, limit: int = 100) -> int:
    """Close invitations that nobody answered in time; how many."""
    due = invitations.due_to_expire(ctx.session, ctx.now, limit)
    for invitation in due:
        invitation.state = InvitationState.EXPIRED
        ctx.session.add(invitation)
        outbox.cancel(
            ctx.session,
            "invitation",
            invitation.id or 0,
            (OutboxKind.PROMPT, OutboxKind.REMINDER, OutboxKind.STAFF_PROMPT),
        )
    return len(due)


# Finding.


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
    customer.name = customer.name or event.customer_name
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
    return Person(name=event.customer_name, role=Role.CUSTOMER, email=said.strip(), created_at=ctx.now)


def _handler(said: Sender | str, ctx: Context) -> Person | None:
    """Who handled it; somebody unknown is nobody, never a reason to refuse an encounter."""
    if isinstance(said, Sender):
        return people.person_by_identity(ctx.session, said.channel, said.external_id, said.workspace)
    found = people.person_by_key(ctx.session, said)
    return found or (people.person_by_email(ctx.session, said) if "@" in said else None)


def touchpoint_name(key: str, ctx: Context) -> str:
    """A touchpoint's name in the organisation's language, for facts of the ledger."""
    touchpoint = ctx.organisation.touchpoints.get(key)
    return pick(touchpoint.name, ctx.organisation.language) if touchpoint else key
