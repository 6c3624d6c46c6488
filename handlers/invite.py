"""Whom to ask, and when.

When an encounter's delay has ended one decision is made, written to the ledger with its reason, and, if
somebody is asked, an invitation and an outbox row come into being with it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.asked import UNSAID
from handlers.calendars import WEEKDAYS
from handlers.context import Context
from handlers.each import PUT_OFF, each
from handlers.found import found
from handlers.ledger import write_down
from handlers.lookups import survey_of, zone_of
from handlers.organisation import AskingSection, Touchpoint
from handlers.organise import survey_version_id
from handlers.outbox import say
from handlers.people import chats_of, role_of, row_id, zone_of_person
from handlers.rules import hours, sampling
from handlers.rules.fatigue import AskingRules, Decision, PastRequest, may_ask
from handlers.wording.language import pick
from storage import encounters, invitations, ledger, outbox
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
    _decide(encounter, ctx, by_hand=by_hand)
    encounter.state = EncounterState.DECIDED
    ctx.session.add(encounter)
    ctx.session.flush()


def _decide(encounter: Encounter, ctx: Context, *, by_hand: bool) -> None:
    touchpoint = ctx.organisation.touchpoints.get(encounter.touchpoint)
    customer = found(ctx.session.get(Person, encounter.customer_id))
    survey = touchpoint.survey if touchpoint else None
    if touchpoint is None or survey is None:
        write_down(encounter, Verdict.NO_SURVEY, ctx, survey=None, facts={})
        return
    decision = _verdict(encounter, touchpoint, survey, customer, ctx, by_hand=by_hand)
    write_down(encounter, decision.verdict, ctx, survey=survey, facts=decision.facts)
    if decision.verdict is Verdict.ASKED:
        anybody = encounter.shared_conversation and not by_hand
        _invite(encounter, survey, None if anybody else customer, ctx, by_hand=by_hand)
    first_time = encounter.state == EncounterState.WAITING
    if touchpoint.staff_survey and encounter.handler_id is not None and first_time:
        _ask_staff(
            encounter, touchpoint.staff_survey, found(ctx.session.get(Person, encounter.handler_id)), ctx
        )


def _ask_staff(encounter: Encounter, survey: str, staff: Person, ctx: Context) -> None:
    """Put the staff survey to who served, unless they were asked lately or do not wish to be."""
    decision = _staff_verdict(encounter, survey, staff, ctx)
    write_down(encounter, decision.verdict, ctx, survey=survey, facts=decision.facts, staff=staff)
    if decision.verdict is Verdict.ASKED:
        _invite(encounter, survey, staff, ctx)


def _staff_verdict(encounter: Encounter, survey: str, staff: Person, ctx: Context) -> Decision:
    """The same rules with a cool-down of its own: who serves thirty customers a day is not asked thirty times."""
    if not chats_of(staff, ctx):
        return Decision(Verdict.UNREACHABLE, {})
    asking = ctx.organisation.asking
    return may_ask(
        survey=survey,
        now=ctx.now,
        happened_at=encounter.happened_at,
        opted_out=staff.opted_out_at is not None,
        snoozed_until=staff.snoozed_until,
        history=_history(staff, Stream.STAFF, ctx.now - asking.staff_cool_down, ctx),
        account_requests=0,
        rules=replace(
            _rules(asking),
            cool_down=asking.staff_cool_down,
            cool_down_any=asking.staff_cool_down,
            account_cap=None,
        ),
        sampled=True,
        share=1.0,
    )


def _verdict(
    encounter: Encounter,
    touchpoint: Touchpoint,
    survey: str,
    customer: Person,
    ctx: Context,
    *,
    by_hand: bool,
) -> Decision:
    """What does not depend on fatigue comes first: the wrong person, the same moment, nobody to reach.

    A question to everybody in a conversation is nobody's in particular: no one's cool-down speaks against it.
    """
    if encounter.shared_conversation is not None and not by_hand:
        return Decision(Verdict.ASKED, {"share": 1.0})
    if role_of(customer) is not Role.CUSTOMER:
        return Decision(Verdict.NOT_A_CUSTOMER, {})
    twin = encounters.same_matter(ctx.session, encounter)
    if twin is not None:
        return Decision(Verdict.SAME_ENCOUNTER, {"reference": twin.external_reference or twin.token})
    if not by_hand and not chats_of(customer, ctx):
        return Decision(Verdict.UNREACHABLE, {})
    asking = ctx.organisation.asking
    return may_ask(
        survey=survey,
        now=ctx.now,
        happened_at=encounter.happened_at,
        opted_out=customer.opted_out_at is not None,
        snoozed_until=customer.snoozed_until,
        history=_history(customer, Stream.CUSTOMER, _weighs_since(asking, ctx.now), ctx),
        account_requests=_account_requests(encounter, asking, ctx),
        rules=_rules(asking),
        sampled=sampling.in_sample(
            encounter.external_reference or encounter.token, touchpoint.key, touchpoint.sampling
        ),
        share=touchpoint.sampling,
    )


def _rules(asking: AskingSection) -> AskingRules:
    return AskingRules(
        cool_down=asking.cool_down,
        cool_down_any=asking.cool_down_any,
        account_cap=asking.account_cap,
        account_window=asking.account_window,
        too_old_after=asking.too_old_after,
    )


def _weighs_since(asking: AskingSection, now: datetime) -> datetime:
    return now - max(asking.cool_down, asking.cool_down_any, timedelta(days=1))


def _history(person: Person, stream: Stream, since: datetime, ctx: Context) -> list[PastRequest]:
    """Requests to this person that may still weigh. Only a customer is spared a second one the same day."""
    zone = zone_of_person(person, ctx)
    return [
        PastRequest(
            at=invitation.created_at,
            survey=invitation.survey,
            touchpoint=_touchpoint_name(invitation.touchpoint, ctx),
            encounter=about.about or about.external_reference or "",
            same_local_day=stream is Stream.CUSTOMER
            and hours.same_local_day(invitation.created_at, ctx.now, zone),
        )
        for invitation, about in invitations.requests_to(ctx.session, row_id(person), since)
        if invitation.stream == stream
    ]


def _account_requests(encounter: Encounter, asking: AskingSection, ctx: Context) -> int:
    if asking.account_cap is None or encounter.account is None:
        return 0
    return invitations.requests_to_account(ctx.session, encounter.account, ctx.now - asking.account_window)


def _touchpoint_name(key: str, ctx: Context) -> str:
    """A touchpoint's name in the organisation's language, for facts of the ledger."""
    touchpoint = ctx.organisation.touchpoints.get(key)
    return pick(touchpoint.name, ctx.organisation.language) if touchpoint else key


def _invite(
    encounter: Encounter, survey_key: str, to: Person | None, ctx: Context, *, by_hand: bool = False
) -> None:
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
    if by_hand:
        _carried(invitation, ctx)
        return
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


def _carried(invitation: Invitation, ctx: Context) -> None:
    """Somebody has it in hand and sends it at a time of their choosing; of such a one nobody is reminded."""
    invitation.state, invitation.sent_at = InvitationState.SENT, ctx.now
    invitation.expires_at = ctx.now + ctx.organisation.asking.expires_after
    ctx.session.add(invitation)
    ctx.session.flush()


def _not_quiet(at: datetime, person: Person | None, ctx: Context) -> datetime:
    asking = ctx.organisation.asking
    zone = zone_of_person(person, ctx) if person else zone_of(ctx.organisation)
    days = frozenset(WEEKDAYS.index(day) for day in asking.days)
    return hours.not_quiet(at, zone, asking.quiet_from, asking.quiet_until, days)


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
    leaves_at = _not_quiet(ctx.now, person, ctx)
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
