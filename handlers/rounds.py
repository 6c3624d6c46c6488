"""Relationship surveys that come again and again: who has their turn, and when they are asked.

A person's turn is an encounter that we make ourselves, named `round/turn/person`: its unique reference
is why nobody is asked twice. It is decided when it could be said at once; whoever was asked about an
encounter lately is asked later, and not forgotten.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.calendars import calendar_of
from handlers.context import Context
from handlers.deciding import Asking, decide_turn, in_earnest
from handlers.each import PUT_OFF, each
from handlers.found import found
from handlers.invite import INVITES, Remembered, asking_of, invite, not_quiet, sealable
from handlers.ledger import write_down
from handlers.lookups import survey_keys
from handlers.organisation import Round
from handlers.owners import owner_in_principle
from handlers.people import zone_of_person
from handlers.rules import hours, rounds
from handlers.rules.fatigue import Decision
from handlers.rules.routing import About
from handlers.rules.scales import LocalText
from storage import ledger
from storage import rounds as stored
from storage.tables import Encounter, Person, RoundSlice
from storage.tokens import new_token
from storage.vocabulary import EncounterState, Stream, Verdict

A_FEW = 200
"""People given their turn in one transaction: others wait for the writer no longer than a moment."""

_WAITS_FOR = (
    Verdict.SNOOZED,
    Verdict.ALREADY_ASKED_TODAY,
    Verdict.COOL_DOWN,
    Verdict.COOL_DOWN_ANY,
    Verdict.ACCOUNT_CAP,
)
"""Reasons that pass: a turn is put off by them, not lost."""
_LONGEST_PEACE = 400
"""Days in a row without one on which people may be asked, after which a turn is simply tried again."""


# Whose turn it is.


def open_due(ctx: Context) -> int:
    """Give a few more people their turn in each round whose slice has begun; how many rounds were gone on with."""
    return each({f"round {key}": declared for key, declared in ctx.organisation.rounds.items()}, _open, ctx)


def _open(declared: Round, ctx: Context) -> bool:
    """Give the next few people of the slice their turn; whether there was a slice to go on with."""
    part = _slice_to_fill(declared, ctx)
    if part is None:
        return False
    people = stored.customers_after(ctx.session, part.reached, A_FEW)
    mine = [person for person in people if _belongs(person, part, declared)]
    prefix = f"{declared.key}/{part.turn_starts_on}/"
    had = stored.had_their_turn(ctx.session, prefix, [found(person.id) for person in mine])
    for person in mine:
        if person.id not in had:
            ctx.session.add(_turn(person, prefix, declared, ctx))
            part.people += 1
    part.reached = found(people[-1].id) if people else part.reached
    part.filled_at = ctx.now if len(people) < A_FEW else None
    ctx.session.add(part)
    ctx.session.flush()
    return True


def _slice_to_fill(declared: Round, ctx: Context) -> RoundSlice | None:
    """The slice that is being filled, else the next one that has begun, opened now."""
    opened = stored.slices_of(ctx.session, declared.key)
    unfilled = next((part for part in opened if part.filled_at is None), None)
    if unfilled is not None:
        return unfilled
    days = frozenset(part.starts_on for part in opened)
    due = rounds.to_open(declared.plan(), _today(ctx), days)
    if due is None:
        return None
    return RoundSlice(
        round=declared.key,
        turn_starts_on=due.turn,
        number=due.number,
        starts_on=due.starts,
        opened_at=ctx.now,
    )


def _today(ctx: Context) -> date:
    return ctx.now.astimezone(ZoneInfo(ctx.organisation.time_zone)).date()


def _belongs(person: Person, part: RoundSlice, declared: Round) -> bool:
    who = declared.who
    return (
        (not who.accounts or person.account in who.accounts)
        and (not who.titles or (person.title or "").casefold() in {title.casefold() for title in who.titles})
        and rounds.slice_of(declared.key, found(person.id), declared.slices) == part.number
    )


def _turn(person: Person, prefix: str, declared: Round, ctx: Context) -> Encounter:
    owner = owner_in_principle(About(account=person.account, touchpoint=declared.key), ctx)
    return Encounter(
        token=new_token(),
        source=stored.SOURCE,
        external_reference=f"{prefix}{person.id}",
        touchpoint=declared.key,
        account=person.account,
        customer_id=found(person.id),
        owner_id=owner.person.id if owner.person else None,
        owner_rule=owner.rule,
        happened_at=ctx.now,
        reported_at=ctx.now,
        ask_at=ctx.now,
        state=EncounterState.WAITING,
    )


# Asking.


def ask_due(ctx: Context, limit: int = 100) -> int:
    """Decide about turns that are due; how many."""
    due = stored.waiting_turns(ctx.session, ctx.now, limit)
    return each({f"turn {turn.id}": turn for turn in due}, _decide, ctx, _decide_later)


def _decide_later(turn: Encounter, ctx: Context) -> None:
    turn.ask_at = ctx.now + PUT_OFF
    ctx.session.add(turn)


def _decide(turn: Encounter, ctx: Context) -> None:
    declared = ctx.organisation.rounds.get(turn.touchpoint)
    person = found(ctx.session.get(Person, turn.customer_id))
    if declared is None or declared.survey not in survey_keys(ctx.organisation):
        _settle(turn, Decision(Verdict.NO_SURVEY), None, ctx)
        return
    at_peace_until = _not_quiet(declared, person, ctx)
    if at_peace_until > ctx.now:
        turn.ask_at = at_peace_until
        ctx.session.add(turn)
        return
    asking, past = asking_of(person, ctx), Remembered((Stream.CUSTOMER, Stream.RELATIONSHIP), ctx)
    decision = decide_turn(declared, turn.account, asking, past, ctx.organisation)
    decision = sealable(in_earnest(decision, ctx.organisation), declared.survey, ctx)
    if person.left_at is not None:
        decision = Decision(Verdict.CANCELLED)
    if decision.verdict in _WAITS_FOR:
        _put_off(turn, decision, asking, declared, ctx)
        return
    _settle(turn, decision, declared.survey, ctx)
    if decision.verdict in INVITES:
        invite(turn, declared.survey, person, ctx, stream=Stream.RELATIONSHIP)


def _settle(turn: Encounter, decision: Decision, survey: str | None, ctx: Context) -> None:
    write_down(turn, decision.verdict, ctx, survey=survey, facts=decision.facts)
    turn.state = EncounterState.DECIDED
    ctx.session.add(turn)
    ctx.session.flush()


def _put_off(turn: Encounter, decision: Decision, asking: Asking, declared: Round, ctx: Context) -> None:
    """Later, when the reason has passed; the ledger says so once, however often it is tried."""
    until = decision.facts.get("until")
    turn.ask_at = datetime.fromisoformat(str(until)) if until else _tomorrow(ctx.now, asking.zone)
    ctx.session.add(turn)
    decisions = ledger.decisions_about(ctx.session, found(turn.id))
    if not decisions or decisions[-1].entry.verdict != decision.verdict:
        facts = {**decision.facts, "waits_until": turn.ask_at.isoformat()}
        write_down(turn, decision.verdict, ctx, survey=declared.survey, facts=facts)


def _tomorrow(now: datetime, zone: str) -> datetime:
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return hours.instant(day, time(0), zone)


def _not_quiet(declared: Round, person: Person, ctx: Context) -> datetime:
    """The first instant from now on that is neither night nor holiday nor a time of peace for the person."""
    zone, closed = zone_of_person(person, ctx), calendar_of(ctx.organisation).closed_on
    at = ctx.now
    for _ in range(_LONGEST_PEACE):
        at = not_quiet(at, person, ctx)
        day = at.astimezone(ZoneInfo(zone)).date()
        peace = max(
            (quiet.ends for quiet in declared.quiet if quiet.starts <= day <= quiet.ends), default=None
        )
        if peace is None and day not in closed:
            return at
        at = hours.instant((peace or day) + timedelta(days=1), time(0), zone)
    return at


# How far it is.


@dataclass(frozen=True)
class RoundView:
    """A round as it stands."""

    key: str
    name: LocalText
    every: str
    slices: int
    turn: date | None
    """The first day of the running turn; none when it has not begun."""
    slices_opened: int
    """How many slices of this turn have been opened."""
    people: int
    """How many have had their turn given; of these …"""
    waiting: int
    asked: int
    answered: int
    next_slice: date
    next_people: int
    """How many of today's people will have their turn then."""


def overview(ctx: Context) -> tuple[RoundView, ...]:
    """Every declared round: what is planned, and how far it is."""
    return tuple(_overview(declared, ctx) for declared in ctx.organisation.rounds.values())


def _overview(declared: Round, ctx: Context) -> RoundView:
    opened = stored.slices_of(ctx.session, declared.key)
    turn = max((part.turn_starts_on for part in opened), default=None)
    counted = stored.turns_counted(ctx.session, declared.key, turn) if turn else stored.Counted(0, 0, 0, 0)
    plan, today = declared.plan(), _today(ctx)
    due = rounds.to_open(plan, today, frozenset(part.starts_on for part in opened))
    coming = due or rounds.coming(plan, today)
    planned = RoundSlice(
        round=declared.key,
        turn_starts_on=coming.turn,
        number=coming.number,
        starts_on=coming.starts,
        opened_at=ctx.now,
    )
    return RoundView(
        key=declared.key,
        name=declared.name,
        every=declared.every,
        slices=declared.slices,
        turn=turn,
        slices_opened=sum(part.turn_starts_on == turn for part in opened),
        people=counted.people,
        waiting=counted.waiting,
        asked=counted.asked,
        answered=counted.answered,
        next_slice=coming.starts,
        next_people=sum(
            _belongs(p, planned, declared) for p in stored.customers_after(ctx.session, 0, 10**9)
        ),
    )
