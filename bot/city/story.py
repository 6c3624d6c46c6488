"""What happens in the city, day by day: who was served where, and what they would answer if they were asked.

Whether they are asked is not decided here: the rules decide it, as they do in earnest.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bot.city import words
from bot.city.plan import Plan
from handlers.calendars import calendar_of
from handlers.lookups import survey_of, threshold_for
from handlers.organisation import Organisation
from handlers.rules import scales
from handlers.rules.scales import NO, YES, Question
from handlers.wording.language import pick
from storage.vocabulary import Band, DeclineReason, FeedbackType, Metric, Outcome, Role

_WEEKDAYS = (1.25, 1.1, 1.0, 0.95, 0.8)
"""How busy Monday to Friday are."""
_MONTHS = (1.1, 1.0, 1.05, 1.0, 1.0, 0.8, 0.45, 0.9, 1.15, 1.1, 1.05, 0.85)
"""How busy January to December are: July is quiet, September is not."""
_CUSTOMERS_A_WEEKLY_ENCOUNTER = 33
"""So that a customer is met three times in two years."""
_OF_ACCOUNTS = 0.06
_RESPONSE_RATE = 0.47
_LANGUAGES = ("fi",) * 78 + ("sv",) * 12 + ("en",) * 10
_BEFORE_DIP = (*[Band.GOOD] * 8, Band.POOR)
_DIP = (Band.GOOD, Band.POOR, Band.GOOD, Band.FAIR, Band.GOOD, Band.POOR, Band.GOOD)
"""The moods, in turn, of those who make the dip: eight in nine are pleased in the week before, then four in seven."""
_SECONDS_A_TAP = 15
_FIRST = (
    *("Aino", "Anders", "Anni", "Eino", "Elina", "Emil", "Helmi", "Iida", "Johan", "Kaarina", "Leo", "Maria"),
    *("Mikael", "Noora", "Oskari", "Ritva", "Sofia", "Stina", "Tapio", "Veikko", "Venla", "Väinö"),
)
_LAST = (
    *("Ahonen", "Berg", "Hakala", "Hiltunen", "Karhu", "Korpela", "Lindholm", "Mäkinen", "Niemi", "Nygård"),
    *("Ojala", "Rantanen", "Saarinen", "Salmi", "Sjöberg", "Toivonen", "Vainio", "Virtanen"),
)
_DISTRICTS = ("Keskusta", "Pohjoisranta", "Kallioniemi", "Björkudden")


@dataclass(frozen=True)
class Customer:
    """Somebody who lives in the city, or buys from it."""

    identity: str
    name: str
    language: str
    account: str | None = None


@dataclass(frozen=True)
class Tap:
    """One answer: how long after the request it is given, to which question; words only to a question for words."""

    after: timedelta
    question: str
    score: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Care:
    """What the owner does with the case that an encounter opens, counted from its opening."""

    taken_after: timedelta
    contacted_after: timedelta | None
    closed_after: timedelta
    outcome: Outcome
    words: str
    second_rating: tuple[timedelta, int] | None = None
    """How long after it was asked for, and the score, if the customer answers that too."""


@dataclass(frozen=True)
class Visit:
    """One encounter, what its customer would answer, and what would be done about it."""

    reference: str
    customer: Customer
    service: str
    touchpoint: str
    handler: str
    at: datetime
    taps: tuple[Tap, ...] = ()
    declines: tuple[timedelta, DeclineReason] | None = None
    """When and why they say that it is not about us, beside what they answered or instead of it."""
    care: Care | None = None


@dataclass(frozen=True)
class Logged:
    """Something a customer said that staff logged; the customer as it was typed."""

    customer: str
    service: str
    by: str
    at: datetime
    type: FeedbackType
    words: str
    care: Care | None = None


@dataclass
class Town:
    """The city at work. Everything that happens comes out of one seeded dice, so it is the same each time."""

    organisation: Organisation
    plan: Plan
    scale: float = 1.0
    """How much of it goes on; a small part will do for a test."""
    _dice: Random = field(init=False)
    customers: list[Customer] = field(init=False)
    _staff: dict[str, list[str]] = field(init=False)
    _by_band: dict[tuple[str, str], dict[Band | None, list[int]]] = field(default_factory=dict)
    _dipped: int = 0
    _number: int = 0

    def __post_init__(self) -> None:
        self._dice = Random(f"{self.plan.seed} story")  # noqa: S311 - a past, not a secret
        weekly = sum(self.plan.encounters_a_week.values()) * self.scale
        self.customers = [self._customer(n) for n in range(round(weekly * _CUSTOMERS_A_WEEKLY_ENCOUNTER))]
        self._staff = {
            key: self._people_of(service.team) for key, service in self.organisation.services.items()
        }

    def day(self, day: date) -> list[Visit | Logged]:
        """What happens on a day, in order of time; nothing on a day the office is closed."""
        busy = self._busy(day)
        happens: list[Visit | Logged] = []
        for service, weekly in self.plan.encounters_a_week.items():
            expected = busy * weekly / 5 * self.scale
            happens += (self._visit(service, day) for _ in range(_poisson(expected, self._dice)))
            if self._dice.random() < expected / 150:
                happens.append(self._logged(service, day))
        return sorted(happens, key=lambda happening: happening.at)

    def days(self) -> Iterator[date]:
        """Every day of the plan."""
        length = (self.plan.last_day - self.plan.first_day).days + 1
        return (self.plan.first_day + timedelta(days=n) for n in range(length))

    def _busy(self, day: date) -> float:
        closed = day.weekday() > 4 or day in calendar_of(self.organisation).closed_on
        return 0.0 if closed else _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1]

    # Who.

    def _customer(self, number: int) -> Customer:
        dice = self._dice
        name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
        account = dice.choice(list(self.organisation.accounts)) if dice.random() < _OF_ACCOUNTS else None
        return Customer(f"citizen-{number:05}", name, dice.choice(_LANGUAGES), account)

    def _people_of(self, team: str | None) -> list[str]:
        people = self.organisation.people.items()
        return [key for key, person in people if person.team == team and person.role is Role.STAFF]

    # What.

    def _moment(self, day: date) -> datetime:
        """A second of the office day, in UTC."""
        local = datetime.combine(day, time(8), ZoneInfo(self.organisation.time_zone))
        return (local + timedelta(seconds=self._dice.randrange(8 * 3600))).astimezone(UTC)

    def _visit(self, service: str, day: date) -> Visit:
        dice, self._number = self._dice, self._number + 1
        touchpoint = dice.choice(list(self.organisation.touchpoints))
        visit = Visit(
            reference=f"C-{self._number:06}",
            customer=dice.choice(self.customers),
            service=service,
            touchpoint=touchpoint,
            handler=dice.choice(self._staff[service]),
            at=self._moment(day),
        )
        return self._answered(visit, day) if dice.random() < _RESPONSE_RATE else self._silent(visit)

    def _silent(self, visit: Visit) -> Visit:
        if self._dice.random() > 0.02:
            return visit
        after = timedelta(seconds=self._dice.randrange(60, 86_400))
        return replace(visit, declines=(after, DeclineReason.NOT_MY_MATTER))

    def _answered(self, visit: Visit, day: date) -> Visit:
        dice, mood = self._dice, self._mood(visit.service, day)
        survey = survey_of(self.organisation, self.organisation.touchpoints[visit.touchpoint].survey or "")
        after, taps = timedelta(seconds=round(dice.expovariate(1 / 20_000)) % (12 * 86_400) + 30), list[Tap]()
        for question in survey.questions:
            tap = self._tap(question, mood, visit, after + len(taps) * timedelta(seconds=_SECONDS_A_TAP))
            taps += [tap] if tap else []
        unrelated = mood is not Band.POOR and dice.random() < 0.012
        if not unrelated and mood is Band.GOOD and dice.random() < 0.01:
            taps.append(self._thought_better(taps[0]))
        last = taps[-1].after + timedelta(minutes=1)
        declines = (last, DeclineReason.NOT_ABOUT_YOU) if unrelated else None
        return replace(visit, taps=tuple(taps), declines=declines, care=self._care(visit.customer))

    def _mood(self, service: str, day: date) -> Band:
        """By the truth of the day, but for the week of the dip, in which chance is told what to do."""
        dip = self.plan.dip
        if service == dip.service and dip.starts_on - timedelta(weeks=1) <= day < dip.ends_on:
            self._dipped += 1
            turns = _DIP if day >= dip.starts_on else _BEFORE_DIP
            return turns[self._dipped % len(turns)]
        if self._dice.random() < self.plan.pleased_on(service, day):
            return Band.GOOD
        return Band.FAIR if self._dice.random() < 0.35 else Band.POOR

    def _tap(self, question: Question, mood: Band, visit: Visit, after: timedelta) -> Tap | None:
        dice = self._dice
        if question.metric is Metric.WORDS:
            if dice.random() > (0.6 if mood is Band.POOR else 0.3):
                return None
            about = pick(self.organisation.services[visit.service].name, visit.customer.language)
            said = words.comment(visit.customer.language, mood, about, dice)
            return Tap(after + timedelta(seconds=40), question.key, words=said)
        if question.metric is Metric.CONSENT:
            if mood is Band.GOOD:
                return None
            return Tap(after + timedelta(seconds=60), question.key, YES if dice.random() < 0.8 else NO)
        # Satisfaction is what is meant; what is asked beside it is mostly alike.
        meant = mood if question.metric in (Metric.CSAT, Metric.GRADE) or dice.random() < 0.9 else Band.FAIR
        return Tap(after, question.key, dice.choice(self._scores(question, visit.touchpoint)[meant]))

    def _scores(self, question: Question, touchpoint: str) -> dict[Band | None, list[int]]:
        """The scores of each band."""
        key = (question.key, touchpoint)
        if key not in self._by_band:
            threshold = threshold_for(self.organisation, question, None, touchpoint)
            found: dict[Band | None, list[int]] = defaultdict(list)
            for score in scales.points(question):
                found[scales.band(question, score, threshold)].append(score)
            self._by_band[key] = found
        return self._by_band[key]

    def _thought_better(self, tap: Tap) -> Tap:
        """Somebody changes their mind a little, some hours later."""
        better = 5 if tap.score != 5 else 4
        return Tap(tap.after + timedelta(hours=3), tap.question, better)

    def _care(self, customer: Customer) -> Care:
        """Mostly within hours, sometimes late, now and then never finished."""
        dice = self._dice
        slow = 8.0 if dice.random() < 0.12 else 1.0
        taken = timedelta(seconds=round(slow * dice.uniform(300, 20_000)))
        called = taken + timedelta(seconds=round(slow * dice.uniform(300, 40_000)))
        closed = called + timedelta(seconds=round(slow * dice.uniform(600, 250_000)))
        reached = dice.random() < 0.9
        outcome = dice.choices((Outcome.RESOLVED, Outcome.EXPLAINED, Outcome.APOLOGISED), (70, 20, 10))[0]
        again = (timedelta(seconds=dice.randrange(90_000, 300_000)), dice.choice((3, 4, 4, 5, 5)))
        return Care(
            taken_after=taken,
            contacted_after=called if reached else None,
            closed_after=closed,
            outcome=outcome if reached else Outcome.UNREACHABLE,
            words=words.CLOSED[customer.language],
            second_rating=again if dice.random() < 0.45 else None,
        )

    def _logged(self, service: str, day: date) -> Logged:
        dice = self._dice
        customer, by, at = dice.choice(self.customers), dice.choice(self._staff[service]), self._moment(day)
        about = pick(self.organisation.services[service].name, customer.language)
        account = self.organisation.accounts.get(customer.account or "")
        typed = account.name if account else f"{customer.name}, {dice.choice(_DISTRICTS)}"
        if dice.random() < 0.5:
            said = words.thanks(customer.language, about)
            return Logged(typed, service, by, at, FeedbackType.THANKS, said)
        said = words.wish(customer.language, about, dice)
        return Logged(typed, service, by, at, FeedbackType.IDEA, said, self._care(customer))


def _poisson(expected: float, dice: Random) -> int:
    """How many of what happens so often on average. Source: D. E. Knuth, *The Art of Computer Programming* 2, 3.4.1."""
    limit, count, product = math.exp(-expected), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count
