"""Into the dashboard by the organisation's identity provider: a small real one, which signs real identities."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from storage.tables import AuditEntry, WebSession
from tests.helpers.dashboard import SITE, Browser, browser
from tests.helpers.site import served
from tests.helpers.town import Town


@dataclass
class Issuer:
    """An identity provider of one person, who may be made to lie."""

    town: Town
    email: str = "maya.virtanen@pension.example"
    claims: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def site(self) -> FastAPI:
        """What it serves."""
        site = FastAPI()
        site.get("/.well-known/openid-configuration")(self.describe)
        site.get("/jwks")(self.keys)
        site.get("/authorize")(self.authorize)
        site.post("/token", response_model=None)(self.token)
        return site

    async def describe(self) -> dict[str, str]:
        endpoints = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.address} | {name: f"{self.address}/{path}" for name, path in endpoints.items()}

    async def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    async def authorize(self, request: Request) -> RedirectResponse:
        """The person says yes at once."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"].split() == ["openid", "email"]
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> Response | dict[str, str]:
        """A code is good once, with its verifier, for the client it was given to."""
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        client = base64.b64encode(b"kaiku:secret").decode()
        if (
            asked is None
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or request.headers["authorization"] != f"Basic {client}"
        ):
            return Response(status_code=400)
        now = int(self.town.clock.at.timestamp())
        says = {
            "iss": self.address,
            "sub": "maya",
            "aud": "kaiku",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": True,
        } | self.claims
        return {"id_token": jwt.encode({"alg": "RS256"}, says, self.signs_with or self.key)}


@pytest.fixture
async def issuer(town: Town) -> AsyncIterator[Issuer]:
    provider = Issuer(town)
    maya = town.app.organisation.people["maya"]
    people = {**town.app.organisation.people, "maya": maya.model_copy(update={"email": provider.email})}
    town.app.apply(town.app.organisation.model_copy(update={"people": people}), "a test")
    async with served(provider.site()) as port:
        provider.address = f"http://127.0.0.1:{port}"
        town.app.settings = town.app.settings.model_copy(
            update={
                "oidc_issuer": provider.address,
                "oidc_client_id": "kaiku",
                "oidc_client_secret": SecretStr("secret"),
            }
        )
        yield provider


async def goes_there_and_back(pages: Browser) -> str:
    """The person follows the button to the provider, who sends them back: the address they come back to."""
    away = await pages.leave("/dashboard/oidc")
    async with httpx.AsyncClient() as outside:
        answer = await outside.get(away)
    return answer.headers["location"].removeprefix(SITE)


async def test_whom_the_provider_vouches_for_comes_in(town: Town, issuer: Issuer) -> None:
    async with browser(town) as maya:
        await maya.open("/dashboard/comments")
        assert "/dashboard/oidc" in maya.page.text
        assert await maya.open(await goes_there_and_back(maya)) == 200
        assert maya.at == "/dashboard/comments"
        assert "Maya Virtanen" in maya.text
    assert [(row.did, row.subject) for row in await town.rows(AuditEntry)] == [("logged in", "by OIDC")]


LIES: list[dict[str, Any]] = [
    {"iss": "https://elsewhere.example"},
    {"aud": "another-client"},
    {"exp": 1},
    {"nonce": "of another attempt"},
    {"email_verified": False},
    {"email_verified": "true"},
    {"email": ""},
]


@pytest.mark.parametrize("lie", LIES, ids=[next(iter(lie)) for lie in LIES])
async def test_what_does_not_hold_lets_nobody_in(town: Town, issuer: Issuer, lie: dict[str, Any]) -> None:
    issuer.claims = lie
    await _is_refused(town)


async def test_an_identity_that_somebody_else_signed_lets_nobody_in(town: Town, issuer: Issuer) -> None:
    issuer.signs_with = RSAKey.generate_key(2048)
    await _is_refused(town)


async def _is_refused(town: Town) -> None:
    async with browser(town) as maya:
        assert await maya.open(await goes_there_and_back(maya)) == 403
        assert await town.rows(WebSession) == []


async def test_somebody_who_does_not_work_here_stays_outside(town: Town, issuer: Issuer) -> None:
    issuer.email = "somebody@elsewhere.example"
    async with browser(town, **{"accept-language": "en"}) as stranger:
        assert await stranger.open(await goes_there_and_back(stranger)) == 403
        assert "Nobody who works here is known to me by your e-mail address." in stranger.text


async def test_an_answer_belongs_to_the_browser_that_asked_and_is_good_once(
    town: Town, issuer: Issuer
) -> None:
    async with browser(town) as maya, browser(town) as victim:
        back = await goes_there_and_back(maya)
        await victim.leave("/dashboard/oidc")
        assert await victim.open(back) == 403
        assert await maya.open(back) == 200
        assert await maya.open(back) == 403
        state = parse_qs(urlsplit(back).query)["state"][0]
        for query in ("", "state=", f"state={state}", "code=x", f"error=access_denied&state={state}"):
            assert await maya.open(f"/dashboard/oidc/back?{query}") == 403


async def test_a_provider_that_is_gone_or_another_is_told_calmly(town: Town, issuer: Issuer) -> None:
    issuer.address = "https://elsewhere.example"
    async with browser(town) as maya:
        assert await maya.open("/dashboard/oidc") == 403
        closed = {"oidc_issuer": "http://127.0.0.1:9"}
        town.app.settings = town.app.settings.model_copy(update=closed)
    async with browser(town, **{"accept-language": "en"}) as maya:
        assert await maya.open("/dashboard/oidc") == 403
        assert "Logging in with your organisation's account did not work." in maya.text
