"""The web outside, for what is sent to addresses that somebody typed: only to where it may go.

A name is resolved once, every address it has is looked at, and the connection goes to what was looked at: a name that
leads inside is refused, and so is one that leads there only the second time. Redirects are not followed, answers are
not read, and nobody may keep us waiting.
"""

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.channels.errors import DeliveryError
from bot.settings import variable
from bot.version import VERSION

_GONE = 410
_NAT64 = IPv6Network("64:ff9b::/96")
_OF_ONE_SITE = (IPv6Network("fec0::/10"), IPv6Network("64:ff9b:1::/48"))
"""Of somebody's own network, which Python takes for everybody's."""


class NotThere(OSError):
    """A host that nothing may be sent to."""


class Outside:
    """Sends to other people's servers, within `patience` seconds; to hosts `inside` our network only where named."""

    def __init__(self, inside: frozenset[str], patience: float) -> None:
        self._inside, self._patience = inside, patience
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Resolver(inside), use_dns_cache=False),
            timeout=aiohttp.ClientTimeout(total=patience),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": f"Kaiku/{VERSION}", "Content-Type": "application/json"},
        )

    async def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send JSON that is taken with a 2xx. Raises `DeliveryError`."""
        try:
            # The same parser looks at it and connects: two of them may see two hosts in one address.
            url = _url(address)
            if refused := _refusal(url, self._inside):
                raise DeliveryError(refused)
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                _demand_taken(answer)
        except TimeoutError:
            raise DeliveryError(f"it did not answer within {self._patience:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise DeliveryError(_in_words(problem)) from problem

    async def close(self) -> None:
        """Let go of every connection."""
        await self._session.close()


def _demand_taken(answer: aiohttp.ClientResponse) -> None:
    """Raises `DeliveryError` unless it said that it took it."""
    if answer.ok and answer.status < 300:
        return
    redirect = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    wait = answer.headers.get("Retry-After", "")
    raise DeliveryError(
        f"it answered {answer.status}{redirect}",
        permanent=answer.status == _GONE,
        retry_after=float(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else None,
    )


def _in_words(problem: Exception) -> str:
    """What kept us from telling; without addresses, which may hold what is nobody's business."""
    cause = problem.__cause__ or problem
    inner = getattr(problem, "os_error", None) or cause
    return str(inner) if isinstance(inner, NotThere) else f"no answer ({type(problem).__name__})"


class Redirected(aiohttp.ClientError):
    """Somebody we call sends us elsewhere: our token and our words stay here."""


def straight() -> aiohttp.TraceConfig:
    """For a session whose owner cannot be told of `allow_redirects`: whatever it is sent to, it raises `Redirected`."""
    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(_refuse_redirect)
    return config


async def _refuse_redirect(
    _session: aiohttp.ClientSession, _context: object, redirect: aiohttp.TraceRequestRedirectParams
) -> None:
    redirect.response.close()
    raise Redirected("redirects are not followed")


# Where it may go.


def refusal(address: str, inside: frozenset[str]) -> str:
    """Why nothing may be sent there, as far as the address itself tells; empty when it may."""
    try:
        return _refusal(_url(address), inside)
    except ValueError:
        return "it is no web address"


def _url(address: str) -> URL:
    try:
        return URL(address)
    except IndexError:
        # yarl stumbles over a host that is a lonely bracket.
        raise ValueError("not an address") from None


def _refusal(url: URL, inside: frozenset[str]) -> str:
    host = url.host or ""
    if host in inside:
        return ""
    if url.scheme != "https":
        return f"only https is allowed, unless {variable('webhook_inside')} names {host}"
    try:
        outside = _is_outside(host)
    except ValueError:
        # A name is looked at when it is resolved. Digits alone are none: 127.00.0.1 is this machine to some.
        outside = not host.replace(".", "").isdecimal()
    return "" if outside else _leads_inside(host)


def _leads_inside(host: str) -> str:
    return f"{host} is not a public address; {variable('webhook_inside')} can allow it"


def _is_outside(address: str) -> bool:
    """Whether an address is reached by everybody. Raises `ValueError` for what is none."""
    ip = ip_address(address.partition("%")[0])
    for within in _hidden_in(ip):
        if not _is_outside(str(within)):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in site for site in _OF_ONE_SITE)


def _hidden_in(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if ip.version == 4:
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        found.append(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return [address for address in found if address is not None]


class _Resolver(AbstractResolver):
    """Finds the addresses of a host, and refuses the host if one of them is inside."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """What a connection may go to. Raises `NotThere`."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        addresses = [str(place[0]) for *_, place in found]
        if host not in self._allowed and not all(_is_outside(address) for address in addresses):
            raise NotThere(_leads_inside(host))
        return [_result(host, port, address) for address in dict.fromkeys(addresses)]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=numeric
    )
