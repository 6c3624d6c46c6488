"""Who must act: the first person responsible who is there, or whoever stands in for them.

The answer carries its reasons, step by step, so that it can be explained in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from storage.vocabulary import OwnerRule


@dataclass(frozen=True)
class About:
    """What a case is about, as far as it matters who must act: keys of the organisation file."""

    service: str | None = None
    account: str | None = None
    touchpoint: str | None = None
    category: str | None = None
    """The topic, as whoever logged the feedback typed it."""
    type: str | None = None
    """The kind of feedback; none for answers to a survey."""


@dataclass(frozen=True)
class Rule:
    """One rule of the organisation: which matters, and who answers for them."""

    number: int
    """Its place in the file, counted from 1."""
    wanted: Mapping[str, frozenset[str]]
    """Field of `About` → the values it may have, in small letters; a field that is not named may have any, or none."""
    owner: str | None = None
    rota: tuple[str, ...] = ()
    """People, or teams whose people they are."""
    informed: tuple[str, ...] = ()

    def matches(self, about: About) -> bool:
        """Whether the rule is for such a matter; capitals do not count."""
        return all((getattr(about, name) or "").casefold() in values for name, values in self.wanted.items())

    def takes_all_of(self, later: "Rule") -> bool:
        """Whether every matter of another rule is a matter of this one, so that the other is never reached."""
        return all(
            name in later.wanted and later.wanted[name] <= values for name, values in self.wanted.items()
        )


def first_match(rules: Sequence[Rule], about: About) -> Rule | None:
    """The first rule that is for such a matter."""
    return next((rule for rule in rules if rule.matches(about)), None)


@dataclass(frozen=True)
class Away:
    """A person is away from one day to another, both included."""

    person: str
    starts: date
    ends: date
    deputy: str | None
    """Who answers meanwhile; the person's usual deputy when none."""


class StepKind(StrEnum):
    """One thought on the way to who must act; its sentence is in `handlers.wording.routes`."""

    RESPONSIBLE = "responsible"
    """This person is, by this rule."""
    TURN = "turn"
    """Of these people it is this one's turn."""
    PASSES = "passes"
    """The turn passes to this person."""
    AWAY = "away"
    """This person is, until then."""
    STANDS_IN = "stands in"
    """This person, for the other."""
    ONLY_RECEIVES = "only receives"
    """This person works where feedback is received, and does not own what is another's."""
    NO_DEPUTY = "no deputy"
    """Nobody who is there stands in for this person."""
    ALL_AWAY = "all away"
    """Everybody is; this person keeps it."""
    NOBODY = "nobody"
    """Nobody is named."""


@dataclass(frozen=True)
class Step:
    """One thought, with the keys of the people it is about."""

    kind: StepKind
    person: str = ""
    other: str = ""
    rule: OwnerRule | None = None
    until: date | None = None
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """Who must act and by which rule."""

    person: str | None
    rule: OwnerRule
    stands_in_for: str | None = None
    """The person responsible, when a deputy acts for them."""
    base_rule: OwnerRule | None = None
    """The rule by which that person is responsible."""
    steps: tuple[Step, ...] = field(default=(), compare=False)
    """How it was found."""


@dataclass(frozen=True)
class Staff:
    """Who is there on a day, local to the office, and who stands in for whom."""

    on: date
    away: Mapping[str, tuple[Away, ...]] = field(default_factory=dict)
    deputies: Mapping[str, str | None] = field(default_factory=dict)
    desks: Mapping[str, str] = field(default_factory=dict)
    """Person → their team, where it receives feedback and owns nothing that is another's."""

    def absence(self, person: str) -> Away | None:
        """The absence that keeps a person away on the day."""
        return next((a for a in self.away.get(person, ()) if a.starts <= self.on <= a.ends), None)

    def only_receives(self, person: str, whose: str) -> bool:
        """Whether a person works at a desk that does not own what is this other's."""
        return person in self.desks and self.desks[person] != self.desks.get(whose)


@dataclass(frozen=True)
class _Candidates:
    """Who is responsible by one rule: one person, or those of a rota from whose turn it is on."""

    rule: OwnerRule
    people: tuple[str, ...]


def owner_of(
    staff: Staff,
    *,
    rule: Rule | None = None,
    turn: int = 0,
    kept_by: str | None = None,
    service_owner: str | None,
    account_manager: str | None,
    team_lead: str | None,
    cx_lead: str | None,
) -> Route:
    """Find who must act.

    Whoever owned the encounter (`kept_by`), else whom a rule of the organisation names, the owner of the
    service, the account manager, the team lead, the CX lead. A rota gives its turn to each in order, as `turn`
    counts; who is away is passed over. Somebody away is stood in for by their deputy, or the deputy's
    deputy; where none is there, the next in line acts. When everybody is away the first in line keeps it:
    a case without an owner is worse than one that waits, and escalation still finds it.
    """
    in_line = [
        _Candidates(by, people)
        for by, people in (
            (OwnerRule.SERVICE_OWNER, _one(kept_by)),
            (OwnerRule.RULE, _one(rule.owner if rule else None)),
            (OwnerRule.ROTA, _from_turn(rule.rota, turn) if rule else ()),
            (OwnerRule.SERVICE_OWNER, _one(service_owner)),
            (OwnerRule.ACCOUNT_MANAGER, _one(account_manager)),
            (OwnerRule.TEAM_LEAD, _one(team_lead)),
            (OwnerRule.CX_LEAD, _one(cx_lead)),
        )
        if people
    ]
    steps: list[Step] = []
    for candidates in in_line:
        if found := _present(candidates, staff, steps):
            return found
    if not in_line:
        return Route(None, OwnerRule.NOBODY, steps=(Step(StepKind.NOBODY),))
    first = in_line[0]
    steps.append(Step(StepKind.ALL_AWAY, first.people[0]))
    return Route(first.people[0], first.rule, steps=tuple(steps))


def goes_round(handed: Sequence[tuple[object, object]], to: object) -> bool:
    """Whether giving a case to somebody would only send it round: they passed it on before.

    `handed` are the hand-overs so far, giver and taker, in order. Giving it back to whoever gave it is no circle,
    as long as they had not been given it back themselves.
    """
    if not any(giver == to for giver, _ in handed):
        return False
    *before, (last_giver, last_taker) = handed
    was_given_back = bool(before) and before[-1] == (last_taker, last_giver)
    return last_giver != to or was_given_back


def _one(person: str | None) -> tuple[str, ...]:
    return (person,) if person else ()


def _from_turn(rota: tuple[str, ...], turn: int) -> tuple[str, ...]:
    first = turn % len(rota) if rota else 0
    return (*rota[first:], *rota[:first])


def _present(candidates: _Candidates, staff: Staff, steps: list[Step]) -> Route | None:
    """Who of the candidates is there, else who stands in for the first of them."""
    first, by = candidates.people[0], candidates.rule
    for person in candidates.people:
        steps.append(_asked(person, candidates))
        absence = staff.absence(person)
        if absence is None:
            return Route(person, by, steps=tuple(steps))
        steps.append(Step(StepKind.AWAY, person, until=absence.ends))
    if deputy := _stand_in(first, staff, steps):
        steps.append(Step(StepKind.STANDS_IN, deputy, first))
        return Route(deputy, OwnerRule.DEPUTY, stands_in_for=first, base_rule=by, steps=tuple(steps))
    steps.append(Step(StepKind.NO_DEPUTY, first))
    return None


def _asked(person: str, candidates: _Candidates) -> Step:
    if candidates.rule is not OwnerRule.ROTA:
        return Step(StepKind.RESPONSIBLE, person, rule=candidates.rule)
    kind = StepKind.TURN if person == candidates.people[0] else StepKind.PASSES
    return Step(kind, person, rule=candidates.rule, people=candidates.people)


def _stand_in(person: str, staff: Staff, steps: list[Step]) -> str | None:
    """The first in the line of deputies of somebody away who is not away too."""
    asked = {person}
    for deputy in _deputies(person, staff):
        if deputy in asked:
            return None
        asked.add(deputy)
        if staff.only_receives(deputy, person):
            steps.append(Step(StepKind.ONLY_RECEIVES, deputy))
            return None
        absence = staff.absence(deputy)
        if absence is None:
            return deputy
        steps.append(Step(StepKind.AWAY, deputy, until=absence.ends))
    return None


def _deputies(person: str, staff: Staff) -> Iterator[str]:
    """The deputy of somebody away, that one's deputy, and so on; it may go round for ever."""
    at: str | None = person
    while at:
        absence = staff.absence(at)
        at = (absence.deputy if absence else None) or staff.deputies.get(at)
        if at:
            yield at
