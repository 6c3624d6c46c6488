"""What the command line prints of what is remembered."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from bot.app import App
from handlers import ledger
from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.errors import UnknownAccount
from handlers.lookups import accounts_called
from handlers.organisation import Organisation
from handlers.owners import demand_declared, explained, local_date
from handlers.packs import pack
from handlers.rounds import RoundView, overview
from handlers.rules.routing import About
from handlers.wording import routes, sentences
from handlers.wording.digests import digest
from handlers.wording.language import pick
from handlers.wording.packs import pack as meeting_pack
from handlers.wording.plain import as_text
from storage.vocabulary import Period


def show_digest(
    app: App, audience: str, period: Period | None, window: str | None, language: str | None
) -> str:
    """The digest of a report, team or person over a period, their own when none is given.

    Of a window such as *2026-W47*, *2026-10*, *2026-Q4* or *2026*, the latest when none is given. `app` is open.
    Raises `FeedbackError` for an unknown audience and `ValueError`, with a sentence, for something that is no
    window.
    """

    def work(ctx: Context) -> str:
        reader = audience_called(audience, ctx).over(period)
        spoken = language or reader.language
        rhythm = reader.rhythm
        found = rhythm.called(window) if window else rhythm.latest(ctx.now)
        return as_text(digest(digest_view(reader.speaking(spoken), found, ctx), spoken))

    return app.read_now(work)


def show_pack(app: App, account: str, language: str | None) -> str:
    """Everything about an account since it was met last. Raises `UnknownAccount`."""

    def work(ctx: Context) -> str:
        spoken = language or ctx.organisation.language
        found = accounts_called(ctx.organisation, account)
        if not found:
            raise UnknownAccount(key=account, known=", ".join(list(ctx.organisation.accounts)[:20]))
        return as_text(meeting_pack(pack(found[0], spoken, ctx), spoken))

    return app.read_now(work)


def route(app: App, about: About, on: date | None, language: str | None, *, explain: bool) -> tuple[str, ...]:
    """Who would own a matter that came up on a day, today when none is given; with every step if asked to explain.

    Raises `UnknownService`, `UnknownAccount` or `UnknownTouchpoint`.
    """

    def work(ctx: Context) -> tuple[str, ...]:
        spoken = language or ctx.organisation.language
        demand_declared(about, ctx)
        found = explained(about, on or local_date(ctx.now, ctx), ctx)
        return routes.explanation(found, spoken) if explain else (routes.conclusion(found, spoken),)

    return app.read_now(work)


def why(app: App, reference: str, language: str | None) -> tuple[str, ...]:
    """Why an encounter was asked about or not, a sentence for each decision. Raises `UnknownEncounter`."""

    def work(ctx: Context) -> tuple[str, ...]:
        spoken = language or ctx.organisation.language
        told = tuple(sentences.verdict(view, spoken) for view in ledger.why(reference, ctx))
        return told or (sentences.not_decided_yet(spoken),)

    return app.read_now(work)


def rounds(app: App) -> tuple[RoundView, ...]:
    """What is planned in each declared round, and how far it is."""
    return app.read_now(overview)


def rounds_as_json(planned: Iterable[RoundView]) -> list[dict[str, Any]]:
    """The same for other programs; days as ISO dates, `turn` null before the first has begun."""
    return [
        {
            **asdict(view),
            "turn": view.turn.isoformat() if view.turn else None,
            "next_slice": view.next_slice.isoformat(),
        }
        for view in planned
    ]


def rounds_in_words(planned: Iterable[RoundView], language: str) -> tuple[str, ...]:
    """The same in a line each."""
    none = "No rounds are declared. docs/rounds.md tells how."
    return tuple(_round(view, language) for view in planned) or (none,)


def _round(view: RoundView, language: str) -> str:
    name = pick(view.name, language)
    coming = f"Next slice on {view.next_slice}: about {view.next_people} people."
    if view.turn is None:
        return f"{name}: not begun. {coming}"
    return (
        f"{name}: turn of {view.turn}, slices opened: {view.slices_opened} of {view.slices}. People: {view.people}; "
        f"waiting {view.waiting}, asked {view.asked}, answered {view.answered}. {coming}"
    )


def pilot_in_words(organisation: Organisation) -> tuple[str, ...]:
    """That a pilot or dry run is on, so that nobody overlooks it; nothing while everybody is asked."""
    pilot = organisation.pilot
    if pilot is None:
        return ()
    who = "only volunteers are asked" if pilot.volunteers else "everybody may be asked"
    about = f"only about {', '.join(pilot.touchpoints)}" if pilot.touchpoints else "about everything"
    lines = [f"A PILOT IS ON: {who}, {about}. Everybody else is not asked."]
    if pilot.dry_run:
        lines.append(
            f"A DRY RUN IS ON: every request goes to {pilot.dry_run}; no customer is asked, nothing counts."
        )
    return tuple(lines)
