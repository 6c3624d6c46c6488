"""What is remembered of one person: to be shown to them, and to be erased.

Erased is whatever tells who somebody was and every word they wrote, and whatever others wrote about them in a
case of theirs. What was counted stays counted: scores, when, about which service; their number stays on it, and
there is nothing left by which the number could be taken for anybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, literal, or_, select, update
from sqlmodel import Session, SQLModel
from sqlmodel import select as model_select

from storage.cursors import advance, cursor
from storage.dialects import emptied, is_in, new_token
from storage.settled import unsettle
from storage.sqlite import CLEAR_LOG
from storage.tables import (
    Absence,
    Annotation,
    Answer,
    AnswerChange,
    AuditEntry,
    Case,
    CaseEvent,
    ChatMessage,
    DigestRun,
    Encounter,
    Feedback,
    IdempotentRequest,
    Identity,
    Invitation,
    LedgerEntry,
    LinkCode,
    LoginLink,
    OutboxMessage,
    PendingForm,
    Person,
    Response,
    SecondRating,
    SentMessage,
    SlackInstallation,
    VoiceMessage,
    WebSession,
    Wish,
    WishGiver,
    core,
)
from storage.vocabulary import (
    DigestAudience,
    EncounterState,
    InvitationState,
    Line,
    Metric,
    OutboxKind,
    Role,
)

Ids = Select[tuple[int]]

_SANDBOX = "sandbox"
_OVERWRITTEN = "overwritten"
"""The cursor that says between when and when something was erased; empty once the file was written anew."""
_REBUILT = "rebuilt"
"""The cursor that says when that was."""

_P, _N, _E, _L = core(Person), core(Identity), core(Encounter), core(LedgerEntry)
_I, _R, _A, _AC = core(Invitation), core(Response), core(Answer), core(AnswerChange)
_F, _C, _CE, _V = core(Feedback), core(Case), core(CaseEvent), core(VoiceMessage)
_SR, _W, _WG = core(SecondRating), core(Wish), core(WishGiver)
_O, _S, _PF, _CH = core(OutboxMessage), core(SentMessage), core(PendingForm), core(ChatMessage)


class Traces:
    """Where one person is found, table by table, each as a condition on its rows."""

    def __init__(self, person_id: int, name: str) -> None:
        self._identities = select(_N.c.channel, _N.c.external_id).where(_N.c.person_id == person_id)
        self.encounters = _E.c.customer_id == person_id
        self._alone: Ids = select(_E.c.id).where(self.encounters, _E.c.shared_conversation.is_(None))
        self.ledger = or_(_L.c.person_id == person_id, _L.c.encounter_id.in_(self._alone))
        self.invitations = or_(_I.c.person_id == person_id, _I.c.encounter_id.in_(self._alone))
        self.responses = or_(_R.c.person_id == person_id, _R.c.encounter_id.in_(self._alone))
        responses: Ids = select(_R.c.id).where(self.responses)
        self.answers = _A.c.response_id.in_(responses)
        self.changes = _AC.c.answer_id.in_(select(_A.c.id).where(self.answers))
        as_typed = func.lower(_F.c.said_by_name) == name.lower() if name else literal(value=False)
        self.feedback = or_(_F.c.said_by_id == person_id, as_typed)
        feedback: Ids = select(_F.c.id).where(self.feedback)
        self.cases = or_(
            _C.c.customer_id == person_id,
            and_(_C.c.response_id.is_not(None), _C.c.response_id.in_(responses)),
            and_(_C.c.feedback_id.is_not(None), _C.c.feedback_id.in_(feedback)),
        )
        cases: Ids = select(_C.c.id).where(self.cases)
        self.case_events = or_(_CE.c.case_id.in_(cases), _CE.c.by_id == person_id)
        self.voices = or_(
            _V.c.said_by_id == person_id,
            _V.c.response_id.in_(responses),
            _V.c.feedback_id.in_(feedback),
            _V.c.case_id.in_(cases),
        )
        self.ratings = or_(_SR.c.customer_id == person_id, _SR.c.case_id.in_(cases))
        self.wishes = or_(
            _WG.c.person_id == person_id,
            and_(_WG.c.response_id.is_not(None), _WG.c.response_id.in_(responses)),
            and_(_WG.c.feedback_id.is_not(None), _WG.c.feedback_id.in_(feedback)),
        )
        self.outbox = _O.c.person_id == person_id
        self.to_them = _S.c.person_id == person_id
        self.about_them = or_(
            *(
                and_(_S.c.subject == subject, _S.c.subject_id.in_(ids))
                for subject, ids in (
                    ("invitation", select(_I.c.id).where(self.invitations)),
                    ("response", responses),
                    ("feedback", feedback),
                    ("case", cases),
                    ("case_event", select(_CE.c.id).where(self.case_events)),
                    ("voice_message", select(_V.c.id).where(self.voices)),
                    ("second_rating", select(_SR.c.id).where(self.ratings)),
                    ("wish_giver", select(_WG.c.id).where(self.wishes)),
                )
            )
        )
        self.listed = self._lists(cases)
        self.forms = exists(self._of_identity(_PF.c.channel, _PF.c.external_id))
        self.chat = or_(
            exists(self._of_identity(literal(_SANDBOX), _CH.c.conversation)),
            exists(self._of_identity(literal(_SANDBOX), _CH.c.author)),
        )

    def _lists(self, cases: Ids) -> ColumnElement[bool]:
        """What listed open cases by customers' names, to who was told of one of theirs, while it was open.

        What a list said is not kept, so a few go that did not name them.
        """
        told, run = core(SentMessage).alias("told"), core(DigestRun)
        named = select(run.c.id).where(run.c.audience.in_((DigestAudience.MANAGER, DigestAudience.ACCOUNT)))
        while_open = and_(
            _S.c.sent_at >= _C.c.opened_at, _S.c.sent_at <= func.coalesce(_C.c.closed_at, _S.c.sent_at)
        )
        of_theirs = (
            select(told.c.id)
            .join(_C, and_(told.c.subject == "case", told.c.subject_id == _C.c.id))
            .where(_C.c.id.in_(cases), told.c.person_id == _S.c.person_id, while_open)
        )
        lists = or_(
            _S.c.kind == OutboxKind.OVERDUE, and_(_S.c.subject == "digest", _S.c.subject_id.in_(named))
        )
        return and_(lists, exists(of_theirs.correlate(_S)))

    def _of_identity(self, channel: ColumnElement[Any], external_id: ColumnElement[Any]) -> Select[Any]:
        return self._identities.where(_N.c.channel == channel, _N.c.external_id == external_id)


def cases_of(session: Session, traces: Traces) -> Sequence[Case]:
    """Every case of the person's own matters."""
    return session.exec(model_select(Case).where(traces.cases).order_by(_C.c.id)).all()


def messages_of(session: Session, traces: Traces, *, but: Sequence[str]) -> Sequence[SentMessage]:
    """Our messages to the person, those to others about their matters, and lists with their name.

    Of some kinds, which are edited instead, only those that stand before somebody who has left.
    """
    left = _S.c.person_id.in_(select(_P.c.id).where(_P.c.left_at.is_not(None)))
    others = and_(traces.about_them, or_(_S.c.kind.not_in(but), left))
    wanted = or_(traces.to_them, others, traces.listed)
    return session.exec(model_select(SentMessage).where(wanted).order_by(_S.c.id)).all()


def rows_of(session: Session, person_id: int, traces: Traces) -> Iterator[tuple[str, Sequence[SQLModel]]]:
    """Everything that is remembered of the person: the name of a table, and its rows."""
    held: Mapping[type[SQLModel], ColumnElement[bool]] = {
        Person: _P.c.id == person_id,
        Identity: _N.c.person_id == person_id,
        Encounter: traces.encounters,
        LedgerEntry: traces.ledger,
        Invitation: traces.invitations,
        Response: traces.responses,
        Answer: traces.answers,
        AnswerChange: traces.changes,
        Feedback: traces.feedback,
        Case: traces.cases,
        CaseEvent: traces.case_events,
        VoiceMessage: traces.voices,
        SecondRating: traces.ratings,
        WishGiver: traces.wishes,
        OutboxMessage: traces.outbox,
        SentMessage: traces.to_them,
        PendingForm: traces.forms,
        ChatMessage: traces.chat,
        Absence: core(Absence).c.person_id == person_id,
        WebSession: core(WebSession).c.person_id == person_id,
        Annotation: core(Annotation).c.by_id == person_id,
        AuditEntry: core(AuditEntry).c.person_id == person_id,
    }
    for noun, condition in held.items():
        yield str(noun.__tablename__), session.exec(model_select(noun).where(condition)).all()


def erase(session: Session, person_id: int, traces: Traces, now: datetime) -> dict[str, int]:
    """Erase all that tells who the person was and what was said; how many rows of each table were touched.

    What hangs on something else goes before it: a case is found by its response, its response by the person.
    """
    connection = session.connection()
    session.flush()
    for (sent_at,) in connection.execute(_sent_and_silent(traces)):
        unsettle(session, sent_at, now, Line.REQUESTS)
    counts = {
        str(statement.table.name): connection.execute(statement).rowcount
        for statement in _statements(person_id, traces, _own_needs(session, traces), now)
    }
    session.expire_all()
    overwritten(session, now)
    return counts


def overwritten(session: Session, now: datetime) -> None:
    """Something was erased for good: the files are to be rid of it as well, the log at once, pages when rebuilt."""
    clear_log(session)
    first, _ = _overwritten_between(session) or (now, now)
    _wait_to_be_rebuilt(session, first, now)


def overwritten_since(session: Session) -> datetime | None:
    """Since when a copy of something erased may stand in an unused part of the file; none if nowhere."""
    between = _overwritten_between(session)
    return between and between[0]


def rebuilt(session: Session, began_at: datetime) -> None:
    """The file was written anew, beginning then; what was erased meanwhile waits for the next time."""
    between = _overwritten_between(session)
    if between and between[1] > began_at:
        _wait_to_be_rebuilt(session, began_at, between[1])
    elif between:
        advance(session, _OVERWRITTEN, "")
    advance(session, _REBUILT, began_at.isoformat())


def last_rebuilt(session: Session) -> datetime | None:
    """When the file was written anew last; none if it never was."""
    began_at = cursor(session, _REBUILT)
    return datetime.fromisoformat(began_at) if began_at else None


def _overwritten_between(session: Session) -> tuple[datetime, datetime] | None:
    first, _, last = cursor(session, _OVERWRITTEN).partition("/")
    return (datetime.fromisoformat(first), datetime.fromisoformat(last)) if first else None


def _wait_to_be_rebuilt(session: Session, first: datetime, last: datetime) -> None:
    advance(session, _OVERWRITTEN, f"{first.isoformat()}/{last.isoformat()}")


def clear_log(session: Session) -> None:
    """Once this is committed, nothing that was overwritten is left in the write-ahead log."""
    session.info[CLEAR_LOG] = True


def _own_needs(session: Session, traces: Traces) -> list[int]:
    """Wishes whose need is told in their very words. Sealed, the same words are never the same to the database."""
    told = select(_W.c.id, _W.c.need, _WG.c.words).join(_WG, _WG.c.wish_id == _W.c.id).where(traces.wishes)
    return [wish for wish, need, words in session.connection().execute(told) if need == words]


def _statements(person_id: int, traces: Traces, needs: Sequence[int], now: datetime) -> Iterator[Any]:
    # Empty words still count as an answer; none would count as a question left out.
    yield delete(_V).where(traces.voices)
    yield update(_CE).where(traces.case_events, _CE.c.words.is_not(None)).values(words=None)
    yield update(_AC).where(traces.changes, _AC.c.words.is_not(None)).values(words=None)
    yield (
        update(_A)
        .where(traces.answers, _A.c.metric == Metric.WORDS, _A.c.words.is_not(None))
        .values(words="")
    )
    yield update(_SR).where(traces.ratings).values(token=_NEW_TOKEN)
    yield update(_W).where(_W.c.id.in_(needs)).values(need="")
    yield update(_WG).where(traces.wishes).values(words="", name=None, person_id=None)
    yield update(_C).where(traces.cases).values(customer_id=None, remind_at=None, escalate_at=None)
    yield update(_F).where(traces.feedback).values(words="", said_by_id=None, said_by_name=None)
    yield update(_R).where(traces.responses, _R.c.person_id == person_id).values(consent=False)
    yield from _asking(traces)
    yield from _ways_to_them(person_id, traces)
    yield update(_P).where(_P.c.id == person_id).values(**_NOBODY, left_at=now, erased_at=now)


_NOBODY = dict.fromkeys(
    (
        "key",
        "email",
        "phone",
        "title",
        "language",
        "time_zone",
        "account",
        "team",
        "prefers",
        "opted_out_at",
        "snoozed_until",
        "notified_at",
    )
) | {"name": "", "role": Role.CUSTOMER}

_NEW_TOKEN = new_token()
"""Old buttons and links lead nowhere, and whoever kept one cannot find the row by it."""


_NEVER = (InvitationState.QUEUED, InvitationState.SENT)
"""States of requests that nobody will answer now, and that count no more."""


def _sent_and_silent(traces: Traces) -> Select[datetime]:
    silent = (_I.c.state.in_(_NEVER), _I.c.sent_at.is_not(None))
    return select(_I.c.sent_at).where(traces.invitations, *silent).distinct()


def _asking(traces: Traces) -> Iterator[Any]:
    """What was asked about, why, and what waits to be answered."""
    yield update(_L).where(traces.ledger).values(facts=_without_words(_L.c.facts))
    yield (
        update(_I)
        .where(traces.invitations, _I.c.state.in_(_NEVER))
        .values(state=InvitationState.SUPPRESSED, remind_at=None)
    )
    # That it was anonymous stays known: the other figures leave such requests out.
    kind = func.substr(_I.c.token, 1, 1)
    yield update(_I).where(traces.invitations).values(token=kind.concat(_NEW_TOKEN))
    answers = core(IdempotentRequest)
    yield delete(answers).where(
        exists(select(_E.c.id).where(traces.encounters, is_in(answers.c.answer, _E.c.token)))
    )
    waits = (EncounterState.WAITING, EncounterState.REOPENED)
    yield (update(_E).where(traces.encounters, _E.c.state.in_(waits)).values(state=EncounterState.CANCELLED))
    yield (
        update(_E)
        .where(traces.encounters)
        .values(token=_NEW_TOKEN, about=None, external_reference=None, shared_conversation=None)
    )


def _without_words(facts: ColumnElement[Any]) -> ColumnElement[Any]:
    """The facts of a decision by which it is told; those that name a matter are emptied."""
    for fact in ("about", "reference"):
        facts = emptied(facts, fact)
    return facts


def _ways_to_them(person_id: int, traces: Traces) -> Iterator[Any]:
    """By which names channels know them, and what waits on the way."""
    yield delete(_O).where(traces.outbox)
    yield delete(_PF).where(traces.forms)
    yield delete(_CH).where(traces.chat)
    slack = core(SlackInstallation)
    mine = select(_N.c.id).where(
        _N.c.person_id == person_id, _N.c.channel == "slack", _N.c.external_id == slack.c.installed_by
    )
    yield update(slack).where(exists(mine)).values(installed_by="")
    for theirs in (core(LinkCode), core(Absence), core(LoginLink), core(WebSession)):
        yield delete(theirs).where(theirs.c.person_id == person_id)
    yield update(core(Annotation)).where(core(Annotation).c.by_id == person_id).values(by_id=None)
    yield delete(_N).where(_N.c.person_id == person_id)
