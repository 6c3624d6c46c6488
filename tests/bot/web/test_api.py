"""Programs report encounters, bring answers and ask why; whatever is wrong is said in a sentence."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from bot.app import App
from bot.web import describing
from handlers import invite
from storage.tables import Answer, Encounter, IdempotentRequest, Invitation, LedgerEntry, Person, Response
from storage.vocabulary import Scope
from tests.helpers.small_house import SetClock

pytestmark = pytest.mark.whole

ENCOUNTERS = "/api/v1/encounters"
CALL = {
    "touchpoint": "phone",
    "customer": "tom",
    "happened_at": "2026-11-27T14:30:00+02:00",
    "service": "pensions",
    "external_reference": "CALL-1",
}


def rows(app: App, table: type[SQLModel]) -> list[Any]:
    return list(app.database.read_now(lambda session: session.exec(select(table)).all()))


def problem(response: httpx.Response, status: int, code: str) -> str:
    """The sentence of a refusal, once its shape is what RFC 9457 says."""
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    assert response.headers["content-type"] == "application/problem+json"
    assert body["title"]
    return str(body["detail"])


# Encounters.


async def test_an_encounter_is_stored_once(client: httpx.AsyncClient, app: App) -> None:
    first = await client.post(ENCOUNTERS, json=CALL)
    again = await client.post(ENCOUNTERS, json=CALL)

    (stored,) = rows(app, Encounter)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {
        "index": 0,
        "status": "created",
        "encounter": stored.token,
        "external_reference": "CALL-1",
    }
    assert again.json()["status"] == "known"
    assert (stored.source, stored.happened_at.isoformat()) == ("api:desk", "2026-11-27T12:30:00+00:00")


async def test_a_customer_never_met_is_made_from_what_the_source_knows(
    client: httpx.AsyncClient, app: App
) -> None:
    known = {
        "customer_email": "liisa@example.org",
        "customer_name": "Liisa 🎉 \u202e",
        "customer_language": "sv",
    }

    answer = await client.post(ENCOUNTERS, json={k: v for k, v in CALL.items() if k != "customer"} | known)

    assert answer.status_code == 201
    person = next(person for person in rows(app, Person) if person.email == "liisa@example.org")
    assert (person.name, person.language) == ("Liisa 🎉", "sv"), (
        "a mark of direction goes where names come in"
    )


async def test_a_customer_is_known_by_channel_and_id(client: httpx.AsyncClient, app: App) -> None:
    await client.post(ENCOUNTERS, json=CALL | {"customer": "slack:U0TOM"})

    tom = next(person for person in rows(app, Person) if person.key == "tom")
    assert [encounter.customer_id for encounter in rows(app, Encounter)] == [tom.id]


@pytest.mark.parametrize(
    ("change", "code", "field", "sentence"),
    [
        (
            {"touchpoint": "fax"},
            "unknown-touchpoint",
            "touchpoint",
            "I do not know the touchpoint “fax”. Known ones: phone, ticket.",
        ),
        (
            {"service": "payroll"},
            "unknown-service",
            "service",
            "I do not know the service “payroll”. Known ones: pensions.",
        ),
        ({"account": "x"}, "unknown-account", "account", "I do not know the account “x”. Known ones: acme."),
        ({"customer": "nobody"}, "unknown-customer", "customer", "I do not know the customer “nobody”."),
        (
            {"happened_at": "2026-11-28T15:00:00+02:00"},
            "happens-in-the-future",
            "happened_at",
            "The encounter's time",
        ),
        (
            {"happened_at": "2026-11-27T15:00:00"},
            "unfit-fields",
            "happened_at",
            "“happened_at” must say its offset from UTC",
        ),
        (
            {"happened_at": "0001-01-01T00:00:00+14:00"},
            "unfit-fields",
            "happened_at",
            "“happened_at” must be a time of our age.",
        ),
        ({"happened_at": 1764250200}, "unfit-fields", "happened_at", "“happened_at” must be a time such as"),
        ({"happened_at": None}, "unfit-fields", "happened_at", "“happened_at” must be a time such as"),
        (
            {"touchpont": "x"},
            "unfit-fields",
            "touchpont",
            "“touchpont” is not a field I know. Did you mean “touchpoint”?",
        ),
        ({"customer": 7}, "unfit-fields", "customer", "“customer” must be a text."),
        ({"customer": ""}, "unfit-fields", "customer", "“customer” is missing."),
        ({"customer": "a\x00"}, "unfit-fields", "customer", "“customer” must not hold control characters."),
        (
            {"waiting_minutes": 10**30},
            "unfit-fields",
            "waiting_minutes",
            "“waiting_minutes” must be at most 525600.",
        ),
        (
            {"waiting_minutes": True},
            "unfit-fields",
            "waiting_minutes",
            "“waiting_minutes” must be a whole number.",
        ),
        (
            {"customer": "salck:U1"},
            "unfit-fields",
            "customer",
            "“customer” is in “salck”, a channel I do not know. Did you mean “slack”?",
        ),
        ({"customer": "slack:"}, "unfit-fields", "customer", "“customer” has no id after “slack:”."),
        (
            {"shared_conversation": "nowhere"},
            "unfit-fields",
            "shared_conversation",
            "“shared_conversation” must be channel and id",
        ),
        ({"urgency": "HIGH"}, "unfit-fields", "urgency", "“urgency” must be low, normal or high."),
        ({"about": "x" * 2001}, "unfit-fields", "about", "“about” is longer than 2000 characters."),
    ],
)
async def test_what_is_wrong_is_said_with_its_field_and_nothing_is_stored(
    *, change: dict[str, Any], code: str, field: str, sentence: str, client: httpx.AsyncClient, app: App
) -> None:
    answer = await client.post(ENCOUNTERS, json=CALL | change)

    assert problem(answer, 422, code).startswith(sentence)
    (wrong,) = answer.json()["errors"]
    assert (wrong["field"], wrong["pointer"]) == (field, f"/{field}")
    assert rows(app, Encounter) == []


async def test_everything_wrong_is_said_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(ENCOUNTERS, json={"urgency": "?", "critical": 1})

    problem(answer, 422, "unfit-fields")
    assert {error["field"] for error in answer.json()["errors"]} == {
        "touchpoint",
        "happened_at",
        "urgency",
        "critical",
    }


async def test_of_a_batch_the_wrong_are_told_and_the_rest_is_stored(
    client: httpx.AsyncClient, app: App
) -> None:
    batch = [
        CALL,
        CALL | {"touchpoint": "fax", "external_reference": "CALL-2"},
        CALL,
        7,
        CALL | {"external_reference": 3},
    ]

    answer = await client.post(ENCOUNTERS, json=batch)

    body = answer.json()
    assert answer.status_code == 207
    assert (body["created"], body["known"], body["refused"]) == (1, 1, 3)
    assert [(r["index"], r["status"], r["external_reference"]) for r in body["results"]] == [
        (0, "created", "CALL-1"),
        (1, "refused", "CALL-2"),
        (2, "known", "CALL-1"),
        (3, "refused", ""),
        (4, "refused", ""),
    ]
    assert body["results"][1]["problem"]["errors"][0]["pointer"] == "/touchpoint"
    assert body["results"][3]["problem"]["detail"] == "This must be an object with fields."
    assert len(rows(app, Encounter)) == 1


async def test_a_batch_of_the_greatest_size_is_taken(client: httpx.AsyncClient, app: App) -> None:
    batch = [CALL | {"external_reference": f"CALL-{n}"} for n in range(1000)]

    answer = await client.post(ENCOUNTERS, json=batch)

    assert (answer.status_code, answer.json()["created"]) == (200, 1000)
    assert len(rows(app, Encounter)) == 1000


async def test_a_batch_keeps_nobody_waiting_for_more_than_a_part_of_it(
    client: httpx.AsyncClient, app: App
) -> None:
    commits: list[int] = []
    app.database.on_commit.append(lambda: commits.append(1))

    await client.post(ENCOUNTERS, json=[CALL | {"external_reference": f"CALL-{n}"} for n in range(120)])

    assert len(commits) == 3


async def test_a_batch_that_must_be_one_transaction_ends_in_time(
    client: httpx.AsyncClient, app: App, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()
    ticks = iter(began + timedelta(seconds=n) for n in range(1000))
    monkeypatch.setattr(clock, "now", lambda: next(ticks))
    batch = [CALL | {"external_reference": f"CALL-{n}"} for n in range(200)]

    first = await client.post(ENCOUNTERS, json=batch, headers={"Idempotency-Key": "a"})
    again = await client.post(ENCOUNTERS, json=batch, headers={"Idempotency-Key": "a"})

    body = first.json()
    assert (first.status_code, body["created"], body["refused"]) == (207, 50, 150)
    assert body["results"][50]["problem"]["code"] == "out-of-time"
    assert again.json() == body
    assert len(rows(app, Encounter)) == 50


@pytest.mark.sqlite("it has PRAGMA to make a disk full")
async def test_a_disk_that_fills_up_within_a_batch_is_told_of_what_was_not_stored(
    client: httpx.AsyncClient, app: App
) -> None:
    def leave_little(session: Session) -> None:
        used = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {used + 12}"))

    app.database.write_now(leave_little)
    batch = [CALL | {"external_reference": f"CALL-{n}-{'x' * 150}"} for n in range(400)]

    answer = await client.post(ENCOUNTERS, json=batch)

    body = answer.json()
    assert answer.status_code == 207
    assert body["created"] == len(rows(app, Encounter)) > 0
    assert body["results"][-1]["problem"]["code"] == "not-stored"


@pytest.mark.parametrize("size", [0, 1001])
async def test_a_batch_of_another_size_is_refused(size: int, client: httpx.AsyncClient) -> None:
    answer = await client.post(ENCOUNTERS, json=[CALL] * size)

    assert problem(answer, 422, "unfit-batch") == (
        f"A batch has 1 to 1000 encounters; this one has {size}. Nothing was stored."
    )


# Keys.


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer kaiku_nonsense", "Basic dXNlcjpwdw==", "Bearer " + "x" * 5000, "Bearer \xe4"],
)
async def test_without_a_key_in_force_nothing_is_done(
    header: str, stranger: httpx.AsyncClient, app: App
) -> None:
    answer = await stranger.post(
        ENCOUNTERS, json=CALL, headers=[(b"authorization", header.encode("latin-1"))]
    )

    assert problem(answer, 401, "no-key").startswith("Send a key that is in force")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert rows(app, Encounter) == []


async def test_a_key_opens_what_it_is_for(
    stranger: httpx.AsyncClient, key: Callable[..., dict[str, str]], app: App
) -> None:
    headers = key(Scope.LEDGER_READ)

    answer = await stranger.post(ENCOUNTERS, json=CALL, headers=headers)

    assert problem(answer, 403, "missing-scope") == (
        "The key of “desk” does not open this: it lacks the scope encounters:write."
    )
    assert rows(app, Encounter) == []


async def test_more_than_the_allowed_requests_wait(
    stranger: httpx.AsyncClient, key: Callable[..., dict[str, str]], clock: SetClock
) -> None:
    mine, others = key(), key(name="other")
    answers = [await stranger.get(f"{ENCOUNTERS}/x/why", headers=mine) for _ in range(601)]

    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert problem(answers[-1], 429, "too-many-requests").endswith("Try again in 1 s.")
    assert answers[-1].headers["retry-after"] == "1"
    assert (await stranger.get(f"{ENCOUNTERS}/x/why", headers=others)).status_code == 404
    clock.at += timedelta(seconds=1)
    assert (await stranger.get(f"{ENCOUNTERS}/x/why", headers=mine)).status_code == 404


# The same request again.


async def test_the_same_request_again_gets_the_same_answer(client: httpx.AsyncClient, app: App) -> None:
    nameless = {k: v for k, v in CALL.items() if k != "external_reference"}
    headers = {"Idempotency-Key": "a-1"}

    answers = [await client.post(ENCOUNTERS, json=nameless, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.text for answer in answers}) == 1
    assert len(rows(app, Encounter)) == 1


async def test_twenty_at_once_have_one_effect(client: httpx.AsyncClient, app: App) -> None:
    nameless = {k: v for k, v in CALL.items() if k != "external_reference"}
    sent = (client.post(ENCOUNTERS, json=[nameless], headers={"Idempotency-Key": "a-1"}) for _ in range(20))

    answers = await asyncio.gather(*sent)

    assert len({answer.text for answer in answers}) == 1
    assert len(rows(app, Encounter)) == len(rows(app, IdempotentRequest)) == 1


async def test_the_same_key_for_another_body_is_refused(client: httpx.AsyncClient, app: App) -> None:
    headers = {"Idempotency-Key": "a-1"}
    await client.post(ENCOUNTERS, json=CALL, headers=headers)

    other_body = await client.post(ENCOUNTERS, json=CALL | {"external_reference": "CALL-2"}, headers=headers)
    other_place = await client.post(
        f"{ENCOUNTERS}/CALL-1/reopened", content=json.dumps(CALL), headers=headers
    )

    for answer in (other_body, other_place):
        assert problem(answer, 422, "key-reused").startswith(
            "The idempotency key “a-1” came with a different"
        )
    assert len(rows(app, Encounter)) == 1


async def test_a_refused_request_may_be_mended_under_its_key(client: httpx.AsyncClient, app: App) -> None:
    headers = {"Idempotency-Key": "a-1"}

    refused = await client.post(ENCOUNTERS, json=CALL | {"touchpoint": "fax"}, headers=headers)
    mended = await client.post(ENCOUNTERS, json=CALL, headers=headers)

    assert (refused.status_code, mended.status_code) == (422, 201)


async def test_two_clients_may_choose_the_same_key(
    stranger: httpx.AsyncClient, key: Callable[..., dict[str, str]], app: App
) -> None:
    for name in ("one", "two"):
        headers = key(name=name) | {"Idempotency-Key": "a-1"}
        assert (await stranger.post(ENCOUNTERS, json=CALL, headers=headers)).status_code == 201

    assert sorted(encounter.source for encounter in rows(app, Encounter)) == ["api:one", "api:two"]


@pytest.mark.parametrize("value", ["", "a b", "x" * 256])
async def test_an_idempotency_key_that_cannot_be_kept_is_refused(
    value: str, client: httpx.AsyncClient
) -> None:
    answer = await client.post(ENCOUNTERS, json=CALL, headers={"Idempotency-Key": value})

    problem(answer, 400, "unfit-idempotency-key")


# Hostile bodies.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b'{"touchpoint": NaN}',
        b'{"touchpoint": "\\ud800"}',
        b'"\x00"',
        b"1" * 10_000,
    ],
)
async def test_a_body_that_is_no_json_is_refused(body: bytes, client: httpx.AsyncClient) -> None:
    answer = await client.post(ENCOUNTERS, content=body, headers={"Content-Type": "application/json"})

    assert problem(answer, 400, "broken-json").startswith("The body is not JSON: ")


@pytest.mark.parametrize("document", [None, 7, "x", True, {}, [[]], [None], 1e308, {"": ""}, {"~/": 1}])
async def test_json_of_another_shape_is_refused(document: Any, client: httpx.AsyncClient) -> None:
    body, kind = json.dumps(document), {"Content-Type": "application/json"}

    answer = await client.post(ENCOUNTERS, content=body, headers=kind)

    assert answer.status_code == (207 if isinstance(document, list) else 422)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_what_is_not_sent_as_json_is_refused(
    headers: dict[str, str], client: httpx.AsyncClient
) -> None:
    answer = await client.post(ENCOUNTERS, content=json.dumps(CALL), headers=headers)

    problem(answer, 415, "not-json")


class Poured:
    """A body without a declared length that notes how much of it was taken."""

    def __init__(self, start: bytes, size: int) -> None:
        self.start, self.size, self.taken = start, size, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.start
        while self.taken < self.size:
            self.taken += 65_536
            yield b" " * 65_536


@pytest.mark.parametrize(
    ("start", "most", "said"), [(b"{", 300_000, "256 KB"), (b" [", 2_300_000, "2048 KB")]
)
@pytest.mark.parametrize("path", [ENCOUNTERS, "/api/v1/invitations/x/answers", f"{ENCOUNTERS}/x/reopened"])
async def test_ten_megabytes_are_refused_without_reading_them(
    start: bytes, most: int, said: str, path: str, client: httpx.AsyncClient
) -> None:
    body = Poured(start, 10_000_000)

    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert (said if path == ENCOUNTERS else "256 KB") in problem(answer, 413, "too-large")
    assert body.taken <= most
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["10000000", "9" * 5000])
async def test_a_declared_length_is_enough_to_refuse(length: str, client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": length}

    answer = await client.post(ENCOUNTERS, content=Poured(b"{", 0), headers=headers)

    problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    "reference", ["%00", str(2**63), "..%2F..%2Fetc", "x" * 2000, "%F0%9F%8E%89", "a/b", "';--"]
)
async def test_no_reference_breaks_anything(reference: str, client: httpx.AsyncClient) -> None:
    why = await client.get(f"{ENCOUNTERS}/{reference}/why")
    reopened = await client.post(f"{ENCOUNTERS}/{reference}/reopened")
    answer = await client.post(
        f"/api/v1/invitations/{reference}/answers", json={"question": "ease", "score": 1}
    )

    assert (why.status_code, reopened.status_code, answer.status_code) == (404, 404, 404)


# State and reasons.


@pytest.mark.parametrize("state", ["reopened", "cancelled"])
async def test_an_encounter_that_was_opened_again_or_called_off_is_not_asked_about(
    state: str, client: httpx.AsyncClient, app: App
) -> None:
    reported = await client.post(ENCOUNTERS, json=CALL | {"external_reference": "DESK/1"})

    answer = await client.post(f"{ENCOUNTERS}/DESK/1/{state}")

    assert answer.json() == {"encounter": reported.json()["encounter"], "state": state}
    assert [encounter.state for encounter in rows(app, Encounter)] == [state]
    assert [entry.verdict for entry in rows(app, LedgerEntry)] == [state]


async def test_another_clients_encounter_cannot_be_called_off(
    client: httpx.AsyncClient, key: Callable[..., dict[str, str]], app: App
) -> None:
    await client.post(ENCOUNTERS, json=CALL)

    answer = await client.post(f"{ENCOUNTERS}/CALL-1/cancelled", headers=key(name="other"))

    assert problem(answer, 404, "unknown-encounter") == "I do not know the encounter “CALL-1”."
    assert [encounter.state for encounter in rows(app, Encounter)] == ["waiting"]


async def test_why_is_told_in_a_sentence(client: httpx.AsyncClient) -> None:
    await client.post(ENCOUNTERS, json=CALL)
    before = await client.get(f"{ENCOUNTERS}/CALL-1/why")
    await client.post(f"{ENCOUNTERS}/CALL-1/cancelled")

    after = await client.get(f"{ENCOUNTERS}/CALL-1/why")

    assert before.json() == {
        "reference": "CALL-1",
        "sentence": "Nothing has been decided yet: the time to ask has not come.",
        "decisions": [],
    }
    (decision,) = after.json()["decisions"]
    assert decision["verdict"] == "cancelled"
    assert "Tom Guest" in decision["sentence"]
    assert after.json()["sentence"] == decision["sentence"]


async def test_why_is_told_in_three_languages_and_no_other(client: httpx.AsyncClient) -> None:
    await client.post(ENCOUNTERS, json=CALL)

    finnish = await client.get(f"{ENCOUNTERS}/CALL-1/why", params={"language": "fi"})
    klingon = await client.get(f"{ENCOUNTERS}/CALL-1/why", params={"language": "tlh"})

    assert finnish.status_code == 200
    assert problem(klingon, 422, "unfit-fields").startswith("“language”: ")


# Answers.


@pytest.fixture
async def invitation(client: httpx.AsyncClient, app: App, clock: SetClock) -> str:
    """The path to answer Tom's invitation."""
    await client.post(ENCOUNTERS, json=CALL)
    clock.at += timedelta(minutes=30)
    await app.write(invite.decide_due)
    (invited,) = rows(app, Invitation)
    return f"/api/v1/invitations/{invited.token}/answers"


async def test_an_answer_counts_as_the_persons_own(
    invitation: str, client: httpx.AsyncClient, app: App
) -> None:
    tapped = await client.post(invitation, json={"question": "ease", "score": 2})
    wrote = await client.post(invitation, json={"question": "words", "words": "So\x00 slow.\r\nTwice. 🎉"})

    assert (tapped.status_code, tapped.content) == (204, b"")
    assert wrote.status_code == 204
    answers = {answer.question: answer for answer in rows(app, Answer)}
    assert (answers["ease"].score, answers["ease"].band) == (2, "poor")
    assert answers["words"].words == "So slow.\nTwice. 🎉"
    tom = next(person for person in rows(app, Person) if person.key == "tom")
    assert [response.person_id for response in rows(app, Response)] == [tom.id]


@pytest.mark.parametrize(
    ("answer", "status", "code", "sentence"),
    [
        (
            {"question": "ease", "score": 99},
            422,
            "not-on-the-scale",
            "99 is not on the scale 1–5, so I did not record it.",
        ),
        ({"question": "ease", "score": -1}, 422, "not-on-the-scale", "-1 is not on the scale 1–5"),
        ({"question": "ease", "score": 10**40}, 422, "not-on-the-scale", f"{10**40} is not on the scale"),
        ({"question": "ease", "score": "4"}, 422, "unfit-fields", "“score” must be a whole number."),
        ({"question": "ease", "score": 4.5}, 422, "unfit-fields", "“score” must be a whole number."),
        ({"question": "ease", "score": True}, 422, "unfit-fields", "“score” must be a whole number."),
        ({"question": "ease"}, 422, "unfit-fields", "Give either a “score” or “words”"),
        (
            {"question": "ease", "score": 1, "words": "x"},
            422,
            "unfit-fields",
            "Give either a “score” or “words”",
        ),
        ([], 422, "unfit-fields", "Give either a “score” or “words”, in an object."),
        (
            {"question": "moon", "score": 1},
            422,
            "unknown-question",
            "There is no question “moon” here that is answered by a score. There are: ease",
        ),
        (
            {"question": "ease", "words": "x"},
            422,
            "unknown-question",
            "There is no question “ease” here that is answered by words.",
        ),
        ({"question": "words", "score": 1}, 422, "unknown-question", "There is no question “words” here"),
        ({"question": "words", "words": " \x00 "}, 422, "words-missing", "Please write something first."),
        ({"question": "words", "words": "x" * 20_001}, 422, "words-too-long", "That is 20001 characters"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused_and_nothing_is_stored(
    *,
    answer: Any,
    status: int,
    code: str,
    sentence: str,
    invitation: str,
    client: httpx.AsyncClient,
    app: App,
) -> None:
    refused = await client.post(invitation, json=answer)

    assert problem(refused, status, code).startswith(sentence)
    assert rows(app, Answer) == rows(app, Response) == []


async def test_an_invitation_that_is_over_or_unknown_is_told(
    invitation: str, client: httpx.AsyncClient, clock: SetClock
) -> None:
    clock.at += timedelta(days=30)

    over = await client.post(invitation, json={"question": "ease", "score": 1})
    unknown = await client.post("/api/v1/invitations/nope/answers", json={"question": "ease", "score": 1})

    problem(over, 410, "invitation-expired")
    problem(unknown, 404, "unknown-invitation")


# The page.


async def test_the_page_describes_every_call_and_its_refusals(stranger: httpx.AsyncClient) -> None:
    described = (await stranger.get("/api/openapi.json")).json()

    calls = {path: call for path, methods in described["paths"].items() for call in methods.values()}
    assert set(calls) >= {
        ENCOUNTERS,
        f"{ENCOUNTERS}/{{reference}}/reopened",
        f"{ENCOUNTERS}/{{reference}}/cancelled",
        f"{ENCOUNTERS}/{{reference}}/why",
        "/api/v1/invitations/{token}/answers",
    }
    for path, call in calls.items():
        assert call["summary"], path
        assert call["description"], path
        assert call["security"] == [{"HTTPBearer": []}]
        assert {"401", "403", "422", "429"} <= set(call["responses"])


def test_the_manual_names_every_scope_and_status() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")

    assert [scope for scope in Scope if f"\n| `{scope}` |" not in manual] == []
    assert [status for status in describing.PROBLEMS if str(status) not in manual] == []


async def test_the_examples_of_the_page_are_taken(client: httpx.AsyncClient, invitation: str) -> None:
    described = (await client.get("/api/openapi.json")).json()["paths"]

    def examples(path: str) -> list[Any]:
        content = described[path]["post"]["requestBody"]["content"]["application/json"]
        return [example["value"] for example in content["examples"].values()]

    taken = [await client.post(ENCOUNTERS, json=example) for example in examples(ENCOUNTERS)]
    answered = [
        await client.post(invitation, json=example)
        for example in examples("/api/v1/invitations/{token}/answers")
    ]

    assert [answer.status_code for answer in taken] == [201, 200]
    assert [answer.status_code for answer in answered] == [204, 204]
