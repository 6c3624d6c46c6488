"""A small Microsoft to speak with over real sockets: it signs activities with a key of its own, gives the
bot a token, keeps what the bot says, and records how. What it answers can be scripted, failures included.
"""

import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

APP = "11111111-2222-4333-8444-555555555555"
TENANT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
BOT = f"28:{APP}"
PASSWORD = "a secret of the bot's"
ISSUER = "https://api.botframework.com"
Json = dict[str, Any]
Entered = Mapping[str, str] | None


@dataclass
class Refusal:
    """An answer other than success."""

    status: int
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Somebody:
    """A person as Teams knows them."""

    account: str
    directory: str
    name: str
    email: str


TOM = Somebody("29:tom", "00000000-0000-4000-8000-0000000000aa", "Tom Guest", "tom@example.com")
MAYA = Somebody("29:maya", "00000000-0000-4000-8000-0000000000bb", "Maya Virtanen", "maya@example.com")
PEOPLE = {"tom": TOM, "maya": MAYA}


def chat_of(person: Somebody) -> str:
    """The id of somebody's conversation with the bot."""
    return f"a:{person.account.removeprefix('29:')}"


class TeamsServer:
    """What was said in Teams, and what Teams says."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key
        self.url = ""
        self.messages: dict[str, dict[str, Json]] = {}
        """Conversation → message id → what stands there."""
        self.calls: list[tuple[str, str]] = []
        self.scripted: deque[Refusal] = deque()
        self.tokens = 0
        self.password = PASSWORD
        self._numbers = itertools.count(1)

    def token(self, key: RSAPrivateKey | None = None, kid: str = "ours", **claims: Any) -> str:
        """A token as Microsoft sends with an activity; claims may be changed, and left out by `None`."""
        now = int(time.time())
        told = {"iss": ISSUER, "aud": APP, "iat": now, "nbf": now, "exp": now + 3600, "serviceurl": self.url}
        kept = {name: value for name, value in {**told, **claims}.items() if value is not None}
        return jwt.encode(kept, key or self.key, "RS256", headers={"kid": kid})

    def activity(self, kind: str, by: Somebody = TOM, **rest: Any) -> Json:
        """An activity in somebody's conversation with the bot, or in the conversation named."""
        personal = {"id": chat_of(by), "conversationType": "personal", "tenantId": TENANT}
        return {
            "type": kind,
            "id": f"f:{next(self._numbers)}",
            "channelId": "msteams",
            "serviceUrl": self.url,
            "from": {"id": by.account, "aadObjectId": by.directory, "name": by.name},
            "recipient": {"id": BOT, "name": "Kaiku"},
            "conversation": personal,
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "en-GB",
            **rest,
        }

    def press(self, message: str, action: Json, by: Somebody = TOM, entered: Entered = None) -> Json:
        """A button of a card was pressed, with what was entered beside it: as Teams tells of it."""
        data = {**action["data"], **(entered or {})}
        if data.get("msteams", {}).get("type") == "task/fetch":
            value: Json = {"data": data, "context": {"theme": "default"}}
            return self.activity("invoke", by, name="task/fetch", value=value, replyToId=message)
        value = {"action": {**action, "data": data}, "trigger": "manual"}
        return self.activity("invoke", by, name="adaptiveCard/action", value=value, replyToId=message)

    def submit(self, card: Json, by: Somebody = TOM, entered: Entered = None) -> Json:
        """A dialog was filled in and submitted."""
        value = {"data": {**card["actions"][0]["data"], **(entered or {})}, "context": {"theme": "default"}}
        return self.activity("invoke", by, name="task/submit", value=value)

    def standing(self, conversation: str) -> list[tuple[str, Json]]:
        """What stands in a conversation, oldest first: id and activity."""
        return list(self.messages.get(conversation, {}).items())

    # What the bot calls.

    async def keys(self, _: web.Request) -> web.Response:
        """The public key."""
        public: Json = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": "ours", "use": "sig"}]})

    async def grant(self, request: web.Request) -> web.Response:
        """A token for the bot, if it knows its secret."""
        form = await request.post()
        self.tokens += 1
        if (form["client_id"], form["client_secret"]) != (APP, self.password):
            return web.json_response({"error": "invalid_client"}, status=401)
        granted = {"token_type": "Bearer", "expires_in": 3600, "access_token": f"granted-{self.tokens}"}
        return web.json_response(granted)

    async def create(self, request: web.Request) -> web.Response:
        """A direct conversation."""
        if refused := self._refused(request):
            return refused
        asked = await request.json()
        (member,) = asked["members"]
        person = next((p for p in PEOPLE.values() if p.directory == member["id"]), None)
        if person is None or asked["tenantId"] != TENANT:
            return web.json_response({"error": {"code": "BadSyntax"}}, status=400)
        return web.json_response({"id": chat_of(person)}, status=201)

    async def post(self, request: web.Request) -> web.Response:
        """A new message."""
        if refused := self._refused(request):
            return refused
        message = f"{1700000000000 + next(self._numbers)}"
        conversation = self.messages.setdefault(request.match_info["conversation"], {})
        conversation[message] = await request.json()
        return web.json_response({"id": message}, status=201)

    async def change(self, request: web.Request) -> web.Response:
        """A message replaced, or taken back."""
        if refused := self._refused(request):
            return refused
        conversation = self.messages.get(request.match_info["conversation"], {})
        message = request.match_info["message"]
        if message not in conversation:
            return web.json_response({"error": {"code": "ActivityNotFoundInConversation"}}, status=404)
        if request.method == "DELETE":
            del conversation[message]
            return web.Response(status=200)
        conversation[message] = await request.json()
        return web.json_response({"id": message})

    async def member(self, request: web.Request) -> web.Response:
        """Somebody in a conversation."""
        if refused := self._refused(request):
            return refused
        who = next((p for p in PEOPLE.values() if p.account == request.match_info["member"]), None)
        if who is None:
            return web.json_response({"error": {"code": "MemberNotFoundInConversation"}}, status=404)
        described = {"id": who.account, "aadObjectId": who.directory, "name": who.name, "email": who.email}
        return web.json_response(described)

    def _refused(self, request: web.Request) -> web.Response | None:
        self.calls.append((request.method, request.path))
        if request.headers.get("authorization", "") != f"Bearer granted-{self.tokens}":
            return web.Response(status=401)
        if not self.scripted:
            return None
        scripted = self.scripted.popleft()
        body = {"error": {"code": scripted.code}}
        return web.json_response(body, status=scripted.status, headers=scripted.headers)


@cache
def _key() -> RSAPrivateKey:
    """Made once: it takes a while."""
    return generate_private_key(65537, 2048)


@asynccontextmanager
async def teams_server() -> AsyncIterator[TeamsServer]:
    """Microsoft on a free port of this machine."""
    server = TeamsServer(_key())
    app = web.Application()
    conversation = "/v3/conversations/{conversation}"
    app.router.add_get("/v1/.well-known/keys", server.keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", server.grant)
    app.router.add_post("/v3/conversations", server.create)
    app.router.add_post(f"{conversation}/activities", server.post)
    app.router.add_put(f"{conversation}/activities/{{message}}", server.change)
    app.router.add_delete(f"{conversation}/activities/{{message}}", server.change)
    app.router.add_get(f"{conversation}/members/{{member}}", server.member)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def actions(node: Any) -> list[Json]:
    """Every button of a card, in order."""
    if isinstance(node, list):
        return [found for part in node for found in actions(part)]
    if not isinstance(node, dict):
        return []
    return [*node.get("actions", []), *actions(node.get("body", []))]


def words(node: Any) -> str:
    """Every word of a card but the labels of its buttons."""
    if isinstance(node, list):
        return "\n".join(filter(None, map(words, node)))
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "RichTextBlock":
        return "".join(run["text"] for run in node["inlines"])
    return "\n".join(filter(None, (words(node.get("body")), words(node.get("items")))))
