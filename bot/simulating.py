"""What `simulate` prints: other rules tried on what happened, in words, in small tables, or as JSON."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bot import console
from bot.app import App
from handlers.organisation import Organisation
from handlers.simulate import Place, Simulation, Tally, simulate
from storage.vocabulary import EncounterState, Verdict

HEAD = ("in truth", "rules now", "new rules")

NOT_REPLAYED = (
    "Opt-outs, snoozes, customers nobody could reach and moments told by two sources stay as they were.",
    "Alerts are counted on the answers that were given, by scores alone: what others would have said nobody knows.",
    "Requests to staff and in rounds are not decided again; quiet hours move a request and take back none.",
)
"""What a replay cannot tell."""


def try_rules(app: App, other: Organisation, days: int) -> Simulation:
    """Replay the last days, with a bar on a terminal. `app` is open; only reads."""
    terminal = Console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("Replaying", total=None)
        return app.read_now(
            lambda ctx: simulate(
                other, days, ctx, lambda done, total: bar.update(task, completed=done, total=total)
            )
        )


def show(found: Simulation) -> None:
    """Print it for a person."""
    console.say(*sentences(found))
    if found.encounters:
        console.table(("", *HEAD), _rows(found))
        console.table(("asked: touchpoint, service", *HEAD), _places(found))
    console.say(*_honestly(found))


def sentences(found: Simulation) -> Iterator[str]:
    """What matters most, in words."""
    if not found.encounters:
        yield f"No encounter of the last {found.days} days has been decided on: there is nothing to replay."
        return
    was, would = found.as_it_was, found.as_it_would_be
    yield (
        f"Would ask {would.asked} instead of {was.asked}, about {found.encounters} encounters of the last "
        f"{found.days} days."
    )
    if found.as_it_is.asked != was.asked:
        yield (
            f"The rules that hold now, replayed, ask {found.as_it_is.asked}: they have changed meanwhile, or the "
            "replay knows less than was known."
        )
    alike = found.alerts_as_it_would_be == found.alerts_as_it_is
    instead = "as now" if alike else f"instead of {found.alerts_as_it_is}"
    yield f"Would alert {found.alerts_as_it_would_be} {instead}, of {found.responses} responses that were given."
    yield (
        f"Customers asked more than once within 30 days: {would.asked_often} instead of {was.asked_often}. "
        f"Accounts at their cap: {_named(would)}."
    )


def as_json(found: Simulation) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "days": found.days,
        "encounters": found.encounters,
        "left_out": dict(found.undecided),
        "in_truth": _counted(found.as_it_was),
        "rules_now": _counted(found.as_it_is),
        "new_rules": _counted(found.as_it_would_be),
        "responses": found.responses,
        "alerts": {"rules_now": found.alerts_as_it_is, "new_rules": found.alerts_as_it_would_be},
        "not_replayed": list(NOT_REPLAYED),
    }


def _counted(tally: Tally) -> dict[str, Any]:
    return {
        "asked": tally.asked,
        "by_reason": {verdict.value: count for verdict, count in sorted(tally.reasons.items())},
        "asked_by_touchpoint_and_service": [
            {"touchpoint": touchpoint, "service": service or None, "asked": count}
            for (touchpoint, service), count in sorted(tally.asked_by_place.items())
        ],
        "customers_asked_more_than_once_in_30_days": tally.asked_often,
        "accounts_at_their_cap": sorted(tally.capped_accounts),
    }


def _tallies(found: Simulation) -> tuple[Tally, Tally, Tally]:
    return found.as_it_was, found.as_it_is, found.as_it_would_be


def _rows(found: Simulation) -> Iterator[tuple[str, ...]]:
    for verdict in Verdict:
        counts = [tally.reasons[verdict] for tally in _tallies(found)]
        if any(counts):
            reason = verdict.value if verdict is Verdict.ASKED else f"not asked: {verdict.value}"
            yield (reason, *map(str, counts))


def _places(found: Simulation) -> Iterator[tuple[str, ...]]:
    places: set[Place] = set().union(*(tally.asked_by_place for tally in _tallies(found)))
    for place in sorted(places):
        counts = (tally.asked_by_place[place] for tally in _tallies(found))
        yield (", ".join(filter(None, place)), *map(str, counts))


def _named(tally: Tally) -> str:
    return ", ".join(sorted(tally.capped_accounts)) or "none"


def _honestly(found: Simulation) -> Iterator[str]:
    yield from NOT_REPLAYED
    called_off = found.undecided.get(EncounterState.CANCELLED, 0) + found.undecided.get(
        EncounterState.REOPENED, 0
    )
    if called_off:
        yield f"Left out, because they were called off or opened again: {called_off}."
    if waiting := found.undecided.get(EncounterState.WAITING, 0):
        yield f"Left out, because their turn has not come: {waiting}."
