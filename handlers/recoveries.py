"""Did we put it right? Asked once of the customer of a closed case who had been contacted.

The answer is a stream of its own: it is never counted with the scores of encounters, and asking for it
takes no part in cool-downs. A poor one opens the case again.
"""

from handlers import cases
from handlers.case_views import scores_of_response
from handlers.context import Context
from handlers.errors import EditWindowClosed, NotOnTheScale, NotYourInvitation, UnknownInvitation
from handlers.events import RecoveryRated
from handlers.found import found
from handlers.invite import not_quiet, rehearsing
from handlers.messages import EditInPlace, Reply
from handlers.outbox import say
from handlers.people import actor, language_of, reachable, role_of, row_id
from handlers.rules import recovery
from handlers.wording import receipts
from storage import recoveries
from storage.tables import Case, Person, SecondRating
from storage.tokens import new_token
from storage.vocabulary import CaseState, OutboxKind, Outcome, Role

_NOT_AFTER = (Outcome.UNREACHABLE, Outcome.NO_CONTACT_WISHED)


def ask(case: Case, ctx: Context) -> None:
    """Ask for a second rating of a case that was just closed, a while later and not in quiet hours.

    Once a case: one that was closed a second time before it was asked is asked then.
    """
    customer = ctx.session.get(Person, case.customer_id) if case.customer_id else None
    delay = ctx.organisation.asking.second_rating_after
    if delay is None or customer is None or not _may_be_asked(case, customer, ctx):
        return
    rating = recoveries.rating_of_case(ctx.session, cases.id_of(case)) or _new(case, customer, ctx)
    say(
        ctx,
        OutboxKind.SECOND_RATING,
        "second_rating",
        found(rating.id),
        to=row_id(customer),
        once=f"{case.closed_at:%Y%m%d%H%M%S}",
        not_before=not_quiet(ctx.now + delay, customer, ctx),
    )


def _may_be_asked(case: Case, customer: Person, ctx: Context) -> bool:
    """Whom we were in touch with, and who did not ask us to leave them alone; nobody in a dry run."""
    return (
        rehearsing(ctx) is None
        and case.contacted_at is not None
        and case.outcome not in _NOT_AFTER
        and role_of(customer) is Role.CUSTOMER
        and welcome(customer, ctx)
        and cases.consent_of(case, ctx) is not False
        and reachable(customer, ctx)
    )


def welcome(customer: Person, ctx: Context) -> bool:
    """Whether the customer lets us ask: no opt-out, and no pause that lasts."""
    snoozed = customer.snoozed_until is not None and customer.snoozed_until > ctx.now
    return customer.opted_out_at is None and not snoozed


def _new(case: Case, customer: Person, ctx: Context) -> SecondRating:
    scores = scores_of_response(case.response_id, case, ctx) if case.response_id else ()
    rating = SecondRating(
        token=new_token(),
        case_id=cases.id_of(case),
        customer_id=row_id(customer),
        account=case.account,
        service=case.service,
        before=recovery.before([(score.question, score.score) for score in scores]),
        asked_at=ctx.now,
    )
    ctx.session.add(rating)
    ctx.session.flush()
    return rating


def rate(event: RecoveryRated, ctx: Context) -> Reply:
    """The customer says how well we put it right; a poor answer opens the case again.

    Raises `UnknownInvitation`, `NotYourInvitation`, `NotOnTheScale` or `EditWindowClosed`.
    """
    rating = recoveries.rating_by_token(ctx.session, event.rating)
    customer = actor(event.by, ctx)
    if rating is None:
        raise UnknownInvitation
    if rating.customer_id != customer.id:
        raise NotYourInvitation
    if event.score not in recovery.SCALE:
        raise NotOnTheScale(score=event.score, lowest=recovery.SCALE[0], highest=recovery.SCALE[-1])
    if rating.answered_at and ctx.now - rating.answered_at > ctx.organisation.asking.edit_window:
        raise EditWindowClosed
    if rating.score != event.score:
        rating.score, rating.answered_at = event.score, rating.answered_at or ctx.now
        ctx.session.add(rating)
        _act_on(rating, customer, ctx)
    holder = cases.name_of_reader(found(ctx.session.get(Case, rating.case_id)), ctx)
    return EditInPlace(receipts.put_right(rating.token, event.score, holder, language_of(customer, ctx)))


def _act_on(rating: SecondRating, customer: Person, ctx: Context) -> None:
    """It was not put right: the case is open again, and whoever has it is told."""
    case = found(ctx.session.get(Case, rating.case_id))
    if not recovery.is_poor(rating.score) or case.state != CaseState.CLOSED:
        return
    cases.open_again(case, ctx, by=customer)
    cases.revise(case, ctx)
    holder = case.claimed_by_id or case.owner_id
    if holder is not None:
        say(ctx, OutboxKind.NOT_PUT_RIGHT, "second_rating", found(rating.id), to=holder, once="poor")
