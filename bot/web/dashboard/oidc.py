"""Logging in at the organisation's identity provider: OpenID Connect, the code flow with PKCE, state and nonce.

The three secrets of one attempt are drawn from one random seed, which only the browser keeps: whoever comes
back with another browser's answer has not the cookie it belongs to. Authlib is an extra, imported where it is used.
"""

import base64
import hmac
import logging
import secrets
from collections.abc import Mapping
from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.app import App
from bot.settings import SettingsError
from bot.web.dashboard.desk import Desk, onward
from bot.web.dashboard.entrance import Door
from handlers import login
from handlers.errors import ProviderFailed
from handlers.login import PATH, Refused

log = logging.getLogger(__name__)

NOT_INSTALLED = (
    "KAIKU_OIDC_ISSUER is set, but what speaks OpenID Connect is not installed: "
    "run `pip install --require-hashes -r requirements-oidc.txt`, or leave the setting empty."
)
COOKIE = "kaiku_oidc"
_SECONDS = 600
"""How long somebody may take at the provider."""
_PATIENCE = 10.0
"""Seconds that the provider may take to answer us."""
_LEEWAY = 60
"""Seconds by which its clock may differ."""
_SIGNED = ["RS256", "PS256", "ES256"]
"""Ways in which an identity may be signed: with keys that the provider alone has."""


class _NotProven(Exception):
    """What came back proves nobody's identity. The text is for the log, and tells no secret."""


def routes(app: App, desk: Desk) -> APIRouter:
    """`/oidc` and `/oidc/back`. Raises `SettingsError` without the library."""
    if find_spec("authlib") is None:
        raise SettingsError((NOT_INSTALLED,))
    visit = Visit(app, desk)
    router = APIRouter()
    router.add_api_route("/oidc", visit.go, methods=["GET"], response_model=None)
    router.add_api_route("/oidc/back", visit.come_back, methods=["GET"], response_model=None)
    return router


class Visit:
    """Sends people to the identity provider and receives them when they come back."""

    def __init__(self, app: App, desk: Desk) -> None:
        self._app, self._desk, self._door = app, desk, Door(app, desk)
        self._provider = Provider(app)

    async def go(self, request: Request) -> Response:
        """Away to the provider."""
        seed = secrets.token_urlsafe(32)
        try:
            away = await self._provider.address(seed)
        except (httpx.HTTPError, _NotProven, KeyError, ValueError) as problem:
            return self._failed(problem, request)
        answer = onward(away)
        self._desk.set_cookie(answer, COOKIE, seed, seconds=_SECONDS)
        return answer

    async def come_back(self, request: Request) -> Response:
        """The provider has sent somebody back: whoever it vouches for comes in, if they work here."""
        seed = request.cookies.get(COOKIE, "")
        try:
            email = await self._provider.email(seed, request.query_params)
        except (httpx.HTTPError, _NotProven, KeyError, ValueError) as problem:
            return self._failed(problem, request)
        entered = await self._app.write(partial(login.enter_by_email, email))
        return self._without_seed(self._door.entered(entered, request))

    def _failed(self, problem: Exception, request: Request) -> Response:
        log.warning("nobody was let in by OIDC: %s %s", type(problem).__name__, str(problem)[:200])
        return self._without_seed(self._door.refused(Refused(ProviderFailed()), request))

    def _without_seed(self, answer: Response) -> Response:
        answer.delete_cookie(COOKIE, path=PATH)
        return answer


class Provider:
    """The identity provider, as it describes itself."""

    def __init__(self, app: App) -> None:
        self._settings, self._clock = app.settings, app.clock

    @cached_property
    def _back(self) -> str:
        return f"{self._settings.site}{PATH}/oidc/back"

    async def address(self, seed: str) -> str:
        """Where to send whoever begins with this seed."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            known = await self._describes_itself(client)
        return str(
            prepare_grant_uri(
                known["authorization_endpoint"],
                client_id=self._settings.oidc_client_id,
                response_type="code",
                redirect_uri=self._back,
                scope="openid email",
                state=_drawn(seed, "state"),
                nonce=_drawn(seed, "nonce"),
                code_challenge=create_s256_code_challenge(_drawn(seed, "verifier")),
                code_challenge_method="S256",
            )
        )

    async def email(self, seed: str, answer: Mapping[str, str]) -> str:
        """The e-mail address that the provider vouches for. Raises `_NotProven`, or what the network does."""
        if not seed or not hmac.compare_digest(
            answer.get("state", "").encode(), _drawn(seed, "state").encode()
        ):
            raise _NotProven("the answer belongs to no attempt of this browser")
        if "code" not in answer:
            raise _NotProven(f"the provider refused: {answer.get('error', 'without a reason')}")
        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            known = await self._describes_itself(client)
            token = await self._exchanged(client, known, answer["code"], seed)
            keys = (await client.get(known["jwks_uri"])).raise_for_status().json()
        claims = self._proven(token, keys, known["issuer"], _drawn(seed, "nonce"))
        if claims.get("email_verified") is not True or not claims.get("email"):
            raise _NotProven("the provider does not vouch for an e-mail address")
        return str(claims["email"])

    async def _describes_itself(self, client: httpx.AsyncClient) -> Mapping[str, str]:
        issuer = self._settings.oidc_issuer
        answer = await client.get(f"{issuer}/.well-known/openid-configuration")
        known: Mapping[str, str] = answer.raise_for_status().json()
        if known["issuer"].rstrip("/") != issuer:
            raise _NotProven("the provider calls itself by another name")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if issuer.startswith("https://") and not str(known[name]).startswith("https://"):
                raise _NotProven(f"the provider's {name} is not reached over TLS")
        return known

    async def _exchanged(
        self, client: httpx.AsyncClient, known: Mapping[str, str], code: str, seed: str
    ) -> str:
        """The identity for which a code stands."""
        answer = await client.post(
            known["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._back,
                "code_verifier": _drawn(seed, "verifier"),
            },
            auth=(self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()),
        )
        return str(answer.raise_for_status().json()["id_token"])

    def _proven(self, token: str, keys: Any, issuer: str, nonce: str) -> Mapping[str, Any]:
        """What a signed identity says, if it was made by the provider, for us, just now, and for this attempt."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        client = self._settings.oidc_client_id
        try:
            signed = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_SIGNED)
            demanded = {
                "iss": {"essential": True, "value": issuer},
                "aud": {"essential": True, "value": client},
            }
            said = CodeIDToken(signed.claims, signed.header, demanded, {"nonce": nonce, "client_id": client})
            said.validate(now=int(self._clock.now().timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as problem:
            raise _NotProven(f"the identity does not hold: {type(problem).__name__}") from None
        return dict(said)


def _drawn(seed: str, purpose: str) -> str:
    """One of the secrets of an attempt: 43 characters, as PKCE wants them."""
    drawn = hmac.digest(seed.encode("utf-8", "replace"), f"kaiku oidc {purpose} v1".encode(), "sha256")
    return base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
