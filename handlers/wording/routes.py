"""Who must act and why, step by step, in words."""

from collections.abc import Mapping

from handlers.rules.routing import Step, StepKind
from handlers.views import RouteView
from handlers.wording.labels import label
from handlers.wording.language import calendar_date, msgid, plural, translate

_STEPS = {
    StepKind.RESPONSIBLE: msgid("{person}: {rule}."),
    StepKind.TURN: msgid("Rota of {people}: on this day it is the turn of {person}."),
    StepKind.PASSES: msgid("The turn passes to {person}."),
    StepKind.AWAY: msgid("{person} is away until {until}."),
    StepKind.STANDS_IN: msgid("{person} stands in for {other}."),
    StepKind.ONLY_RECEIVES: msgid("{person} works where feedback is only received, and cannot stand in."),
    StepKind.NO_DEPUTY: msgid("Nobody who is here stands in for {person}: the next in line is asked."),
    StepKind.ALL_AWAY: msgid("Everybody in line is away, so {person} keeps it."),
    StepKind.NOBODY: msgid("Nobody is in line: no owner, account manager, team lead or CX lead is named."),
}


def explanation(found: RouteView, language: str) -> tuple[str, ...]:
    """The way to whoever would own a matter, a sentence a step; who it is; and who is told."""
    steps = (_step(step, found.names, language) for step in found.steps)
    return (_rule(found, language), *steps, conclusion(found, language), _told(found, language))


def conclusion(found: RouteView, language: str) -> str:
    """Who would own it on that day."""
    day = calendar_date(found.on, language)
    if found.owner is None:
        return translate(language, "On {day} it would be with nobody.", day=day)
    return translate(
        language, "On {day} it would be with {person}.", day=day, person=found.names[found.owner]
    )


def _rule(found: RouteView, language: str) -> str:
    if found.rule is not None:
        return translate(language, "Rule {number} of the organisation file holds.", number=found.rule)
    if not found.rules:
        return translate(language, "The organisation file has no rules of routing.")
    return plural(
        language,
        "The one rule of the organisation file is not for this.",
        "None of the {n} rules of the organisation file is for this.",
        found.rules,
    )


def _step(step: Step, names: Mapping[str, str], language: str) -> str:
    return translate(
        language,
        _STEPS[step.kind],
        person=names.get(step.person, step.person),
        other=names.get(step.other, step.other),
        rule=label(step.rule, language) if step.rule else "",
        until=calendar_date(step.until, language) if step.until else "",
        people=", ".join(names[key] for key in step.people),
    )


def _told(found: RouteView, language: str) -> str:
    if not found.informed:
        return translate(language, "Nobody else is told of it.")
    people = ", ".join(found.names[key] for key in found.informed)
    return translate(language, "Told of it: {people}.", people=people)
