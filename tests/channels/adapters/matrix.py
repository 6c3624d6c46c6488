"""Matrix on stage: a homeserver in small, whose stream is heard step by step."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot.channels import Destination, Sent
from bot.channels.matrix.memory import FORM
from bot.channels.matrix.payloads import NAME
from bot.channels.matrix.sender import MatrixChannel
from bot.clock import Clock
from bot.settings import Settings
from storage import cursors
from storage.database import Database
from tests.channels.contract import PATIENCE, House, Standing, Trouble
from tests.helpers.matrix_server import BOT, Json, MatrixServer, matrix_server
from tests.helpers.matrix_town import content_of, text_of
from tests.helpers.town import fresh_database

CURSOR = f"{NAME}:{BOT}"


def _trouble(what: Trouble) -> web.Response:
    match what:
        case Trouble.GONE | Trouble.KICKED:
            return web.json_response({"errcode": "M_FORBIDDEN", "error": "not in the room"}, status=403)
        case Trouble.REVOKED:
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": "revoked"}, status=401)
        case Trouble.BUSY:
            told = {"errcode": "M_LIMIT_EXCEEDED", "error": "slowly", "retry_after_ms": int(PATIENCE * 1000)}
            return web.json_response(told, status=429)
        case Trouble.DOWN:
            return web.Response(status=502, text="Bad gateway")


class MatrixStage:
    tom = Destination(person="@tom:kaiku.test")
    cannot: Mapping[str, str] = {}

    def __init__(self, channel: MatrixChannel, database: Database, server: MatrixServer) -> None:
        self.channel = channel
        self._database, self.server = database, server
        self._before = ""

    async def standing(self) -> list[Standing]:
        return [_standing(message) for message in self.server.standing(await self._room())]

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        (message,) = (m for m in self.server.standing(sent.conversation) if m["event_id"] == sent.message)
        keys = {choice["label"]: choice["key"] for choice in content_of(message)["io.kaiku.actions"]}
        relation = {"rel_type": "m.annotation", "event_id": sent.message, "key": f"{keys[label]}\ufe0f\u20e3"}
        self.server.add(sent.conversation, f"@{by}:kaiku.test", "m.reaction", {"m.relates_to": relation})
        return await self.hear()

    async def forge(self, sent: Sent, value: str) -> bool:
        """No value travels here: what is pressed is the key of a reaction, which may be anything."""
        relation = {"rel_type": "m.annotation", "event_id": sent.message, "key": value}
        self.server.add(sent.conversation, self.tom.person, "m.reaction", {"m.relates_to": relation})
        return await self.hear()

    async def again(self) -> bool:
        await self._database.write(lambda s: cursors.advance(s, CURSOR, self._before))
        return await self.hear()

    async def opens(self, sent: Sent, label: str) -> str:
        await self.press(sent, label)
        return text_of(self.server.standing(sent.conversation)[-1])

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        await self.press(sent, label)
        for _ in fields:
            asked = content_of(self.server.standing(sent.conversation)[-1])
            value = fields[asked[FORM]["asking"]]
            options = {choice["action"]: choice["key"] for choice in asked.get("io.kaiku.actions", [])}
            await self.write(options.get(value, value))
        return text_of(self.server.standing(sent.conversation)[-1])

    async def write(self, words: str) -> bool:
        content = {"msgtype": "m.text", "body": words}
        self.server.add(await self._room(), self.tom.person, "m.room.message", content)
        return await self.hear()

    async def command(self, words: str) -> bool:
        return await self.write(f"!feedback {words}")

    def trouble(self, what: Trouble) -> None:
        self.server.fail_with.append(_trouble(what))

    async def hear(self) -> bool:
        """Whether what happened was taken in, so that the stream is not heard from there again."""
        self._before = await self._database.read(lambda s: cursors.cursor(s, CURSOR))
        try:
            await self.channel.listener.listen_once(0)
        except OSError:
            return False
        return await self._database.read(lambda s: cursors.cursor(s, CURSOR)) != self._before

    def reactions(self, sent: Sent) -> set[str]:
        """The bot's reactions under a message."""
        own = [
            e for e in self.server.events if e["type"] == "m.reaction" and e["sender"] == BOT and e["content"]
        ]
        relations = [event["content"]["m.relates_to"] for event in own]
        return {relation["key"] for relation in relations if relation["event_id"] == sent.message}

    async def _room(self) -> str:
        return await self.channel._rooms.conversation(self.tom.person)


def _standing(message: Json) -> Standing:
    content = content_of(message)
    labels = tuple(choice["label"] for choice in content.get("io.kaiku.actions", []))
    return Standing(text_of(message), labels, content["formatted_body"].count("<img "))


@asynccontextmanager
async def stage(house: House, folder: Path) -> AsyncIterator[MatrixStage]:
    """One account; pictures are not drawn but uploaded all the same."""
    async with matrix_server() as (server, address):
        settings = Settings(
            _env_file=None,
            matrix_homeserver=address,
            matrix_user_id=BOT,
            matrix_access_token=SecretStr("token"),
        )
        with Database(fresh_database(folder)) as database:
            server.add(
                "!lobby:kaiku.test",
                "@maya:kaiku.test",
                "m.room.message",
                {"msgtype": "m.text", "body": "old"},
            )
            channel = MatrixChannel(settings, Clock(), database, draw=lambda chart: chart.title.encode())
            await channel.start(house.receive)
            # From here on the stage decides when there is something new.
            await channel.listener.stop()
            yield MatrixStage(channel, database, server)
            await channel.stop()
