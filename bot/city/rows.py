"""The rows that the city's past leaves behind: those the handlers would have written, made in bulk.

Whether somebody is asked is decided by the rules themselves (`handlers.deciding`); when, how it is owned
and what follows is put together here as the handlers do it. What was on its way is not made up: the
outbox, where messages stand and which deliveries were seen stay empty, so that nothing old is said.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.city.docket import Answered, Docket
from bot.city.pages import Pages, Row
from bot.city.past import Past
from bot.city.story import Customer, Logged, Tap, Visit
from handlers.deciding import Asking, Moment, decide
from handlers.lookups import survey_of, team_of, threshold_for, zone_of
from handlers.rules import scales
from handlers.rules.fatigue import PastRequest
from handlers.rules.routing import About
from handlers.rules.scales import YES, Question, Threshold
from storage.tables import (
    Answer,
    AnswerChange,
    AuditEntry,
    Encounter,
    Feedback,
    Identity,
    Invitation,
    LedgerEntry,
    Person,
    Response,
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


class Chronicle:
    """Turns what happens into rows, day after day."""

    def __init__(self, pages: Pages) -> None:
        self._pages, self._organisation = pages, pages.organisation
        self._docket, self._past = Docket(pages), Past()
        self._known: dict[str, int] = {}
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
            if encounter["ask_at"] <= self._pages.until:
                self._decide(encounter, visit)
        self._docket.open_until(midnight)

    def end(self) -> None:
        """The time of what is still open passes up to the end."""
        self._docket.end()

    # Encounters and requests.

    def _meet(self, visit: Visit) -> Row:
        """See `handlers.encounters.record_encounter`."""
        customer, touchpoint = visit.customer, self._organisation.touchpoints[visit.touchpoint]
        route = self._pages.route(About(visit.service, customer.account, visit.touchpoint))
        return self._pages.add(
            Encounter,
            {
                "token": self._pages.token(),
                "source": SOURCE,
                "external_reference": visit.reference,
                "touchpoint": visit.touchpoint,
                "service": visit.service,
                "account": customer.account,
                "customer_id": self._person(customer, visit.at),
                "handler_id": self._pages.people[visit.handler],
                "owner_id": self._pages.people[route.person] if route.person else None,
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
            row = self._pages.add(Person, {"role": Role.CUSTOMER, **told, "created_at": at})
            self._known[customer.identity] = row["id"]
            who = {
                "person_id": row["id"],
                "channel": CHANNEL,
                "external_id": customer.identity,
                "workspace": "",
            }
            self._pages.add(Identity, who)
        return self._known[customer.identity]

    def _decide(self, encounter: Row, visit: Visit) -> None:
        """See `handlers.invite`."""
        at, survey = encounter["ask_at"], self._organisation.touchpoints[visit.touchpoint].survey or ""
        moment = Moment(visit.touchpoint, visit.reference, visit.at, encounter["account"])
        asking = Asking(encounter["customer_id"], at, zone_of(self._organisation))
        decision = decide(moment, asking, self._past, self._organisation)
        encounter["state"] = EncounterState.DECIDED
        about = {"encounter_id": encounter["id"], "person_id": encounter["customer_id"], "survey": survey}
        reason = {"verdict": decision.verdict, "facts": dict(decision.facts), "decided_at": at}
        self._pages.add(LedgerEntry, about | reason)
        if decision.verdict is Verdict.ASKED:
            request = PastRequest(at, survey, visit.touchpoint, visit.reference)
            self._past.add(encounter["customer_id"], encounter["account"], request)
            self._ask(encounter, visit, about)

    def _ask(self, encounter: Row, visit: Visit, about: Row) -> None:
        at, asking = encounter["ask_at"], self._organisation.asking
        leaves_at = self._pages.not_quiet(at)
        invitation = self._pages.add(
            Invitation,
            {
                "token": self._pages.token(),
                **about,
                "survey_version_id": self._pages.version_of(about["survey"], at),
                "stream": survey_of(self._organisation, about["survey"]).stream,
                "created_at": at,
                "expires_at": leaves_at + asking.expires_after,
                **{key: encounter[key] for key in ("account", "service", "touchpoint")},
            },
        )
        given = [(leaves_at + tap.after, tap) for tap in visit.taps]
        given = [(when, tap) for when, tap in given if when <= self._pages.until]
        refused = visit.declines is not None and leaves_at + visit.declines[0] <= self._pages.until
        invitation |= self._ended(leaves_at, given[0][0] if given else None, visit, refused=refused)
        if given:
            self._respond(invitation, encounter, visit, given)

    def _ended(
        self, leaves_at: datetime, answered_at: datetime | None, visit: Visit, *, refused: bool
    ) -> Row:
        """How a request stands at the end: answered, declined, forgotten or still waiting."""
        asking, until = self._organisation.asking, self._pages.until
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
        team = team_of(self._organisation, visit.service)
        response = self._pages.add(
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
        questions, answers = self._pages.questions(invitation["survey"]), dict[str, Row]()
        alert: int | None = None
        for place, (at, tap) in enumerate(given):
            question = questions[tap.question]
            said = self._said(question, at, tap, visit)
            self._answer(response, question, said, answers)
            if alert is None and tap.score is not None and self._alerts(question, tap.score, visit):
                alert = place
        if (
            visit.declines is not None
            and (excluded_at := invitation["sent_at"] + visit.declines[0]) <= self._pages.until
        ):
            self._exclude(response, visit, excluded_at)
        if alert is not None:
            self._docket.wait(Answered(response, visit, given, alert))

    def _said(self, question: Question, at: datetime, tap: Tap, visit: Visit) -> Row:
        threshold = self._threshold(question, visit.service, visit.touchpoint)
        band = scales.band(question, tap.score, threshold) if tap.score is not None else None
        return {"score": tap.score, "words": tap.words or None, "band": band, "at": at}

    def _threshold(self, question: Question, service: str, touchpoint: str) -> Threshold:
        where = (question.key, service, touchpoint)
        if where not in self._thresholds:
            self._thresholds[where] = threshold_for(self._organisation, question, service, touchpoint)
        return self._thresholds[where]

    def _answer(self, response: Row, question: Question, said: Row, answers: dict[str, Row]) -> None:
        before = answers.get(question.key)
        if before is not None:
            earlier = {"score": before["score"], "words": before["words"], "given_at": before["at"]}
            self._pages.add(AnswerChange, {"answer_id": before["id"], **earlier, "replaced_at": said["at"]})
            before |= said
            return
        which = {"response_id": response["id"], "question": question.key, "metric": question.metric}
        answers[question.key] = self._pages.add(Answer, which | said)
        if question.metric is Metric.CONSENT:
            response["consent"] = said["score"] == YES

    def _alerts(self, question: Question, score: int, visit: Visit) -> bool:
        return scales.alerts(question, score, self._threshold(question, visit.service, visit.touchpoint))

    def _exclude(self, response: Row, visit: Visit, at: datetime) -> None:
        response["excluded_because"] = visit.declines[1] if visit.declines else None
        said = {"did": "excluded", "subject": "response", "subject_id": str(response["id"])}
        self._pages.add(AuditEntry, {"at": at, "person_id": response["person_id"], **said})

    # Logged by staff.

    def _log(self, logged: Logged) -> None:
        """See `handlers.log` and `handlers.wishes`."""
        accounts = self._organisation.accounts.items()
        account = next((key for key, account in accounts if account.name == logged.customer), None)
        service = self._organisation.services[logged.service]
        feedback = self._pages.add(
            Feedback,
            {
                "token": self._pages.token(),
                "type": logged.type,
                "tone": Tone.POSITIVE,
                "source": FeedbackSource.CUSTOMER,
                "words": logged.words,
                "said_by_name": logged.customer,
                "logged_by_id": self._pages.people[logged.by],
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
            self._docket.open(logged.care, about, values, [])

    def _wish(self, feedback: Row) -> None:
        at, words = feedback["at"], feedback["words"]
        wish = self._pages.add(
            Wish,
            {
                "token": self._pages.token(),
                "need": words,
                "observed_at": at,
                "state": WishState.NOTED,
                "service": feedback["service"],
                "changed_at": at,
            },
        )
        giver = {"wish_id": wish["id"], "feedback_id": feedback["id"], "name": feedback["said_by_name"]}
        self._pages.add(WishGiver, giver | {"account": feedback["account"], "words": words, "at": at})
