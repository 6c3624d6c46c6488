"""Whatever Kaiku calls: it goes where the settings say, and nobody who answers sends it anywhere else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.channels.errors import DeliveryError
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.slack.web_api import WebApi
from bot.channels.teams.connector import Connector
from bot.channels.teams.places import Place, is_microsofts
from bot.channels.telegram.bot_api import BotApi
from bot.outside import Outside, refusal
from bot.settings import Settings
from bot.web.dashboard.oidc import Provider, _NotProven
from tests.helpers.receiver import listener, receiver
from tests.helpers.teams_server import APP, PASSWORD, TENANT
from tests.helpers.telegram_server import TOKEN
from tests.helpers.town import TUESDAY_TEN, HandClock

Call = Callable[[str], Awaitable[object]]
FAILURES = (DeliveryError, httpx.HTTPError)


async def _slack(url: str, deed: Callable[[WebApi], Awaitable[object]]) -> None:
    api = WebApi("xoxb-local", f"{url}/", hooks=url)
    await api.open()
    try:
        await deed(api)
    finally:
        await api.close()


async def _telegram(url: str, deed: Callable[[BotApi], Awaitable[object]]) -> None:
    api = BotApi(TOKEN, url, patience=2.0)
    await api.open()
    try:
        await deed(api)
    finally:
        await api.close()


async def _teams(url: str, deed: Callable[[Connector], Awaitable[object]]) -> None:
    settings = Settings(
        _env_file=None, teams_app_id=APP, teams_app_password=SecretStr(PASSWORD), teams_tenant=TENANT,
        teams_stand_in=url,
    )  # fmt: skip
    connector = Connector(settings)
    await connector.open()
    try:
        await deed(connector)
    finally:
        await connector.close()


async def _teams_with_a_token(url: str) -> None:
    async def say(connector: Connector) -> None:
        connector._token, connector._good_until = "granted", asyncio.get_running_loop().time() + 60
        await connector.delete(Place("19:x@thread.v2", url), "1")

    await _teams(url, say)


async def _matrix(url: str, deed: Callable[[Homeserver], Awaitable[object]]) -> None:
    home = Homeserver(url, "@kaiku:kaiku.test", "token")
    try:
        await deed(home)
    finally:
        await home.close()


async def _webhook(url: str) -> None:
    outside = Outside(frozenset({"127.0.0.1"}), 2.0)
    try:
        await outside.post(url, b"{}", {})
    finally:
        await outside.close()


def _provider(issuer: str) -> Provider:
    settings = Settings(
        _env_file=None, public_url="https://kaiku.test", oidc_issuer=issuer, oidc_client_id="kaiku"
    )
    app: Any = SimpleNamespace(settings=settings, clock=HandClock(TUESDAY_TEN))
    return Provider(app)


async def _token_of_the_provider(url: str) -> None:
    async with httpx.AsyncClient() as client:
        await _provider(url)._exchanged(client, {"token_endpoint": url}, "code", "seed")


CALLS: dict[str, Call] = {
    "a webhook": _webhook,
    "a method of Slack's": lambda url: _slack(url, lambda api: api.call("chat.postMessage", text="hello")),
    "Slack's response_url": lambda url: _slack(url, lambda api: api.respond(url, text="hello")),
    "Slack's OAuth": lambda url: _slack(url, lambda api: api.exchange(code="x")),
    "a method of Telegram's": lambda url: _telegram(url, lambda api: api.me()),
    "Telegram's updates": lambda url: _telegram(url, lambda api: api.updates(0, 0)),
    "a token for Teams": lambda url: _teams(url, lambda connector: connector.token()),
    "a message in Teams": _teams_with_a_token,
    "Matrix by our own request": lambda url: _matrix(url, lambda home: home.whoami()),
    "Matrix by the library's": lambda url: _matrix(url, lambda home: home.sync("")),
    "an identity provider, describing itself": lambda url: _provider(url).address("seed"),
    "an identity provider's token": _token_of_the_provider,
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", CALLS)
async def test_whoever_answers_sends_us_nowhere_else(name: str, status: int) -> None:
    async with receiver() as inside, receiver() as called:
        called.elsewhere = inside.url
        called.answers.extend([status] * 5)
        with pytest.raises(FAILURES):
            await CALLS[name](f"http://127.0.0.1:{called.port}")

        assert called.calls
        assert inside.calls == []


HOSTILE = (
    "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/x", "https://metadata.google.internal.@10.0.0.1/",
    "file:///etc/passwd", "gopher://127.0.0.1:25/", "//127.0.0.1/", "https:127.0.0.1", "", "https://",
)  # fmt: skip
LOOKALIKES = {
    "response_url": (
        "https://hooks.slack.com.evil.example/", "https://hooks.slack.com@127.0.0.1/", "http://hooks.slack.com/x",
        "https://evil.example/https://hooks.slack.com/", "https://hooks.slack.com\\@127.0.0.1/",
        "https://hooks.slack.com:443@127.0.0.1/",
    ),
    "Teams service": (
        "https://smba.trafficmanager.net.evil.example/", "https://smba.trafficmanager.net@127.0.0.1/",
        "http://smba.trafficmanager.net/emea/", "https://evil.example/?smba.trafficmanager.net",
        "https://smba.trafficmanager.net\\@127.0.0.1/", "https://evil.example#.botframework.com/",
    ),
    "webhook": ("http://example.org/", "https://127.1/", "https://0x7f.1/", "https://2130706433/"),
}  # fmt: skip
HONEST = {
    "response_url": "https://hooks.slack.com/actions/T0/1/x",
    "Teams service": "https://smba.trafficmanager.net/emea/",
    "webhook": "https://hooks.example.org/kaiku",
}


async def _refused(kind: str, address: str) -> bool:
    """Whether nothing is sent there: by the address alone, or, for a webhook, by what it is found to stand for."""
    if kind == "response_url":
        return await _of_slack(address)
    if kind == "Teams service":
        return not is_microsofts(address, "")
    outside = Outside(frozenset(), 2.0)
    try:
        await outside.post(address, b"{}", {})
    except DeliveryError:
        return True
    finally:
        await outside.close()
    return False


async def _of_slack(address: str) -> bool:
    api = WebApi("xoxb-local", "https://slack.com/api/")
    try:
        await api.respond(address, text="hello")
    except DeliveryError as refused:
        return "not an address of Slack's" in refused.reason
    return False


@pytest.mark.parametrize(
    ("kind", "address"),
    [(kind, address) for kind, more in LOOKALIKES.items() for address in (*HOSTILE, *more)],
)
async def test_an_address_that_somebody_else_chose_leads_nowhere_inside(kind: str, address: str) -> None:
    assert await _refused(kind, address)


def test_an_honest_address_is_one() -> None:
    assert is_microsofts(HONEST["Teams service"], "")
    assert refusal(HONEST["webhook"], frozenset()) == ""


async def test_slacks_own_address_is_called() -> None:
    assert not await _of_slack(
        HONEST["response_url"]
    )  # it is not refused; there is no session to call it with


async def test_a_voice_message_is_never_a_file_of_this_machine(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("of this machine", "utf-8")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0"
        )
        await reader.readexactly(int(length.partition(b":")[2]))
        found = {"ok": True, "result": {"file_id": "a", "file_unique_id": "b", "file_path": str(own)}}
        body = json.dumps(found).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )

    async with listener(serve) as port:
        with pytest.raises(DeliveryError, match="not at an address of Telegram's"):
            await _telegram(f"http://127.0.0.1:{port}", lambda api: api.download("a", 1000))


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
async def test_an_identity_provider_behind_tls_has_nothing_outside_of_it(name: str) -> None:
    issuer = "https://login.example.org"
    ends = {end: f"{issuer}/{end}" for end in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    told = {"issuer": issuer, **ends, name: "http://127.0.0.1/x"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=told))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(_NotProven, match=f"{name} is not reached over TLS"):
            await _provider(issuer)._describes_itself(client)
