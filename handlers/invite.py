"""Whom to ask, and when.

When an encounter's delay has ended one decision is made, written to the ledger with its reason, and, if
somebody is asked, an invitation and an outbox row come into being with it.
"""

from dataclasses import dataclass
from datetime import datetime

from handlers.asked import UNSAID
from handlers.calendars import WEEKDAYS
from handlers.context import Context
from handlers.deciding import Asking, Moment, decide, decide_on_staff, in_earnest
from handlers.digests.measures import measured
from handlers.each import PUT_OFF, each
from handlers.found import found
from handlers.ledger import write_down
from handlers.lookups import survey_of, zone_of
from handlers.organise import survey_version_id
from handlers.outbox import say
from handlers.people import chats_of, role_of, row_id, zone_of_person
from handlers.rules import hours
from handlers.rules.fatigue import Decision, PastRequest
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from storage import encounters, invitations, ledger, outbox, rounds
from storage.scope import Only, Scope
from storage.tables import Encounter, Invitation, Person
from storage.tokens import is_nameless, new_nameless_token, new_token
from storage.vocabulary import (
    EncounterState,
    InvitationState,
    OutboxKind,
    Privacy,
    Role,
    Stream,
    Verdict,
)

INVITES = (Verdict.ASKED, Verdict.REHEARSED)
"""Verdicts after which there is an invitation."""


def rehearsing(ctx: Context) -> str | None:
    """The test conversation of a dry run; none while people are asked in earnest."""
    return ctx.organisation.pilot.dry_run if ctx.organisation.pilot else None


def decide_due(ctx: Context, limit: int = 100) -> int:
    """Decide about encounters whose delay has ended; how many."""
    due = encounters.waiting_encounters(ctx.session, ctx.now, limit)
    return each({f"encounter {e.id}": e for e in due}, _settle, ctx, _decide_later)


def _decide_later(encounter: Encounter, ctx: Context) -> None:
    encounter.ask_at = ctx.now + PUT_OFF
    ctx.session.add(encounter)


def decide_now(token: str, ctx: Context) -> None:
    """Decide about one encounter at once, if it still waits."""
    for encounter in encounters.encounters_named(ctx.session, token):
        if encounter.state == EncounterState.WAITING:
            _settle(encounter, ctx)


def decide_by_hand(encounter: Encounter, ctx: Context) -> None:
    """Decide about an encounter whose request somebody carries to the customer, by SMS or e-mail.

    The customer need not be reachable in a chat, and nothing is sent. What was decided stays decided,
    except where only a way to the customer was missing.
    """
    lost, unsaid = _was_unreachable(encounter, ctx), _unreachable_invitation(encounter, ctx)
    if lost and unsaid:
        write_down(encounter, Verdict.ASKED, ctx, survey=unsaid.survey, facts={})
        _carried(unsaid, ctx)
    elif lost or encounter.state == EncounterState.WAITING:
        _settle(encounter, ctx, by_hand=True)


def decide_again(encounter: Encounter, ctx: Context) -> None:
    """The customer has just come to us: what only a missing way to them kept from being asked is asked now."""
    lost, unsaid = _was_unreachable(encounter, ctx), _unreachable_invitation(encounter, ctx)
    if lost and unsaid:
        write_down(encounter, Verdict.ASKED, ctx, survey=unsaid.survey, facts={})
        _say_again(unsaid, encounter, ctx)
    elif lost or encounter.state == EncounterState.WAITING:
        _settle(encounter, ctx)


def _was_unreachable(encounter: Encounter, ctx: Context) -> bool:
    """Whether the last decision failed for want of a way to the customer."""
    decisions = ledger.decisions_about(ctx.session, encounter.id or 0)
    decided = [decision.entry for decision in decisions if decision.stream is Stream.CUSTOMER]
    return bool(decided) and decided[-1].verdict == Verdict.UNREACHABLE


def _unreachable_invitation(encounter: Encounter, ctx: Context) -> Invitation | None:
    """The customer's own invitation that reached them nowhere."""
    invited = invitations.invitations_of_encounter(ctx.session, encounter.id or 0)
    return next(
        (
            invitation
            for invitation in invited
            if invitation.person_id == encounter.customer_id
            and invitation.state == InvitationState.UNREACHABLE
        ),
        None,
    )


def _say_again(invitation: Invitation, encounter: Encounter, ctx: Context) -> None:
    """The prompt leaves once more, through the way that has been found."""
    invitation.state = InvitationState.QUEUED
    invitation.expires_at = ctx.now + ctx.organisation.asking.expires_after
    ctx.session.add(invitation)
    say(
        ctx,
        OutboxKind.PROMPT,
        "invitation",
        invitation.id or 0,
        to=encounter.customer_id,
        once=f"prompt{ctx.now:%Y%m%d%H%M%S}",
    )


def _settle(encounter: Encounter, ctx: Context, *, by_hand: bool = False) -> None:
    """Decide; whose turn it is in a round is decided in `handlers.rounds`, when it is due."""
    if encounter.source == rounds.SOURCE:
        return
    _decide(encounter, ctx, by_hand=by_hand)
    encounter.state = EncounterState.DECIDED
    ctx.session.add(encounter)
    ctx.session.flush()


def _decide(encounter: Encounter, ctx: Context, *, by_hand: bool) -> None:
    touchpoint = ctx.organisation.touchpoints.get(encounter.touchpoint)
    customer = found(ctx.session.get(Person, encounter.customer_id))
    survey = touchpoint.survey if touchpoint else None
    moment = _moment(encounter, customer, ctx, by_hand=by_hand)
    asking, past = asking_of(customer, ctx, by_hand=by_hand), Remembered(invitations.TO_CUSTOMERS, ctx)
    decision = in_earnest(decide(moment, asking, past, ctx.organisation), ctx.organisation)
    decision = sealable(decision, survey, ctx)
    write_down(encounter, decision.verdict, ctx, survey=survey, facts=decision.facts)
    if survey is not None and decision.verdict in INVITES:
        anybody = encounter.shared_conversation and not by_hand
        invite(encounter, survey, None if anybody else customer, ctx, by_hand=by_hand)
    first_time = encounter.state == EncounterState.WAITING
    if touchpoint and touchpoint.staff_survey and survey and encounter.handler_id is not None and first_time:
        staff = found(ctx.session.get(Person, encounter.handler_id))
        _ask_staff(encounter, moment, touchpoint.staff_survey, staff, ctx)


def _ask_staff(encounter: Encounter, moment: Moment, survey: str, staff: Person, ctx: Context) -> None:
    """Put the staff survey to who served, unless they were asked lately or do not wish to be."""
    past = Remembered((Stream.STAFF,), ctx)
    decision = decide_on_staff(moment, asking_of(staff, ctx), past, ctx.organisation)
    decision = sealable(in_earnest(decision, ctx.organisation), survey, ctx)
    write_down(encounter, decision.verdict, ctx, survey=survey, facts=decision.facts, staff=staff)
    if decision.verdict in INVITES:
        invite(encounter, survey, staff, ctx)


def sealable(decision: Decision, survey: str | None, ctx: Context) -> Decision:
    """Nobody is asked anonymously where there is no key to seal their answers with."""
    if survey is None or decision.verdict not in INVITES or ctx.vault is not None:
        return decision
    anonymous = survey_of(ctx.organisation, survey).privacy is Privacy.ANONYMOUS
    return Decision(Verdict.NO_KEY) if anonymous else decision


def _moment(encounter: Encounter, customer: Person, ctx: Context, *, by_hand: bool) -> Moment:
    twin = encounters.same_matter(ctx.session, encounter)
    return Moment(
        touchpoint=encounter.touchpoint,
        reference=encounter.external_reference or encounter.token,
        happened_at=encounter.happened_at,
        service=encounter.service,
        account=encounter.account,
        works_here=role_of(customer) is not Role.CUSTOMER,
        twin=(twin.external_reference or twin.token) if twin else None,
        anybody=encounter.shared_conversation is not None and not by_hand,
    )


def asking_of(person: Person, ctx: Context, *, by_hand: bool = False) -> Asking:
    """What there is to know of somebody before they are asked; with `by_hand` somebody brings the request."""
    return Asking(
        person_id=row_id(person),
        now=ctx.now,
        zone=zone_of_person(person, ctx),
        opted_out=person.opted_out_at is not None,
        snoozed_until=person.snoozed_until,
        volunteer=person.volunteered_at is not None,
        reachable=by_hand or bool(chats_of(person, ctx)),
    )


@dataclass(frozen=True)
class Remembered:
    """What was truly asked before, in some streams."""

    streams: tuple[Stream, ...]
    ctx: Context

    def requests_to(self, person_id: int, since: datetime) -> list[PastRequest]:
        """Requests to one person since an instant."""
        return [
            PastRequest(
                at=invitation.created_at,
                survey=invitation.survey,
                touchpoint=invitation.touchpoint,
                encounter=about.about or (about.source != rounds.SOURCE and about.external_reference) or "",
            )
            for invitation, about in invitations.requests_to(
                self.ctx.session, person_id, since, rehearsed=rehearsing(self.ctx) is not None
            )
            if invitation.stream in self.streams
        ]

    def requests_to_account(self, account: str, since: datetime) -> int:
        """How many requests went to an account's people since an instant."""
        return invitations.requests_to_account(
            self.ctx.session, account, since, rehearsed=rehearsing(self.ctx) is not None
        )

    def answers(self, service: str | None, touchpoint: str | None, question: str, month: Window) -> Count:
        """What customers answered to a question in a month; without a service or touchpoint, at any of them."""
        only = Only(touchpoints=frozenset((touchpoint,) if touchpoint else ()))
        scope = Scope(frozenset((service,) if service else ()), everything=service is None, only=only)
        counted = measured(scope, month, self.ctx).get(question)
        return counted.count if counted else Count()


def invite(
    encounter: Encounter,
    survey_key: str,
    to: Person | None,
    ctx: Context,
    *,
    by_hand: bool = False,
    stream: Stream | None = None,
) -> None:
    """Ask one person, or everybody in a shared conversation, when it is not their quiet time.

    `stream` is where the answers belong; the survey's own when left out. In a dry run the request is shown
    at once in the test conversation instead, and cannot be answered.
    """
    asking = ctx.organisation.asking
    survey = survey_of(ctx.organisation, survey_key)
    test = rehearsing(ctx)
    leaves_at = not_quiet(ctx.now, to, ctx) if test is None else ctx.now
    invitation = Invitation(
        token=new_nameless_token() if survey.privacy is Privacy.ANONYMOUS else new_token(),
        encounter_id=encounter.id or 0,
        person_id=to.id if to else None,
        survey=survey_key,
        survey_version_id=survey_version_id(ctx.session, survey, ctx.now),
        stream=stream or survey.stream,
        state=InvitationState.QUEUED if test is None else InvitationState.REHEARSED,
        created_at=ctx.now,
        expires_at=leaves_at + asking.expires_after,
        account=encounter.account,
        service=encounter.service,
        touchpoint=encounter.touchpoint,
    )
    ctx.session.add(invitation)
    ctx.session.flush()
    if by_hand and test is None:
        _carried(invitation, ctx)
        return
    say(
        ctx,
        OutboxKind.STAFF_PROMPT if survey.stream is Stream.STAFF else OutboxKind.PROMPT,
        "invitation",
        invitation.id or 0,
        to=to.id if to and test is None else None,
        conversation=test or (None if to else encounter.shared_conversation),
        once="prompt",
        not_before=leaves_at,
    )


def _carried(invitation: Invitation, ctx: Context) -> None:
    """Somebody has it in hand and sends it at a time of their choosing; of such a one nobody is reminded."""
    invitation.state, invitation.sent_at = InvitationState.SENT, ctx.now
    invitation.expires_at = ctx.now + ctx.organisation.asking.expires_after
    ctx.session.add(invitation)
    ctx.session.flush()


def not_quiet(at: datetime, person: Person | None, ctx: Context) -> datetime:
    """The earliest instant from `at` on at which a person, or a shared conversation, may be asked; UTC."""
    asking = ctx.organisation.asking
    zone = zone_of_person(person, ctx) if person else zone_of(ctx.organisation)
    days = frozenset(WEEKDAYS.index(day) for day in asking.days)
    return hours.not_quiet(at, zone, asking.quiet_from, asking.quiet_until, days)


def prompt_sent(invitation: Invitation, ctx: Context) -> None:
    """The prompt has left: from now on it may be reminded of, once, unless nobody may know who has answered."""
    if invitation.state == InvitationState.QUEUED:
        invitation.state, invitation.sent_at = InvitationState.SENT, ctx.now
        after = ctx.organisation.asking.reminder_after
        reminded = invitation.person_id and not is_nameless(invitation.token)
        invitation.remind_at = ctx.now + after if after and reminded else None
        ctx.session.add(invitation)


def prompt_unreachable(invitation: Invitation, ctx: Context) -> None:
    """Nobody could be reached: the ledger says so."""
    if invitation.state != InvitationState.QUEUED:
        return
    invitation.state = InvitationState.UNREACHABLE
    ctx.session.add(invitation)
    encounter = ctx.session.get(Encounter, invitation.encounter_id)
    staff = ctx.session.get(Person, invitation.person_id) if invitation.stream == Stream.STAFF else None
    if encounter is not None:
        write_down(encounter, Verdict.UNREACHABLE, ctx, survey=invitation.survey, facts={}, staff=staff)


def remind_due(ctx: Context, limit: int = 100) -> int:
    """Remind people who have not answered, once; how many."""
    due = invitations.due_for_reminder(ctx.session, ctx.now, limit)
    return each({f"invitation {i.id}": i for i in due}, _remind, ctx, _remind_later)


def _remind(invitation: Invitation, ctx: Context) -> None:
    invitation.remind_at = None
    ctx.session.add(invitation)
    person = ctx.session.get(Person, invitation.person_id)
    leaves_at = not_quiet(ctx.now, person, ctx)
    if person is None or person.opted_out_at or leaves_at >= invitation.expires_at:
        return
    say(
        ctx,
        OutboxKind.REMINDER,
        "invitation",
        invitation.id or 0,
        to=person.id,
        once="reminder",
        not_before=leaves_at,
    )


def _remind_later(invitation: Invitation, ctx: Context) -> None:
    invitation.remind_at = ctx.now + PUT_OFF
    ctx.session.add(invitation)


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
            UNSAID,
        )
    return len(due)
