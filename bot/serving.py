"""One process that serves until it is told to stop."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop

from bot.app import App
from bot.side_door import SideDoor
from bot.web.site import create_site

log = logging.getLogger(__name__)

TURN = 0.0005
"""Seconds one thread may keep the others waiting. With Python's own 5 ms, an acknowledgement waits for
whatever the writer and the readers are busy with: alone it took half as long again."""


def serve(
    app: App, *, ready: Callable[[], None] | None = None, reload: Callable[[], None] | None = None
) -> None:
    """Run the application and its site until SIGINT or SIGTERM. `reload` is called on SIGHUP.

    `ready` is called once requests are answered.
    """
    sys.setswitchinterval(TURN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, ready, reload))


async def _serve(app: App, ready: Callable[[], None] | None, reload: Callable[[], None] | None) -> None:
    await app.start()
    door = SideDoor(app)
    await door.open()
    _leave_in_peace()
    server = _Server(
        uvicorn.Config(
            create_site(app),
            host=app.settings.host,
            port=app.settings.port,
            log_config=None,
            access_log=False,
            http="httptools",
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
        ),
        ready,
        getattr(app.channels.get("sandbox"), "let_go", None),
    )
    if reload is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, reload)
    try:
        await server.serve()
    finally:
        await door.close()
        await app.stop()


def _leave_in_peace() -> None:
    """What was made until now stays for good: looking through it for garbage took a third of the time under load."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _reload(reload: Callable[[], None]) -> None:
    try:
        reload()
    except Exception:
        log.exception("the organisation could not be read again; the one before it stays")


class _Server(uvicorn.Server):
    """Tells when it answers, and when it is about to stop: browsers that listen without end must be let go."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None] | None, leaving: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaving = leaving

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM. uvicorn's own way raises the signal again, which would kill us half stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Bind, then tell."""
        await super().startup(sockets)
        if self._ready is not None and self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, then close."""
        if self._leaving is not None:
            self._leaving()
        await super().shutdown(sockets)
