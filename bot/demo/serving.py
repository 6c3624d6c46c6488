"""The demo in the browser: a house with a past, and Tom who was just helped on the phone."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from bot import serving, wiring
from bot.clock import SkippingClock
from bot.demo.history import DAYS, WEEKS, live_through
from bot.demo.house import clock_at, example, friendly_hour, playing, settings_for
from bot.settings import Settings
from storage import chat
from storage.database import Database
from storage.schema import migrate

KEPT = Path(".demo")
"""Where a kept demo lives, in the working directory."""

_TRY = (
    "Tom was just helped on the phone, and Kaiku asks him how it went: tap 2 and watch Maya's pane.",
    "As Maya take the case, write to Tom and close it with an outcome: Tom hears of it.",
    "Then skip to Friday 15:00 and read the week's digest.",
    "As Maya write “login” and open the dashboard by the link that comes.",
)


def serve(port: int = 8080, keep: bool = False) -> None:
    """Serve the demo until Ctrl-C, on this machine only; on another port when `port` is taken.

    Nothing is left behind, unless `keep`: then it lives on in `.demo`.
    """
    with suppress(KeyboardInterrupt), _folder(keep=keep) as folder:
        settings = settings_for(folder, _free_port(port))
        clock = _resumed(settings) if (folder / "kaiku.db").exists() else asyncio.run(_begun(settings))
        app = wiring.build(settings, clock)
        serving.serve(app, ready=lambda: _greet(settings.port, port))
    typer.echo("\nThat was the demo. Thank you for looking.")


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    if keep:
        KEPT.mkdir(exist_ok=True)
        yield KEPT
        return
    with TemporaryDirectory(prefix="kaiku-demo-") as folder:
        yield Path(folder)


def _free_port(wanted: int) -> int:
    """The wanted port, or one the system has to spare."""
    with suppress(OSError):
        return _bound(wanted)
    return _bound(0)


def _bound(port: int) -> int:
    with socket.socket() as probe:
        # As the server does: a port that only lingers after its last use is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


async def _begun(settings: Settings) -> SkippingClock:
    """Live through the past, and leave Tom with a fresh prompt. Returns the clock as it then stands."""
    now = friendly_hour(example().time_zone)
    start = now - timedelta(weeks=WEEKS)
    async with playing(settings, clock_at(start)) as stage:
        with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()) as progress:
            past = progress.add_task(f"First {WEEKS} weeks of feedback", total=DAYS)
            await live_through(stage, start, lambda: progress.advance(past))
        stage.clock.skip_to(now - timedelta(minutes=10))
        await stage.happens(
            "tom",
            touchpoint="phone",
            service="pension-advice",
            handler="sanna",
            about="eläkepäätös",
        )
        stage.clock.skip_to(now)
        await stage.app.tick()
        return stage.clock


def _resumed(settings: Settings) -> SkippingClock:
    """A kept demo goes on where it was, or on the coming Tuesday if that is later: time never goes back."""
    migrate(settings.database_url)
    with Database(settings.database_url) as database:
        last: datetime | None = database.read_now(chat.last_at)
    friendly = friendly_hour(example().time_zone)
    return clock_at(max(last, friendly) if last else friendly)


def _greet(port: int, wanted: int) -> None:
    if port != wanted:
        typer.echo(f"Port {wanted} is taken, so I use {port}.")
    typer.echo(f"\n  Kaiku is at  http://127.0.0.1:{port}/sandbox   (Ctrl-C ends it)\n")
    for sentence in _TRY:
        typer.echo(f"  · {sentence}")
