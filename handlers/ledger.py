"""Why somebody was asked, or was not: every decision written down with its facts, and read back as a sentence."""

from collections.abc import Mapping

from handlers.context import Context
from handlers.errors import UnknownEncounter
from handlers.people import name_of, zone_of_person
from handlers.views import LedgerView
from handlers.wording import sentences
from storage import encounters, ledger
from storage.ledger import Decision
from storage.tables import Encounter, LedgerEntry
from storage.vocabulary import Verdict


def write_down(
    encounter: Encounter, verdict: Verdict, ctx: Context, *, survey: str | None, facts: Mapping[str, object]
) -> None:
    """Add a decision about an encounter."""
    ctx.session.add(
        LedgerEntry(
            encounter_id=encounter.id or 0,
            person_id=encounter.customer_id,
            survey=survey,
            verdict=verdict,
            facts=dict(facts),
            decided_at=ctx.now,
        )
    )


def why(reference: str, ctx: Context) -> tuple[LedgerView, ...]:
    """Every decision about the encounters of this token or external reference, oldest first.

    Raises `UnknownEncounter`.
    """
    named = encounters.encounters_named(ctx.session, reference)
    if not named:
        raise UnknownEncounter(reference=reference)
    return tuple(view for encounter in named for view in about(encounter, ctx))


def about(encounter: Encounter, ctx: Context) -> tuple[LedgerView, ...]:
    """Every decision about one encounter, oldest first."""
    return tuple(_view(decision, ctx) for decision in ledger.decisions_about(ctx.session, encounter.id or 0))


def recent(ctx: Context, limit: int, language: str = "en") -> tuple[str, ...]:
    """The newest decisions as sentences, newest first."""
    return tuple(
        sentences.verdict(_view(decision, ctx), language)
        for decision in ledger.recent_decisions(ctx.session, limit)
    )


def _view(decision: Decision, ctx: Context) -> LedgerView:
    touchpoint = ctx.organisation.touchpoints.get(decision.encounter.touchpoint)
    return LedgerView(
        verdict=Verdict(decision.entry.verdict),
        facts=decision.entry.facts,
        customer=name_of(decision.person),
        touchpoint=touchpoint.name if touchpoint else {"en": decision.encounter.touchpoint},
        happened_at=decision.encounter.happened_at,
        decided_at=decision.entry.decided_at,
        zone=zone_of_person(decision.person, ctx),
    )
