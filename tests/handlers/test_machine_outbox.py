"""Messages on their way, in any order of what processes and platforms do to them, beside a plain model."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, multiple, rule

from handlers import delivered
from handlers.compose import Outgoing, Standing
from handlers.context import Context
from handlers.found import found
from handlers.messages import Message
from handlers.outbox import say
from storage import outbox
from storage.prepared import Record
from storage.tables import OutboxMessage, SentMessage
from storage.vocabulary import OutboxKind, Priority
from tests.helpers.machine import SHORT, Machine

pytestmark = pytest.mark.timeout(600)

LEASE, PATIENCE = timedelta(seconds=60), timedelta(hours=24)
READERS = ("maya", "ville", "liisa")
KINDS = {
    OutboxKind.CASE_REMINDER: Priority.ALERT,
    OutboxKind.CASE_REPEATED: Priority.ALERT,
    OutboxKind.WISH_DECIDED: Priority.REPLY,
    OutboxKind.OVERDUE: Priority.DIGEST,
    OutboxKind.PRAISE: Priority.PROMPT,
}


@dataclass
class Letter:
    """A message, as a careful clerk would keep it."""

    number: int
    kind: OutboxKind
    reader: str
    due: datetime
    state: str = "queued"
    claimed: datetime | None = None
    hand: Record | None = None
    """Of whoever claimed it last."""
    attempts: int = 0
    failed: datetime | None = None
    """When it did for the first time."""
    said: int = 0
    """How often it was recorded as said."""

    def free(self, now: datetime) -> bool:
        """Whether it may be claimed."""
        lapsed = self.claimed is None or self.claimed <= now - LEASE
        return self.state == "queued" and self.due <= now and lapsed

    @property
    def order(self) -> tuple[Priority, datetime, int]:
        """What is most urgent first."""
        return KINDS[self.kind], self.due, self.number


class Outbox(Machine):
    """Some clerks, of whom any may die with what they have claimed in their hands."""

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.letters: dict[int, Letter] = {}
        self.ids = {key: found(self.desk.person(key).id) for key in READERS}

    # What is done, and what the model makes of it.

    @rule(
        kind=st.sampled_from(sorted(KINDS)),
        reader=st.sampled_from(READERS),
        wait=st.sampled_from([0, 30, 3600]),
    )
    def something_is_to_be_said(self, kind: OutboxKind, reader: str, wait: int) -> None:
        subject, due = self.number(), self.desk.now + timedelta(seconds=wait)

        def work(ctx: Context) -> tuple[bool, bool]:
            to = self.ids[reader]
            first = say(ctx, kind, "thing", subject, to=to, once="x", not_before=due)
            return first, say(ctx, kind, "thing", subject, to=to, once="x")

        assert self.desk.do(work) == (True, False), "what is said again with the same key changes nothing"
        [row] = [row for row in self.desk.rows(OutboxMessage) if row.subject_id == subject]
        number = found(row.id)
        self.letters[number] = Letter(number, kind, reader, due)

    @rule(
        target=claims,
        limit=st.integers(1, 4),
        least=st.sampled_from(Priority),
        but_of=st.sets(st.sampled_from(READERS), max_size=2),
    )
    def a_clerk_claims(self, limit: int, least: Priority, but_of: set[str]) -> object:
        others = [f"{self.ids[reader]}:" for reader in but_of]
        rows = self.desk.do(
            lambda ctx: outbox.claim(ctx.session, ctx.now, "clerk", limit, least=least, but_of=others)
        )
        free = [x for x in self.letters.values() if x.free(self.desk.now) and x.reader not in but_of]
        free = sorted((x for x in free if KINDS[x.kind] <= least), key=lambda x: x.order)
        firsts = {x.reader: x for x in reversed(free)}
        claimed = [self.letters[row.id] for row in rows]
        assert set(map(id, claimed)) <= set(map(id, firsts.values())), "to each reader the most urgent first"
        assert bool(claimed) == bool(firsts)
        assert len(claimed) <= limit
        assert not claimed or claimed[0] is free[0], "and the most urgent of all"
        for letter, row in zip(claimed, rows, strict=True):
            letter.claimed, letter.hand = self.desk.now, row
        return multiple(*rows)

    @rule(row=claims)
    def it_is_said(self, row: Record) -> None:
        """By whoever claimed it, be it so late that somebody else has it by now."""
        letter = self.letters[row.id]
        outgoing = Outgoing("sandbox", Message((), ""), person=letter.reader)
        place = f"m{self.number()}"
        self.desk.do(lambda ctx: delivered.record_sent(row, outgoing, f"with {letter.reader}", [place], ctx))
        letter.state, letter.claimed = "sent", None
        letter.said += 1

    @rule(row=claims)
    def it_is_not_needed(self, row: Record) -> None:
        if self.letters[row.id].state == "queued":
            self.desk.do(lambda ctx: delivered.record_obsolete(row, ctx))
            self._ends(row, "dropped")

    @rule(row=claims)
    def it_fails(self, row: Record) -> None:
        letter = self.letters[row.id]
        if not self._is_mine(row):
            return
        self.desk.do(lambda ctx: delivered.record_failure(row, "no route", ctx))
        self._fails(letter)
        if letter.state == "queued":
            wait = self._row(letter).not_before - self.desk.now
            assert timedelta(seconds=1) <= wait <= timedelta(minutes=10)
            letter.due = self.desk.now + wait

    @rule(row=claims)
    def patience_is_asked_for(self, row: Record) -> None:
        if self._is_mine(row):
            self.desk.do(lambda ctx: delivered.record_patience(row, "too many", ctx))
            self._fails(self.letters[row.id])

    @rule(row=claims)
    def it_is_given_up(self, row: Record) -> None:
        if self._is_mine(row):
            self.desk.do(lambda ctx: delivered.record_dead(row, "blocked", ctx))
            self._ends(row, "dead")

    @rule(row=claims)
    def the_place_to_edit_is_gone(self, row: Record) -> None:
        if self._is_mine(row):
            standing = Standing("with nobody", "m0")
            outgoing = Outgoing("sandbox", Message((), ""), standing=standing)
            self.desk.do(lambda ctx: delivered.record_lost_place(row, outgoing, "gone", ctx))
            letter = self.letters[row.id]
            letter.claimed, letter.due, letter.attempts = None, self.desk.now, letter.attempts + 1
            letter.failed = letter.failed or self.desk.now

    @rule()
    def what_was_given_up_is_sent_again(self) -> None:
        dead = [letter for letter in self.letters.values() if letter.state == "dead"]
        assert self.desk.do(delivered.send_again) == len(dead)
        for letter in dead:
            letter.state, letter.attempts = "queued", 0
            letter.due, letter.failed = self.desk.now, None

    @rule()
    def the_process_stops_politely_or_starts_anew(self) -> None:
        self.desk.do(lambda ctx: outbox.release_everything(ctx.session))
        for letter in self.letters.values():
            letter.claimed = None

    @rule(seconds=st.sampled_from([1, 20, 59, 61, 900, 30_000]))
    def time_passes(self, seconds: int) -> None:
        self.desk.later(seconds=seconds)

    # What must be so.

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        rows = {row.id: row for row in self.desk.rows(OutboxMessage)}
        assert rows.keys() == self.letters.keys()
        for number, letter in self.letters.items():
            row = rows[number]
            assert (row.state, row.claimed_at, row.attempts) == (
                letter.state,
                letter.claimed,
                letter.attempts,
            )
            assert row.priority == KINDS[letter.kind]
            assert letter.state != "queued" or row.not_before == letter.due
            assert (row.sent_at is not None) == (letter.state == "sent")

    @invariant()
    def whoever_waits_is_looked_for_in_time(self) -> None:
        """Nothing that is queued is slept over, claimed by the dead or not."""
        waiting = [
            x.claimed + LEASE if x.claimed else x.due for x in self.letters.values() if x.state == "queued"
        ]
        due = self.desk.do(lambda ctx: outbox.next_due(ctx.session))
        assert due == min(waiting, default=None)

    @invariant()
    def what_stands_is_remembered(self) -> None:
        assert len(self.desk.rows(SentMessage)) == sum(letter.said for letter in self.letters.values())

    # How.

    def _row(self, letter: Letter) -> OutboxMessage:
        return next(row for row in self.desk.rows(OutboxMessage) if row.id == letter.number)

    def _is_mine(self, row: Record) -> bool:
        """Whether the clerk who has this in hand is the last who claimed it."""
        letter = self.letters[row.id]
        return letter.state == "queued" and letter.claimed is not None and letter.hand is row

    def _fails(self, letter: Letter) -> None:
        if letter.failed and self.desk.now - letter.failed > PATIENCE:
            letter.state = "dead"
        letter.failed = letter.failed or self.desk.now
        letter.claimed, letter.attempts = None, letter.attempts + 1

    def _ends(self, row: Record, state: str) -> None:
        letter = self.letters[row.id]
        letter.attempts += state == "dead"
        letter.state, letter.claimed = state, None


TestOutbox = Outbox.TestCase
TestOutbox.settings = SHORT
