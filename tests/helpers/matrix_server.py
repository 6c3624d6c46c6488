"""A homeserver in small: one stream of events, kept as a real one keeps them, with troubles on demand."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]
BOT = "@kaiku:kaiku.test"


class MatrixServer:
    """Knows rooms, messages, edits, reactions and redactions; the first call after `fail_with` fails so."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.fail_with: list[web.Response] = []
        self._numbers = count(1)
        self._transactions: dict[str, str] = {}
        self._answers: dict[str, Json] = {}
        self._direct: Json = {}

    def add(self, room: str, sender: str, kind: str, content: Json, **more: Any) -> Json:
        """Something happens in a room."""
        number = next(self._numbers)
        event = {
            "event_id": f"$event{number}",
            "room_id": room,
            "sender": sender,
            "type": kind,
            "content": content,
            # One a millisecond at most, so that before and after are never the same.
            "origin_server_ts": max(time.time_ns() // 1_000_000, self._latest() + 1),
            **more,
        }
        self.events.append(event)
        return event

    def standing(self, room: str) -> list[Json]:
        """The bot's messages of a room as they read now, oldest first."""
        return [self._bundled(event) for event in self._messages(room) if event["content"]]

    def app(self) -> web.Application:
        """The part of the client-server API that Kaiku uses."""
        app = web.Application()
        base = "/_matrix/client/v3"
        room = base + "/rooms/{room}"
        app.add_routes(
            [
                web.get(f"{base}/sync", self._sync),
                web.put(f"{room}/send/{{kind}}/{{transaction}}", self._send),
                web.put(f"{room}/redact/{{event}}/{{transaction}}", self._redact),
                web.get(f"{room}/event/{{event}}", self._event),
                web.get(f"{room}/messages", self._history),
                web.get(f"{room}/members", self._members),
                web.get("/_matrix/client/v1/rooms/{room}/relations/{event}/{relation}/{kind}", self._related),
                web.post(f"{base}/createRoom", self._create),
                web.get(f"{base}/user/{{user}}/account_data/m.direct", self._read_direct),
                web.put(f"{base}/user/{{user}}/account_data/m.direct", self._write_direct),
                web.get(f"{base}/profile/{{user}}/displayname", self._name),
                web.post("/_matrix/media/v3/upload", self._upload),
            ]
        )
        return app

    def _latest(self) -> int:
        return int(self.events[-1]["origin_server_ts"]) if self.events else 0

    def _messages(self, room: str) -> list[Json]:
        said = (e for e in self.events if e["type"] == "m.room.message" and e["room_id"] == room)
        return [e for e in said if e["sender"] == BOT and _relation(e).get("rel_type") != "m.replace"]

    def _bundled(self, event: Json) -> Json:
        edits = [
            e for e in self.events if _relation(e) == {"rel_type": "m.replace", "event_id": event["event_id"]}
        ]
        return {**event, "unsigned": {"m.relations": {"m.replace": edits[-1]}}} if edits else event

    async def _sync(self, request: web.Request) -> web.Response:
        """As real servers do, it answers the same to whoever asks from the same place."""
        since = request.query.get("since", "0")
        if since not in self._answers:
            new = [event for event in self.events[int(since) :] if event["sender"] != BOT]
            rooms = {event["room_id"] for event in new}
            join = {
                room: {"timeline": {"events": [e for e in new if e["room_id"] == room], "limited": False}}
                for room in rooms
            }
            answer = {"next_batch": str(len(self.events)), "rooms": {"join": join, "invite": {}, "leave": {}}}
            if not new:
                return web.json_response(answer)
            self._answers[since] = answer
        return web.json_response(self._answers[since])

    async def _send(self, request: web.Request) -> web.Response:
        if self.fail_with:
            return self.fail_with.pop(0)
        where = request.match_info
        if where["transaction"] not in self._transactions:
            event = self.add(where["room"], BOT, where["kind"], await request.json())
            self._transactions[where["transaction"]] = event["event_id"]
        return web.json_response({"event_id": self._transactions[where["transaction"]]})

    async def _redact(self, request: web.Request) -> web.Response:
        for place, event in enumerate(self.events):
            if event["event_id"] == request.match_info["event"]:
                self.events[place] = {**event, "content": {}}
        return web.json_response({"event_id": "$redaction"})

    async def _event(self, request: web.Request) -> web.Response:
        found = (e for e in self.events if e["event_id"] == request.match_info["event"])
        return web.json_response(self._bundled(next(found)))

    async def _history(self, request: web.Request) -> web.Response:
        chunk = [self._bundled(event) for event in reversed(self._messages(request.match_info["room"]))]
        return web.json_response({"chunk": chunk, "start": "0"})

    async def _members(self, request: web.Request) -> web.Response:
        there = {event["state_key"]: event for event in self.events if event["type"] == "m.room.member"}
        return web.json_response({"chunk": list(there.values())})

    async def _related(self, request: web.Request) -> web.Response:
        wanted = {"rel_type": request.match_info["relation"], "event_id": request.match_info["event"]}
        chunk = [e for e in reversed(self.events) if wanted.items() <= _relation(e).items()]
        return web.json_response({"chunk": chunk})

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        room = f"!room{next(self._numbers)}:kaiku.test"
        for member in (BOT, *asked["invite"]):
            self.add(room, BOT, "m.room.member", {"membership": "join"}, state_key=member)
        return web.json_response({"room_id": room})

    async def _read_direct(self, request: web.Request) -> web.Response:
        return web.json_response(self._direct)

    async def _write_direct(self, request: web.Request) -> web.Response:
        self._direct = await request.json()
        return web.json_response({})

    async def _name(self, request: web.Request) -> web.Response:
        return web.json_response({"displayname": request.match_info["user"][1:4].title()})

    async def _upload(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"content_uri": f"mxc://kaiku.test/{next(self._numbers)}"})


def _relation(event: Json) -> Json:
    relation = event["content"].get("m.relates_to") or {}
    return relation if "rel_type" in relation else {}


@asynccontextmanager
async def matrix_server() -> AsyncIterator[tuple[MatrixServer, str]]:
    """A running one, and its address."""
    server = MatrixServer()
    async with TestServer(server.app(), host="127.0.0.1") as running:
        yield server, str(running.make_url("")).rstrip("/")
