"""The demo: it reaches nobody, has a past, and can be lived through without a browser."""

import asyncio
import os
import re
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.demo import script
from bot.demo.history import WEEKS, live_through
from bot.demo.house import clock_at, friendly_hour, playing, settings_for
from bot.demo.serving import _free_port
from handlers.messages import Picture, TrendChart
from handlers.rules.figures import MINIMUM_N
from storage.tables import Case
from storage.vocabulary import CaseState
from tests.helpers.town import HELSINKI

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[2]


def test_the_script_tells_the_loop_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    script()
    told = capsys.readouterr().out
    steps = (
        "Kaiku to Omar:",
        "It was easy for me to get my matter handled.",
        "Omar taps 2",
        "Kaiku to Maya:",
        "Low score · Omar Hassan",
        "Kaiku edits what Maya sees:",
        "I waited 40 minutes",
        "In hand: Maya Virtanen",
        "The right answer is 63 years",
        "The customer replied: Omar Hassan",
        "Closed: Explained",
        "Your matter has been looked into.",
        "Friday comes.",
        "1 answer from customers.",
    )
    places = [told.index(step) for step in steps[:3]]
    for step in steps[3:]:
        places.append(told.index(step, places[-1]))

    assert places == sorted(places)


def test_the_script_tells_nothing_twice(capsys: pytest.CaptureFixture[str]) -> None:
    script()
    told = re.split(r"^\w{3} \d+ \w{3} \d\d:\d\d · ", capsys.readouterr().out, flags=re.MULTILINE)
    edits = [message for message in told if message.startswith("Kaiku edits")]

    assert len(edits) == len(set(edits))


def test_the_demo_reaches_nobody_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAIKU_SLACK_BOT_TOKEN", "xoxb-1-real")
    monkeypatch.setenv("KAIKU_HOST", "0.0.0.0")  # noqa: S104
    settings = settings_for(tmp_path)

    assert settings.slack_bot_token == SecretStr("")
    assert settings.host == "127.0.0.1"
    assert settings.sandbox


def test_it_begins_at_an_hour_when_people_may_be_asked() -> None:
    at = friendly_hour("Europe/Helsinki").astimezone(HELSINKI)

    assert (at.weekday(), at.hour, at.minute) == (1, 10, 0)


def test_a_taken_port_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert _free_port(port) != port
    assert _free_port(port) == port


@pytest.mark.slow
async def test_the_past_leaves_a_trend_and_open_cases_only_of_its_last_day(tmp_path: Path) -> None:
    start = friendly_hour("Europe/Helsinki") - timedelta(weeks=WEEKS)
    shown: list[Picture] = []
    async with playing(settings_for(tmp_path), clock_at(start)) as stage:
        stage.audience = lambda sent, message, _edited: shown.extend(
            part for part in message.parts if isinstance(part, Picture) and sent.conversation == "maya"
        )
        await live_through(stage, start)
        last_day = stage.clock.now() - timedelta(days=1)
        left_open = await stage.app.read(
            lambda ctx: list(ctx.session.exec(select(Case.opened_at).where(Case.state != CaseState.CLOSED)))
        )

    assert len(shown) == WEEKS
    newest = shown[-1].chart
    assert isinstance(newest, TrendChart)
    trend = [point for point in newest.points if point.n]
    assert len(trend) == WEEKS
    assert all(point.n >= MINIMUM_N for point in trend)
    assert all(opened_at > last_day for opened_at in left_open)


@pytest.mark.slow
async def test_the_demo_is_served_says_so_and_ends_politely(tmp_path_factory: pytest.TempPathFactory) -> None:
    port, folder = _free_port(0), tmp_path_factory.mktemp("demo")  # a socket's path is short
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port)),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    address = f"http://127.0.0.1:{port}/sandbox"
    page = await _answered(address)
    async with httpx.AsyncClient() as browser, browser.stream("GET", f"{address}/live") as listening:
        assert listening.status_code == 200
        process.send_signal(signal.SIGINT)
        said, complaints = await asyncio.wait_for(process.communicate(), 30)

    assert "Tom Korhonen" in page
    assert 'data-action="rate|' in page
    assert address in said.decode()
    assert "Thank you for looking." in said.decode()
    assert complaints == b""
    assert process.returncode == 0
    assert os.listdir(folder) == []  # noqa: PTH208


async def _answered(address: str) -> str:
    """The page, once the demo has lived through its past."""
    async with httpx.AsyncClient() as browser:
        for _ in range(600):
            try:
                return (await browser.get(address)).text
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
    raise AssertionError("the demo did not come up within a minute")
