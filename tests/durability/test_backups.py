"""A backup taken while people tap is whole: everything acknowledged before it, nothing by halves."""

import asyncio
import os
import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from storage.backup import restore
from storage.database import Database
from storage.vocabulary import OutboxKind
from tests.durability.books import Books, everything_said
from tests.durability.clients import Customers, Tap
from tests.helpers.busy_house import furnish
from tests.helpers.serving import Kaiku
from tests.helpers.slack_stand_in import slack_stand_in
from tests.helpers.town import fresh_database

BACKUPS = 2


async def back_up(url: str, target: Path) -> None:
    """`python -m bot backup`, as an administrator types it beside the running Kaiku."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAIKU_")}
    command = [sys.executable, "-m", "bot", "backup", str(target)]
    running = await asyncio.create_subprocess_exec(
        *command, env={**environment, "KAIKU_DATABASE_URL": url}, stdout=asyncio.subprocess.DEVNULL
    )
    assert await running.wait() == 0


def check_whole(file: Path) -> None:
    """Neither damaged, nor with a row that names another that is not there."""
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def check_consistent(books: Books, acknowledged: Sequence[Tap], final: Books) -> None:
    """What was acknowledged before is there, and each answer with everything that came of it."""
    stored = books.scores()
    assert [tap for tap in acknowledged if stored.get((tap.invitation, tap.question)) != tap.score] == []
    assert stored.items() <= final.scores().items()
    low = sorted(
        {answer.response_id for answer in books.answers if answer.score is not None and answer.score <= 2}
    )
    assert low
    assert sorted(case.response_id for case in books.cases) == low
    alerted = {row.subject_id for row in books.outbox if row.kind == OutboxKind.CASE_NOTICE}
    assert alerted == {case.id for case in books.cases}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_backups_under_load_are_whole_and_come_back(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    url = fresh_database(tmp_path)
    with Database(url) as database:
        prompts = furnish(database, 400)
    surveys = [[Tap.of(prompt, "ease", dice.choice((1, 2, 4, 5)))] for prompt in prompts]
    copies: list[tuple[Path, list[Tap]]] = []
    async with slack_stand_in() as slack:
        with Kaiku(url, slack.api) as kaiku:
            await asyncio.to_thread(kaiku.start)
            customers = Customers(kaiku.events_url, surveys, dice)
            tapping = asyncio.create_task(customers.tap_on(connections=8, pause=0.02))
            for number in range(BACKUPS):
                await asyncio.wait_for(customers.acknowledge(40), timeout=60)
                copies.append((tmp_path / f"{number}.backup", list(customers.acknowledged)))
                await back_up(url, copies[-1][0])
            assert len(customers.acknowledged) > len(copies[-1][1]), "people went on tapping meanwhile"
            tapping.cancel()
            await asyncio.gather(tapping, return_exceptions=True)
            _, status, errors = await asyncio.to_thread(kaiku.stop)
        assert (status, errors, customers.refused) == (0, "", 0)

        final = Books(url)
        for copy, acknowledged in copies:
            restored = tmp_path / copy.stem
            restored.mkdir()
            back = f"sqlite:///{restored / 'kaiku.db'}"
            restore(copy, back)
            check_whole(restored / "kaiku.db")
            check_consistent(Books(back), acknowledged, final)

        with Kaiku(back, slack.api) as kaiku:  # and whatever it had not said yet is said
            await asyncio.to_thread(kaiku.start)
            await asyncio.wait_for(everything_said(back), timeout=60)
            assert (await asyncio.to_thread(kaiku.stop))[1:] == (0, "")
