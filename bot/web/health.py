"""Whether the process lives, whether it can serve, and a few honest figures for Prometheus."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
from sqlmodel import select

from bot.app import App
from bot.web.admission import admit
from bot.web.problems import Problem, ProblemRoute
from handlers.context import Context
from storage import gauges
from storage.vocabulary import CaseState, OutboxState, Priority, Scope

_PATIENCE = 2.0
"""Seconds the database may take to answer before we say that we are not ready."""


def routes(app: App) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`; the last for keys with the scope `metrics:read`."""
    router = APIRouter(route_class=ProblemRoute, include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("alive\n")

    @router.get("/readyz")
    async def readyz() -> Response:
        await _demand_database(app)
        return PlainTextResponse("ready\n")

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        await admit(app, request, Scope.METRICS_READ)
        figures = await app.read(_figures)
        return Response(figures + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return router


async def _demand_database(app: App) -> None:
    """Raises `Problem` 503 unless the database answers in time."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await app.read(lambda ctx: ctx.session.exec(select(1)).one())
    except Exception as error:
        detail = f"The database does not answer: {type(error).__name__}."
        raise Problem(503, "not-ready", detail, headers={"Retry-After": "5"}) from error


def _figures(ctx: Context) -> bytes:
    """What waits and what went wrong, counted now. Figures stop at `gauges.MOST`, so that asking stays cheap."""
    registry = CollectorRegistry()
    most = f"; at most {gauges.MOST} are counted"
    messages = Gauge("kaiku_outbox_messages", f"Outbound messages{most}.", ["state"], registry=registry)
    for state in (OutboxState.QUEUED, OutboxState.HELD, OutboxState.DEAD):
        messages.labels(state).set(gauges.messages_in(ctx.session, state))
    waiting = Gauge(
        "kaiku_outbox_oldest_due_seconds",
        "How long the oldest due message waits.",
        ["priority"],
        registry=registry,
    )
    for priority in Priority:
        since = gauges.oldest_due(ctx.session, priority, ctx.now)
        waiting.labels(priority.name.lower()).set((ctx.now - since).total_seconds() if since else 0)
    cases = Gauge("kaiku_open_cases", f"Cases not closed{most}.", ["state"], registry=registry)
    overdue = Gauge("kaiku_overdue_cases", f"Cases past their due time{most}.", ["state"], registry=registry)
    for stage in CaseState:
        if stage is not CaseState.CLOSED:
            cases.labels(stage).set(gauges.open_cases(ctx.session, stage))
            overdue.labels(stage).set(gauges.open_cases(ctx.session, stage, overdue_at=ctx.now))
    return generate_latest(registry)
