"""Rules of routing that name nobody, fit nothing or are never reached; desks that would own what is another's."""

from collections.abc import Iterator

from handlers.lookups import desk_of, rota_of
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, RoutingRule


def unfit_rules(organisation: Organisation) -> Iterator[Mistake]:
    """Rules that name nobody or too many, or that no matter can fit."""
    for place, rule in enumerate(organisation.routing.rules):
        path: Path = ("routing", "rules", place)
        if not rule.owner and not rule.rota:
            yield Mistake(path, "This rule names nobody.", "Add `owner:` and a person's key, or `rota:`.")
        if rule.owner and rule.rota:
            yield Mistake(
                (*path, "rota"),
                "This rule names an owner and a rota.",
                "Keep one: several people are a rota.",
            )
        if rule.touchpoint and (rule.category or rule.type):
            yield Mistake(
                (*path, "touchpoint"),
                "No case fits this rule: what has a type or a category was logged, and has no touchpoint.",
                "Make two rules of it.",
            )
        yield from _empty_rotas(path, rule, organisation)


def _empty_rotas(path: Path, rule: RoutingRule, organisation: Organisation) -> Iterator[Mistake]:
    for place, name in enumerate(rule.rota):
        at = (*path, "rota", place)
        if name in organisation.people and name in organisation.teams:
            yield Mistake(at, f"“{name}” is a person and a team.", "Give one of them another key.")
        elif name in organisation.teams and not rota_of(organisation, [name]):
            yield Mistake(
                at,
                f"The rota is nobody's: nobody in the team “{name}” may own a case.",
                "Name people, or a team that has staff or managers.",
            )
        elif name in rule.rota[:place]:
            yield Mistake(at, f"“{name}” is in this rota twice.", "Once is enough: turns are equal.")


def unreached_rules(organisation: Organisation) -> Iterator[Mistake]:
    """Rules of which an earlier one takes every matter."""
    rules = [rule.rule(number) for number, rule in enumerate(organisation.routing.rules, 1)]
    for place, rule in enumerate(rules):
        earlier = next((other for other in rules[:place] if other.takes_all_of(rule)), None)
        if earlier is not None:
            yield Mistake(
                ("routing", "rules", place),
                f"No case comes as far as this rule: rule {earlier.number} takes them all.",
                "The first that fits holds: move this one before it, or remove it.",
            )


def owning_desks(organisation: Organisation) -> Iterator[Mistake]:
    """People of a team that only receives, where they would get what is another's."""
    for path, person, whose in _standing_in(organisation):
        desk, theirs = desk_of(organisation, person), organisation.people.get(whose)
        if desk and not (theirs and theirs.team == desk.key):
            yield Mistake(
                path,
                f"{organisation.people[person].name} works in the team “{desk.key}”, which only receives and "
                "owns nothing that is another's.",
                "Name somebody of another team, or remove `receives_only` there.",
            )


def _standing_in(organisation: Organisation) -> Iterator[tuple[Path, str, str]]:
    """Where it is said, who acts in turn or for another, and for whom."""
    for key, person in organisation.people.items():
        yield ("people", key, "deputy"), person.deputy or "", key
        for place, absence in enumerate(person.away):
            yield ("people", key, "away", place, "deputy"), absence.deputy or "", key
    for number, rule in enumerate(organisation.routing.rules):
        for place, name in enumerate(rule.rota):
            for member in rota_of(organisation, [name]):
                yield ("routing", "rules", number, "rota", place), member, ""
