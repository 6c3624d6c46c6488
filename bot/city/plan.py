"""What is true of the city: how good each service is, what went wrong and when, and what only looks so."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from bot.declaration import read
from handlers.organisation import AnnotationSection, Organisation
from handlers.rules.scales import LocalText

_FILE = Path(__file__).with_name("organisation.example.yaml")
_WEEK = timedelta(weeks=1)
_BUSY = {"helpdesk": 190.0, "parking-permits": 150.0, "switchboard": 130.0, "building-permits": 60.0}
"""Encounters in an ordinary week; other services draw theirs."""
_QUIETEST, _BUSIEST = 12.0, 90.0
_WELL_KNOWN = {"helpdesk": 0.87, "parking-permits": 0.88, "building-permits": 0.86}
"""The true share of pleased customers where something is going to happen."""
_NEW_SYSTEM = {
    "fi": "Uusi lupajärjestelmä otettiin käyttöön",
    "sv": "Ett nytt tillståndssystem togs i bruk",
    "en": "A new permit system came into use",
}
_HALF_GONE = {
    "fi": "Puolet tuesta siirtyi muihin tehtäviin",
    "sv": "Hälften av stödet fick andra uppgifter",
    "en": "Half of the support moved to other work",
}


@dataclass(frozen=True)
class Drop:
    """A service that truly got worse from a day on until before another."""

    service: str
    starts_on: date
    ends_on: date
    pleased: float
    """The share of pleased customers meanwhile, 0 to 1."""
    because: LocalText
    """As it stands on the time line."""


@dataclass(frozen=True)
class Dip:
    """A week in which a service only looked worse: fewer of those who answered were pleased, by chance."""

    service: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Plan:
    """The city over a time: which days, how much goes on, and how satisfied its customers truly are."""

    first_day: date
    last_day: date
    seed: int
    encounters_a_week: Mapping[str, float]
    pleased: Mapping[str, float]
    """Service → the share of customers who are pleased when nothing is wrong."""
    drops: Sequence[Drop]
    dip: Dip

    def pleased_on(self, service: str, day: date) -> float:
        """The true share of pleased customers of a service on a day."""
        for drop in self.drops:
            if drop.service == service and drop.starts_on <= day < drop.ends_on:
                return drop.pleased
        return self.pleased[service]

    def truth(self) -> dict[str, Any]:
        """All of it for other programs; days are ISO dates, `ends_on` is the first day after."""
        told = asdict(self)
        told["drops"] = [_dated(asdict(drop)) for drop in self.drops]
        told["false_alarm"] = _dated(asdict(self.dip))
        del told["dip"]
        return _dated(told)


@cache
def city() -> Organisation:
    """The organisation of the city. Raises `ValueError` when somebody broke the file."""
    declared = read(_FILE)
    if declared.organisation is None:
        raise ValueError("\n".join(map(str, declared.problems)))
    return declared.organisation


def annotated(organisation: Organisation, planned: Plan) -> Organisation:
    """The city with what went wrong on its time line, so that each drop is read right."""
    went_wrong = (
        AnnotationSection(on=drop.starts_on, words=dict(drop.because), services=(drop.service,))
        for drop in planned.drops
    )
    return organisation.model_copy(update={"annotations": (*organisation.annotations, *went_wrong)})


def plan(organisation: Organisation, last_day: date, weeks: int, seed: int) -> Plan:
    """The city over the weeks before and with `last_day`; the same seed and days give the same plan.

    Of the two drops one is long ago and was mended, the other has just begun; the dip lies between them.
    """
    dice = Random(f"{seed} plan")  # noqa: S311 - a past, not a secret
    monday = last_day - timedelta(days=last_day.weekday()) - weeks * _WEEK

    def after(share: float) -> date:
        return monday + round(weeks * share) * _WEEK

    services = list(organisation.services)
    usual = {key: dice.uniform(_QUIETEST, _BUSIEST) for key in services}
    return Plan(
        first_day=monday,
        last_day=last_day,
        seed=seed,
        encounters_a_week={**usual, **_BUSY},
        pleased={**{key: round(dice.uniform(0.8, 0.93), 2) for key in services}, **_WELL_KNOWN},
        drops=(
            Drop("parking-permits", after(0.4), after(0.52), 0.5, _NEW_SYSTEM),
            Drop("helpdesk", after(0.88), after(1) + 2 * _WEEK, 0.6, _HALF_GONE),
        ),
        dip=Dip("building-permits", after(0.6), after(0.6) + _WEEK),
    )


def _dated(told: dict[str, Any]) -> dict[str, Any]:
    return {key: said.isoformat() if isinstance(said, date) else said for key, said in told.items()}
