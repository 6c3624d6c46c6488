"""The city's days played through the handlers, tap by tap: what bulk rows must be equal to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import SQLModel, col, select

from bot.city.pages import ORDER
from bot.city.rows import SOURCE
from bot.city.story import Care, Logged, Tap, Town, Visit
from handlers import deadlines, invite
from handlers.context import Context
from handlers.encounters import record_encounter
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseTaken,
    CommentGiven,
    Event,
    FeedbackLogged,
    InvitationDeclined,
    RatingGiven,
    RecoveryRated,
    Sender,
)
from storage.tables import (
    Answer,
    AuditEntry,
    Case,
    Encounter,
    Feedback,
    Identity,
    Invitation,
    OutboxMessage,
    Person,
    Response,
    SecondRating,
    Wish,
    core,
)
from storage.types import UtcDateTime
from storage.vocabulary import CaseState, InvitationState, OutboxKind, Tone
from tests.helpers.desk import Desk

Row = TypeVar("Row", bound=SQLModel)
_HANDLED = (CaseState.CLOSED, CaseState.CONTACTED)


class Player:
    """Does at its time what the story says, and lets the deadlines in between pass."""

    def __init__(self, desk: Desk, until: datetime) -> None:
        self._desk, self._until = desk, until
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._number = count()
        self._visits: dict[str, Visit] = {}
        self._logged: dict[str, Logged] = {}
        self._newest_case = 0

    def play(self, town: Town) -> None:
        """All of its days."""
        for day in town.days():
            for happening in town.day(day):
                self._at(happening.at, self._begins(happening))
        while self._agenda and self._agenda[0][0] <= self._until:
            at, _, do = heappop(self._agenda)
            self._pass_time(at)
            do()
            self._look_at_cases()
        self._pass_time(self._until)

    def _at(self, at: datetime, do: Callable[[], object]) -> None:
        heappush(self._agenda, (at, next(self._number), do))

    def _begins(self, happening: Visit | Logged) -> Callable[[], None]:
        return (
            partial(self._meet, happening) if isinstance(happening, Visit) else partial(self._log, happening)
        )

    def _meet(self, visit: Visit) -> None:
        customer = visit.customer
        who = Sender("sandbox", customer.identity, name=customer.name, language=customer.language)
        event = replace(
            self._desk.happened(service=visit.service, touchpoint=visit.touchpoint, customer=who),
            source=SOURCE,
            external_reference=visit.reference,
            handler=visit.handler,
            account=customer.account or "",
        )
        self._desk.do(lambda ctx: record_encounter(event, ctx))
        self._visits[visit.reference] = visit
        encounter = self._only(Encounter, Encounter.external_reference == visit.reference)
        self._at(encounter.ask_at, lambda: self._decide(encounter.id or 0, visit))

    def _decide(self, encounter: int, visit: Visit) -> None:
        self._desk.do(invite.decide_due)
        for invitation in self._all(Invitation, Invitation.encounter_id == encounter):
            leaves_at = self._leaves_at(OutboxKind.PROMPT, invitation.id or 0)
            self._at(leaves_at, partial(self._send, invitation.id or 0))
            self._answer_later(invitation.token, leaves_at, visit)

    def _leaves_at(self, kind: OutboxKind, subject: int) -> datetime:
        return self._only(
            OutboxMessage, OutboxMessage.kind == kind, OutboxMessage.subject_id == subject
        ).not_before

    def _send(self, invitation: int) -> None:
        def sent(ctx: Context) -> None:
            row = ctx.session.get(Invitation, invitation)
            assert row is not None
            invite.prompt_sent(row, ctx)

        self._desk.do(sent)

    def _answer_later(self, token: str, leaves_at: datetime, visit: Visit) -> None:
        by = visit.customer.identity
        for tap in visit.taps:
            self._at(leaves_at + tap.after, partial(self._tap, token, tap, by))
        if visit.declines is not None:
            after, reason = visit.declines
            self._at(leaves_at + after, self._deed(InvitationDeclined, by, invitation=token, reason=reason))

    def _deed(self, kind: type[Event], by: str, **facts: Any) -> Callable[[], object]:
        return lambda: self._desk.hear(kind, by, **facts)

    def _tap(self, token: str, tap: Tap, by: str) -> None:
        where = {"invitation": token, "question": tap.question}
        if tap.words:
            self._desk.hear(CommentGiven, by, **where, words=tap.words)
        else:
            self._desk.hear(RatingGiven, by, **where, score=tap.score)

    def _log(self, logged: Logged) -> None:
        said = {"type": logged.type, "tone": Tone.POSITIVE, "words": logged.words}
        self._desk.hear(FeedbackLogged, logged.by, customer=logged.customer, service=logged.service, **said)
        newest = self._only(Feedback, Feedback.at == logged.at, Feedback.words == logged.words)
        self._logged[newest.token] = logged

    # Cases.

    def _look_at_cases(self) -> None:
        """Whoever owns a new case cares for it from now on."""
        for case in self._all(Case, col(Case.id) > self._newest_case):
            self._newest_case = case.id or 0
            self._care(case, self._care_for(case))

    def _care_for(self, case: Case) -> Care:
        if case.feedback_id is not None:
            care = self._logged[self._only(Feedback, Feedback.id == case.feedback_id).token].care
        else:
            encounter = self._only(Encounter, Encounter.id == case.encounter_id)
            care = self._visits[encounter.external_reference or ""].care
        assert care is not None
        return care

    def _care(self, case: Case, care: Care) -> None:
        owner = self._identity(case.owner_id)
        self._at(case.opened_at + care.taken_after, self._deed(CaseTaken, owner, case=case.token))
        if care.contacted_after is not None:
            call = self._deed(CaseContacted, owner, case=case.token, words="")
            self._at(case.opened_at + care.contacted_after, call)
        self._at(case.opened_at + care.closed_after, partial(self._close, case, care, owner))

    def _identity(self, person: int | None) -> str:
        return self._only(Identity, Identity.person_id == person).external_id

    def _close(self, case: Case, care: Care, owner: str) -> None:
        self._desk.hear(CaseClosed, owner, case=case.token, outcome=care.outcome, words=care.words)
        asked = self._all(SecondRating, SecondRating.case_id == case.id)
        if asked and care.second_rating is not None:
            after, score = care.second_rating
            leaves_at = self._leaves_at(OutboxKind.SECOND_RATING, asked[0].id or 0)
            customer = self._identity(case.customer_id)
            self._at(
                leaves_at + after, self._deed(RecoveryRated, customer, rating=asked[0].token, score=score)
            )

    # Time.

    def _pass_time(self, until: datetime) -> None:
        """What falls due falls due at its instant."""
        while (due_at := min(self._due(), default=until)) < until:
            self._tick(due_at)
        self._tick(until)

    def _tick(self, at: datetime) -> None:
        self._desk.now = at
        for tick in (invite.remind_due, invite.expire_due, deadlines.remind_due, deadlines.escalate_due):
            self._desk.do(tick)

    def _due(self) -> list[datetime]:
        """When something falls due next, of each kind."""
        asked, cases = core(Invitation).c, core(Case).c
        sent, waiting = asked.state == InvitationState.SENT, cases.state.not_in(_HANDLED)
        kinds = (
            *((asked.remind_at, sent), (asked.expires_at, sent)),
            *((cases.remind_at, waiting), (cases.escalate_at, waiting)),
        )
        firsts = [core_select(func.min(at, type_=UtcDateTime)).where(which) for at, which in kinds]
        found = self._desk.database.read_now(lambda s: [s.execute(first).scalar_one() for first in firsts])
        return [at for at in found if at is not None]

    # Rows.

    def _all(self, noun: type[Row], *which: Any) -> list[Row]:
        return self._desk.database.read_now(lambda session: list(session.exec(select(noun).where(*which))))

    def _only(self, noun: type[Row], *which: Any) -> Row:
        [row] = self._all(noun, *which)
        return row


def remembered(desk: Desk) -> dict[str, list[str]]:
    """Every row of what a past is made of, without what is random or only counts: tokens and row numbers."""
    rows = {noun: _rows(desk, noun) for noun in ORDER}
    names = _names(rows)
    return {
        str(noun.__tablename__): sorted(repr(_told(row, noun, names)) for row in found)
        for noun, found in rows.items()
    }


def _rows(desk: Desk, noun: type[SQLModel]) -> list[Any]:
    return desk.database.read_now(lambda s: list(s.execute(core_select(core(noun))).mappings()))


Names = dict[str, dict[int, str]]
"""Table → row number → what the row is called wherever it has which number."""


def _names(rows: Mapping[type[SQLModel], list[Any]]) -> Names:
    chat = {row["person_id"]: row["external_id"] for row in rows[Identity]}
    names: Names = {
        "people": {row["id"]: row["key"] or chat[row["id"]] for row in rows[Person]},
        "encounters": {row["id"]: row["external_reference"] for row in rows[Encounter]},
        "feedback": {row["id"]: f"{row['at']} {row['words']}" for row in rows[Feedback]},
        "wishes": {row["id"]: f"{row['observed_at']} {row['need']}" for row in rows[Wish]},
    }
    of_encounter = {
        noun: {row["id"]: names["encounters"][row["encounter_id"]] for row in rows[noun]}
        for noun in (Invitation, Response)
    }
    names |= {"invitations": of_encounter[Invitation], "responses": of_encounter[Response]}
    names["answers"] = {
        row["id"]: f"{names['responses'][row['response_id']]} {row['question']}" for row in rows[Answer]
    }
    names["cases"] = {
        row["id"]: names["responses"].get(row["response_id"]) or names["feedback"][row["feedback_id"]]
        for row in rows[Case]
    }
    return names


def _told(row: Any, noun: type[SQLModel], names: Names) -> dict[str, Any]:
    told = {}
    for column in core(noun).columns:
        pointed = next((key.column.table.name for key in column.foreign_keys), None)
        value = row[column.name]
        if column.name not in ("id", "token"):
            told[column.name] = names[pointed].get(value, value) if pointed in names else value
    if noun is Response:
        told["handler_id"] = names["people"].get(row["handler_id"])
    if noun is AuditEntry and row["subject"] == "response":
        told["subject_id"] = names["responses"][int(row["subject_id"])]
    return told
