"""A site on a real port, in this process; and what a site is made of."""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.routing import BaseRoute, Route


@asynccontextmanager
async def served(site: Any) -> AsyncIterator[int]:
    """A site on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
            await asyncio.sleep(0.01)
        yield int(listening.getsockname()[1])
        server.should_exit = True
        await serving


def routes_of(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Collection[str]]]:
    """Every path below with its methods; FastAPI keeps what was included as routers within routers."""
    for route in routes:
        if isinstance(route, Route):
            yield prefix + route.path, route.methods or ()
        elif inner := getattr(route, "original_router", None):
            for below in inner.routes:
                # A router has put its prefix before its own paths, not before those of routers within it.
                yield from routes_of([below], prefix if isinstance(below, Route) else prefix + inner.prefix)
