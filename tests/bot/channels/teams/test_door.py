import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pydantic import SecretStr

from bot.channels.teams.door import Answer, Door
from bot.channels.teams.places import is_microsofts
from bot.channels.webhook import LARGEST
from bot.settings import Settings
from tests.helpers.teams_server import APP, PASSWORD, TENANT, TeamsServer, teams_server

Json = dict[str, Any]


class Entrance:
    """A door with a Microsoft whose keys it fetches over a socket, and ears that remember."""

    def __init__(self, server: TeamsServer) -> None:
        self.server = server
        self.heard: list[Json] = []
        self.answer: Answer = (200, None)
        settings = Settings(
            _env_file=None,
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_tenant=TENANT,
            teams_stand_in=server.url,
        )
        self._door = Door(settings, self._hear)

    async def _hear(self, body: Json) -> Answer:
        self.heard.append(body)
        return self.answer

    async def knock(self, token: str, body: Json | bytes | None = None, method: str = "POST") -> int:
        return (await self.request({"authorization": f"Bearer {token}"}, body, method)).status_code

    async def request(
        self, headers: dict[str, str], body: Json | bytes | None = None, method: str = "POST"
    ) -> httpx.Response:
        said = self.server.activity("message", text="hello") if body is None else body
        content = said if isinstance(said, bytes) else orjson.dumps(said)
        transport = httpx.ASGITransport(self._door)
        async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
            return await client.request(method, "/api/messages", content=content, headers=headers)


@pytest.fixture
async def entrance() -> AsyncIterator[Entrance]:
    async with teams_server() as server:
        yield Entrance(server)


async def test_what_microsoft_signed_for_us_gets_through_whole(entrance: Entrance) -> None:
    activity = entrance.server.activity("message", text="Åke & moi")
    assert await entrance.knock(entrance.server.token(), activity) == 200
    assert entrance.heard == [activity]


async def test_the_answer_is_handed_back(entrance: Entrance) -> None:
    entrance.answer = (200, {"statusCode": 200, "value": "ä"})
    answer = await entrance.request({"authorization": f"Bearer {entrance.server.token()}"})
    assert answer.json() == {"statusCode": 200, "value": "ä"}
    entrance.answer = (503, None)
    assert await entrance.knock(entrance.server.token()) == 503


LONG_AGO = int(time.time()) - 4000


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://sts.windows.net/evil/"},
        {"iss": None},
        {"aud": "99999999-2222-4333-8444-555555555555"},
        {"aud": None},
        {"exp": LONG_AGO, "nbf": LONG_AGO - 60, "iat": LONG_AGO - 60},
        {"nbf": int(time.time()) + 4000},
        {"serviceurl": "https://smba.trafficmanager.net/emea"},
        {"serviceurl": None},
    ],
    # Named by claim: an instant in a name would differ between the processes that collect the tests.
    ids=lambda claims: "+".join(f"{claim}" for claim in claims),
)
async def test_a_token_that_says_something_else_opens_nothing(entrance: Entrance, claims: Json) -> None:
    assert await entrance.knock(entrance.server.token(**claims)) == 401
    assert entrance.heard == []


async def test_a_token_of_somebody_elses_key_opens_nothing(entrance: Entrance) -> None:
    forged = generate_private_key(65537, 2048)
    assert await entrance.knock(entrance.server.token(forged)) == 401
    assert await entrance.knock(entrance.server.token(forged, kid="theirs")) == 401
    assert await entrance.knock(entrance.server.token(kid="unknown")) == 401
    assert entrance.heard == []


async def test_an_unsigned_token_opens_nothing(entrance: Entrance) -> None:
    claims = jwt.decode(entrance.server.token(), options={"verify_signature": False})
    for unsigned in (
        jwt.encode(claims, None, "none", headers={"kid": "ours"}),  # type: ignore[arg-type]
        jwt.encode(
            claims, "a guess that is long enough for it to be taken", "HS256", headers={"kid": "ours"}
        ),
        entrance.server.token().rpartition(".")[0] + ".",
        entrance.server.token()[:-6] + "AAAAAA",
    ):
        assert await entrance.knock(unsigned) == 401
    assert entrance.heard == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": "Bearer x"},
        {"authorization": "Bearer ..."},
        {"authorization": "Basic a2Fpa3U6a2Fpa3U="},
        {"authorization": "Bearer " + "x" * 9000},
        {"authorization": "Bearer " + "e30." * 200},
    ],
)
async def test_without_a_token_nobody_gets_in(entrance: Entrance, headers: dict[str, str]) -> None:
    assert (await entrance.request(headers)).status_code == 401
    raw = {"authorization": "Bearer \u00e4".encode()}
    assert (await entrance.request(raw)).status_code == 401  # type: ignore[arg-type]
    assert entrance.heard == []


async def test_an_activity_that_wants_its_answer_elsewhere_is_refused(entrance: Entrance) -> None:
    for url in (
        "http://169.254.169.254/",
        "https://evil.example/",
        f"{entrance.server.url}.evil",
        "",
        None,
        7,
    ):
        activity = entrance.server.activity("message", text="x", serviceUrl=url)
        assert await entrance.knock(entrance.server.token(serviceurl=url), activity) == 401
    assert entrance.heard == []


async def test_another_organisations_people_are_not_heard(entrance: Entrance) -> None:
    foreign = entrance.server.activity("message", text="x")
    foreign["conversation"]["tenantId"] = "somebody else's"
    assert await entrance.knock(entrance.server.token(), foreign) == 403
    nobodys = entrance.server.activity("message", text="x", channelData=None)
    del nobodys["conversation"]["tenantId"]
    assert await entrance.knock(entrance.server.token(), nobodys) == 403
    assert entrance.heard == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_garbage_is_refused(entrance: Entrance, body: bytes) -> None:
    assert await entrance.knock(entrance.server.token(), body) == 400
    assert (await entrance.request({}, body)).status_code == 401


async def test_too_much_is_not_read_and_nothing_but_post_is_taken(entrance: Entrance) -> None:
    assert await entrance.knock(entrance.server.token(), b"x" * (LARGEST + 1)) == 413
    assert await entrance.knock(entrance.server.token(), method="GET") == 405
    assert entrance.heard == []


async def test_microsoft_out_of_reach_lets_nobody_in() -> None:
    async with teams_server() as server:
        entrance = Entrance(server)
        token = server.token()
    assert await entrance.knock(token) == 503
    assert entrance.heard == []


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://smba.trafficmanager.net/teams", True),
        ("https://europe.api.botframework.com/", True),
        ("http://smba.trafficmanager.net/teams", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://evilbotframework.com/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1/", False),
        ("ftp://smba.trafficmanager.net/", False),
        ("", False),
    ],
)
def test_our_token_goes_to_microsoft_only(url: str, fine: bool) -> None:
    assert is_microsofts(url) is fine
