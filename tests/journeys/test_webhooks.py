"""Another program is told when a case opens and closes and when somebody answers: signed, until it has taken it."""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import hooks
from storage.tables import OutboxMessage
from storage.tokens import new_token
from storage.vocabulary import HookEvent, OutboxKind, OutboxState
from tests.helpers.machine import EVERYBODY_ALWAYS
from tests.helpers.receiver import SECRET, Receiver, receiver
from tests.helpers.serving import free_port
from tests.helpers.town import ROOT, Town, example, helsinki, town_of

OTHER = "whsec_" + "B" * 32
EVERYTHING = [str(event) for event in HookEvent]
SECRETS: dict[str, Any] = {"webhook_secrets": f"crm={SECRET}", "webhook_inside": "127.0.0.1"}
QUIET: dict[str, Any] = {
    "surveys": {"quiet": {"privacy": "confidential", "questions": ["ease", "words", "contact"]}},
    "touchpoints": {"phone": {"survey": "quiet"}},
}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for longer than a moment: the patience of the real clock is no town's."""
    monkeypatch.setattr(hooks, "PATIENCE", 0.3)
    monkeypatch.setattr(hooks, "LONGEST_REST", 0.0)


@pytest.fixture
async def crm() -> AsyncIterator[Receiver]:
    async with receiver() as crm:
        yield crm


def hooked(crm: Receiver, *events: str) -> dict[str, Any]:
    """The organisation with a webhook to the CRM."""
    return {"webhooks": {"crm": {"url": crm.url, "events": list(events) or EVERYTHING}}}


@pytest.fixture
async def town(crm: Receiver, tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(example(**hooked(crm)), tmp_path, **SECRETS) as town:
        yield town
        await town.app.delivery.stop()


async def poor_call(town: Town) -> None:
    await town.asked("phone", "tom", handler="sanna", service="pension-advice", account="acme")
    await town.tom.taps("1")


async def state(town: Town) -> list[str]:
    """Where what is to be told to the CRM stands."""
    return [row.state for row in await town.rows(OutboxMessage) if row.kind == OutboxKind.WEBHOOK]


async def test_a_case_is_told_from_its_opening_to_its_end_and_again(town: Town, crm: Receiver) -> None:
    await poor_call(town)
    await town.tom.writes("Nobody answered, says Zebulon")
    await town.maya.taps("Take it")
    await town.maya.fills("Close", outcome="resolved", words="I called Tom")
    await town.maya.taps("Reopen")
    await town.later(minutes=3)
    assert crm.heard == ["case.opened", "case.closed", "case.reopened", "response.recorded"]
    opened, closed, again, response = (call.told["data"] for call in crm.calls)
    assert (opened["case"], opened["reason"], opened["service"]) == (
        closed["case"],
        "low score",
        "pension-advice",
    )
    assert (closed["state"], closed["outcome"], again["state"]) == ("closed", "resolved", "reopened")
    assert opened["response"] == response["response"]
    assert [(a["question"], a["score"]) for a in response["answers"]] == [("ease", 1), ("words", None)]
    assert crm.calls[0].told["timestamp"] == "2026-11-24T08:00:00+00:00"


async def test_nobody_is_named_and_nobody_quoted(town: Town, crm: Receiver) -> None:
    await poor_call(town)
    await town.tom.writes("Nobody answered, says Zebulon")
    await town.maya.taps("Take it")
    await town.maya.fills("Close", outcome="resolved", words="I called Tom")
    await town.later(minutes=3)
    told = b"".join(call.body for call in crm.calls).decode()
    for secret in ("Tom", "Korhonen", "Zebulon", "Virtanen", "Mäkelä", "555"):
        assert secret not in told


async def test_each_is_signed_by_the_standard_under_a_name_of_its_own(town: Town, crm: Receiver) -> None:
    await poor_call(town)
    await town.later(minutes=3)
    assert all(call.genuine() for call in crm.calls)
    assert not any(call.genuine("whsec_" + "A" * 32) for call in crm.calls)
    assert len({call.id for call in crm.calls}) == len(crm.calls) == 2
    assert crm.calls[0].headers["webhook-timestamp"] == str(int(helsinki("2026-11-24 10:00").timestamp()))
    assert crm.calls[0].headers["content-type"] == "application/json"


async def test_answers_given_together_are_told_together_and_a_later_one_again(
    town: Town, crm: Receiver
) -> None:
    await poor_call(town)
    await town.tom.taps("2")
    assert "response.recorded" not in crm.heard
    await town.later(minutes=3)
    await town.tom.writes("And one thing more")
    await town.later(minutes=3)
    told = [call.told["data"]["answers"] for call in crm.calls if call.told["type"] == "response.recorded"]
    assert [len(answers) for answers in told] == [2, 3]


@pytest.mark.parametrize("answer", [500, 503, 404, 302, "lose", "hang"])
async def test_what_is_not_taken_is_told_again_under_the_same_name(
    answer: int | str, town: Town, crm: Receiver
) -> None:
    crm.answers.append(answer)
    await poor_call(town)
    assert OutboxState.QUEUED in await state(town)
    await until_told(town, crm, 2)
    assert len({call.id for call in crm.calls[:2]}) == 1
    assert crm.calls[0].body == crm.calls[1].body
    assert all(call.genuine() for call in crm.calls)


async def until_told(town: Town, crm: Receiver, times: int) -> None:
    """Time passes, and it is tried again."""
    for _ in range(5):
        await town.later(minutes=1)
    assert len(crm.calls) >= times


async def test_who_does_not_take_it_for_a_day_leaves_a_dead_letter(town: Town, crm: Receiver) -> None:
    crm.answers.extend([500] * 400)
    await poor_call(town)
    for _ in range(30):
        await town.later(hours=1)
    dead = [row for row in await town.rows(OutboxMessage) if row.state == OutboxState.DEAD]
    assert {row.error for row in dead} == {"it answered 500"}


async def test_gone_is_gone(town: Town, crm: Receiver) -> None:
    crm.answers.append(410)
    await poor_call(town)
    assert OutboxState.DEAD in await state(town)


async def test_an_alert_does_not_wait_for_a_receiver_that_hangs(town: Town, crm: Receiver) -> None:
    crm.answers.append("hang")
    await poor_call(town)
    assert "Tom Korhonen" in await town.maya.latest()


async def test_a_confidential_answer_is_told_to_nobody(crm: Receiver, tmp_path: Path) -> None:
    async with town_of(example(**hooked(crm), **QUIET), tmp_path, **SECRETS) as town:
        await poor_call(town)
        await town.later(minutes=3)
        assert crm.heard == ["case.opened"]
        told = crm.calls[0].told["data"]
        assert (told["account"], told["response"]) == (None, None)
        assert OutboxState.DROPPED in await state(town)
        await town.app.delivery.stop()


async def test_an_anonymous_answer_is_not_even_noted_to_be_told(crm: Receiver, tmp_path: Path) -> None:
    nameless = {**QUIET, "surveys": {"quiet": {**QUIET["surveys"]["quiet"], "privacy": "anonymous"}}}
    key = base64.b64encode(bytes(32)).decode()
    async with town_of(example(**hooked(crm), **nameless), tmp_path, key=key, **SECRETS) as town:
        await poor_call(town)
        await town.later(minutes=3)
        assert await state(town) == []
        await town.app.delivery.stop()
    assert crm.calls == []


async def test_what_nobody_wants_to_know_is_not_even_written_down(crm: Receiver, tmp_path: Path) -> None:
    async with town_of(example(**hooked(crm, "case.closed")), tmp_path, **SECRETS) as town:
        await poor_call(town)
        assert await state(town) == []
        await town.app.delivery.stop()
    assert crm.calls == []


async def test_a_webhook_that_was_taken_out_hears_no_more(town: Town, crm: Receiver) -> None:
    crm.answers.append(500)
    await poor_call(town)
    town.reorganise()
    await until_told(town, crm, 1)
    assert len(crm.calls) == 1
    assert set(await state(town)) == {OutboxState.DROPPED}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"webhook_inside": "127.0.0.1"}, "KAIKU_WEBHOOK_SECRETS has no secret named crm"),
        (
            {"webhook_secrets": f"crm={SECRET}"},
            "only https is allowed, unless KAIKU_WEBHOOK_INSIDE names 127.0.0.1",
        ),
    ],
)
async def test_without_a_secret_or_a_leave_nothing_is_sent(
    more: dict[str, Any], reason: str, crm: Receiver, tmp_path: Path
) -> None:
    async with town_of(example(**hooked(crm)), tmp_path, **more) as town:
        await poor_call(town)
        waiting = [row for row in await town.rows(OutboxMessage) if row.subject == HookEvent.CASE_OPENED]
        assert [(row.state, row.error) for row in waiting] == [(OutboxState.QUEUED, reason)]
        await town.app.delivery.stop()
    assert crm.calls == []


async def test_the_receiver_of_the_documentation_believes_us_and_nobody_else(tmp_path: Path) -> None:
    """Its code is taken from the page and run as it stands there."""
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    (tmp_path / "shown.py").write_text(page.partition("```python\n")[2].partition("```")[0], "utf-8")
    port = str(free_port())
    shown = await asyncio.create_subprocess_exec(
        *(sys.executable, str(tmp_path / "shown.py")),
        env={"KAIKU_SECRET": SECRET, "PORT": port},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    heard = shown.stdout
    assert heard is not None
    now = datetime.now(UTC)
    crm = {"url": f"http://127.0.0.1:{port}/", "events": ["case.opened"]}
    organisation = example(webhooks={"crm": crm}, asking=EVERYBODY_ALWAYS)  # at whatever hour this runs
    for at, secret, state_then in (
        (now, SECRET, OutboxState.SENT),
        (now, OTHER, OutboxState.QUEUED),
        (now - timedelta(minutes=10), SECRET, OutboxState.QUEUED),
    ):
        more = {**SECRETS, "webhook_secrets": f"crm={secret}"}
        async with town_of(organisation, tmp_path / new_token(), at, **more) as town:
            await listening(int(port))
            await poor_call(town)
            assert await state(town) == [state_then]
            await town.app.delivery.stop()
    shown.kill()
    assert (await heard.read()).decode() == "heard of case.opened\n"
    await shown.wait()


async def listening(port: int) -> None:
    """Until somebody answers there."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError("the receiver did not begin to listen")
