"""The life of a case in any order of what managers may do and what the hours do, beside a plain model."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule

from handlers import deadlines
from handlers.errors import (
    AlreadyClaimed,
    CaseIsClosed,
    FeedbackError,
    GoesRound,
    HandOverToOneself,
    MayNotOwn,
    NotAllowed,
    OutcomeMissing,
    UnknownCase,
)
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseReopened,
    CaseShown,
    CaseTaken,
    Event,
    RatingGiven,
    Sender,
)
from handlers.organisation import Organisation
from handlers.receive import receive
from storage.tables import Case, CaseEvent, OutboxMessage, Person
from storage.vocabulary import OutboxKind, Outcome
from tests.helpers.machine import EVERYBODY_ALWAYS, SHORT, Machine
from tests.helpers.town import HELSINKI, example

pytestmark = pytest.mark.timeout(600)

WORKDAYS = {"hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "16:00"}]}
RESPOND, REMIND_BEFORE, STEP = timedelta(hours=4), timedelta(hours=1), timedelta(hours=4)
ABOVE = {"maya": ["liisa"], "ville": ["maya", "liisa"], "liisa": []}
"""Deputy, then the lead of the team, then the CX lead, above whom nobody stands."""
LEAD = "liisa"
Deed = tuple[str, str | None, str | None]
"""What was done, by whom, and to whom or whom it told."""


def office_time(at: datetime, length: timedelta) -> datetime:
    """So much office time later, or before: minute by minute, by the clock on the wall."""
    step = timedelta(minutes=1 if length > timedelta() else -1)
    left = length / step
    while left:
        minute = min(at, at + step).astimezone(HELSINKI)
        left -= minute.weekday() < 5 and 8 <= minute.hour < 16
        at += step
    return at


@dataclass
class Matter:
    """A case, as anybody would keep it on a sheet of paper."""

    token: str
    owner: str
    due: datetime
    state: str = "received"
    claimed: str | None = None
    outcome: str | None = None
    remind: datetime | None = None
    escalate: datetime | None = None
    told: list[tuple[datetime, str]] = field(default_factory=list)
    """Who was told when that it is overdue."""
    deeds: list[Deed] = field(default_factory=lambda: [("opened", None, None)])

    @property
    def holder(self) -> str:
        """Who has it now."""
        return self.claimed or self.owner

    def counts_from(self, now: datetime) -> None:
        """The whole time of the service, from now."""
        self.due = self.escalate = office_time(now, RESPOND)
        self.remind = office_time(self.due, -REMIND_BEFORE)

    def acts(self, who: str) -> bool:
        """Who may do something with it."""
        return who == LEAD or who in (self.owner, self.claimed) or who == "maya"

    def waits(self) -> bool:
        """Whether nobody has contacted the customer."""
        return self.state not in ("closed", "contacted")


class Cases(Machine):
    """Maya's service; Ville is of another team, Liisa leads, Sanna serves and owns nothing."""

    matters = Bundle("matters")
    who = st.sampled_from(["maya", "ville", "liisa", "sanna"])

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Matter] = []

    def organisation(self) -> Organisation:
        service = {"calendar": "workdays"}
        return example(
            asking=EVERYBODY_ALWAYS, calendars={"workdays": WORKDAYS}, services={"pension-advice": service}
        )

    # What is done, and what the model makes of it.

    @rule(target=matters)
    def somebody_is_disappointed(self) -> Matter:
        customer = f"guest-{self.number()}"
        token = self.desk.ask(customer=Sender("sandbox", customer), service="pension-advice")
        self.desk.hear(RatingGiven, customer, invitation=token, question="ease", score=1)
        matter = Matter(self.desk.rows(Case)[-1].token, "maya", self.desk.now)
        matter.counts_from(self.desk.now)
        self.known.append(matter)
        return matter

    @rule(matter=matters, who=who)
    def taken(self, matter: Matter, who: str) -> None:
        refusal = None
        if matter.claimed != who:
            refusal = self._held(matter, who) or self._over(matter)
        if self._hears(matter, who, CaseTaken, refusal) and matter.claimed != who:
            matter.claimed = who
            matter.state = "contacted" if matter.state == "contacted" else "claimed"
            matter.deeds.append(("claimed", who, None))

    @rule(matter=matters, who=who, to=who)
    def handed_over(self, matter: Matter, who: str, to: str) -> None:
        refusal = self._over(matter)
        refusal = refusal or (self._held(matter, who) if who != LEAD else None)
        refusal = refusal or self._may_be_given(matter, who, to)
        if self._hears(matter, who, CaseHandedOver, refusal, to=to, reason="Yours."):
            if matter.state == "contacted":
                matter.counts_from(self.desk.now)
            matter.owner, matter.claimed, matter.state = to, None, "received"
            matter.deeds.append(("handed over", who, to))

    @rule(matter=matters, who=who)
    def contacted(self, matter: Matter, who: str) -> None:
        if self._hears(
            matter, who, CaseContacted, self._over(matter) or self._held(matter, who), words="Called."
        ):
            matter.claimed, matter.state = matter.claimed or who, "contacted"
            matter.deeds.append(("contacted", who, None))

    @rule(matter=matters, who=who, outcome=st.sampled_from([None, *Outcome]))
    def closed(self, matter: Matter, who: str, outcome: Outcome | None) -> None:
        refusal = self._over(matter) or self._held(matter, who) or (None if outcome else OutcomeMissing)
        if self._hears(matter, who, CaseClosed, refusal, outcome=outcome):
            matter.claimed, matter.state, matter.outcome = matter.claimed or who, "closed", outcome
            matter.deeds.append(("closed", who, None))

    @rule(matter=matters, who=who)
    def reopened(self, matter: Matter, who: str) -> None:
        if self._hears(matter, who, CaseReopened, None) and matter.state == "closed":
            matter.state, matter.outcome = "reopened", None
            matter.counts_from(self.desk.now)
            matter.deeds.append(("reopened", who, None))

    @rule(matter=matters, who=who)
    def looked_at(self, matter: Matter, who: str) -> None:
        if self._hears(matter, who, CaseShown, None) and (matter.state, matter.owner) == ("received", who):
            matter.state = "acknowledged"
            matter.deeds.append(("acknowledged", who, None))

    @rule(who=who)
    def one_that_never_was_is_taken(self, who: str) -> None:
        event = CaseTaken(by=Sender("sandbox", who), at=self.desk.now, delivery_id="", case="nothing")
        self.does(lambda ctx: receive(event, ctx), UnknownCase)

    @rule(hours=st.sampled_from([0.5, 3, 4, 5, 26]))
    def time_passes(self, hours: float) -> None:
        self.desk.later(hours=hours)

    @rule()
    def owners_are_reminded(self) -> None:
        self.desk.do(deadlines.remind_due)
        for matter in self.known:
            if matter.waits() and matter.remind and matter.remind <= self.desk.now:
                matter.remind = None
                matter.deeds.append(("reminded", None, None))

    @rule()
    def those_above_are_told(self) -> None:
        self.desk.do(deadlines.escalate_due)
        for matter in self.known:
            if matter.waits() and matter.escalate and matter.escalate <= self.desk.now:
                self._tell_next(matter)

    def _tell_next(self, matter: Matter) -> None:
        told = {who for at, who in matter.told if at >= matter.due}
        above = [who for who in ABOVE[matter.holder] if who not in told]
        matter.escalate = office_time(self.desk.now, STEP) if len(above) > 1 else None
        matter.deeds.append(("escalated", None, above[0] if above else None))
        if above:
            matter.told.append((self.desk.now, above[0]))

    # What must be so.

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        keys = {person.id: person.key for person in self.desk.rows(Person)}
        rows = {row.token: row for row in self.desk.rows(Case)}
        assert len(rows) == len(self.known)
        for matter in self.known:
            row = rows[matter.token]
            assert (row.state, keys[row.owner_id], row.outcome) == (
                matter.state,
                matter.owner,
                matter.outcome,
            )
            assert (keys[row.claimed_by_id] if row.claimed_by_id else None) == matter.claimed
            assert (row.due_at, row.remind_at, row.escalate_at) == (
                matter.due,
                matter.remind,
                matter.escalate,
            )
            assert (row.closed_at is not None) == (matter.state == "closed")

    @invariant()
    def everything_that_was_done_is_written_down(self) -> None:
        keys = {person.id: person.key for person in self.desk.rows(Person)} | {None: None}
        numbers = {row.id: row.token for row in self.desk.rows(Case)}
        written: dict[str, list[Deed]] = {token: [] for token in numbers.values()}
        for event in self.desk.rows(CaseEvent):
            by, other = keys[event.by_id], keys[event.other_id]
            if event.kind != "refused":
                written[numbers[event.case_id]].append((str(event.kind), by, other))
        assert written == {matter.token: matter.deeds for matter in self.known}

    @invariant()
    def whoever_has_it_is_told_how_it_stands(self) -> None:
        said = {
            (row.subject_id, row.person_id, row.dedupe_key.rpartition(":")[2])
            for row in self.desk.rows(OutboxMessage)
            if row.kind == OutboxKind.CASE_NOTICE
        }
        for row in self.desk.rows(Case):
            assert (row.id, row.claimed_by_id or row.owner_id, f"rev{row.revision}") in said

    # How.

    def _hears(
        self,
        matter: Matter,
        who: str,
        kind: type[Event],
        refusal: type[FeedbackError] | None,
        **facts: Any,
    ) -> bool:
        by = Sender("sandbox", who)
        event = kind(by=by, at=self.desk.now, delivery_id="", case=matter.token, **facts)  # type: ignore[call-arg]
        return self.does(lambda ctx: receive(event, ctx), refusal if matter.acts(who) else NotAllowed)

    def _over(self, matter: Matter) -> type[FeedbackError] | None:
        return CaseIsClosed if matter.state == "closed" else None

    def _held(self, matter: Matter, who: str) -> type[FeedbackError] | None:
        return None if matter.claimed in (None, who) else AlreadyClaimed

    def _may_be_given(self, matter: Matter, who: str, to: str) -> type[FeedbackError] | None:
        if to == "sanna":
            return MayNotOwn
        if to == matter.holder:
            return HandOverToOneself
        passed_on = [(by, other) for deed, by, other in matter.deeds if deed == "handed over"]
        if LEAD in (who, to) or to not in [by for by, _ in passed_on]:
            return None
        back_and_forth = len(passed_on) > 1 and passed_on[-2] == passed_on[-1][::-1]
        return GoesRound if back_and_forth or passed_on[-1][0] != to else None


TestCases = Cases.TestCase
TestCases.settings = SHORT
