"""Much waits, memory is short, one platform is slow: F12, F13 and F37."""

import asyncio
import random
import resource
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.context import Context
from tests.faults.checker import MOST_MEMORY, asked, check
from tests.faults.house import House
from tests.faults.office import Office, office_of
from tests.faults.platform import Slack, Trouble
from tests.helpers.busy_house import ORGANISATION, Prompt
from tests.helpers.databases import on_postgresql


def waits(messages: int, not_before: str) -> Callable[[Context], None]:
    """So many prompts wait, of requests that nobody remembers."""
    instant = f"CAST(:at AS {'timestamp' if on_postgresql() else 'text'})"
    statement = text(
        "INSERT INTO outbox (kind, subject, subject_id, person_id, dedupe_key, priority, not_before, state, attempts,"  # noqa: S608
        " created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT 'prompt',"
        " 'invitation', 1000000 + i, 1 + i % 40, 'prompt' || i, 3,"
        f" {instant}, 'queued', 0, {instant} FROM n"
    )

    def work(ctx: Context) -> None:
        ctx.session.execute(statement, {"many": messages, "at": not_before})

    return work


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How much waits: a million in the long form."""
    return 1_000_000 if request.config.getoption("--rounds") else 100_000


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_f12_after_a_day_down_the_useful_comes_first_and_the_stale_expires(
    office: Office, many: int
) -> None:
    await office.app.write(waits(many, "2026-11-22 12:00:00.000000"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    office.clock.at = office.clock.at.replace(day=24)
    prompt = office.dice.choice(office.prompts)
    assert await office.taps(prompt, 1) == 200
    await office.app.delivery.start()
    office.app.delivery.wake()
    await office.slack.hears(lambda slack: bool(slack.posted))
    (left,) = asked(office.url, "SELECT count(*) AS n FROM outbox WHERE state = 'queued'")
    assert left.n > 0.9 * many, "the alert overtakes whatever else waits"
    await asyncio.sleep(1)
    await office.app.delivery.stop()
    (dropped,) = asked(office.url, "SELECT count(*) AS n FROM outbox WHERE state = 'dropped'")
    assert dropped.n > 0, "and prompts that are not true any more are dropped, not said"
    assert {heard.key.partition(":")[0] for heard in office.slack.posted} == {"case notice"}
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 32, "megabytes, however many wait"


def data_of(process: int) -> int:
    """The bytes of memory it has for data."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))


@pytest.mark.slow
async def test_f13_with_little_memory_it_goes_on_whatever_waits(house: House, many: int) -> None:
    async with office_of(house.url, house.slack, house.prompts, house.dice, datetime.now(UTC)) as office:
        await office.app.write(waits(many // 5, "2036-01-01 00:00:00.000000"))
    await house.lives()
    cap = data_of(house.kaiku.pid) + 96 * 2**20
    resource.prlimit(house.kaiku.pid, resource.RLIMIT_DATA, (cap, cap))
    low = house.prompts[:20]
    assert {await house.hand.taps(prompt, 1) for prompt in low} == {200}
    await house.slack.hears(lambda slack: len(slack.posted) == len(low), 60)
    await house.stops()
    check(house.url, house.hand.journal, house.slack, house.kaiku.vitals)
    assert house.kaiku.vitals.megabytes < MOST_MEMORY


async def test_f37_a_platform_that_answers_slowly_keeps_the_others_from_nothing(
    url: str, slack: Slack, prompts: list[Prompt], dice: random.Random
) -> None:
    elsewhere = ORGANISATION.people["owner7"].model_copy(update={"identities": {"sandbox": "owner7"}})
    changed = ORGANISATION.model_copy(update={"people": {**ORGANISATION.people, "owner7": elsewhere}})
    async with office_of(url, slack, prompts, dice, datetime.now(UTC), sandbox=True) as office:
        await asyncio.to_thread(office.app.apply, changed, "a test")
        slack.is_broken("chat.postMessage", Trouble(seconds=30))
        for prompt in prompts[:40]:
            assert await office.taps(prompt, 1) == 200
        await office.app.delivery.start()
        office.app.delivery.wake()
        async with asyncio.timeout(5):
            while not asked(url, "SELECT 1 FROM chat_messages WHERE conversation = 'owner7'"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        with suppress(TimeoutError):
            await office.app.delivery.stop()
