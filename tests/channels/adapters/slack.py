"""Slack on stage: signed requests at the channel's own door, and a Web API that remembers what stands."""

import html
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import orjson
from pydantic import SecretStr

from bot.channels import Destination, Sent
from bot.channels.slack.sender import SlackChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.messages import Action, Verb
from tests.channels.contract import PATIENCE, House, Standing, Trouble
from tests.helpers import slack_payloads as slack
from tests.helpers.slack_server import Refusal, SlackServer, slack_server

IDS = {"tom": slack.TOM, "maya": slack.MAYA}
TROUBLES = {
    Trouble.GONE: Refusal("user_disabled"),
    Trouble.KICKED: Refusal("not_in_channel"),
    Trouble.REVOKED: Refusal("token_revoked"),
    Trouble.BUSY: Refusal("ratelimited", 429, {"Retry-After": str(int(PATIENCE))}),
    Trouble.DOWN: Refusal(status=503),
}
Json = dict[str, Any]


class RememberingSlack(SlackServer):
    """Keeps each message at its stamp, as it was posted or last changed."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, Json] = {}
        self._numbers = count(1)

    def _success(self, method: str) -> Json:
        call = self.calls[-1].arguments
        if not method.startswith("chat."):
            return super()._success(method)
        stamp = call.get("ts") or f"1795500000.{next(self._numbers):06}"
        if "ts" in call and stamp not in self.messages:
            return {"ok": False, "error": "message_not_found"}
        if method == "chat.delete":
            del self.messages[stamp]
        else:
            self.messages[stamp] = call
        return {"channel": slack.TOMS_CHAT, "ts": stamp}


class SlackStage:
    tom = Destination(person=slack.TOM)
    cannot: Mapping[str, str] = {}

    def __init__(self, channel: SlackChannel, server: RememberingSlack) -> None:
        assert channel.http_app
        self.channel = channel
        self._server = server
        self._numbers = count(1)
        self._last = b""
        transport = httpx.ASGITransport(channel.http_app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://kaiku")

    async def standing(self) -> list[Standing]:
        return [_standing(message) for message in self._server.messages.values()]

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        return (await self._pressed(sent, label, by)).status_code == 200

    async def forge(self, sent: Sent, value: str) -> bool:
        tap = slack.block_action(
            Action(Verb.TAKE, "x"), user=slack.TOM, conversation=sent.conversation, message=sent.message
        )
        tap["actions"][0]["value"] = value
        return (await self._post(slack.as_form(tap))).status_code == 200

    async def again(self) -> bool:
        return (await self._post(self._last)).status_code == 200

    async def opens(self, sent: Sent, label: str) -> str:
        assert (await self._pressed(sent, label, "tom")).status_code == 200
        return " ".join(_texts(self._server.to("views.open")[-1]["view"]))

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        assert (await self._pressed(sent, label, "tom")).status_code == 200
        view = self._server.to("views.open")[-1]["view"]
        submitted = slack.view_submission(
            Action.decode(view["private_metadata"].split("\n")[0]), {}, user=slack.TOM
        )
        submitted["view"]["private_metadata"] = view["private_metadata"]
        submitted["view"]["state"]["values"] = dict(_entered(view["blocks"], fields))
        answer = await self._post(slack.as_form(submitted))
        return " ".join(orjson.loads(answer.content or b"{}").get("errors", {}).values())

    async def write(self, words: str) -> bool:
        said = slack.direct_message(html.escape(words, quote=False), event_id=f"Ev{next(self._numbers)}")
        return (await self._post(slack.as_json(said))).status_code == 200

    async def command(self, words: str) -> bool:
        return (
            await self._post(slack.as_form(slack.slash_command(words, user=slack.TOM)))
        ).status_code == 200

    def trouble(self, what: Trouble) -> None:
        self._server.scripted["chat.postMessage"].append(TROUBLES[what])

    async def close(self) -> None:
        await self._client.aclose()

    async def _pressed(self, sent: Sent, label: str, by: str) -> httpx.Response:
        buttons = _buttons(self._server.messages[sent.message])
        value = next(button["value"] for button in buttons if _label(button) == label)
        tap = slack.block_action(
            Action.decode(value),
            user=IDS[by],
            conversation=sent.conversation,
            message=sent.message,
            at=f"1795500060.{next(self._numbers):06}",
        )
        return await self._post(slack.as_form(tap))

    async def _post(self, body: bytes) -> httpx.Response:
        self._last = body
        answer = await self._client.post(
            "/slack/events", content=body, headers=slack.signed(body, Clock().now())
        )
        await self.channel._replies.finish(within=5)
        return answer


def _entered(blocks: list[Json], fields: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """The state of a form into whose fields these values were entered."""
    for block in blocks:
        if block["type"] == "input":
            kind, value = block["element"]["type"], fields[block["block_id"]]
            entered: Json = {"type": kind}
            if kind == "plain_text_input":
                entered["value"] = value
            else:
                entered["selected_option"] = next(
                    o for o in block["element"]["options"] if o["value"] == value
                )
            yield block["block_id"], {"field": entered}


def _standing(message: Json) -> Standing:
    blocks = message["blocks"]
    told = " ".join(_texts([block for block in blocks if block["type"] != "actions"]))
    labels = tuple(map(_label, _buttons(message)))
    return Standing(told, labels, sum(block["type"] == "image" for block in blocks))


def _label(button: Json) -> str:
    return html.unescape(button["text"]["text"])


def _buttons(message: Json) -> list[Json]:
    return [
        element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]
    ]


def _texts(node: Any) -> Iterator[str]:
    """Every text as a reader sees it: `plain_text` is escaped, `rich_text` is not."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield html.unescape(node["text"]) if node["type"] == "plain_text" else node["text"]
        for inner in node.values():
            yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


@asynccontextmanager
async def stage(house: House, folder: Path) -> AsyncIterator[SlackStage]:
    """One workspace over signed HTTP; pictures are not drawn but uploaded all the same."""
    async with slack_server(RememberingSlack()) as server:
        assert isinstance(server, RememberingSlack)
        settings = Settings(
            slack_bot_token=SecretStr("xoxb-local"),
            slack_signing_secret=SecretStr(slack.SECRET),
            slack_api_url=server.api,
        )
        channel = SlackChannel(settings, Clock(), draw=lambda chart: chart.title.encode())
        channel.settling = (0.0, 0.0)
        await channel.start(house.receive)
        opened = SlackStage(channel, server)
        yield opened
        await opened.close()
        await channel.stop()
