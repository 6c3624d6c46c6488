"""The life of a case in the city: what its owner does, who is told when it takes too long, as rows.

Follows `handlers.cases`, `handlers.acting` and `handlers.deadlines` step by step; a test plays the same
deeds through them and compares every column.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.city.pages import Row
from bot.city.story import Care
from handlers.calendars import calendar_of
from handlers.cases import DEFAULT_RESPONSE
from handlers.organisation import Organisation
from handlers.rules import case_states, escalation, hours, recovery
from handlers.rules.scales import Question
from storage.vocabulary import CaseEventKind, CaseState, Outcome

_WAITING = frozenset(set(CaseState) - {CaseState.CLOSED, CaseState.CONTACTED})
"""States in which the customer waits for a contact."""
_NOT_AFTER = (Outcome.UNREACHABLE, Outcome.NO_CONTACT_WISHED)


@dataclass(frozen=True)
class Told:
    """Something more is said on the matter of a case: another answer, or the same customer again."""

    at: datetime
    consent: bool | None = None
    joined_by: int | None = None
    """The customer who came back, when it is another response that joins."""


@dataclass
class Life:
    """A case from its opening on. `lived` lets its time pass."""

    row: Row
    care: Care
    owner: str
    organisation: Organisation
    ids: dict[str, int]
    """Key → row number of who works here."""
    scores: list[tuple[Question, int]]
    told: list[Told] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    deeds: list[tuple[datetime, CaseEventKind]] = field(default_factory=list)
    """What the owner did, for a test to do the same."""
    repeats: list[Row] = field(default_factory=list)
    consent: bool | None = None
    second_rating: Row | None = None

    def __post_init__(self) -> None:
        self.row |= {"state": CaseState.RECEIVED, "revision": 1, **self._times(self.row["opened_at"])}
        self._happened(CaseEventKind.OPENED, self.row["opened_at"])

    @property
    def closes_at(self) -> datetime:
        """When its owner closes it."""
        opened_at: datetime = self.row["opened_at"]
        return opened_at + self.care.closed_after

    def lived(self, until: datetime) -> "Life":
        """Everything that happens to it up to an instant has happened."""
        for at, step in sorted(
            [*self._cared(), *((told.at, told) for told in self.told)], key=lambda s: s[0]
        ):
            self._deadlines(min(at, until))
            if at > until:
                break
            self._hear(step) if isinstance(step, Told) else self._do(step, at)
        self._deadlines(until)
        return self

    def _cared(self) -> Iterator[tuple[datetime, CaseEventKind | Told]]:
        opened_at, care = self.row["opened_at"], self.care
        yield opened_at + care.taken_after, CaseEventKind.CLAIMED
        if care.contacted_after is not None:
            yield opened_at + care.contacted_after, CaseEventKind.CONTACTED
        yield opened_at + care.closed_after, CaseEventKind.CLOSED

    def _happened(
        self,
        kind: CaseEventKind,
        at: datetime,
        *,
        by: int | None = None,
        other: int | None = None,
        words: str | None = None,
    ) -> None:
        state = case_states.after(CaseState(self.row["state"]), kind)
        self.row["state"] = state or self.row["state"]
        told = {
            "case_id": self.row["id"],
            "kind": kind,
            "at": at,
            "by_id": by,
            "other_id": other,
            "words": words,
        }
        self.events.append(told)

    def _hear(self, told: Told) -> None:
        """See `handlers.cases`: what is said raises the revision, and who comes back counts anew and is urgent."""
        if told.joined_by is not None:
            if self.row["state"] == CaseState.CONTACTED:
                self.row |= {"contacted_at": None, **self._times(told.at)}
            self._happened(CaseEventKind.JOINED, told.at, by=told.joined_by)
            self.row["urgent"] = True
        self.consent = self.consent if told.consent is None else told.consent
        self.row["revision"] += 1

    def _do(self, kind: CaseEventKind, at: datetime) -> None:
        """See `handlers.acting`."""
        owner = self.row["owner_id"]
        self.row |= {"claimed_by_id": owner, "revision": self.row["revision"] + 1}
        self.deeds.append((at, kind))
        if kind is CaseEventKind.CONTACTED:
            self.row["contacted_at"] = at
        if kind is CaseEventKind.CLOSED:
            self.row |= {"outcome": self.care.outcome, "closed_at": at}
        self._happened(kind, at, by=owner, words=self.care.words if kind is CaseEventKind.CLOSED else None)
        if kind is CaseEventKind.CLOSED:
            self.second_rating = self._second_rating(at)

    # Deadlines, as `handlers.deadlines` keeps them.

    def _times(self, start: datetime) -> Row:
        service = self.organisation.services.get(self.row["service"] or "")
        calendar = calendar_of(self.organisation, self.row["service"])
        due_at = hours.due(calendar, start, service.respond_within if service else DEFAULT_RESPONSE)
        remind_at = hours.before(calendar, due_at, self.organisation.routing.remind_before)
        return {
            "due_at": due_at,
            "remind_at": remind_at if remind_at > start else None,
            "escalate_at": due_at,
        }

    def _deadlines(self, until: datetime) -> None:
        while self.row["state"] in _WAITING:
            due = [
                (self.row[name], name) for name in ("remind_at", "escalate_at") if self.row[name] is not None
            ]
            at, name = min(due, default=(None, ""))
            if at is None or at > until:
                return
            self._remind(at) if name == "remind_at" else self._escalate(at)

    def _remind(self, at: datetime) -> None:
        self.row["remind_at"] = None
        self._happened(CaseEventKind.REMINDED, at)

    def _escalate(self, at: datetime) -> None:
        above = self._above()
        calendar, every = (
            calendar_of(self.organisation, self.row["service"]),
            self.organisation.routing.escalate_every,
        )
        self.row["escalate_at"] = hours.due(calendar, at, every) if len(above) > 1 else None
        self._happened(CaseEventKind.ESCALATED, at, other=above[0] if above else None)
        self.row["revision"] += 1

    def _above(self) -> list[int]:
        """Who was not told of this due time yet, the next first."""
        team = self.organisation.teams.get(self.row["team"] or "")
        ladder = escalation.ladder(
            self.owner,
            deputy=self.organisation.people[self.owner].deputy,
            team_lead=team.lead if team else None,
            cx_lead=self.organisation.cx_lead,
        )
        told = {
            event["other_id"]
            for event in self.events
            if event["kind"] is CaseEventKind.ESCALATED and event["at"] >= self.row["due_at"]
        }
        return [self.ids[key] for key in ladder if self.ids[key] not in told]

    def _second_rating(self, at: datetime) -> Row | None:
        """See `handlers.recoveries`."""
        asked = (
            self.row["customer_id"] is not None
            and self.row["contacted_at"] is not None
            and self.care.outcome not in _NOT_AFTER
            and self.consent is not False
            and self.organisation.asking.second_rating_after is not None
        )
        if not asked:
            return None
        about = {key: self.row[key] for key in ("customer_id", "account", "service")}
        before = recovery.before(self.scores) if self.row["response_id"] else None
        return {"case_id": self.row["id"], **about, "before": before, "asked_at": at}
