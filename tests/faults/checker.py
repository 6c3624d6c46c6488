"""The independent checker: what was acknowledged, against what is stored, what was sent, and what is counted.

It reads the tables with SQL of its own and the platform's history, and asks the product nothing: not one line
of it is imported here. Every complaint begins with the invariant that is broken.

I1 acknowledged is stored · I2 a low score is never silent · I3 one response, changes are versions · I4 the
roll-up is the recount · I5 nobody reads another's · I6 one digest per window · I7 no call beyond its limit ·
I8 the loop never stalls · I9 memory is bounded · I10 a restart converges
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from tests.faults.journal import Journal
from tests.faults.platform import BREATH, Heard, Slack
from tests.helpers.sealed import said

LOW = 2
"""Scores up to it open a case in the surveys that are used here."""
OWNERS = 40
"""Services and their owners take turns by the customer's number: see `tests.helpers.busy_house`."""
ALERTS = ("case notice", "case copy")
AT_ONCE = 3.0
"""Seconds within which it is recorded that a message was taken, on a machine that is busy with other tests too."""
LONGEST_STALL = 0.1
"""Seconds of work within which the event loop must look up: half, and as much for who shares the processor."""
MOST_MEMORY = 256
"""Megabytes, whatever waits, as long as no chart is drawn."""


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass
class Vitals:
    """What was noticed about the process itself."""

    stalls: list[float] = field(default_factory=list)
    """Seconds for which the event loop worked without looking up, those beyond `LONGEST_STALL`."""
    megabytes: float = 0.0
    """The most memory that was held."""


def asked(url: str, query: str) -> list[Any]:
    """The rows that a statement finds, beside whoever has the database."""
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _named(connection.execute(query))
    import psycopg

    with psycopg.connect(url) as server:
        return _named(server.execute(query))


def _named(found: Any) -> list[Any]:
    names = [column[0] for column in found.description]
    return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found]


class Books:
    """All rows as they stand."""

    def __init__(self, url: str) -> None:
        def everything(table: str) -> list[Any]:
            return asked(url, f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 -- names of this file

        self.responses = everything("responses")
        self.answers = everything("answers")
        self.changes = everything("answer_changes")
        self.cases = everything("cases")
        self.outbox = everything("outbox")
        self.invitations = everything("invitations")
        self.feedback = everything("feedback")
        self.digests = everything("digest_runs")
        self.counts = everything("counts")
        self.series = everything("series")
        self.settled = everything("settled_days")

    def scores(self) -> dict[tuple[str, str], int]:
        """Invitation and question → score."""
        tokens = {invitation.id: invitation.token for invitation in self.invitations}
        told = {response.id: tokens[response.invitation_id] for response in self.responses}
        return {
            (told[answer.response_id], answer.question): answer.score
            for answer in self.answers
            if answer.score is not None
        }

    def alerts(self) -> list[Any]:
        """The messages that tell of cases."""
        return [row for row in self.outbox if row.kind in ALERTS]


def check(url: str, journal: Journal, slack: Slack, vitals: Vitals | None = None) -> Books:
    """Hold everything against everything; raises `Broken` with every complaint. The books, for more of them."""
    books = Books(url)
    complaints = [
        *_acknowledged_is_stored(books, journal),
        *_low_is_never_silent(books, slack),
        *_one_response(books),
        *_roll_up_is_recount(books),
        *_nobody_reads_anothers(slack.history),
        *_one_digest_per_window(books, slack),
        *_within_limits(slack),
        *_alive_and_small(vitals or Vitals()),
        *_nothing_left_behind(books),
    ]
    if complaints:
        raise Broken("\n".join(complaints))
    return books


def waiting(url: str) -> int:
    """How many messages are still to be said."""
    (found,) = asked(url, "SELECT count(*) AS n FROM outbox WHERE state = 'queued'")
    return int(found.n)


def _acknowledged_is_stored(books: Books, journal: Journal) -> Iterator[str]:
    stored = books.scores()
    for key in journal.acknowledged:
        if stored.get(key) not in journal.may_stand(key):
            yield f"I1 {key} was acknowledged as {journal.may_stand(key)} but is stored as {stored.get(key)}"
    words = Counter(said(row.words) for row in (*books.feedback, *books.answers) if row.words)
    for sentence in journal.heard - words.keys():
        yield f"I1 {sentence!r} was acknowledged but is not stored"
    for sentence in journal.said:
        if words[sentence] > 1:
            yield f"I3 {sentence!r} is stored {words[sentence]} times"
    for key in stored.keys() - journal.attempts.keys():
        yield f"I1 {key} is stored but nobody sent it"


def _low_is_never_silent(books: Books, slack: Slack) -> Iterator[str]:
    """A score that was taken back later leaves its case, and one marked as not about us opens none."""
    given = [(answer.response_id, answer.score) for answer in books.answers if answer.score is not None]
    low = {response for response, score in given if score <= LOW}
    opened = Counter(case.response_id for case in books.cases if case.response_id)
    for response in low - opened.keys():
        yield f"I2 response {response} is low and has no case"
    for response, cases in opened.items():
        if cases > 1:
            yield f"I2 response {response} has {cases} cases"
    delivered = {heard.key for heard in slack.posted}
    for case in books.cases:
        yield from _told(case, [row for row in books.alerts() if row.subject_id == case.id], delivered)
    yield from _said_twice(slack)


def _told(case: Any, alerts: list[Any], delivered: set[str]) -> Iterator[str]:
    if not alerts:
        yield f"I2 nobody is ever told of case {case.id}"
    for row in alerts:
        if row.state == "dead" and not row.error:
            yield f"I2 alert {row.dedupe_key} was given up without a word"
    over = {row.state for row in alerts} <= {"sent", "dropped"}
    if over and not {row.dedupe_key for row in alerts} & delivered:
        yield f"I2 case {case.id} counts as told, but no alert ever reached anybody"


def _said_twice(slack: Slack) -> Iterator[str]:
    """A message comes again only when we died just after it was taken, or never heard that it was."""
    before: dict[str, Heard] = {}
    for heard in slack.posted:
        earlier = before.get(heard.key)
        before[heard.key] = heard
        if earlier is None or earlier.answered:
            continue
        died_at = slack.deaths.get(earlier.life)
        if died_at is None or heard.life == earlier.life:
            yield f"I2 {heard.key} was said twice, in lives {earlier.life} and {heard.life}"
        elif died_at - earlier.over_at > AT_ONCE:
            yield f"I2 {heard.key} was said again, though there were {died_at - earlier.over_at:.1f} s to record it"


def _one_response(books: Books) -> Iterator[str]:
    for invitation, times in Counter(row.invitation_id for row in books.responses).items():
        if times > 1:
            yield f"I3 invitation {invitation} has {times} responses"
    for answer, times in Counter((row.response_id, row.question) for row in books.answers).items():
        if times > 1:
            yield f"I3 {answer} is answered {times} times"
    answered = {row.id for row in books.invitations if row.state == "answered"}
    responded = {row.invitation_id for row in books.responses}
    if answered != responded:
        yield f"I3 answered and responded differ: {answered ^ responded}"


def _roll_up_is_recount(books: Books) -> Iterator[str]:
    """Of every day and week that is settled: the sums that are kept, against the rows."""
    series = {row.id: (row.stream, row.survey_version_id, row.question) for row in books.series}
    recounted = _recounted(books)
    for settled in books.settled:
        if not settled.settled:
            continue
        kept: Counter[Any] = Counter()
        for row in books.counts:
            if (str(row.day), row.days) == (str(settled.day), settled.days) and series[row.series_id][2]:
                for score in range(11):
                    kept[*series[row.series_id], score] += getattr(row, f"n{score}")
        rows = Counter(unit for day, unit in recounted if _within(day, str(settled.day), settled.days))
        if +kept != rows:
            yield f"I4 {settled.days} days from {settled.day}: kept {dict(+kept)}, recounted {dict(rows)}"


def _recounted(books: Books) -> list[tuple[str, tuple[Any, ...]]]:
    """Every score with the day, of UTC, on which its response was first given."""
    found = {row.id: row for row in books.responses}
    return [
        (
            str(found[row.response_id].first_at)[:10],
            (
                found[row.response_id].stream,
                found[row.response_id].survey_version_id,
                row.question,
                row.score,
            ),
        )
        for row in books.answers
        if row.score is not None and row.metric != "consent"
    ]


def _within(day: str, first: str, days: int) -> bool:
    return 0 <= (date.fromisoformat(day) - date.fromisoformat(first)).days < days


def _nobody_reads_anothers(history: Sequence[Heard]) -> Iterator[str]:
    for heard in history:
        named = {int(number) for number in re.findall(r"Customer (\d+)\b", orjson.dumps(heard.told).decode())}
        if (reader := re.fullmatch(r"DU0(?:OWNER|DEPUTY)(\d+)", heard.place)) is not None:
            others = {number for number in named if number % OWNERS != int(reader[1])}
        elif (reader := re.fullmatch(r"DU(\d{8})", heard.place)) is not None:
            others = named - {int(reader[1])}
        else:
            others = set()
        if others:
            yield f"I5 {heard.place} reads of customers {others}"


def _one_digest_per_window(books: Books, slack: Slack) -> Iterator[str]:
    windows = Counter((run.audience, run.audience_key, run.period, run.window) for run in books.digests)
    ends = Counter((run.audience, run.audience_key, run.period, run.window_ends_at) for run in books.digests)
    for which, times in (*windows.items(), *ends.items()):
        if times > 1:
            yield f"I6 {which} has {times} digests"
    wanted = {row.dedupe_key for row in books.outbox if row.kind == "digest"}
    said = {heard.key for heard in slack.posted if heard.key.startswith("digest:")}
    if said - wanted:
        yield f"I6 digests were said that nobody composed: {said - wanted}"


def _within_limits(slack: Slack) -> Iterator[str]:
    """One message a second in each conversation. Who died has forgotten when the last one was."""
    last: dict[tuple[int, str], list[float]] = {}
    for heard in slack.history:
        if heard.key and heard.taken:
            last.setdefault((heard.life, heard.place), []).append(heard.at)
    for (_, place), times in last.items():
        if any(later - earlier < BREATH for earlier, later in pairwise(times)):
            yield f"I7 {place} was written to too fast"
    refused = sum(heard.answered == "too fast" and bool(heard.key) for heard in slack.history)
    if refused > slack.life * OWNERS:
        yield f"I7 {refused} calls came too fast"


def _alive_and_small(vitals: Vitals) -> Iterator[str]:
    if vitals.stalls:
        yield f"I8 the loop did not look up for {max(vitals.stalls):.3f} s, {len(vitals.stalls)} times"
    if vitals.megabytes > MOST_MEMORY:
        yield f"I9 {vitals.megabytes:.0f} MB were held"


def _nothing_left_behind(books: Books) -> Iterator[str]:
    """Once everything is said nobody holds a message that nobody is going to say."""
    for row in books.outbox:
        if row.state == "queued" and row.claimed_at is not None:
            yield f"I10 {row.dedupe_key} is held by {row.claimed_by}, who is gone"
