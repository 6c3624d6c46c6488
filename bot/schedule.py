"""Ticks. APScheduler only says when to look; what is due lives in our rows, so a tick too many is harmless."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from time import perf_counter

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import metrics
from handlers import (
    anonymous,
    cases,
    deadlines,
    erasing,
    gaps,
    invite,
    keys,
    login,
    packs,
    resealing,
    retention,
    rounds,
    searching,
    settling,
    sheets,
)
from handlers.context import Context
from handlers.digests.due import compose_due

log = logging.getLogger(__name__)

Job = Callable[[Context], int]

OFTEN: tuple[Job, ...] = (
    invite.decide_due,
    rounds.open_due,
    rounds.ask_due,
    invite.remind_due,
    invite.expire_due,
    deadlines.remind_due,
    deadlines.escalate_due,
    cases.rehome_left,
    searching.index,
)
"""Looked at every few seconds."""


SELDOM: tuple[Job, ...] = (
    deadlines.tell_overdue,
    compose_due,
    packs.send_due,
    gaps.report_due,
    anonymous.open_due,
    sheets.open_due,
)
"""What comes at a time of day, for which some seconds do not matter."""

HOURLY: tuple[Job, ...] = (
    keys.forget_old_requests,
    login.forget_old,
    retention.forget_deliveries,
    retention.forget_words,
    retention.forget_sheets,
    retention.forget_voices,
    retention.forget_customers,
    retention.forget_audit,
    resealing.note,
    searching.index,  # often, a few; here, whatever years an import has brought
    searching.tidy,
    erasing.clear_log,
    settling.settle_days,
)
"""What has been kept long enough is forgotten, and days that are over are counted, a chunk at a time until nothing is
left. A day old or an hour, it is all the same, and whoever is restarted every night forgets as well."""


HOUR = 3600.0
"""Seconds."""


class Schedule:
    """Looks at what is due, again and again."""

    def __init__(
        self,
        write: Callable[[Job], Awaitable[int]],
        rebuild: Callable[[], Awaitable[None]],
        often: float = 2.0,
        digests_every: float = 20.0,
    ) -> None:
        self._write = write
        self._rebuild = rebuild
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._every(often, partial(self._look, OFTEN))
        self._every(digests_every, partial(self._look, SELDOM))
        self._every(HOUR, self.hour)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def everything(self) -> None:
        """Do now whatever is due, as often as something is."""
        for job in (*OFTEN, *SELDOM):
            while await self._write(job):
                pass

    async def hour(self) -> None:
        """Do now what comes once an hour, all there is of it. What fails stops nothing else."""
        for job in HOURLY:
            await self._attempt(_named(job), partial(self._all_of, job))
        await self._attempt("app.rebuild", self._rebuild)

    async def _look(self, jobs: tuple[Job, ...]) -> None:
        for job in jobs:
            await self._attempt(_named(job), partial(self._write, job))

    async def _all_of(self, job: Job) -> None:
        while await self._write(job):
            pass

    def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._scheduler.add_job(_unless_stopped, "interval", seconds=seconds, args=[work])

    async def _attempt(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        began, failed = perf_counter(), False
        try:
            await work()
        except Exception:
            failed = True
            log.exception("%s failed; it is tried again at the next tick", name)
        metrics.ticked(name, perf_counter() - began, failed=failed)


async def _unless_stopped(work: Callable[[], Awaitable[None]]) -> None:
    with suppress(asyncio.CancelledError):  # we are about to stop, and APScheduler would call it an error
        await work()


def _named(job: Job) -> str:
    """`invite.decide_due`: several rooms have something that opens or reminds."""
    return f"{job.__module__.removeprefix('handlers.')}.{job.__name__}"
