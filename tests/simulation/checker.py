"""What must hold whatever happened, counted again in plain Python from the rows and from what the world outside saw.

It shares no line with handlers and storage: rows are read with the standard library, rules are written out here.
Each check yields sentences; none is what is wanted.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from handlers.events import (
    AskingChosen,
    CaseClosed,
    CaseContacted,
    CaseTaken,
    CommentGiven,
    ErasureAnswered,
    InvitationDeclined,
    RatingGiven,
    WordsReceived,
)
from storage.vocabulary import DeclineReason
from tests.simulation import house
from tests.simulation.history import History, Posted

Row = dict[str, Any]
_ASKS = ("prompt", "reminder", "second rating")
_ZONES = {key: ZoneInfo(zone) for key, (_, zone, _) in house.MANAGERS.items()}


@dataclass
class Books:
    """Everything that is stored, and everything the world saw."""

    file: Path
    rows: dict[str, list[Row]]
    history: History
    customers: dict[str, house.Customer]
    begins: datetime
    ends: datetime
    now: datetime

    @classmethod
    def of(
        cls,
        url: str,
        history: History,
        customers: dict[str, house.Customer],
        times: tuple[datetime, datetime, datetime],
    ) -> "Books":
        """All tables as they stand; `times` are when it begins, when it ends, and now."""
        file = Path(url.removeprefix("sqlite:///"))
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = {
            name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]  # noqa: S608 - our own tables
            for name in names
            if not name.startswith("search_")
        }
        connection.close()
        return cls(file, rows, history, customers, *times)

    def content(self) -> bytes:
        """Every byte of the files."""
        return b"".join(file.read_bytes() for file in self.file.parent.glob(f"{self.file.name}*"))

    def where(self, mark: str) -> list[str]:
        """The tables and files in which something stands."""
        files = self.file.parent.glob(f"{self.file.name}*")
        return [
            *(table for table, rows in self.rows.items() if mark in repr(rows)),
            *(file.name for file in files if mark.encode() in file.read_bytes()),
        ]

    def by_id(self, table: str) -> dict[int, Row]:
        """The rows of a table by their number."""
        return {row["id"]: row for row in self.rows[table]}

    def erased(self) -> set[str]:
        """Who asked to be forgotten, and it was acknowledged."""
        return _forgotten(self._taken_in())

    def perhaps_erased(self) -> set[str]:
        """Those, and who asked for it and never heard: a process may die between the commit and its answer."""
        return _forgotten(p for p in self.history.posted if p.began and not p.refused)

    def kept_since(self, kind: str) -> datetime:
        """What of some kind is older may be forgotten, and a day later must be."""
        return self.now - house.KEPT[kind]

    def doings(self, customer: str) -> list[datetime]:
        """When somebody was heard of, in order: they came, did something, or were written about."""
        met = (at for who, at in self.history.encounters.values() if who == customer)
        mark = self.customers[customer].mark
        did = (
            p.at for p in self._taken_in() if p.at and mark in f"{p.event.by} {getattr(p.event, 'words', '')}"
        )
        return sorted([*met, *did])

    def _taken_in(self) -> Iterator[Posted]:
        return (p for p in self.history.posted if p.acknowledged is not None and not p.refused)

    def acknowledged(self, *kinds: type) -> list[Posted]:
        """What was taken in of some kinds of events, in order of the acknowledgements."""
        found = [p for p in self._taken_in() if isinstance(p.event, kinds)]
        return sorted(found, key=lambda p: p.acknowledged or 0)


def _forgotten(asked: Iterable[Posted]) -> set[str]:
    return {
        posted.event.by.external_id
        for posted in asked
        if isinstance(posted.event, ErasureAnswered) and posted.event.erase
    }


def at(text: str | None) -> datetime:
    """An instant as it stands in a row."""
    if not text:
        raise ValueError("no instant")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scores_are_stored(books: Books) -> Iterator[str]:
    """I1: the score that stands is one that nothing acknowledged came after, unless whose it is was forgotten."""
    tokens = {row["id"]: row["token"] for row in books.rows["invitations"]}
    responses = {row["id"]: tokens[row["invitation_id"]] for row in books.rows["responses"]}
    stored = {(responses[row["response_id"]], row["question"]): row["score"] for row in books.rows["answers"]}
    taps: dict[tuple[str, str], list[Posted]] = defaultdict(list)
    erased = books.perhaps_erased()
    for posted in books.history.posted:
        if (
            isinstance(posted.event, RatingGiven)
            and posted.began
            and posted.event.by.external_id not in erased
        ):
            taps[posted.event.invitation, posted.event.question].append(posted)
    for key, posts in taps.items():
        heard = [p for p in posts if p.acknowledged is not None and not p.refused]
        if not heard or all(p.at and p.at < books.kept_since("customers") for p in heard):
            continue
        latest = max(p.began for p in heard)
        last = {p.event.score for p in posts if not p.refused and (p.acknowledged or latest) >= latest}  # type: ignore[attr-defined]
        if key not in stored:
            yield f"I1: {key} was acknowledged {len(heard)} times and is not stored"
        elif stored[key] not in last:
            yield f"I1: {key} is stored as {stored[key]}, but last was tapped one of {sorted(last)}"


def words_are_stored(books: Books) -> Iterator[str]:
    """I1: what somebody wrote stands somewhere, unless they were erased or it was kept long enough."""
    kept = "\n".join(
        str(row["words"])
        for table in ("answers", "answer_changes", "feedback", "case_events")
        for row in books.rows[table]
        if row["words"]
    )
    erased = books.perhaps_erased()
    for posted in books.acknowledged(CommentGiven, WordsReceived):
        if posted.at and posted.at < books.kept_since("words"):
            continue
        words, who = posted.event.words, posted.event.by.external_id  # type: ignore[attr-defined]
        if who in books.customers and who not in erased and "zw" in words and words not in kept:
            yield f"I1: {who} wrote “{words}” in {posted.number}, and it is nowhere"


def encounters_are_stored(books: Books) -> Iterator[str]:
    """I1: what a program reported is there, once."""
    stored = Counter(row["external_reference"] for row in books.rows["encounters"])
    erased, unsure = books.erased(), books.perhaps_erased() - books.erased()
    for reference, (customer, at_) in books.history.encounters.items():
        right = {0, 1} if customer in unsure else {int(customer not in erased)}
        if at_ >= books.kept_since("customers") and stored[reference] not in right:
            yield f"I1: {reference} is stored {stored[reference]} times"


def deeds_are_stored(books: Books) -> Iterator[str]:
    """I1: what a manager did to a case is written down as often as it was acknowledged, or once."""
    kinds = {CaseTaken: "claimed", CaseContacted: "contacted", CaseClosed: "closed"}
    tokens = {row["id"]: row["token"] for row in books.rows["cases"]}
    written = Counter((tokens[row["case_id"]], row["kind"]) for row in books.rows["case_events"])
    for posted in books.acknowledged(*kinds):
        key = (posted.event.case, kinds[type(posted.event)])  # type: ignore[attr-defined]
        if not written[key]:
            yield f"I1: case {key[0]} was {key[1]} in {posted.number}, and it is not written down"


def low_scores_have_one_case(books: Books) -> Iterator[str]:
    """I2: exactly one case each, and an alert about it that arrived or was visibly given up."""
    responses, surveys = books.by_id("responses"), books.by_id("survey_versions")
    changed: dict[int, set[int]] = defaultdict(set)
    for row in books.rows["answer_changes"]:
        changed[row["answer_id"]].add(row["score"])
    low = set()
    for row in books.rows["answers"]:
        response = responses[row["response_id"]]
        calls_back = surveys[response["survey_version_id"]]["key"] in ("encounter", "quick")
        alerting = house.ALERTS_AT.get(row["question"], set())
        if calls_back and response["stream"] == "customer" and alerting & {row["score"], *changed[row["id"]]}:
            low.add(row["response_id"])
    cases = Counter(row["response_id"] for row in books.rows["cases"])
    cases += Counter(row["response_id"] for row in books.rows["repeats"])
    yield from (
        f"I2: low response {number} has {cases[number]} cases" for number in low if cases[number] != 1
    )


def cases_were_told(books: Books) -> Iterator[str]:
    """I2: somebody was alerted of each case. Who was erased, having left long ago, has no messages any more."""
    notices: dict[int, list[Row]] = defaultdict(list)
    for row in books.rows["outbox"]:
        if row["kind"] == "case notice":
            notices[row["subject_id"]].append(row)
    seen = {shown.key for shown in books.history.shown}
    erased = {row["id"] for row in books.rows["people"] if row["erased_at"]}
    for case in (case for case in books.rows["cases"] if case["owner_id"] not in erased):
        told = notices[case["id"]]
        said = [row for row in told if row["state"] == "sent"]
        dead = [row for row in told if row["state"] == "dead" and row["error"]]
        if not said and not dead:
            states = Counter(row["state"] for row in told)
            yield f"I2: nobody was told of case {case['id']} (owner {case['owner_id']}): {dict(states)}"
        elif said and not any(row["dedupe_key"] in seen for row in said):
            yield f"I2: the alert of case {case['id']} is recorded as said, and no platform has it"


def one_response_each(books: Books) -> Iterator[str]:
    """I3: one response per invitation and person, and one answer per question."""
    responses = Counter((row["invitation_id"], row["person_id"]) for row in books.rows["responses"])
    answers = Counter((row["response_id"], row["question"]) for row in books.rows["answers"])
    for counted in (responses, answers):
        yield from (f"I3: {key} stands {times} times" for key, times in counted.items() if times > 1)


def roll_up_is_a_recount(books: Books) -> Iterator[str]:
    """I4: what is counted of settled days is what a recount of every answer, response and request gives."""
    settled = {(row["day"], row["days"], row["line"]) for row in books.rows["settled_days"] if row["settled"]}
    series = books.by_id("series")
    rolled: Counter[tuple[Any, ...]] = Counter()
    for row in books.rows["counts"]:
        of = series[row["series_id"]]
        line = "responses" if of["what"] in ("scores", "responses") else "requests"
        if (row["day"], row["days"], line) in settled:
            names = *_places(of), of["stream"], of["survey_version_id"], of["question"], bool(of["excluded"])
            for score in range(11):
                key = row["day"], row["days"], of["what"], bool(of["whole"]), names, score
                rolled[key] += row[f"n{score}"]
    counted = Counter(_recounted(books, settled))
    for key in rolled.keys() | counted.keys():
        if rolled[key] != counted[key]:
            yield f"I4: {key} is rolled up as {rolled[key]} and counts {counted[key]}"


def _places(row: Row) -> tuple[str, str, str]:
    return row["service"] or "", row.get("team") or "", row["touchpoint"] or ""


def _recounted(books: Books, settled: set[tuple[str, int, str]]) -> Iterator[tuple[Any, ...]]:
    """Each thing that is counted on a day and a week that are settled, by its place and by that of the whole house."""
    for line, at_, what, (service, team, touchpoint), *names, score in _countable(books):
        day = at_.date()
        for first, days in (day, 1), (day - timedelta(days=day.weekday()), 7):
            if (first.isoformat(), days, line) in settled:
                for whole, places in (False, (service, team)), (True, ("", "")):
                    yield first.isoformat(), days, what, whole, (*places, touchpoint, *names), score


def _countable(books: Books) -> Iterator[tuple[Any, ...]]:
    answers: dict[int, list[Row]] = defaultdict(list)
    for row in books.rows["answers"]:
        answers[row["response_id"]].append(row)
    for row in books.rows["responses"]:
        begun = "responses", at(row["first_at"])
        wording, excluded = (row["stream"], row["survey_version_id"]), row["excluded_because"] is not None
        said = any(a["score"] is not None or a["words"] is not None for a in answers[row["id"]])
        yield *begun, "responses", _places(row), *wording, "", excluded, int(said)
        for a in answers[row["id"]]:
            if a["score"] is not None and a["metric"] != "consent":
                yield *begun, "scores", _places(row), *wording, a["question"], excluded, a["score"]
    for row in books.rows["invitations"]:
        if row["sent_at"] and row["state"] != "suppressed":
            wording, answered = (row["stream"], row["survey_version_id"]), int(row["answered_at"] is not None)
            what = "anonymous requests" if row["token"].startswith("0") else "requests"
            yield "requests", at(row["sent_at"]), what, _places(row), *wording, "", False, answered


def one_digest_each(books: Books) -> Iterator[str]:
    """I6: one run for each audience and window, every week of every zone has one, and none overlaps the next."""
    runs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in books.rows["digest_runs"]:
        runs[row["audience"], row["audience_key"]].append(row)
    for (audience, key), mine in runs.items():
        mine.sort(key=lambda row: str(row["window_ends_at"]))
        if max(Counter(row["window"] for row in mine).values()) > 1:
            yield f"I6: {audience} {key} has a window twice"
        for earlier, later in pairwise(mine):
            if at(earlier["window_ends_at"]) > at(later["window_starts_at"]):
                yield f"I6: {audience} {key}: {later['window']} begins before {earlier['window']} ended"
    for audience, key, expected in _expected_windows(books):
        there = {row["window"] for row in runs[audience, key]}
        yield from (
            f"I6: {audience} {key} has no digest of {window}" for window in expected if window not in there
        )


def _expected_windows(books: Books) -> Iterator[tuple[str, str, list[str]]]:
    for key, (_, zone, weekday, when, _) in house.TEAMS.items():
        yield "team", key, _weeks(books, ZoneInfo(zone), weekday, when)
    for key in ("maya", "ville", "wendy"):
        yield "manager", key, _weeks(books, _ZONES[key], 4, time(15))


def _weeks(books: Books, zone: ZoneInfo, weekday: int, when: time) -> list[str]:
    """The weeks whose digest was due in the run, by the wall clock of the zone; an hour is left to be late."""
    found, day = [], books.begins.date() - timedelta(days=1)
    while day <= books.ends.date():
        due = datetime.combine(day, when, zone).astimezone(UTC)
        if day.weekday() == weekday and books.begins < due < books.ends - timedelta(hours=2):
            found.append("{}-W{:02}".format(*day.isocalendar()[:2]))
        day += timedelta(days=1)
    return found


def nothing_is_said_twice(books: Books) -> Iterator[str]:
    """I2, I6: a message stands once; again only where nobody can have known that it had arrived."""
    placed = Counter(shown.key for shown in books.history.shown)
    for key, times in placed.items():
        excused = books.history.excused.get(key, 0)
        if times > 1 + excused:
            yield f"I2: {key} was said {times} times, of which {excused} are excused"


def limits_are_kept(books: Books) -> Iterator[str]:
    """I7."""
    yield from (f"I7: {line}" for line in books.history.beyond)


def _requests(books: Books) -> list[Row]:
    """Requests to customers that were not withdrawn before they left, in order."""
    asked = [
        row
        for row in books.rows["invitations"]
        if row["stream"] == "customer" and row["person_id"] and row["state"] != "suppressed"
    ]
    return sorted(asked, key=lambda row: str(row["created_at"]))


def cool_downs_are_kept(books: Books) -> Iterator[str]:
    """Nobody is asked again too soon, whatever for, nor for the same survey."""
    for whose, rest in (("person_id",), house.COOL_DOWN_ANY), (("person_id", "survey"), house.COOL_DOWN):
        latest: dict[tuple[Any, ...], datetime] = {}
        for row in _requests(books):
            key, now = tuple(row[name] for name in whose), at(row["created_at"])
            if key in latest and now - latest[key] < rest:
                yield f"asking: {key} was asked at {latest[key]} and {now}"
            latest[key] = now


def accounts_are_not_asked_too_often(books: Books) -> Iterator[str]:
    """The cap holds in any window."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for row in _requests(books):
        if row["account"]:
            now = at(row["created_at"])
            times[row["account"]].append(now)
            if sum(now - house.ACCOUNT_WINDOW < other for other in times[row["account"]]) > house.ACCOUNT_CAP:
                yield f"asking: {row['account']} was asked too often at {now}"


def every_request_is_in_the_ledger(books: Books) -> Iterator[str]:
    """An invitation has a decision that says *asked*, at the same instant."""
    asked = {
        (row["encounter_id"], row["decided_at"]) for row in books.rows["ledger"] if row["verdict"] == "asked"
    }
    for row in books.rows["invitations"]:
        if (row["encounter_id"], row["created_at"]) not in asked:
            yield f"asking: invitation {row['id']} has no decision in the ledger"


def nobody_is_disturbed(books: Books) -> Iterator[str]:
    """Requests arrive on working days between the quiet hours, where their readers are."""
    for shown in books.history.shown:
        kind = shown.key.partition(":")[0]
        if kind in _ASKS and shown.person in books.customers:
            local = shown.at.astimezone(house.HELSINKI)
            if local.weekday() > 4 or not house.QUIET_UNTIL <= local.time() < house.QUIET_FROM:
                yield f"quiet hours: {shown.person} got {shown.key} at {local:%a %H:%M}"


def who_opted_out_is_left_alone(books: Books) -> Iterator[str]:
    """No request arrives later than a moment after somebody asked for none."""
    out: dict[str, datetime] = {}
    for posted in books.acknowledged(InvitationDeclined, WordsReceived, AskingChosen):
        event = posted.event
        stops = isinstance(event, WordsReceived) and event.words == "lopeta"
        if stops or (isinstance(event, InvitationDeclined) and event.reason is DeclineReason.OPT_OUT):
            out.setdefault(event.by.external_id, posted.at or datetime.max.replace(tzinfo=UTC))
    for shown in books.history.shown:
        kind = shown.key.partition(":")[0]
        if kind in _ASKS and shown.person in out and shown.at > out[shown.person] + timedelta(seconds=30):
            if _was_forgotten(shown.person, shown.at, books):
                continue
            yield f"opt-out: {shown.person} got {shown.key} at {shown.at}"


def _was_forgotten(customer: str, until: datetime, books: Books) -> bool:
    """Whether they were silent for so long before that they came back as a stranger."""
    doings = [at_ for at_ in books.doings(customer) if at_ < until]
    return any(later - earlier > house.KEPT["customers"] for earlier, later in pairwise(doings))


def nothing_is_kept_too_long(books: Books) -> Iterator[str]:
    """What can be traced to a person is gone a day after its time, but for what belongs to an open case."""
    day = timedelta(days=1)
    content = books.content()
    for posted in books.acknowledged(CommentGiven, WordsReceived):
        words = posted.event.words  # type: ignore[attr-defined]
        old = posted.at and posted.at < books.kept_since("words") - day
        if old and "zw" in words and words.encode() in content and words not in _words_of_open_cases(books):
            yield f"retention: “{words}” of {posted.at} stands: {books.where(words)}"
    open_cases = [row for row in books.rows["cases"] if row["state"] != "closed"]
    waiting = {row["feedback_id"] for row in open_cases}
    for table, column, value, kind in _AGED:
        for row in books.rows[table]:
            old = row[value] is not None and at(row[column]) < books.kept_since(kind) - day
            if old and not (table == "feedback" and row["id"] in waiting):
                yield f"retention: {table} of {row[column]} has {value}"
    with_open_case = {row["customer_id"] for row in open_cases}
    named = {row["external_id"]: row["person_id"] for row in books.rows["identities"]}
    for identity, customer in books.customers.items():
        doings = books.doings(identity)
        silent = doings and doings[-1] < books.kept_since("customers") - day
        if silent and named.get(identity) not in with_open_case and customer.mark.encode() in content:
            yield f"retention: {identity}, silent since {doings[-1]}, stands: {books.where(customer.mark)}"


_AGED = (
    ("encounters", "happened_at", "about", "words"),
    ("inbound", "at", "delivery_id", "deliveries"),
    ("audit", "at", "did", "audit"),
    ("feedback", "at", "said_by_name", "customers"),
)
"""A table, its instant, what is gone by then, and after which time."""


def _words_of_open_cases(books: Books) -> str:
    cases = [row for row in books.rows["cases"] if row["state"] != "closed"]
    responses, feedback = ({row[of] for row in cases} for of in ("response_id", "feedback_id"))
    numbers = {row["id"] for row in cases}
    kept = [
        *(row["words"] for row in books.rows["answers"] if row["response_id"] in responses),
        *(row["words"] for row in books.rows["feedback"] if row["id"] in feedback),
        *(row["words"] for row in books.rows["case_events"] if row["case_id"] in numbers),
    ]
    return "\n".join(filter(None, kept))


def the_erased_are_nowhere(books: Books) -> Iterator[str]:
    """Neither in a row, nor in a byte of the files, nor in a message that stands.

    Only a digest that was posted goes on quoting them, without their name, and a message of which we never heard
    stays, as the page on privacy says.
    """
    content = books.content()
    standing = [shown for shown in books.history.shown if not (shown.gone or shown.unknown)]
    for identity in books.erased():
        customer = books.customers[identity]
        for mark in customer.mark, customer.wrote:
            if mark.encode() in content:
                yield f"erasure: {mark} stands in the files: {books.where(mark)}"
            for shown in standing:
                digest = shown.key.startswith("digest:") and mark == customer.wrote
                if mark in repr(shown.message) and not digest:
                    yield f"erasure: {mark} stands on {shown.channel} in {shown.where} {shown.name} ({shown.key})"


def everything_came_to_its_end(books: Books) -> Iterator[str]:
    """I10: after some calm days nothing waits, nothing is claimed, nothing is overdue by the rules."""
    end = books.ends + timedelta(days=3)
    for row in books.rows["outbox"]:
        if row["state"] == "queued" and at(row["not_before"]) < end:
            yield f"I10: {row['dedupe_key']} still waits: {row['error']}"
        if row["claimed_at"]:
            yield f"I10: {row['dedupe_key']} is claimed"
    for row in books.rows["encounters"]:
        if row["state"] == "waiting" and at(row["ask_at"]) < end:
            yield f"I10: encounter {row['id']} is not decided"
    for row in books.rows["invitations"]:
        if row["state"] in ("queued", "sent") and at(row["expires_at"]) < end:
            yield f"I10: invitation {row['id']} has not expired"
    for row in books.rows["cases"]:
        if (
            row["state"] not in ("closed", "contacted")
            and row["escalate_at"]
            and at(row["escalate_at"]) < end
        ):
            yield f"I10: case {row['id']} was not escalated"


def nothing_is_our_fault(books: Books) -> Iterator[str]:
    """Nothing was logged as an error, and no customer's word in any line."""
    yield from (f"log: {line}" for line in books.history.troubles)


ALWAYS: tuple[Callable[[Books], Iterator[str]], ...] = (
    scores_are_stored,
    words_are_stored,
    encounters_are_stored,
    deeds_are_stored,
    low_scores_have_one_case,
    one_response_each,
    roll_up_is_a_recount,
    nothing_is_said_twice,
    limits_are_kept,
    cool_downs_are_kept,
    accounts_are_not_asked_too_often,
    every_request_is_in_the_ledger,
    nobody_is_disturbed,
    who_opted_out_is_left_alone,
    nothing_is_our_fault,
)
"""What holds at any moment."""
AT_THE_END = (
    cases_were_told,
    one_digest_each,
    the_erased_are_nowhere,
    nothing_is_kept_too_long,
    everything_came_to_its_end,
)
"""What holds once the world has been calm for some days."""


def faults(books: Books, *, at_the_end: bool) -> list[str]:
    """Everything that does not hold, in sentences."""
    checks = (*ALWAYS, *AT_THE_END) if at_the_end else ALWAYS
    return [fault for check in checks for fault in check(books)]


def described(books: Books) -> dict[str, int]:
    """How much there was to check."""
    names = (
        "encounters",
        "invitations",
        "responses",
        "answer_changes",
        "cases",
        "repeats",
        "digest_runs",
        "outbox",
    )
    return {
        **{name: len(books.rows[name]) for name in names},
        "erased": len(books.erased()),
        "deaths": books.history.deaths,
        "excused": sum(books.history.excused.values()),
    }
