"""The wish register: a need that somebody told us of is never dropped.

It is made from an idea that was logged, or by a manager's button from what a customer wrote in a case or with an
answer. The same need from several is joined: suggested by `rules.likeness`, done by a person. Who wished for it
hears what came of it.
"""

from collections.abc import Callable

from handlers import acting
from handlers.case_views import comment_of, is_nameless
from handlers.context import Context
from handlers.errors import ReasonMissing, SameWish, UnknownInvitation, UnknownWish, WordsMissing
from handlers.events import (
    Event,
    FormAsked,
    WishDecided,
    WishesAsked,
    WishesJoined,
    WishNoted,
    WishShown,
    WishWeighed,
)
from handlers.found import found
from handlers.messages import EditInPlace, Form, Message, OpenForm, Reply, Say, Verb
from handlers.outbox import say
from handlers.people import actor, audit, demand, language_of, name_of, reachable, zone_of_person
from handlers.respond import readable
from handlers.rules import words
from handlers.rules.likeness import alike
from handlers.rules.permissions import Right
from handlers.views import GiverView, LikeWishView, WishLine, WishView
from handlers.wording import wishes as wording
from storage import cases as case_rows
from storage import responses
from storage import wishes as wish_rows
from storage.look import look
from storage.tables import Feedback, Person, Response, Wish, WishGiver
from storage.tokens import new_token
from storage.vocabulary import Impact, OutboxKind, WishState
from storage.wishes import Wished

PAGE = 8
"""Wishes on one page of the list."""
GIVERS = 5
"""Givers whose words are shown with a wish; all are counted."""
TOLD = (WishState.GOES_AHEAD, WishState.DONE, WishState.NOT_NOW)
"""States of which those who wished for it are told."""


def note_feedback(feedback: Feedback, ctx: Context) -> Wish:
    """An idea that was said or logged stands in the register from now on; the feedback has been flushed."""
    giver = WishGiver(
        wish_id=0,
        feedback_id=feedback.id,
        person_id=feedback.said_by_id,
        name=feedback.said_by_name,
        account=feedback.account,
        words=feedback.words,
        at=feedback.at,
    )
    return _note(giver, feedback.service, ctx)


def note(event: WishNoted, ctx: Context) -> Reply:
    """What a customer wrote is a wish too: in a case, or with an answer that opened none. Pressed twice, it is one.

    Raises `WordsMissing`, `NotAllowed`, or `UnknownCase` or `UnknownInvitation` for what is not there.
    """
    if event.case:
        case, person = acting.acting_on(event.case, event, ctx)
        feedback, response = look(ctx.session, Feedback, case.feedback_id), case.response_id
    else:
        person, feedback, response = actor(event.by, ctx), None, _response_named(event, ctx)
    demand(person, Right.KEEP_WISHES, ctx)
    feedback_id = feedback.id if feedback else None
    wish = wish_rows.wish_of(ctx.session, feedback_id=feedback_id, response_id=response)
    if wish is None:
        wish = note_feedback(feedback, ctx) if feedback else _note_response(found(response), ctx)
        audit(person, "noted", "wish", wish.token, ctx)
    return Say(_shown(wish, person, ctx))


def _response_named(event: WishNoted, ctx: Context) -> int:
    named = responses.response_named(ctx.session, event.invitation, event.place)
    if named is None:
        raise UnknownInvitation
    return named


def _note_response(response_id: int, ctx: Context) -> Wish:
    response = found(ctx.session.get(Response, response_id))
    giver = WishGiver(
        wish_id=0,
        response_id=response_id,
        person_id=response.person_id,
        account=response.account,
        words=comment_of(responses.answers_of(ctx.session, response_id)),
        at=response.first_at,
    )
    return _note(giver, response.service, ctx)


def _note(giver: WishGiver, service: str | None, ctx: Context) -> Wish:
    if not giver.words:
        raise WordsMissing
    wish = Wish(
        token=new_token(),
        need=giver.words,
        observed_at=giver.at,
        state=WishState.NOTED,
        service=service,
        changed_at=ctx.now,
    )
    ctx.session.add(wish)
    ctx.session.flush()
    giver.wish_id = found(wish.id)
    ctx.session.add(giver)
    ctx.session.flush()
    return wish


# Reading the register.


def show_register(event: WishesAsked, ctx: Context) -> Reply:
    """A page of the register: what is to be decided first, by how many wish for it."""
    person = actor(event.by, ctx)
    last = max(wish_rows.count(ctx.session) - 1, 0) // PAGE
    page = min(max(event.page, 0), last)
    lines, total = register_page(page, person, ctx)
    message = wording.register(lines, page, total, PAGE, language_of(person, ctx))
    return EditInPlace(message) if event.message else Say(message)


def show(event: WishShown, ctx: Context) -> Reply:
    """One wish in full. Raises `UnknownWish`."""
    wish, person = _kept(event.wish, event, ctx)
    return Say(_shown(wish, person, ctx))


def register_page(page: int, reader: Person, ctx: Context) -> tuple[tuple[WishLine, ...], int]:
    """A page of the register for whoever keeps it, and how many wishes there are. Raises `NotAllowed`."""
    demand(reader, Right.KEEP_WISHES, ctx)
    rows = wish_rows.page(ctx.session, page * PAGE, PAGE)
    counted = wish_rows.wished(ctx.session, [found(row.id) for row in rows])
    lines = tuple(_line(row, counted.get(found(row.id), Wished())) for row in rows)
    return lines, wish_rows.count(ctx.session)


def wish_shown(token: str, reader: Person, ctx: Context) -> Message:
    """One wish in full for whoever keeps the register. Raises `NotAllowed` or `UnknownWish`."""
    demand(reader, Right.KEEP_WISHES, ctx)
    wish = wish_rows.wish_by_token(ctx.session, token)
    if wish is None:
        raise UnknownWish
    return _shown(wish, reader, ctx)


def _kept(token: str, event: Event, ctx: Context) -> tuple[Wish, Person]:
    """The wish, and who keeps the register. Raises `NotAllowed` or `UnknownWish`."""
    person = actor(event.by, ctx)
    demand(person, Right.KEEP_WISHES, ctx)
    wish = wish_rows.wish_by_token(ctx.session, token)
    if wish is None:
        raise UnknownWish
    return wish, person


def _line(wish: Wish, counted: Wished) -> WishLine:
    return WishLine(
        wish=wish.token,
        need=wish.need,
        state=WishState(wish.state),
        customers=counted.customers,
        accounts=counted.accounts,
        impact=Impact(wish.impact) if wish.impact else None,
    )


def _shown(wish: Wish, reader: Person, ctx: Context) -> Message:
    return wording.wish(_view(wish, reader, ctx), language_of(reader, ctx))


def _view(wish: Wish, reader: Person, ctx: Context) -> WishView:
    wish_id = found(wish.id)
    service = ctx.organisation.services.get(wish.service or "")
    givers = wish_rows.givers(ctx.session, wish_id)
    return WishView(
        line=_line(wish, wish_rows.wished(ctx.session, [wish_id]).get(wish_id, Wished())),
        service=service.name if service else None,
        observed_at=wish.observed_at,
        heard_at=max((giver.at for giver in givers), default=wish.observed_at),
        budgeted=wish.budgeted,
        fits=wish.fits,
        words=wish.words or "",
        givers=tuple(_giver_view(giver, ctx) for giver in givers[-GIVERS:]),
        alike=_alike(wish, ctx),
        zone=zone_of_person(reader, ctx),
    )


def _giver_view(giver: WishGiver, ctx: Context) -> GiverView:
    """Namelessly, where that was promised: a wish from a confidential survey counts, and its giver is not told of."""
    if is_nameless(giver.response_id, ctx):
        return GiverView("", "", giver.words, giver.at)
    account = ctx.organisation.accounts.get(giver.account or "")
    typed = "" if account else giver.name or ""
    name = case_rows.name_of(ctx.session, giver.person_id) or typed
    return GiverView(name, account.name if account else "", giver.words, giver.at)


def _alike(wish: Wish, ctx: Context) -> tuple[LikeWishView, ...]:
    others = {token: need for token, need in wish_rows.living(ctx.session) if token != wish.token}
    return tuple(
        LikeWishView(token, others[token], like.shared) for token, like in alike(wish.need, others.items())
    )


# Keeping it.


def weigh(event: WishWeighed, ctx: Context) -> Reply:
    """What it would change, whether there is money for it, and whether it fits. Raises `WordsMissing`."""
    wish, person = _kept(event.wish, event, ctx)
    wish.need, wish.impact = _need(event.need), event.impact
    wish.budgeted, wish.fits = event.budgeted, event.fits
    _change(
        wish, f"weighed: impact {event.impact}, budgeted {event.budgeted}, fits {event.fits}", person, ctx
    )
    return _answer(wish, person, event, ctx)


def _need(text: str) -> str:
    try:
        return readable(text)
    except WordsMissing as missing:
        missing.field = "need"
        raise


def join(event: WishesJoined, ctx: Context) -> Reply:
    """Both are the same need: one lives on in the other, which whoever wished for either hears of.

    Raises `SameWish` for one and the same, or `UnknownWish`.
    """
    wish, person = _kept(event.wish, event, ctx)
    to = _kept(event.to, event, ctx)[0]
    if wish.id == to.id:
        raise SameWish
    wish.joined_to_id = to.id
    to.observed_at = min(to.observed_at, wish.observed_at)
    to.impact = to.impact or wish.impact
    _change(wish, f"joined to {to.token}", person, ctx)
    _change(to, f"took in {wish.token}", person, ctx)
    wish_rows.move(ctx.session, found(wish.id), found(to.id))
    _tell_givers(to, ctx)
    return _answer(to, person, event, ctx)


def decide(event: WishDecided, ctx: Context) -> Reply:
    """Where the wish stands now; who wished for it is told. *Not now* needs its reason: `ReasonMissing`."""
    wish, person = _kept(event.wish, event, ctx)
    said = words.clean(event.words)[: words.MOST]
    if event.state is WishState.NOT_NOW and not said:
        raise ReasonMissing
    wish.state, wish.words = event.state, said or None
    _change(wish, f"decided: {event.state}", person, ctx)
    _tell_givers(wish, ctx)
    return _answer(wish, person, event, ctx)


def _change(wish: Wish, did: str, by: Person, ctx: Context) -> None:
    wish.changed_at = ctx.now
    ctx.session.add(wish)
    ctx.session.flush()
    audit(by, did, "wish", wish.token, ctx)


def _answer(wish: Wish, person: Person, event: Event, ctx: Context) -> Reply:
    message = _shown(wish, person, ctx)
    return EditInPlace(message) if event.message else Say(message)


# Telling those who wished.


def _tell_givers(wish: Wish, ctx: Context) -> None:
    """Each person once for each state, however often they wished for it and whatever was joined meanwhile."""
    if wish.state not in TOLD:
        return
    givers = wish_rows.givers(ctx.session, found(wish.id))
    done = {giver.person_id for giver in givers if giver.told == wish.state}
    for giver in givers:
        if giver.person_id in done or not may_tell(giver, ctx):
            continue
        done.add(giver.person_id)
        giver.told = wish.state
        ctx.session.add(giver)
        subject = found(giver.id)
        say(ctx, OutboxKind.WISH_DECIDED, "wish_giver", subject, to=giver.person_id, once=wish.state)


def may_tell(giver: WishGiver, ctx: Context) -> bool:
    """Whether this person said it to us or allowed to be contacted, has not opted out, and can be reached."""
    person = ctx.session.get(Person, giver.person_id) if giver.person_id else None
    if person is None or person.opted_out_at is not None:
        return False
    return _allowed(giver, ctx) and reachable(person, ctx)


def _allowed(giver: WishGiver, ctx: Context) -> bool:
    if giver.response_id is not None:
        response = ctx.session.get(Response, giver.response_id)
        return response is not None and response.consent is True
    feedback = ctx.session.get(Feedback, giver.feedback_id) if giver.feedback_id else None
    return feedback is not None and (feedback.consent is True or feedback.logged_by_id is None)


def news(giver_id: int, person: Person, ctx: Context) -> Message | None:
    """What to tell somebody of what they wished for; none when it is not so any more, or they want no news."""
    giver = ctx.session.get(WishGiver, giver_id)
    wish = ctx.session.get(Wish, giver.wish_id) if giver else None
    if giver is None or wish is None or wish.state != giver.told or not may_tell(giver, ctx):
        return None
    said = wish.words or ""
    return wording.news(WishState(wish.state), giver.words, said, name_of(person), language_of(person, ctx))


# Forms.


def open_form(event: FormAsked, ctx: Context) -> Reply:
    """The form of a deed on a wish."""
    wish, person = _kept(event.action.ref, event, ctx)
    return OpenForm(FORMS[event.action.verb](wish, person, ctx))


def _weigh_form(wish: Wish, person: Person, ctx: Context) -> Form:
    return wording.weigh_form(_view(wish, person, ctx), language_of(person, ctx))


def _join_form(wish: Wish, person: Person, ctx: Context) -> Form:
    """The likest first, then the newest: as many as a form can hold."""
    needs = dict(wish_rows.living(ctx.session))
    likest = [like.wish for like in _alike(wish, ctx)]
    others = [token for token in dict.fromkeys([*likest, *needs]) if token != wish.token]
    options = tuple((token, needs[token]) for token in others[: wording.MOST_OPTIONS])
    return wording.join_form(wish.token, wish.need, options, likest, language_of(person, ctx))


def _decide_form(wish: Wish, person: Person, ctx: Context) -> Form:
    return wording.decide_form(wish.token, WishState(wish.state), language_of(person, ctx))


FORMS: dict[Verb, Callable[[Wish, Person, Context], Form]] = {
    Verb.WEIGH_WISH: _weigh_form,
    Verb.JOIN_WISH: _join_form,
    Verb.DECIDE_WISH: _decide_form,
}
"""Deeds on a wish that need words or a choice first."""
