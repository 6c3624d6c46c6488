"""Alive, ready, and figures that can be trusted."""

from collections.abc import Callable
from datetime import timedelta

import httpx

from bot.app import App
from storage.tables import OutboxMessage
from storage.vocabulary import OutboxState, Priority, Scope
from tests.helpers.small_house import FRIDAY


def queue(app: App, number: int, state: OutboxState = OutboxState.QUEUED, minutes: int = 0) -> None:
    """An outbound message that has been due for some minutes."""
    message = OutboxMessage(
        kind="prompt",
        subject="invitation",
        subject_id=number,
        dedupe_key=str(number),
        priority=Priority.PROMPT,
        not_before=FRIDAY - timedelta(minutes=minutes),
        state=state,
        created_at=FRIDAY,
    )
    app.database.write_now(lambda session: session.add(message))


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    lines = (await client.get("/metrics")).text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


async def test_a_live_and_ready_process_says_so_to_anybody(stranger: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await stranger.get(path)).status_code == 200


async def test_a_process_without_its_database_lives_and_is_not_ready(
    stranger: httpx.AsyncClient, app: App
) -> None:
    app.close()

    assert (await stranger.get("/healthz")).status_code == 200
    refused = await stranger.get("/readyz")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "The database does not answer: DatabaseClosed."


async def test_figures_are_for_a_key_that_opens_them(
    stranger: httpx.AsyncClient, key: Callable[..., dict[str, str]]
) -> None:
    assert (await stranger.get("/metrics")).status_code == 401
    assert (await stranger.get("/metrics", headers=key(Scope.LEDGER_READ))).status_code == 403
    assert (
        await stranger.get("/metrics", headers=key(Scope.METRICS_READ, name="prometheus"))
    ).status_code == 200


async def test_what_waits_and_what_was_given_up_is_counted(client: httpx.AsyncClient, app: App) -> None:
    queue(app, 1, minutes=5)
    queue(app, 2, minutes=-60)
    queue(app, 3, OutboxState.DEAD)
    queue(app, 4, OutboxState.SENT)

    now = await figures(client)

    assert now['kaiku_outbox_messages{state="queued"}'] == 2
    assert now['kaiku_outbox_messages{state="dead"}'] == 1
    assert now['kaiku_outbox_oldest_due_seconds{priority="prompt"}'] == 300
    assert now['kaiku_outbox_oldest_due_seconds{priority="alert"}'] == 0
    assert now['kaiku_open_cases{state="received"}'] == 0


async def test_requests_and_encounters_are_counted(client: httpx.AsyncClient) -> None:
    before = await figures(client)
    call = {"touchpoint": "phone", "customer": "tom", "happened_at": "2026-11-27T12:00:00Z"}

    await client.post("/api/v1/encounters", json=[call, {}])
    await client.post("/api/v1/encounters", json={})

    after = await figures(client)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown['kaiku_api_encounters_total{outcome="created"}'] == 1
    assert grown['kaiku_api_encounters_total{outcome="refused"}'] == 1
    assert grown['kaiku_api_requests_total{status="207"}'] == 1
    assert grown['kaiku_api_requests_total{status="422"}'] == 1


async def test_figures_hold_nobodys_name_and_no_key(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text

    assert not any(word in text for word in ("Tom", "Maya", "kaiku_" + client.headers["authorization"][-32:]))
