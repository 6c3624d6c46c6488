"""What other rules would have done with what happened: the last days are decided again, and nothing is written.

What does not depend on the rules stays as it was: an opt-out, a snooze, a customer whom no channel
reached, a moment reported twice.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from handlers.asked import survey_from
from handlers.context import Context
from handlers.deciding import Asking, Moment, decide, weighs_for
from handlers.digests.measures import count_of_score
from handlers.lookups import threshold_for, zone_of
from handlers.organisation import Organisation
from handlers.people import EARS_ONLY
from handlers.rules import scales
from handlers.rules.fatigue import PastRequest
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.scales import Question
from storage import invitations, replay
from storage.prepared import Record
from storage.vocabulary import Role, Verdict

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""
Place = tuple[str, str]
"""Touchpoint and service; the service may be empty."""

A_MONTH = timedelta(days=30)
_UNTOLD = (Verdict.NO_SURVEY, Verdict.NOT_A_VOLUNTEER, Verdict.NOT_IN_PILOT)
"""Verdicts that were reached before anybody looked at the person: of them we only know what holds today."""
_OFTEN = 200
"""Progress is told each time so many are done."""


@dataclass
class Tally:
    """Whom some rules ask, counted."""

    reasons: Counter[Verdict] = field(default_factory=Counter)
    asked_by_place: Counter[Place] = field(default_factory=Counter)
    capped_accounts: set[str] = field(default_factory=set)
    """Accounts of which somebody was not asked because of the cap."""
    _asked_at: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    @property
    def asked(self) -> int:
        """How many encounters are asked about."""
        return self.reasons[Verdict.ASKED]

    @property
    def asked_often(self) -> int:
        """Customers asked more than once within thirty days."""
        return sum(
            any(later - earlier < A_MONTH for earlier, later in pairwise(times))
            for times in map(sorted, self._asked_at.values())
        )

    def count(self, encounter: Record, verdict: Verdict, at: datetime) -> None:
        """Count one decision."""
        self.reasons[verdict] += 1
        if verdict is Verdict.ACCOUNT_CAP:
            self.capped_accounts.add(encounter.account)
        if verdict is Verdict.ASKED:
            self.asked_by_place[encounter.touchpoint, encounter.service or ""] += 1
            if encounter.shared_conversation is None:
                self._asked_at[encounter.customer_id].append(at)


@dataclass(frozen=True)
class Simulation:
    """The same encounters three times: as they were decided, by the rules that hold, by the other ones."""

    days: int
    encounters: int
    undecided: Mapping[str, int]
    """Encounters that were called off or still wait, by state: they are left out."""
    as_it_was: Tally
    as_it_is: Tally
    """The rules that hold now, replayed: what differs from `as_it_was` is what a replay cannot know."""
    as_it_would_be: Tally
    responses: int
    alerts_as_it_is: int
    """Responses among those given that alert by the thresholds that hold."""
    alerts_as_it_would_be: int


def simulate(
    other: Organisation, days: int, ctx: Context, progress: Progress = lambda *_: None
) -> Simulation:
    """Decide again about the encounters of the last `days` by another organisation's rules. Only reads."""
    since = ctx.now - timedelta(days=days)
    encounters = replay.decided_since(ctx.session, since)
    reachable = replay.reachable_people(ctx.session, sorted(EARS_ONLY))
    longest = max(_looks_back(ctx.organisation), _looks_back(other))
    requests = replay.requests_since(ctx.session, since - longest)
    scores = replay.scores_since(ctx.session, since - timedelta(days=31))
    questions = _questions({row.survey_version_id for row in scores}, ctx)
    answers = list(_answers(scores, questions))
    happened, one = _Happened(encounters, requests, answers, reachable, ctx.organisation), len(encounters)
    as_it_is = happened.decided_by(ctx.organisation, lambda done: progress(done, 2 * one))
    as_it_would_be = happened.decided_by(other, lambda done: progress(one + done, 2 * one))
    given = [row for row in scores if row.first_at >= since]
    return Simulation(
        days=days,
        encounters=len(encounters),
        undecided=replay.undecided_since(ctx.session, since),
        as_it_was=_as_it_was(encounters),
        as_it_is=as_it_is,
        as_it_would_be=as_it_would_be,
        responses=len({row.response_id for row in given}),
        alerts_as_it_is=_alerts(given, questions, ctx.organisation),
        alerts_as_it_would_be=_alerts(given, questions, other),
    )


def _looks_back(organisation: Organisation) -> timedelta:
    return max(weighs_for(organisation.asking), organisation.asking.account_window)


def _as_it_was(encounters: Sequence[Record]) -> Tally:
    tally = Tally()
    for encounter in encounters:
        tally.count(encounter, Verdict(encounter.verdict), encounter.decided_at)
    return tally


# Deciding again.


class _Answer(NamedTuple):
    """A score that was truly given."""

    at: datetime
    encounter_id: int
    service: str | None
    touchpoint: str
    question: str
    counted: Count


class _Replay:
    """What was asked before, as the replay goes: true requests about other encounters, and its own.

    What is asked is answered as it was in truth, or not at all.
    """

    def __init__(self, answers: Sequence[_Answer]) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)
        self._given: dict[int, list[_Answer]] = defaultdict(list)
        for answer in answers:
            self._given[answer.encounter_id].append(answer)
        self._answered: dict[tuple[str | None, str | None, str], list[tuple[datetime, Count]]] = defaultdict(
            list
        )
        self._of_person: dict[int, list[PastRequest]] = defaultdict(list)
        self._of_account: dict[str, list[datetime]] = defaultdict(list)

    def add(self, person_id: int | None, account: str | None, request: PastRequest) -> None:
        """Something was asked; what was truly asked later than `now` has not happened yet."""
        if person_id is not None:
            self._of_person[person_id].append(request)
        if account is not None:
            insort(self._of_account[account], request.at)

    def answer(self, encounter_id: int) -> None:
        """An encounter is asked about, so what was said of it comes in its time."""
        for given in self._given.pop(encounter_id, ()):
            service, touchpoint = given.service, given.touchpoint
            for place in {(service, None), (service, touchpoint), (None, touchpoint)}:
                came = (given.at, given.counted)
                insort(self._answered[*place, given.question], came, key=itemgetter(0))

    def requests_to(self, person_id: int, since: datetime) -> list[PastRequest]:
        """Requests to one person since an instant."""
        return [request for request in self._of_person[person_id] if since <= request.at <= self.now]

    def requests_to_account(self, account: str, since: datetime) -> int:
        """How many requests went to an account's people since an instant."""
        times = self._of_account[account]
        return bisect_right(times, self.now) - bisect_left(times, since)

    def answers(self, service: str | None, touchpoint: str | None, question: str, month: Window) -> Count:
        """What came in a month, up to `now`."""
        came = self._answered[service, touchpoint, question]
        first = bisect_left(came, month.starts_at, key=itemgetter(0))
        return sum((count for at, count in came[first:] if at <= self.now), Count())


@dataclass(frozen=True)
class _Happened:
    """What there is to decide again."""

    encounters: Sequence[Record]
    requests: Sequence[Record]
    answers: Sequence[_Answer]
    reachable: frozenset[int]
    today: Organisation

    def decided_by(self, rules: Organisation, progress: Callable[[int], None]) -> Tally:
        """Each encounter in its turn, decided by `rules`; the turn is today's, moved by another delay."""
        tally, past = Tally(), _past(self.encounters, self.requests, self.answers)
        turns = sorted((_turn(e, self.today, rules), e.id, e) for e in self.encounters)
        for done, (at, _, encounter) in enumerate(turns, 1):
            past.now = at
            moment = _moment(encounter)
            verdict = decide(moment, _asking(encounter, at, self.reachable, rules), past, rules).verdict
            tally.count(encounter, verdict, at)
            if verdict is Verdict.ASKED:
                person = None if moment.anybody else encounter.customer_id
                survey = rules.touchpoints[encounter.touchpoint].survey or ""
                past.add(person, encounter.account, PastRequest(at, survey, encounter.touchpoint, ""))
                past.answer(encounter.id)
            if done % _OFTEN == 0 or done == len(turns):
                progress(done)
        return tally


def _past(encounters: Sequence[Record], requests: Sequence[Record], answers: Sequence[_Answer]) -> _Replay:
    """True requests about everything that is not decided again, and what was answered to them."""
    past, again = _Replay(answers), {encounter.id for encounter in encounters}
    for encounter_id in {answer.encounter_id for answer in answers} - again:
        past.answer(encounter_id)
    for request in requests:
        if request.encounter_id not in again:
            asked = PastRequest(request.created_at, request.survey, request.touchpoint, "")
            past.add(request.person_id, request.account, asked)
    return past


def _turn(encounter: Record, today: Organisation, rules: Organisation) -> datetime:
    """When it is decided: as it was, sooner or later by what the touchpoint's delay has changed."""
    delays = [o.touchpoints[encounter.touchpoint].delay for o in (today, rules) if _knows(o, encounter)]
    changed = delays[1] - delays[0] if len(delays) == 2 else timedelta()
    turn: datetime = max(encounter.reported_at, encounter.ask_at + changed)
    return turn


def _knows(organisation: Organisation, encounter: Record) -> bool:
    return encounter.touchpoint in organisation.touchpoints


def _moment(encounter: Record) -> Moment:
    verdict = encounter.verdict
    return Moment(
        touchpoint=encounter.touchpoint,
        reference=encounter.external_reference or encounter.token,
        happened_at=encounter.happened_at,
        service=encounter.service,
        account=encounter.account,
        works_here=verdict == Verdict.NOT_A_CUSTOMER
        or (encounter.role != Role.CUSTOMER and encounter.left_at is None and verdict in _UNTOLD),
        twin=encounter.facts.get("reference") if verdict == Verdict.SAME_ENCOUNTER else None,
        anybody=encounter.shared_conversation is not None,
    )


def _asking(encounter: Record, at: datetime, reachable: frozenset[int], rules: Organisation) -> Asking:
    """The customer as they were then, as far as the ledger tells; else as they are now."""
    verdict, opted_out_at = encounter.verdict, encounter.opted_out_at
    untold = verdict in _UNTOLD
    return Asking(
        person_id=encounter.customer_id,
        now=at,
        zone=zone_of(rules, encounter.time_zone, encounter.team),
        opted_out=verdict == Verdict.OPTED_OUT
        or (untold and opted_out_at is not None and opted_out_at <= at),
        snoozed_until=at + A_MONTH if verdict == Verdict.SNOOZED else None,
        volunteer=encounter.volunteered_at is not None,
        reachable=encounter.customer_id in reachable if untold else verdict != Verdict.UNREACHABLE,
    )


def _answers(scores: Sequence[Record], questions: Mapping[tuple[int, str], Question]) -> Iterator[_Answer]:
    """Scores that count, each with what it is counted as."""
    for row in scores:
        question = questions.get((row.survey_version_id, row.question))
        if question is not None and row.excluded_because is None:
            counted = count_of_score(question, row.score)
            yield _Answer(row.first_at, row.encounter_id, row.service, row.touchpoint, row.question, counted)


# Alerts.


def _alerts(
    given: Sequence[Record], questions: Mapping[tuple[int, str], Question], rules: Organisation
) -> int:
    """How many responses hold a score that alerts."""
    return len({row.response_id for row in given if _alerts_one(row, questions, rules)})


def _alerts_one(row: Record, questions: Mapping[tuple[int, str], Question], rules: Organisation) -> bool:
    question = questions.get((row.survey_version_id, row.question))
    if question is None:
        return False
    return scales.alerts(question, row.score, threshold_for(rules, question, row.service, row.touchpoint))


def _questions(versions: set[int], ctx: Context) -> dict[tuple[int, str], Question]:
    """The questions as they were worded, by survey version and key."""
    definitions = {version: invitations.survey_definition(ctx.session, version) for version in versions}
    return {
        (version, question.key): question
        for version, definition in definitions.items()
        if definition is not None
        for question in survey_from(definition).questions
    }
