"""Why somebody was asked, or was not: every decision written down with its facts, and read back as a sentence."""

from collections.abc import Mapping

from handlers.context import Context
from handlers.errors import UnknownEncounter
from handlers.lookups import touchpoint_name
from handlers.people import audit, demand, name_of, row_id, zone_of_person
from handlers.rules.permissions import Right
from handlers.seeing import demand_sight, sight_of
from handlers.views import LedgerView
from handlers.wording import sentences
from storage import encounters, ledger
from storage.ledger import Decision
from storage.tables import Encounter, LedgerEntry, Person
from storage.vocabulary import Stream, Verdict


def write_down(
    encounter: Encounter,
    verdict: Verdict,
    ctx: Context,
    *,
    survey: str | None,
    facts: Mapping[str, object],
    staff: Person | None = None,
) -> None:
    """Add a decision about an encounter: on its customer, or on the member of staff who served them."""
    ctx.session.add(
        LedgerEntry(
            encounter_id=encounter.id or 0,
            person_id=row_id(staff) if staff else encounter.customer_id,
            survey=survey,
            verdict=verdict,
            facts=dict(facts),
            decided_at=ctx.now,
        )
    )


def why(reference: str, ctx: Context, stream: Stream | None = None) -> tuple[LedgerView, ...]:
    """Every decision about the encounters of this token or external reference, oldest first.

    With `stream`, only those on asking customers, or staff.

    Raises `UnknownEncounter`.
    """
    named = encounters.encounters_named(ctx.session, reference)
    if not named:
        raise UnknownEncounter(reference=reference)
    return tuple(view for encounter in named for view in about(encounter, ctx, stream))


def read_why(reference: str, person: Person, ctx: Context) -> tuple[LedgerView, ...]:
    """The same for somebody who reads it, which is written down: only of encounters that concern them.

    Raises `UnknownEncounter`, or `NotAllowed` where none of them does.
    """
    demand(person, Right.READ_LEDGER, ctx)
    named, sight = encounters.encounters_named(ctx.session, reference), sight_of(person, ctx)
    if not named:
        raise UnknownEncounter(reference=reference)
    theirs = [one for one in named if sight.names(service=one.service, account=one.account)]
    demand_sight(bool(theirs), ctx)
    for encounter in theirs:
        audit(person, "read", "ledger", encounter.id, ctx)
    return tuple(view for encounter in theirs for view in about(encounter, ctx))


def about(encounter: Encounter, ctx: Context, stream: Stream | None = None) -> tuple[LedgerView, ...]:
    """Every decision about one encounter, or only those of one stream; oldest first."""
    decisions = ledger.decisions_about(ctx.session, encounter.id or 0)
    return tuple(view_of(decision, ctx) for decision in decisions if stream in (None, decision.stream))


def recent(ctx: Context, limit: int, language: str = "en") -> tuple[str, ...]:
    """The newest decisions as sentences, newest first."""
    return tuple(
        sentences.verdict(view_of(decision, ctx), language)
        for decision in ledger.recent_decisions(ctx.session, limit)
    )


def view_of(decision: Decision, ctx: Context) -> LedgerView:
    """What the sentence of a decision needs."""
    kind = decision.encounter.touchpoint
    return LedgerView(
        verdict=Verdict(decision.entry.verdict),
        facts=decision.entry.facts,
        person=name_of(decision.person),
        stream=decision.stream,
        touchpoint=touchpoint_name(ctx.organisation, kind) or {"en": kind},
        happened_at=decision.encounter.happened_at,
        decided_at=decision.entry.decided_at,
        zone=zone_of_person(decision.person, ctx),
    )
