"""Which answer opens which case, and which joins one that is open."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from bot.city.cases import Life, Told
from bot.city.pages import Pages, Row
from bot.city.story import Care, Tap, Visit
from handlers.lookups import team_of
from handlers.rules.routing import About
from handlers.rules.scales import NO, YES, Question
from storage.tables import Case, CaseEvent, Repeat, SecondRating
from storage.vocabulary import CaseReason, Metric


@dataclass
class Answered:
    """A response whose first alerting answer waits for its turn among all of them."""

    response: Row
    visit: Visit
    given: list[tuple[datetime, Tap]]
    alert: int
    """Which of the answers given is the first that alerts."""

    @property
    def at(self) -> datetime:
        """When it alerts."""
        return self.given[self.alert][0]


class Docket:
    """Opens cases in the order of time, and lets them live once all that is said of them is known."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._waiting: list[tuple[datetime, int, Answered]] = []
        self._open: dict[tuple[int, str], list[Life]] = defaultdict(list)
        self._lives: list[Life] = []

    def end(self) -> None:
        """The time of every case passes up to the end."""
        self.open_until(self._pages.until)
        for life in self._lives:
            self._keep(life)
        self._lives.clear()

    def wait(self, answered: Answered) -> None:
        """A response alerts; its turn comes when all that alerted before it has been seen to."""
        heappush(self._waiting, (answered.at, answered.response["id"], answered))

    def open_until(self, until: datetime) -> None:
        """Open what alerted, one after the other as it did, so that who comes back joins what is open."""
        while self._waiting and self._waiting[0][0] <= until:
            at, _, answered = heappop(self._waiting)
            response, later = answered.response, answered.given[answered.alert + 1 :]
            told = [self._told(when, tap) for when, tap in later]
            life = self._same_matter(response, at)
            if life is not None:
                life.repeats.append({"response_id": response["id"], "feedback_id": None, "at": at})
                life.told += [Told(at, joined_by=response["person_id"]), *told]
            else:
                self._open_for(answered, at).told += told

    def _told(self, at: datetime, tap: Tap) -> Told:
        consent = tap.score == YES if tap.question == "contact" else None
        return Told(at, consent)

    def _same_matter(self, response: Row, at: datetime) -> Life | None:
        since = at - self._pages.organisation.routing.repeats_within
        known = self._open[response["person_id"], response["service"]]
        return next((c for c in reversed(known) if c.row["opened_at"] >= since and c.closes_at > at), None)

    def _open_for(self, answered: Answered, at: datetime) -> Life:
        response, visit = answered.response, answered.visit
        tap = answered.given[answered.alert][1]
        questions = self._pages.questions(self._pages.organisation.touchpoints[visit.touchpoint].survey or "")
        not_handled = questions[tap.question].metric in (Metric.RESOLVED, Metric.FCR) and tap.score == NO
        scores = {t.question: t.score for _, t in answered.given if t.score is not None}
        life = self.open(
            visit.care,
            About(visit.service, response["account"], visit.touchpoint),
            {
                "reason": CaseReason.NOT_HANDLED if not_handled else CaseReason.LOW_SCORE,
                "response_id": response["id"],
                "encounter_id": response["encounter_id"],
                "customer_id": response["person_id"],
                "touchpoint": visit.touchpoint,
                "opened_at": at,
            },
            [(questions[key], score) for key, score in scores.items()],
        )
        self._open[response["person_id"], visit.service].append(life)
        return life

    def open(self, care: Care | None, about: About, values: Row, scores: list[tuple[Question, int]]) -> Life:
        """See `handlers.cases`. Raises `ValueError` when the story has nobody care for it."""
        if care is None:
            raise ValueError(f"nobody cares for the case of {values}")
        pages = self._pages
        route, team = pages.route(about), team_of(pages.organisation, about.service)
        row = {
            **dict.fromkeys(("response_id", "feedback_id", "encounter_id", "customer_id", "touchpoint")),
            **dict.fromkeys(("claimed_by_id", "contacted_at", "closed_at", "outcome")),
            "id": pages.number(Case),
            "token": pages.token(),
            "urgent": False,
            "account": about.account,
            "service": about.service,
            "team": team.key if team else None,
            "owner_id": pages.people[route.person or ""],
            "owner_rule": route.rule,
            **values,
        }
        life = Life(row, care, route.person or "", pages.organisation, pages.people, scores)
        self._lives.append(life)
        return life

    def _keep(self, life: Life) -> None:
        life.lived(self._pages.until)
        self._pages.rows[Case].append(life.row)
        for event in life.events:
            self._pages.add(CaseEvent, event)
        for repeat in life.repeats:
            self._pages.add(Repeat, {"case_id": life.row["id"], **repeat})
        if life.second_rating is not None:
            self._rate_again(life.second_rating, life)

    def _rate_again(self, rating: Row, life: Life) -> None:
        after, again = self._pages.organisation.asking.second_rating_after, life.care.second_rating
        leaves_at = self._pages.not_quiet(rating["asked_at"] + (after or timedelta()))
        row = self._pages.add(
            SecondRating, {"token": self._pages.token(), **rating, "score": None, "answered_at": None}
        )
        if again is not None and leaves_at + again[0] <= self._pages.until:
            row |= {"score": again[1], "answered_at": leaves_at + again[0]}
