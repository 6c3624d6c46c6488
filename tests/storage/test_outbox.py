"""What waits to be said: asked for in steps into an index, however much of it there is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlmodel import Session

from storage import outbox
from storage.database import Database
from storage.sqlite import driver_of
from storage.vocabulary import OutboxKind, OutboxState, Priority
from tests.storage.notes import MONDAY_NOON

TOMORROW = MONDAY_NOON + timedelta(days=1)
MANY = 3000


def _queue(session: Session, number: int, priority: Priority, due: datetime) -> None:
    """So many in conversations of their own, one due each second."""
    for n in range(number):
        outbox.enqueue(
            session,
            {
                "kind": OutboxKind.PROMPT,
                "subject": "invitation",
                "subject_id": n,
                "person_id": None,
                "request": None,
                "conversation": f"sandbox:{priority}-{n}",
                "dedupe_key": f"{priority}-{n}",
                "priority": priority,
                "not_before": due + timedelta(seconds=n),
                "state": OutboxState.QUEUED,
                "attempts": 0,
                "created_at": MONDAY_NOON,
            },
        )


def _claimed(session: Session, now: datetime, limit: int = 10) -> list[int]:
    return [row.priority for row in outbox.claim(session, now, "a test", limit)]


def test_the_most_urgent_is_claimed_first_and_one_for_each_reader(database: Database) -> None:
    def work(session: Session) -> None:
        _queue(session, 3, Priority.PROMPT, MONDAY_NOON)
        _queue(session, 2, Priority.ALERT, MONDAY_NOON)
        _queue(session, 1, Priority.REPLY, MONDAY_NOON)
        later = MONDAY_NOON + timedelta(minutes=1)
        assert _claimed(session, later, 4) == [
            Priority.ALERT,
            Priority.ALERT,
            Priority.REPLY,
            Priority.PROMPT,
        ]
        assert _claimed(session, later, 4) == [Priority.PROMPT, Priority.PROMPT]
        assert outbox.next_due(session) == later + outbox.LEASE, "all are claimed"
        assert _claimed(session, later + outbox.LEASE) == [0, 0, 1, 3, 3, 3], "whoever had claimed them died"

    database.write_now(work)


def test_a_reader_gets_the_urgent_message_and_the_others_after_it(database: Database) -> None:
    def work(session: Session) -> None:
        for priority in (Priority.PROMPT, Priority.ALERT):
            _queue(session, 1, priority, MONDAY_NOON)
        driver_of(session).execute("UPDATE outbox SET conversation = 'sandbox:maya'")
        assert _claimed(session, MONDAY_NOON) == [Priority.ALERT]
        assert outbox.next_due(session, {"0:sandbox:maya"}) is None

    database.write_now(work)


@pytest.mark.sqlite("PostgreSQL counts no steps")
@pytest.mark.parametrize(
    "ask",
    [
        outbox.next_due,
        lambda session: outbox.next_due(session, {"0:sandbox:nobody"}),
        lambda session: outbox.claim(session, MONDAY_NOON, "a test", 10),
    ],
    ids=["what is due next", "what is due next to others", "claim what is due"],
)
def test_however_many_wait_for_tomorrow_no_more_are_looked_at(
    ask: Callable[[Session], object], database: Database
) -> None:
    def work(session: Session) -> None:
        _queue(session, 1, Priority.ALERT, MONDAY_NOON)
        _queue(session, MANY, Priority.PROMPT, TOMORROW)
        steps = count()
        driver = driver_of(session)
        driver.set_progress_handler(lambda: next(steps) and 0, 1)
        ask(session)
        driver.set_progress_handler(None, 0)
        assert next(steps) < MANY

    database.write_now(work)
