"""The rows that the city's past leaves behind: those the handlers would have written, made in bulk.

Whether somebody is asked is decided by the rules themselves (`handlers.deciding`); when, how it is owned
and what follows is put together here as the handlers do it. What was on its way is not made up: the
outbox, where messages stand and which deliveries were seen stay empty, so that nothing old is said.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from sqlmodel import SQLModel

from bot.city.cases import Life, Row, Told
from bot.city.story import Customer, Logged, Tap, Visit
from handlers.calendars import WEEKDAYS
from handlers.deciding import Asking, Moment, decide
from handlers.lookups import survey_of, team_of, threshold_for, zone_of
from handlers.organisation import Organisation
from handlers.owners import route_by
from handlers.rules import hours, scales
from handlers.rules.fatigue import PastRequest
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.routing import About, Route, Staff
from handlers.rules.scales import NO, YES, Question, Threshold
from storage.tables import (
    Answer,
    AnswerChange,
    AuditEntry,
    Case,
    CaseEvent,
    Encounter,
    Feedback,
    Identity,
    Invitation,
    LedgerEntry,
    Person,
    Repeat,
    Response,
    SecondRating,
    Wish,
    WishGiver,
)
from storage.vocabulary import (
    CaseReason,
    EncounterState,
    FeedbackSource,
    FeedbackType,
    InvitationState,
    Metric,
    Role,
    Tone,
    Verdict,
    WishState,
)

CHANNEL, SOURCE = "sandbox", "city"
ORDER: tuple[type[SQLModel], ...] = (
    *(Person, Identity, Encounter, LedgerEntry, Invitation, Response, Answer, AnswerChange),
    *(Feedback, Wish, WishGiver, Case, CaseEvent, Repeat, SecondRating, AuditEntry),
)
"""The nouns a past is made of, each after those it points to."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class Past:
    """Who was asked before."""

    def __init__(self) -> None:
        self._of_person: dict[int, list[PastRequest]] = defaultdict(list)
        self._of_account: dict[str, list[datetime]] = defaultdict(list)

    def add(self, person_id: int, account: str | None, request: PastRequest) -> None:
        """Somebody is asked; requests come in the order of time."""
        self._of_person[person_id].append(request)
        if account is not None:
            self._of_account[account].append(request.at)

    def requests_to(self, person_id: int, since: datetime) -> list[PastRequest]:
        """Requests to one person since an instant."""
        return [request for request in self._of_person[person_id] if request.at >= since]

    def requests_to_account(self, account: str, since: datetime) -> int:
        """How many requests went to an account's people since an instant."""
        times = self._of_account[account]
        return len(times) - bisect_left(times, since)

    def answers(self, service: str | None, touchpoint: str | None, question: str, month: Window) -> Count:
        """Nowhere in the city is it asked until there are enough answers."""
        return Count()


@dataclass
class _Answered:
    """A response whose first alerting answer waits for its turn among all of them."""

    response: Row
    visit: Visit
    given: list[tuple[datetime, Tap]]
    alert: int
    """Which of the answers given is the first that alerts."""


@dataclass(frozen=True)
class Ground:
    """What a past stands on: a database in which the organisation has just been applied."""

    organisation: Organisation
    people: dict[str, int]
    """Key → row number of who works here."""
    version_of: Callable[[str, datetime], int]
    """The row number of a survey's wording, which is new at that instant if it has none."""
    taken: Mapping[type[SQLModel], int]
    """The highest row number there is of each noun."""


class Chronicle:
    """Turns what happens into rows, day after day. `rows` holds, by noun, what was not taken yet.

    Nothing happens after `until`.
    """

    def __init__(self, ground: Ground, until: datetime, seed: int) -> None:
        self.organisation, self.people = ground.organisation, ground.people
        self.rows: dict[type[SQLModel], list[Row]] = {noun: [] for noun in ORDER}
        self.lives: list[Life] = []
        self._version_of = ground.version_of
        self._until = until
        self._dice = Random(f"{seed} tokens")  # noqa: S311 - nobody's secrets
        self._numbers = {noun: count(ground.taken[noun] + 1) for noun in ORDER}
        self._known: dict[str, int] = {}
        self._past = Past()
        self._waiting: list[tuple[datetime, int, _Answered]] = []
        self._open: dict[tuple[int, str], list[Life]] = defaultdict(list)
        self._questions: dict[str, Mapping[str, Question]] = {}
        self._routes: dict[About, Route] = {}
        self._thresholds: dict[tuple[str, str, str], Threshold] = {}

    def live(self, happenings: Iterable[Visit | Logged], midnight: datetime) -> None:
        """One day, in order of time; it ends at `midnight`."""
        visits = []
        for happening in happenings:
            if isinstance(happening, Logged):
                self._log(happening)
            else:
                visits.append((self._meet(happening), happening))
        for encounter, visit in sorted(visits, key=lambda met: (met[0]["ask_at"], met[0]["id"])):
            if encounter["ask_at"] <= self._until:
                self._decide(encounter, visit)
        self._open_cases(midnight)

    def end(self) -> None:
        """The time of what is still open passes up to the end."""
        self._open_cases(self._until)
        for life in self.lives:
            self._close(life)
        self.lives.clear()

    def _add(self, noun: type[SQLModel], values: Row) -> Row:
        row = {"id": next(self._numbers[noun]), **values}
        self.rows[noun].append(row)
        return row

    def token(self) -> str:
        """A token as `storage.tokens` makes them, but the same each time."""
        return "".join(self._dice.choices(_ALPHABET, k=12))

    # Encounters and requests.

    def _meet(self, visit: Visit) -> Row:
        """See `handlers.encounters.record_encounter`."""
        customer, touchpoint = visit.customer, self.organisation.touchpoints[visit.touchpoint]
        route = self._route(About(visit.service, customer.account, visit.touchpoint))
        return self._add(
            Encounter,
            {
                "token": self.token(),
                "source": SOURCE,
                "external_reference": visit.reference,
                "touchpoint": visit.touchpoint,
                "service": visit.service,
                "account": customer.account,
                "customer_id": self._person(customer, visit.at),
                "handler_id": self.people[visit.handler],
                "owner_id": self.people[route.person] if route.person else None,
                "owner_rule": route.rule,
                "happened_at": visit.at,
                "reported_at": visit.at,
                "ask_at": visit.at + touchpoint.delay,
                "state": EncounterState.WAITING,
                "critical": False,
            },
        )

    def _person(self, customer: Customer, at: datetime) -> int:
        if customer.identity not in self._known:
            told = {"name": customer.name, "language": customer.language, "account": customer.account}
            row = self._add(Person, {"role": Role.CUSTOMER, **told, "created_at": at})
            self._known[customer.identity] = row["id"]
            who = {
                "person_id": row["id"],
                "channel": CHANNEL,
                "external_id": customer.identity,
                "workspace": "",
            }
            self._add(Identity, who)
        return self._known[customer.identity]

    def _route(self, about: About) -> Route:
        """The same on every day: nobody in the city is away, and nobody takes turns."""
        if about not in self._routes:
            deputies = {key: person.deputy for key, person in self.organisation.people.items()}
            staff = Staff(self._until.date(), {}, deputies, {})
            self._routes[about] = route_by(about, staff, self.organisation)
        return self._routes[about]

    def _decide(self, encounter: Row, visit: Visit) -> None:
        """See `handlers.invite`."""
        at, survey = encounter["ask_at"], self.organisation.touchpoints[visit.touchpoint].survey or ""
        moment = Moment(visit.touchpoint, visit.reference, visit.at, encounter["account"])
        asking = Asking(encounter["customer_id"], at, zone_of(self.organisation))
        decision = decide(moment, asking, self._past, self.organisation)
        encounter["state"] = EncounterState.DECIDED
        about = {"encounter_id": encounter["id"], "person_id": encounter["customer_id"], "survey": survey}
        reason = {"verdict": decision.verdict, "facts": dict(decision.facts), "decided_at": at}
        self._add(LedgerEntry, about | reason)
        if decision.verdict is Verdict.ASKED:
            request = PastRequest(at, survey, visit.touchpoint, visit.reference)
            self._past.add(encounter["customer_id"], encounter["account"], request)
            self._ask(encounter, visit, about)

    def _ask(self, encounter: Row, visit: Visit, about: Row) -> None:
        at, asking = encounter["ask_at"], self.organisation.asking
        days = frozenset(WEEKDAYS.index(day) for day in asking.days)
        zone = zone_of(self.organisation)
        leaves_at = hours.not_quiet(at, zone, asking.quiet_from, asking.quiet_until, days)
        invitation = self._add(
            Invitation,
            {
                "token": self.token(),
                **about,
                "survey_version_id": self._version_of(about["survey"], at),
                "stream": survey_of(self.organisation, about["survey"]).stream,
                "created_at": at,
                "expires_at": leaves_at + asking.expires_after,
                **{key: encounter[key] for key in ("account", "service", "touchpoint")},
            },
        )
        given = [(leaves_at + tap.after, tap) for tap in visit.taps]
        given = [(when, tap) for when, tap in given if when <= self._until]
        refused = visit.declines is not None and leaves_at + visit.declines[0] <= self._until
        invitation |= self._ended(leaves_at, given[0][0] if given else None, visit, refused=refused)
        if given:
            self._respond(invitation, encounter, visit, given)

    def _ended(
        self, leaves_at: datetime, answered_at: datetime | None, visit: Visit, *, refused: bool
    ) -> Row:
        """How a request stands at the end: answered, declined, forgotten or still waiting."""
        asking, until = self.organisation.asking, self._until
        if leaves_at > until:
            return {"state": InvitationState.QUEUED}
        ended: Row = {"state": InvitationState.SENT, "sent_at": leaves_at}
        remind_at = leaves_at + asking.reminder_after if asking.reminder_after else None
        done_at = answered_at
        if answered_at is not None:
            ended |= {"state": InvitationState.ANSWERED, "answered_at": answered_at}
        elif refused and visit.declines is not None:
            done_at = leaves_at + visit.declines[0]
            ended |= {"state": InvitationState.DECLINED, "declined_because": visit.declines[1]}
        elif leaves_at + asking.expires_after <= until:
            ended["state"] = InvitationState.EXPIRED
        reminded = remind_at is not None and remind_at <= min(done_at or until, until)
        return ended | {"remind_at": None if reminded else remind_at}

    # Answers.

    def _respond(
        self, invitation: Row, encounter: Row, visit: Visit, given: list[tuple[datetime, Tap]]
    ) -> None:
        """See `handlers.respond`."""
        team = team_of(self.organisation, visit.service)
        response = self._add(
            Response,
            {
                **{
                    key: invitation[key]
                    for key in ("person_id", "encounter_id", "survey_version_id", "stream")
                },
                **{key: encounter[key] for key in ("service", "touchpoint", "account", "handler_id")},
                "invitation_id": invitation["id"],
                "team": team.key if team else None,
                "first_at": given[0][0],
                "last_at": given[-1][0],
            },
        )
        questions, answers = self._questions_of(invitation["survey"]), dict[str, Row]()
        alert: int | None = None
        for place, (at, tap) in enumerate(given):
            question = questions[tap.question]
            said = self._said(question, at, tap, visit)
            self._answer(response, question, said, answers)
            if alert is None and tap.score is not None and self._alerts(question, tap.score, visit):
                alert = place
        if (
            visit.declines is not None
            and (excluded_at := invitation["sent_at"] + visit.declines[0]) <= self._until
        ):
            self._exclude(response, visit, excluded_at)
        if alert is not None:
            heappush(
                self._waiting, (given[alert][0], response["id"], _Answered(response, visit, given, alert))
            )

    def _said(self, question: Question, at: datetime, tap: Tap, visit: Visit) -> Row:
        threshold = self._threshold(question, visit.service, visit.touchpoint)
        band = scales.band(question, tap.score, threshold) if tap.score is not None else None
        return {"score": tap.score, "words": tap.words or None, "band": band, "at": at}

    def _threshold(self, question: Question, service: str, touchpoint: str) -> Threshold:
        where = (question.key, service, touchpoint)
        if where not in self._thresholds:
            self._thresholds[where] = threshold_for(self.organisation, question, service, touchpoint)
        return self._thresholds[where]

    def _answer(self, response: Row, question: Question, said: Row, answers: dict[str, Row]) -> None:
        before = answers.get(question.key)
        if before is not None:
            earlier = {"score": before["score"], "words": before["words"], "given_at": before["at"]}
            self._add(AnswerChange, {"answer_id": before["id"], **earlier, "replaced_at": said["at"]})
            before |= said
            return
        which = {"response_id": response["id"], "question": question.key, "metric": question.metric}
        answers[question.key] = self._add(Answer, which | said)
        if question.metric is Metric.CONSENT:
            response["consent"] = said["score"] == YES

    def _alerts(self, question: Question, score: int, visit: Visit) -> bool:
        return scales.alerts(question, score, self._threshold(question, visit.service, visit.touchpoint))

    def _exclude(self, response: Row, visit: Visit, at: datetime) -> None:
        response["excluded_because"] = visit.declines[1] if visit.declines else None
        said = {"did": "excluded", "subject": "response", "subject_id": str(response["id"])}
        self._add(AuditEntry, {"at": at, "person_id": response["person_id"], **said})

    def _questions_of(self, survey: str) -> Mapping[str, Question]:
        if survey not in self._questions:
            self._questions[survey] = {q.key: q for q in survey_of(self.organisation, survey).questions}
        return self._questions[survey]

    # Cases.

    def _open_cases(self, until: datetime) -> None:
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
        since = at - self.organisation.routing.repeats_within
        known = self._open[response["person_id"], response["service"]]
        return next((c for c in reversed(known) if c.row["opened_at"] >= since and c.closes_at > at), None)

    def _open_for(self, answered: _Answered, at: datetime) -> Life:
        response, visit = answered.response, answered.visit
        tap = answered.given[answered.alert][1]
        questions = self._questions_of(self.organisation.touchpoints[visit.touchpoint].survey or "")
        not_handled = questions[tap.question].metric in (Metric.RESOLVED, Metric.FCR) and tap.score == NO
        scores = {t.question: t.score for _, t in answered.given if t.score is not None}
        life = self._begin(
            visit,
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

    def _begin(
        self, happening: Visit | Logged, about: About, values: Row, scores: list[tuple[Question, int]]
    ) -> Life:
        if happening.care is None:
            raise ValueError(f"{happening} opens a case that nobody cares for")
        route, team = self._route(about), team_of(self.organisation, about.service)
        row = {
            **dict.fromkeys(("response_id", "feedback_id", "encounter_id", "customer_id", "touchpoint")),
            **dict.fromkeys(("claimed_by_id", "contacted_at", "closed_at", "outcome")),
            "id": next(self._numbers[Case]),
            "token": self.token(),
            "urgent": False,
            "account": about.account,
            "service": about.service,
            "team": team.key if team else None,
            "owner_id": self.people[route.person or ""],
            "owner_rule": route.rule,
            **values,
        }
        life = Life(row, happening.care, route.person or "", self.organisation, self.people, scores)
        self.lives.append(life)
        return life

    def _close(self, life: Life) -> None:
        life.lived(self._until)
        self.rows[Case].append(life.row)
        for event in life.events:
            self._add(CaseEvent, event)
        for repeat in life.repeats:
            self._add(Repeat, {"case_id": life.row["id"], **repeat})
        if life.second_rating is not None:
            self._rate_again(life.second_rating, life)

    def _rate_again(self, rating: Row, life: Life) -> None:
        asking, again = self.organisation.asking, life.care.second_rating
        days = frozenset(WEEKDAYS.index(day) for day in asking.days)
        due_at = rating["asked_at"] + (asking.second_rating_after or timedelta())
        zone = zone_of(self.organisation)
        leaves_at = hours.not_quiet(due_at, zone, asking.quiet_from, asking.quiet_until, days)
        row = self._add(SecondRating, {"token": self.token(), **rating, "score": None, "answered_at": None})
        if again is not None and leaves_at + again[0] <= self._until:
            row |= {"score": again[1], "answered_at": leaves_at + again[0]}

    # Logged by staff.

    def _log(self, logged: Logged) -> None:
        """See `handlers.log` and `handlers.wishes`."""
        accounts = self.organisation.accounts.items()
        account = next((key for key, account in accounts if account.name == logged.customer), None)
        service = self.organisation.services[logged.service]
        feedback = self._add(
            Feedback,
            {
                "token": self.token(),
                "type": logged.type,
                "tone": Tone.POSITIVE,
                "source": FeedbackSource.CUSTOMER,
                "words": logged.words,
                "said_by_name": logged.customer,
                "logged_by_id": self.people[logged.by],
                "account": account,
                "service": logged.service,
                "team": service.team,
                "at": logged.at,
            },
        )
        if logged.type is FeedbackType.IDEA:
            self._wish(feedback)
            about = About(logged.service, account, None, None, logged.type)
            values = {"reason": CaseReason.WISH, "feedback_id": feedback["id"], "opened_at": logged.at}
            self._begin(logged, about, values, [])

    def _wish(self, feedback: Row) -> None:
        at, words = feedback["at"], feedback["words"]
        wish = self._add(
            Wish,
            {
                "token": self.token(),
                "need": words,
                "observed_at": at,
                "state": WishState.NOTED,
                "service": feedback["service"],
                "changed_at": at,
            },
        )
        giver = {"wish_id": wish["id"], "feedback_id": feedback["id"], "name": feedback["said_by_name"]}
        self._add(WishGiver, giver | {"account": feedback["account"], "words": words, "at": at})
