"""What is older than it may be kept, emptied a chunk at a time, so that nobody waits for the writer.

Only what can be traced to a person goes; rows and scores stay, and with them whatever is counted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, exists, or_, select, update
from sqlmodel import Session
from sqlmodel import select as model_select

from storage.tables import (
    Answer,
    AnswerChange,
    AuditEntry,
    Case,
    CaseEvent,
    ChatMessage,
    Encounter,
    Feedback,
    Person,
    Response,
    SheetAnswer,
    SheetBatch,
    VoiceMessage,
    WishGiver,
    core,
)
from storage.vocabulary import CaseState, Metric, Role

_C, _P = core(Case), core(Person)


def empty_words(session: Session, before: datetime, most: int) -> int:
    """Empty words written before an instant, unless a case they belong to is open; how many rows."""
    return sum(_run(session, statement) for statement in _wordless(before, most))


def _wordless(before: datetime, most: int) -> Iterator[Any]:
    answers, changes, said = core(Answer), core(AnswerChange), core(Feedback)
    events, givers, encounters = core(CaseEvent), core(WishGiver), core(Encounter)
    waiting = _open_case(_C.c.response_id == answers.c.response_id)
    written = (answers.c.metric == Metric.WORDS, answers.c.words != "", answers.c.at < before)
    yield _emptied(answers, (*written, ~waiting), most)
    yield _emptied(changes, (changes.c.words != "", changes.c.given_at < before), most)
    waiting = _open_case(_C.c.feedback_id == said.c.id)
    yield _emptied(said, (said.c.words != "", said.c.at < before, ~waiting), most)
    waiting = _open_case(_C.c.id == events.c.case_id)
    yield _emptied(events, (events.c.words != "", events.c.at < before, ~waiting), most)
    yield _emptied(givers, (givers.c.words != "", givers.c.at < before), most)
    opened = select(core(SheetBatch).c.id).where(core(SheetBatch).c.opened_at < before)
    sheets = core(SheetAnswer)
    nameless = (sheets.c.metric == Metric.WORDS, sheets.c.words != "", sheets.c.batch_id.in_(opened))
    yield _emptied(sheets, nameless, most)
    told = (encounters.c.about.is_not(None), encounters.c.happened_at < before)
    yield _emptied(encounters, told, most, about=None)
    yield _deleted(core(ChatMessage), core(ChatMessage).c.at < before, most)


def delete_voices(session: Session, before: datetime, most: int) -> int:
    """Delete voice messages sent before an instant; how many."""
    voices = core(VoiceMessage)
    return _run(session, _deleted(voices, voices.c.at < before, most))


def delete_audit(session: Session, before: datetime, most: int) -> int:
    """Delete audit entries from before an instant; how many."""
    entries = core(AuditEntry)
    return _run(session, _deleted(entries, entries.c.at < before, most))


def empty_names(session: Session, before: datetime, most: int) -> int:
    """Empty names as somebody typed them, of whom no more is known, unless their case is open; how many rows."""
    said, givers = core(Feedback), core(WishGiver)
    waiting = _open_case(_C.c.feedback_id == said.c.id)
    typed = (said.c.said_by_name.is_not(None), said.c.at < before, ~waiting)
    noted = (givers.c.name.is_not(None), givers.c.at < before)
    return _run(session, _emptied(said, typed, most, said_by_name=None)) + _run(
        session, _emptied(givers, noted, most, name=None)
    )


def silent_since(session: Session, before: datetime, most: int) -> Sequence[Person]:
    """Customers nothing was heard of since an instant and who wait for nothing; and who left us before it."""
    silent = [
        ~exists(select(table.c.id).where(person == _P.c.id, at >= before))
        for table, person, at in (
            (core(Encounter), core(Encounter).c.customer_id, core(Encounter).c.happened_at),
            (core(Response), core(Response).c.person_id, core(Response).c.last_at),
            (core(Feedback), core(Feedback).c.said_by_id, core(Feedback).c.at),
        )
    ]
    gone = or_(_P.c.left_at < before, (_P.c.role == Role.CUSTOMER) & _P.c.key.is_(None))
    return session.exec(
        model_select(Person)
        .where(_P.c.erased_at.is_(None), _P.c.created_at < before, gone, *silent)
        .where(~_open_case(_C.c.customer_id == _P.c.id))
        .limit(most)
    ).all()


def _open_case(of: ColumnElement[bool]) -> Any:
    return exists(select(_C.c.id).where(of, _C.c.state != CaseState.CLOSED))


def _emptied(table: Table, which: tuple[Any, ...], most: int, **values: Any) -> Any:
    chunk = select(table.c.id).where(*which).limit(most)
    return update(table).where(table.c.id.in_(chunk)).values(**(values or {"words": ""}))


def _deleted(table: Table, which: ColumnElement[bool], most: int) -> Any:
    return delete(table).where(table.c.id.in_(select(table.c.id).where(which).limit(most)))


def _run(session: Session, statement: Any) -> int:
    return session.connection().execute(statement).rowcount
