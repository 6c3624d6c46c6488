"""The sandbox's pages: three chats side by side, and the clock above them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse

from bot.channels.sandbox.deeds import Block, Deed, Press, Report, Skip, Speech, Submission, Words
from bot.channels.sandbox.entries import Drawn, Entry
from bot.channels.sandbox.feed import ClockMoved, News, Removed, StillHere
from bot.channels.sandbox.guard import POLICY, guard
from bot.channels.sandbox.listener import Listener, Place, Told
from bot.channels.sandbox.seats import CHANNEL, PANES, Seat
from bot.channels.sandbox.sender import SandboxChannel
from bot.channels.sandbox.views import DECISIONS, Pen, every_seat, page_view, pane_view
from bot.clock import SkippingClock
from handlers import ledger
from handlers.context import Context
from handlers.encounters import record_encounter
from handlers.errors import FeedbackError
from handlers.events import EncounterHappened, Sender
from handlers.messages import Action, Chart, Sound
from handlers.rules.hours import coming
from handlers.voice import kept, sound_of
from handlers.wording.language import LANGUAGES
from storage import chat
from storage.vault import UnknownKey

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

Endpoint = Callable[..., Awaitable[Response]]

_STATIC = Path(__file__).with_name("static")
_FILES = {"sandbox.css": "text/css", "sandbox.js": "text/javascript", "icon.svg": "image/svg+xml"}
_STEP = timedelta(hours=1)
"""Skipping goes so far at a time, so that what falls due on the way is done near its time."""
_MONDAY, _FRIDAY = 0, 4


def routes(app: "App") -> APIRouter:
    """The pages under `/sandbox`, for this machine's browser only unless the settings say otherwise."""
    router = APIRouter(
        prefix="/sandbox", dependencies=[Depends(guard(app.settings))], include_in_schema=False
    )
    looks, deeds = Looks(app), Deeds(app)
    get: dict[str, Endpoint] = {
        "": looks.page,
        "/panes/{pane}": looks.pane,
        "/ledger": looks.ledger,
        "/live": looks.live,
        "/pictures/{name}-{place}.png": looks.picture,
        "/voices/{name}": looks.voice,
        "/static/{file}": looks.static,
    }
    post: dict[str, Endpoint] = {
        "/press": deeds.press,
        "/submit": deeds.submit,
        "/write": deeds.write,
        "/block": deeds.block,
        "/language": deeds.speak,
        "/clock": deeds.skip,
        "/encounters": deeds.report,
    }
    for method, endpoints in (("GET", get), ("POST", post)):
        for path, endpoint in endpoints.items():
            router.add_api_route(path, endpoint, methods=[method], response_model=None)
    return router


class Looks:
    """What only looks: the page and its parts, the live news, the pictures."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._channel = _channel_of(app)

    async def page(self, request: Request, language: str = "") -> Response:
        """The whole page. Which seat is in which pane stands in the address."""
        pen = Pen(self._app, language or spoken(request.headers.get("accept-language", "")))
        wanted = {pane: request.query_params.get(pane, "") for pane in PANES}
        view = await self._app.read(lambda ctx: page_view(wanted, pen.language, self._app.clock, ctx))
        return _html(pen.page(view))

    async def pane(self, pane: str, seat: str = "", language: str = "") -> Response:
        """One pane, when another seat is taken in it or news may have been missed."""
        view = await self._app.read(lambda ctx: pane_view(pane, seat, ctx)) if pane in PANES else None
        if view is None:
            raise HTTPException(404)
        return _html(Pen(self._app, language).pane(view))

    async def ledger(self, language: str = "") -> Response:
        """What happened: the newest decisions."""
        pen = Pen(self._app, language)
        recent = await self._app.read(lambda ctx: ledger.recent(ctx, DECISIONS, pen.language))
        return _html(pen.decisions(recent))

    async def live(self, language: str = "") -> Response:
        """News as they happen, as Server-Sent Events."""
        lines = self._lines(Pen(self._app, language))
        return StreamingResponse(lines, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def picture(self, name: int, place: int, dark: bool = False) -> Response:
        """The chart of a message, drawn anew when looked at."""
        chart = await self._app.read(lambda ctx: _chart(ctx, name, place))
        if chart is None:
            raise HTTPException(404)
        # matplotlib takes long to import: only who looks at a picture waits for it.
        from bot.pictures import draw

        drawn = await asyncio.to_thread(draw, chart, dark=dark)
        return Response(drawn, media_type="image/png", headers={"Cache-Control": "no-cache"})

    async def voice(self, name: str) -> Response:
        """A voice message."""
        try:
            sound = await self._app.read(lambda ctx: _sound(ctx, name))
        except (FeedbackError, UnknownKey):
            raise HTTPException(404) from None
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(sound.content, media_type=sound.media_type, headers=headers)

    async def static(self, file: str) -> Response:
        """One of the page's own files."""
        if file not in _FILES:
            raise HTTPException(404)
        return FileResponse(_STATIC / file, media_type=_FILES[file], headers={"Cache-Control": "no-cache"})

    async def _lines(self, pen: Pen) -> AsyncIterator[str]:
        # At once, so that the browser knows that it listens.
        yield ": listening\n\n"
        async for news in self._channel.feed.listen():
            yield _line(news, pen, self._app.clock.now())


class Deeds:
    """What changes something. Anything but 200 means that nothing was kept, and it may be sent again."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._channel = _channel_of(app)
        self._listener = Listener(self._channel)

    async def press(self, deed: Press) -> Response:
        """A button was pressed."""
        place = await self._place(deed)
        return await _told(self._listener.press(place, Action.decode(deed.action)))

    async def submit(self, deed: Submission) -> Response:
        """A form was submitted."""
        place = await self._place(deed)
        return await _told(self._listener.submit(place, Action.decode(deed.action), deed.fields))

    async def write(self, deed: Words) -> Response:
        """Something was written."""
        return await _told(self._listener.write(await self._place(deed), deed.words))

    async def block(self, deed: Block) -> Response:
        """Kaiku is blocked, or let in again."""
        place = await self._place(deed)
        return await _told(self._listener.leave(place) if deed.blocked else self._listener.come_back(place))

    async def speak(self, deed: Speech) -> Response:
        """The person wants another language."""
        return await _told(self._listener.command(await self._place(deed), f"language {deed.language}"))

    async def skip(self, skip: Skip) -> Response:
        """The clock goes ahead; what falls due on the way happens."""
        clock = self._skipping_clock()
        now, zone = clock.now(), self._app.organisation.time_zone
        targets = {
            "hour": now + timedelta(hours=1),
            "monday": coming(_MONDAY, time(8, 30), zone, now),
            "friday": coming(_FRIDAY, time(15), zone, now),
        }
        await self._skip_to(targets[skip.to])
        return await _told(_nothing())

    async def report(self, report: Report) -> Response:
        """An encounter happened just now; it is asked about after its delay, or right away."""
        return await _told(self._happened(report))

    async def _happened(self, report: Report) -> Told:
        now = self._app.clock.now()
        event = EncounterHappened(
            by=Sender(CHANNEL, ""),
            at=now,
            delivery_id=report.nonce,
            source=CHANNEL,
            touchpoint=report.touchpoint,
            customer=report.customer,
            happened_at=now,
            service=report.service,
            handler=report.handler,
            about=report.about,
            external_reference=report.nonce,
            ask_at_once=report.ask_now,
        )
        await self._app.write(lambda ctx: record_encounter(event, ctx))
        await self._app.tick()
        self._channel.feed.tell(ClockMoved())
        return Told()

    async def _skip_to(self, target: datetime) -> None:
        clock = self._skipping_clock()
        while (now := clock.now()) < target:
            clock.skip_to(min(target, now + _STEP))
            await self._app.tick()
        self._channel.feed.tell(ClockMoved())

    def _skipping_clock(self) -> SkippingClock:
        if not isinstance(self._app.clock, SkippingClock):
            raise HTTPException(409, "Real time cannot be skipped.")
        return self._app.clock

    async def _place(self, deed: Deed) -> Place:
        """Where it was done. Raises `HTTPException` for a seat that does not exist."""
        seat = await self._app.read(lambda ctx: _seat(ctx, deed.seat))
        if seat is None:
            raise HTTPException(422, "Nobody sits there.")
        return Place(seat.identity, seat.conversation, deed.message, f"{seat.identity}:{deed.nonce}")


def spoken(accepted: str) -> str:
    """The first of our languages that a browser accepts (RFC 9110 §12.5.4, weights aside); else empty."""
    tags = (part.partition(";")[0].strip()[:2].lower() for part in accepted.split(","))
    return next((tag for tag in tags if tag in LANGUAGES), "")


def _channel_of(app: "App") -> SandboxChannel:
    channel = app.channels[CHANNEL]
    if not isinstance(channel, SandboxChannel):
        raise TypeError(f"{channel!r} stands where the sandbox should")
    return channel


def _seat(ctx: Context, key: str) -> Seat | None:
    return next((seat for seat in every_seat(ctx) if seat.key == key), None)


def _chart(ctx: Context, message: int, place: int) -> Chart | None:
    row = chat.message_called(ctx.session, message)
    drawn = Drawn.of_row(row) if row else None
    return drawn.charts.get(place) if drawn else None


def _sound(ctx: Context, name: str) -> Sound:
    return sound_of(kept(name, ctx), "en", ctx)


_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def _html(drawn: str) -> HTMLResponse:
    return HTMLResponse(drawn, headers=_HEADERS)


async def _told(doing: Awaitable[Told]) -> JSONResponse:
    """The answer to a deed; 503 when it was not kept."""
    try:
        told = await doing
    except ValueError as mistake:
        raise HTTPException(422, "Not a button of ours.") from mistake
    except Exception as failure:
        log.exception("a deed in the sandbox was not kept")
        raise HTTPException(503, "Not kept; send it again.") from failure
    return JSONResponse({"form": told.form, "errors": dict(told.errors), "note": told.note})


async def _nothing() -> Told:
    return Told()


def _line(news: News, pen: Pen, now: datetime) -> str:
    """One Server-Sent Event; a comment where there is nothing to tell."""
    match news:
        case Entry():
            return _event("entry", {"conversation": news.conversation, "html": pen.entry(news)})
        case Removed(conversation, name):
            return _event("removed", {"conversation": conversation, "name": name})
        case ClockMoved():
            return _event("clock", {"now": now.isoformat()})
        case StillHere():
            return ": still here\n\n"
        case _:
            assert_never(news)


def _event(kind: str, data: dict[str, str]) -> str:
    return f"event: {kind}\ndata: {orjson.dumps(data).decode()}\n\n"
