"""Teams on stage: signed activities at the channel's own door, and a connector that keeps what stands."""

import html
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import SecretStr

from bot.channels import Destination, Sent
from bot.channels.teams.render import FIELD
from bot.channels.teams.sender import TeamsChannel
from bot.clock import Clock
from bot.settings import Settings
from storage.database import Database
from tests.channels.contract import PATIENCE, House, Standing, Trouble
from tests.helpers.teams_server import (
    APP,
    PASSWORD,
    PEOPLE,
    TENANT,
    TOM,
    Refusal,
    TeamsServer,
    actions,
    chat_of,
    teams_server,
    words,
)
from tests.helpers.town import fresh_database

TROUBLES = {
    Trouble.GONE: Refusal(403, "MessageWritesBlocked"),
    Trouble.KICKED: Refusal(403, "BotNotInConversationRoster"),
    Trouble.BUSY: Refusal(429, headers={"Retry-After": str(int(PATIENCE))}),
    Trouble.DOWN: Refusal(502),
}
Json = dict[str, Any]


class TeamsStage:
    tom = Destination(person=TOM.directory, workspace=TENANT)
    cannot: Mapping[str, str] = {}

    def __init__(self, channel: TeamsChannel, server: TeamsServer) -> None:
        self.channel = channel
        self._server = server
        self._last: Json = {}
        transport = httpx.ASGITransport(channel.http_app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://kaiku")

    async def standing(self) -> list[Standing]:
        return [_standing(activity) for _, activity in self._server.standing(chat_of(TOM))]

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        return _taken(await self._pressed(sent, label, by))

    async def forge(self, sent: Sent, value: str) -> bool:
        button = {"type": "Action.Execute", "verb": "act", "data": {"action": value}}
        return _taken(await self._post(self._server.press(sent.message, button)))

    async def again(self) -> bool:
        return _taken(await self._post(self._last))

    async def opens(self, sent: Sent, label: str) -> str:
        opened = (await self._pressed(sent, label, "tom")).json()
        return " ".join(_every_text(opened["task"]["value"]))

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        opened = (await self._pressed(sent, label, "tom")).json()
        card = opened["task"]["value"]["card"]["content"]
        entered = {FIELD + key: value for key, value in fields.items()}
        answer = await self._post(self._server.submit(card, entered=entered))
        shown = orjson.loads(answer.content or b"{}").get("task", {}).get("value", {})
        return words(shown["card"]["content"]) if "card" in shown else str(shown or "")

    async def write(self, text: str) -> bool:
        return _taken(await self._post(self._server.activity("message", text=html.escape(text, quote=False))))

    async def command(self, words: str) -> bool:
        return await self.write(f"feedback {words}")

    def trouble(self, what: Trouble) -> None:
        if what is Trouble.REVOKED:
            self._server.password = "changed last night"
        else:
            self._server.scripted.append(TROUBLES[what])

    async def close(self) -> None:
        await self._client.aclose()

    async def _pressed(self, sent: Sent, label: str, by: str) -> httpx.Response:
        activity = dict(self._server.standing(chat_of(TOM)))[sent.message]
        button = next(a for a in actions(_card(activity)) if a["title"] == label)
        return await self._post(self._server.press(sent.message, button, PEOPLE[by]))

    async def _post(self, activity: Json) -> httpx.Response:
        self._last = activity
        headers = {"authorization": f"Bearer {self._server.token()}"}
        answer = await self._client.post("/api/messages", content=orjson.dumps(activity), headers=headers)
        await self.channel._replies.finish(within=5)
        return answer


def _taken(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and orjson.loads(answer.content or b"{}").get("statusCode", 200) == 200


def _card(activity: Json) -> Json:
    (card, *_) = activity.get("attachments") or [{}]
    return dict(card.get("content") or {})


def _every_text(node: Any) -> Iterator[str]:
    """Labels, hints and titles too."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _every_text(inner)


def _standing(activity: Json) -> Standing:
    card = _card(activity)
    pictures = sum(a["contentType"].startswith("image/") for a in activity.get("attachments", []))
    told = words(card) or activity.get("text", "")
    return Standing(told, tuple(a["title"].removeprefix("✓ ") for a in actions(card)), pictures)


@asynccontextmanager
async def stage(house: House, folder: Path) -> AsyncIterator[TeamsStage]:
    """Teams with a stand-in for Microsoft and a house of ours."""
    async with teams_server() as server:
        settings = Settings(
            _env_file=None,
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_tenant=TENANT,
            teams_stand_in=server.url,
        )
        with Database(fresh_database(folder)) as database:
            channel = TeamsChannel(settings, Clock(), database)
            await channel.start(house.receive)
            opened = TeamsStage(channel, server)
            try:
                yield opened
            finally:
                await opened.close()
                await channel.stop()
