"""Message, card, press, update and proactive prompt in Microsoft 365 Agents Playground: `make test-teams`.

Its licence is for evaluation, so that it is no part of `make test` and is installed only when asked for.
It sends no tokens: what it says is signed on the way, by the stand-in for Microsoft.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from aiohttp import web
from pydantic import SecretStr

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from tests.helpers.teams_server import APP, PASSWORD, Json, TeamsServer, actions, teams_server, words
from tests.helpers.town import HandClock, example, fresh_database, helsinki
from tests.peers import places

VERSION = "0.2.28"
FOLDER = places.ROOT / ".cache" / f"playground-{VERSION}"
CLI = FOLDER / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
HERE = Path(__file__).parent


def install() -> None:
    """Into a cache folder of its own, once."""
    if CLI.exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(places.HERE / ".npmrc", FOLDER)
    wanted = {"private": True, "dependencies": {"@microsoft/m365agentsplayground": VERSION}}
    (FOLDER / "package.json").write_text(json.dumps(wanted))
    path = f"{places.NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command: list[str | Path] = [places.NODE, places.NPM, "install", "--silent"]
    subprocess.run(command, cwd=FOLDER, env=os.environ | {"PATH": path}, check=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def ports() -> dict[str, int]:
    """Of the go-between, which the Playground takes for the bot; of the Playground; of Kaiku."""
    return {name: free_port() for name in ("between", "playground", "kaiku")}


@pytest.fixture
def playground(ports: dict[str, int]) -> Iterator[str]:
    """The Playground; its address."""
    install()
    command: list[str | Path] = [places.NODE, "-r", HERE / "loopback.cjs", CLI, "start"]
    command += ["-e", f"http://127.0.0.1:{ports['between']}/api/messages", "-c", "msteams"]
    command += ["-p", str(ports["playground"]), "--disable-telemetry"]
    # Without the variable it ends at once and does not say why.
    quiet = os.environ | {"TEAMSAPPTESTER_BROWSER": "none"}
    # It writes a log into the folder that it runs in.
    with subprocess.Popen(command, cwd=FOLDER, env=quiet, stdout=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{ports['playground']}"
        process.kill()


class Between:
    """Stands between the Playground and Kaiku: signs what goes in, and passes on what comes out."""

    def __init__(
        self, server: TeamsServer, playground: str, ports: dict[str, int], client: aiohttp.ClientSession
    ):
        self._server, self._playground, self._client = server, playground, client
        self._kaiku = f"http://127.0.0.1:{ports['kaiku']}/api/messages"
        self.url = f"{server.url}/playground"
        self.said: dict[str, Json] = {}
        """What stands in the Playground: message id → activity."""
        self.answers: list[Json] = []

    async def inward(self, request: web.Request) -> web.Response:
        """An activity of the Playground."""
        activity = {**await request.json(), "serviceUrl": self.url}
        headers = {"authorization": f"Bearer {self._server.token(serviceurl=self.url)}"}
        async with self._client.post(self._kaiku, json=activity, headers=headers) as answer:
            body = await answer.read()
            self.answers.append(json.loads(body or b"{}"))
            return web.Response(status=answer.status, body=body, content_type="application/json")

    async def outward(self, request: web.Request) -> web.Response:
        """A call of Kaiku's."""
        url = f"{self._playground}/_connector/{request.match_info['rest']}"
        body = await request.read()
        kind = {"content-type": "application/json"}
        async with self._client.request(request.method, url, data=body, headers=kind) as answer:
            told = await answer.read()
            if answer.status in (200, 201) and request.method in ("POST", "PUT"):
                message = request.path.split("/activities/")[-1]
                self.said[message if request.method == "PUT" else json.loads(told)["id"]] = json.loads(body)
            return web.Response(status=answer.status, body=told, content_type="application/json")


class Chat:
    """Alex, who sits at the Playground."""

    def __init__(self, app: App, between: Between, playground: str, client: aiohttp.ClientSession) -> None:
        self.app, self.between = app, between
        self._api, self._client = playground, client
        self.alex: Json = {}
        self._conversation = ""

    async def open(self) -> None:
        """Wait until the Playground is there."""
        for _ in range(200):
            try:
                async with self._client.get(f"{self._api}/_internal/v1/config") as answer:
                    config = (await answer.json())["config"]
                self.alex, self._conversation = config["currentUser"], config["personalChat"]["id"]
            except (aiohttp.ClientError, KeyError):
                await asyncio.sleep(0.1)
            else:
                return
        pytest.fail("the Playground did not start")

    async def writes(self, text: str) -> None:
        said = {"from": {"id": self.alex["id"]}, "text": text, "textFormat": "plain"}
        await self._post(f"conversations/{self._conversation}/messages", said)

    async def presses(self, label: str) -> Any:
        """Press the newest button of that label; what the Playground then shows in the card's place."""
        message, button = await self._button(label)
        value = {"action": {**button, "type": "Action.Execute"}, "trigger": "manual"}
        pressed = {"name": "adaptiveCard/action", "value": value, "replyToId": message}
        who = {"from": {"id": self.alex["id"]}, "conversation": {"id": self._conversation}}
        return await self._post("invoke", {**pressed, **who})

    async def reads(self, expected: str) -> None:
        for _ in range(100):
            await self.app.tick()
            if any(expected in words(_card(activity)) for activity in self.between.said.values()):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(
            f"{expected!r} is not among {[words(_card(a)) for a in self.between.said.values()]}"
        )

    async def _button(self, label: str) -> tuple[str, Json]:
        for message, activity in reversed(self.between.said.items()):
            for button in actions(_card(activity)):
                if button["title"] == label:
                    return message, button
        raise AssertionError(f"there is no button {label!r}")

    async def _post(self, path: str, body: Json) -> Any:
        async with self._client.post(f"{self._api}/_conversation/v1/{path}", json=body) as answer:
            told = await answer.text()
            assert answer.status == 200, told
            return json.loads(told or "{}")


def _card(activity: Json) -> Json:
    return next((a["content"] for a in activity.get("attachments", []) if "content" in a), {})


async def _serve(handler: web.Application, port: int) -> web.AppRunner:
    runner = web.AppRunner(handler)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


@pytest.fixture
async def chat(tmp_path: Path, ports: dict[str, int], playground: str) -> AsyncIterator[Chat]:
    async with aiohttp.ClientSession() as client, teams_server() as server:
        settings = Settings(
            _env_file=None,
            database_url=fresh_database(tmp_path),
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_stand_in=f"http://127.0.0.1:{ports['between']}",
        )
        server.url = settings.teams_stand_in
        between = Between(server, playground, ports, client)
        handler = web.Application()
        handler.router.add_get("/v1/.well-known/keys", server.keys)
        handler.router.add_post("/{tenant}/oauth2/v2.0/token", server.grant)
        handler.router.add_post("/api/messages", between.inward)
        handler.router.add_route("*", "/playground/{rest:.*}", between.outward)
        runner = await _serve(handler, ports["between"])
        app = build(settings, HandClock(helsinki("2026-11-24 10:00")))
        app.open()
        app.apply(example(), "a test")
        await app.channels["teams"].start(app.receive)
        kaiku = uvicorn.Server(
            uvicorn.Config(create_site(app), port=ports["kaiku"], log_level="warning", lifespan="off")
        )
        serving = asyncio.create_task(kaiku.serve())
        opened = Chat(app, between, playground, client)
        await opened.open()
        yield opened
        kaiku.should_exit = True
        await serving
        await app.channels["teams"].stop()
        app.close()
        await runner.cleanup()


async def test_the_loop_in_the_playground(chat: Chat) -> None:
    await chat.writes("feedback language english")
    await chat.reads("English")
    who = Sender("teams", chat.alex["aadObjectId"])
    happened = EncounterHappened(
        source="api:test",
        touchpoint="phone",
        customer=who,
        service="pension-advice",
        ask_at_once=True,
        happened_at=chat.app.clock.now(),
        at=chat.app.clock.now(),
        by=Sender("api", "test"),
        delivery_id="",
    )
    await chat.app.write(lambda ctx: record_encounter(happened, ctx))
    await chat.reads("It was easy for me to get my matter handled.")

    shown = await chat.presses("2")
    assert "How satisfied" in words(shown["value"]), "the answer to the press is shown at once"
    await chat.reads("How satisfied")
    shown = await chat.presses("1")
    assert shown["type"] == "application/vnd.microsoft.card.adaptive"
    await chat.writes("I waited for an hour.")
    await chat.app.channels["teams"]._replies.finish(within=5)  # type: ignore[attr-defined]
    assert all(answer.get("statusCode", 200) == 200 for answer in chat.between.answers)
