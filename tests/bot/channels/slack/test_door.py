from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from slack_bolt.response import BoltResponse
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels.slack.door import Door, parse
from bot.clock import Clock
from handlers.messages import Action, Verb
from tests.helpers.slack_payloads import (
    SECRET,
    as_form,
    as_json,
    block_action,
    reaction,
    signed,
    slash_command,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TAP = block_action(Action(Verb.RATE, "x7Gk", "ease=2"))
FORM = as_form(TAP)


class StillClock(Clock):
    def now(self) -> datetime:
        return NOW


class Ears:
    """Remembers what got through the door."""

    def __init__(self, answer: BoltResponse | None = None) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer = answer or BoltResponse(status=200)

    async def __call__(self, body: dict[str, Any]) -> BoltResponse:
        self.heard.append(body)
        return self.answer


async def knock(ears: Ears, body: bytes, headers: dict[str, str], method: str = "POST") -> httpx.Response:
    transport = httpx.ASGITransport(Door(SECRET, ears, StillClock()))
    async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
        return await client.request(method, "/slack/events", content=body, headers=headers)


@pytest.mark.parametrize("payload", [TAP, slash_command("log + Åke: kiitti & moi + 100 % hyvä = totta")])
async def test_what_slack_signed_gets_through_whole(payload: dict[str, Any]) -> None:
    ears, body = Ears(), as_form(payload)
    assert (await knock(ears, body, signed(body, NOW))).status_code == 200
    assert ears.heard == [payload]


async def test_an_event_gets_through() -> None:
    ears, body = Ears(), as_json(reaction())
    assert (await knock(ears, body, signed(body, NOW))).status_code == 200
    assert ears.heard == [reaction()]


async def test_the_answer_is_handed_back() -> None:
    body = as_form(slash_command("help"))
    answer = await knock(Ears(BoltResponse(status=200, body={"text": "ä"})), body, signed(body, NOW))
    assert answer.json() == {"text": "ä"}
    assert answer.headers["content-type"].startswith("application/json")
    assert (await knock(Ears(BoltResponse(status=503)), body, signed(body, NOW))).status_code == 503


@pytest.mark.parametrize("seconds", [-299, -295, 0, 295, 299])
async def test_a_signature_is_good_for_five_minutes(seconds: int) -> None:
    headers = signed(FORM, NOW + timedelta(seconds=seconds))
    assert (await knock(Ears(), FORM, headers)).status_code == 200


def _with(**changes: str) -> dict[str, str]:
    return {**signed(FORM, NOW), **{name.replace("_", "-"): value for name, value in changes.items()}}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=abc"},
        signed(FORM, NOW - timedelta(seconds=301)),
        signed(FORM, NOW + timedelta(seconds=301)),
        signed(FORM, NOW, secret="somebody else's"),
        signed(FORM + b"x", NOW),
        _with(x_slack_request_timestamp="abc"),
        _with(x_slack_request_timestamp=""),
        _with(x_slack_request_timestamp="-1"),
        _with(x_slack_request_timestamp="1e9"),
        _with(x_slack_request_timestamp="9" * 400),
        _with(x_slack_signature=""),
        _with(x_slack_signature="v0=\u00e4\u00f6"),
        _with(x_slack_signature=signed(FORM, NOW)["x-slack-signature"].replace("v0=", "v1=")),
    ],
)
async def test_what_slack_did_not_sign_goes_no_further(headers: dict[str, str]) -> None:
    ears = Ears()
    raw = {name: value.encode("utf-8") for name, value in headers.items()}
    assert (await knock(ears, FORM, raw)).status_code == 401  # type: ignore[arg-type]
    assert ears.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b"%7b" * 80_000,
        b"payload=" + b"%5b" * 50_000,
        b'{"a":' * 40_000,
    ],
)
async def test_garbage_is_refused_whether_signed_or_not(body: bytes) -> None:
    ears = Ears()
    assert (await knock(ears, body, {"content-type": "application/json"})).status_code == 401
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = await knock(ears, body, {**signed(body, NOW), "content-type": kind})
        assert answer.status_code in (200, 400)
    assert all(isinstance(heard, dict) for heard in ears.heard)


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'"text"', b"null", b"payload=[]", b"payload=", b"payload=%zz", b"%ff=%ff;"]
)
async def test_what_is_no_payload_is_refused(body: bytes) -> None:
    headers = {**signed(body, NOW)}
    if not body.startswith((b"payload", b"%")):
        headers["content-type"] = "application/json"
    ears = Ears()
    assert (await knock(ears, body, headers)).status_code in (200, 400)
    assert [heard for heard in ears.heard if heard.get("type")] == []


async def test_ten_megabytes_are_not_even_read() -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": taken < 160}

    sent: list[MutableMapping[str, Any]] = []
    await _call(Door(SECRET, Ears(), StillClock()), [], receive, sent)
    assert sent[0]["status"] == 413
    assert taken == 5


@pytest.mark.parametrize("length", [b"10485760", b"many", b"-5", b"9" * 400])
async def test_a_length_too_large_is_refused_at_once(length: bytes) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing is to be read")

    sent: list[MutableMapping[str, Any]] = []
    await _call(Door(SECRET, Ears(), StillClock()), [(b"content-length", length)], receive, sent)
    assert sent[0]["status"] == 413


async def _call(
    door: Door,
    headers: list[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    sent: list[MutableMapping[str, Any]],
) -> None:
    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event)

    await door({"type": "http", "method": "POST", "headers": headers}, receive, send)


async def test_only_posts_are_taken() -> None:
    assert (await knock(Ears(), b"", {}, method="GET")).status_code == 405


async def test_slacks_probes_are_answered_once_signed() -> None:
    body = b'{"type":"url_verification","challenge":"3eZbrw1a"}'
    ears = Ears()
    assert (await knock(ears, body, signed(body, NOW))).text == "3eZbrw1a"
    assert (await knock(ears, body, {})).status_code == 401
    probe = b"ssl_check=1&token=x"
    assert (await knock(ears, probe, signed(probe, NOW))).status_code == 200
    assert ears.heard == []


async def test_it_is_a_route_of_its_own() -> None:
    """Mounted, its exact address would be answered by a redirect, which Slack does not follow."""
    ears = Ears()
    site = Starlette(routes=[Route("/slack/events", Door(SECRET, ears, StillClock()))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://kaiku") as client:
        answer = await client.post("/slack/events", content=FORM, headers=signed(FORM, NOW))
    assert answer.status_code == 200
    assert ears.heard == [TAP]


async def test_an_exact_replay_is_the_same_delivery() -> None:
    ears, headers = Ears(), signed(FORM, NOW)
    await knock(ears, FORM, headers)
    await knock(ears, FORM, headers)
    assert ears.heard[0] == ears.heard[1]


@pytest.mark.parametrize("secret", ["", "  "])
def test_a_blank_secret_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="KAIKU_SLACK_SIGNING_SECRET"):
        Door(secret, Ears(), StillClock())


def test_every_character_survives_the_quick_unquoting() -> None:
    words = "".join(map(chr, [*range(1, 0x250), 0x20AC, 0x1F600])) + "%41 %2B += &"
    assert parse(b"application/x-www-form-urlencoded", as_form({"type": words})) == {"type": words}
