"""What comes in has bounds, whoever reads it; what fails is told calmly."""

import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from httpx import ASGITransport

from bot.following import current
from bot.web.limits import MANY, Buckets, protect
from bot.web.problems import ProblemRoute
from storage.errors import StorageFull


def site() -> FastAPI:
    """A site with a page that reads a form, one that fails, and one whose disk is full."""
    site = FastAPI()
    protect(site)
    router = APIRouter(route_class=ProblemRoute)

    @site.post("/form")
    async def form(request: Request) -> dict[str, object]:
        return {"size": len(await request.body()), "request": current()}

    @router.get("/fails")
    async def fails() -> None:
        raise RuntimeError("Liisa's own words")

    @router.get("/full")
    async def full() -> None:
        raise StorageFull

    site.include_router(router)
    return site


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=ASGITransport(site()), base_url="http://kaiku")


async def test_no_page_reads_more_than_the_limit(client: httpx.AsyncClient) -> None:
    async def pour() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1_000_000

    declared = await client.post("/form", content=b"x" * (MANY + 1))
    undeclared = await client.post("/form", content=pour())
    small = await client.post("/form", content=b"x" * MANY)

    assert (declared.status_code, undeclared.status_code) == (413, 413)
    assert "larger than 2048 KB" in declared.json()["detail"]
    assert small.json()["size"] == MANY


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("7f0c9d8e-7a6b-4c4d-8e2f-1a0b9c8d7e6f", True),
        ("0f3c", False),
        ("liisa.lahti-1234567", False),
        ("a b\tc d e f", False),
    ],
)
async def test_every_request_has_an_id(said: str, kept: bool, client: httpx.AsyncClient) -> None:
    answer = await client.post("/form", headers={"X-Request-Id": said})

    assert answer.headers["x-request-id"] == answer.json()["request"]
    assert (answer.headers["x-request-id"] == said) is kept


async def test_our_mistake_is_told_calmly_and_logged_whole(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/fails")

    assert answer.status_code == 500
    detail = answer.json()["detail"]
    assert "Liisa" not in detail
    reference = detail.removesuffix(".").rpartition(" ")[2]
    (record,) = caplog.records
    assert reference in record.getMessage()
    assert record.exc_info


async def test_a_full_disk_is_not_told_as_stored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/full")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert json.loads(answer.content)["detail"] == (
        "The disk is full, so nothing was stored. Free some space; a restart is not needed."
    )


def test_a_bucket_gives_a_minutes_worth_and_then_what_flows_in() -> None:
    now = 100.0
    buckets = Buckets(6, lambda: now)

    assert [buckets.take("a") for _ in range(6)] == [0.0] * 6
    assert buckets.take("a") == pytest.approx(10)
    assert buckets.take("b") == 0
    now += 10
    assert buckets.take("a") == 0
    now -= 3600
    assert buckets.take("a") == pytest.approx(10)
    now += 36_000
    assert [buckets.take("a") == 0 for _ in range(7)] == [True] * 6 + [False]
