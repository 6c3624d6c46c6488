"""What is sent to an address that somebody typed goes outside and nowhere else."""

import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest

from bot.channels.errors import DeliveryError
from bot.outside import Outside, refusal
from tests.helpers.receiver import listener, receiver

NOWHERE = frozenset[str]()


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://172.16.0.1:8443/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://127.00.0.1/",
        "https://2130706433/",
        "https://127.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fec0::1]/",
        "http://example.org/",
        "ftp://example.org/",
    ],
)
def test_an_address_that_leads_inside_is_refused_with_a_sentence(address: str) -> None:
    assert "KAIKU_WEBHOOK_INSIDE" in refusal(address, NOWHERE)


@pytest.mark.parametrize(
    "address", ["https://example.org/x", "https://93.184.216.34/", "https://[2606:4700::1111]/"]
)
def test_an_address_that_everybody_reaches_is_not(address: str) -> None:
    assert refusal(address, NOWHERE) == ""


@pytest.mark.parametrize("address", ["https://]", "https://[", "https://[x]/", "https://a:b/"])
async def test_what_is_no_address_is_refused_calmly(address: str) -> None:
    assert refusal(address, NOWHERE) == "it is no web address"
    assert "no answer" in await _posted(address)


def test_a_host_that_is_named_may_be_inside_and_without_tls() -> None:
    assert refusal("http://bi.internal:9000/x", frozenset({"bi.internal"})) == ""
    assert refusal("http://bi.internal.evil.example/x", frozenset({"bi.internal"})) != ""


async def _posted(address: str, inside: frozenset[str] = NOWHERE) -> str:
    """Why it was not sent; empty when it was."""
    outside = Outside(inside, 2.0)
    try:
        await outside.post(address, b"{}", {})
    except DeliveryError as problem:
        return problem.reason
    finally:
        await outside.close()
    return ""


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f000001", "127.1"])
async def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(name: str) -> None:
    async with receiver() as inside:
        assert await _posted(f"https://{name}:{inside.port}/") != ""
        assert inside.calls == []


async def test_the_refusal_names_the_host_and_the_setting() -> None:
    reason = "localhost is not a public address; KAIKU_WEBHOOK_INSIDE can allow it"
    assert await _posted("https://localhost:1/") == reason


async def test_a_name_with_one_address_inside_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolves(monkeypatch, ["93.184.216.34", "10.0.0.7"])
    assert "is not a public address" in await _posted("https://evil.example/")


async def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked at, and leads inside the moment after, is looked up once only."""
    async with receiver() as inside:
        looked_up = _resolves(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
        with pytest.MonkeyPatch.context() as patched:
            tried: list[str] = []

            async def connects(_loop: Any, _socket: socket.socket, address: tuple[str, int]) -> None:
                tried.append(address[0])
                raise ConnectionRefusedError

            patched.setattr(type(asyncio.get_running_loop()), "sock_connect", connects)
            assert await _posted(f"https://evil.example:{inside.port}/") != ""
        assert (tried, looked_up) == (["93.184.216.34"], ["evil.example"])


async def test_a_redirect_to_the_inside_is_not_followed() -> None:
    async with receiver() as first:
        first.answers.append(307)
        reason = await _posted(first.url, frozenset({"127.0.0.1"}))
        assert reason == "it answered 307; redirects are not followed"
        assert len(first.calls) == 1


async def test_nobody_may_answer_for_ever() -> None:
    async def trickles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"X-More: of it\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)

    async with listener(trickles) as port:
        began = asyncio.get_running_loop().time()
        assert await _posted(f"http://127.0.0.1:{port}/", frozenset({"127.0.0.1"})) != ""
        assert asyncio.get_running_loop().time() - began < 5


def _resolves(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names lead to these addresses, each time to the next; which names were looked up."""
    asked: list[str] = []

    async def getaddrinfo(_loop: Any, host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)
    return asked
