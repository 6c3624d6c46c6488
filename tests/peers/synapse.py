"""Synapse, a real Matrix homeserver, and people who use it.

It keeps everything in one folder, in SQLite, and speaks with nobody outside this machine.
"""

import hashlib
import hmac
import itertools
import json
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import yaml

from tests.peers import places

PATIENCE = 60.0
SECRET = "made for a test"
NAME = "kaiku.test"
Json = dict[str, Any]

_FAST = {"per_second": 1000, "burst_count": 1000}
_LIMITS = (
    "rc_message", "rc_registration", "rc_joins_per_room", "rc_room_creation", "rc_admin_redaction", "rc_reports"
)  # fmt: skip


class Refused(Exception):
    """The homeserver did not do it."""

    def __init__(self, status: int, told: Json) -> None:
        super().__init__(f"{status} {told.get('errcode')}: {told.get('error')}")
        self.told = told


class Synapse:
    """A homeserver in a folder. It can be stopped and started again, as the same server on the same port."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        python = places.SYNAPSE / "bin" / "python"
        if not (places.SYNAPSE / "complete").is_file():
            pytest.fail("The Matrix homeserver is not installed. Run `make peers` once.")
        command: list[str | Path] = [
            python,
            "-m",
            "synapse.app.homeserver",
            "--config-path",
            self._folder / "homeserver.yaml",
        ]
        with (self._folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=output, stderr=output)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"Synapse did not start:\n{(self._folder / 'output.txt').read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def register(self, name: str) -> "Account":
        """A new account, signed in."""
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        password = secrets.token_hex(8)
        signed = b"\0".join(word.encode() for word in (nonce, name, password, "admin"))
        body = {
            "nonce": nonce,
            "username": name,
            "password": password,
            "displayname": name.partition("-")[0].title(),
            "admin": True,
            "mac": hmac.new(SECRET.encode(), signed, hashlib.sha1).hexdigest(),
        }
        told = self.ask("POST", "/_synapse/admin/v1/register", body)
        return Account(self, told["user_id"], told["access_token"])

    def limit(self, account: "Account", per_second: int, burst: int) -> None:
        """Let an account send only so much."""
        path = f"/_synapse/admin/v1/users/{quote(account.user)}/override_ratelimit"
        account.ask("POST", path, {"messages_per_second": per_second, "burst_count": burst})

    def ask(self, method: str, path: str, body: Json | None = None, token: str = "") -> Json:
        """One request. Raises `Refused`."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - http only
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - http only
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                raise Refused(refused.code, json.load(refused)) from None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def _configure(self) -> None:
        settings = {
            "server_name": NAME,
            "pid_file": str(self._folder / "homeserver.pid"),
            "listeners": [
                {
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client"]}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self._folder / "homeserver.db")}},
            "media_store_path": str(self._folder / "media"),
            "registration_shared_secret": SECRET,
            "macaroon_secret_key": "no secret",
            "form_secret": "no secret",
            "signing_key_path": str(self._folder / "signing.key"),
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "report_stats": False,
            # People here look around from the beginning again and again.
            "caches": {"sync_response_cache_duration": 0},
            "log_config": str(self._folder / "log.yaml"),
            **dict.fromkeys(_LIMITS, _FAST),
            "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _FAST),
            "rc_joins": dict.fromkeys(("local", "remote"), _FAST),
            "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _FAST),
        }
        log = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}
        (self._folder / "homeserver.yaml").write_text(yaml.safe_dump(settings))
        (self._folder / "log.yaml").write_text(yaml.safe_dump(log))
        make_key: list[str | Path] = [
            places.SYNAPSE / "bin" / "generate_signing_key",
            "-o",
            self._folder / "signing.key",
        ]
        subprocess.run(make_key, check=True)


@dataclass(frozen=True)
class Account:
    """Somebody on the homeserver, with the few things a client does."""

    server: Synapse
    user: str
    token: str

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """One request as this account. Raises `Refused`."""
        whole = path if path.startswith("/_") else f"/_matrix/client/v3{path}"
        return self.server.ask(method, whole, body, self.token)

    def say(self, room: str, body: str, **content: Any) -> str:
        """Write into a room."""
        return self.put(room, "m.room.message", {"msgtype": "m.text", "body": body, **content})

    def react(self, room: str, event: str, key: str) -> str:
        """React to a message."""
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return self.put(room, "m.reaction", {"m.relates_to": relation})

    def put(self, room: str, kind: str, content: Json) -> str:
        """Send any event."""
        transaction = f"t{next(_numbers)}"
        return str(self.ask("PUT", f"/rooms/{quote(room)}/send/{kind}/{transaction}", content)["event_id"])

    def invite_to_direct(self, other: str, **more: Any) -> str:
        """Open a direct conversation with somebody."""
        made = self.ask(
            "POST", "/createRoom", {"invite": [other], "is_direct": True, "preset": "private_chat", **more}
        )
        return str(made["room_id"])

    def join(self, room: str) -> None:
        """Come into a room."""
        self.ask("POST", f"/join/{quote(room)}", {})

    def leave(self, room: str) -> None:
        """Go from a room."""
        self.ask("POST", f"/rooms/{quote(room)}/leave", {})

    def invitations(self) -> list[str]:
        """Rooms to which somebody is invited."""
        return list(self.ask("GET", "/sync?timeout=0").get("rooms", {}).get("invite", {}))

    def rooms(self) -> list[str]:
        """Rooms somebody is in."""
        return list(self.ask("GET", "/joined_rooms")["joined_rooms"])

    def events(self, room: str) -> list[Json]:
        """What was said in a room, oldest first, each with what refers to it."""
        told = self.ask("GET", f"/rooms/{quote(room)}/messages?{urlencode({'dir': 'b', 'limit': 200})}")
        return list(reversed(told["chunk"]))


_numbers = itertools.count(1)


@contextmanager
def synapse(folder: Path) -> Iterator[Synapse]:
    """Run a homeserver in an empty folder."""
    server = Synapse(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
