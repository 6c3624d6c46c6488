"""Process settings, from the environment or `.env`: typed, a sentence each, secrets as secrets.

`python -m bot.settings` prints `.env.example`.
"""

import os
import sys
import textwrap
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from storage.vault import Vault, read_keys

PREFIX = "KAIKU_"


def _token(beginning: str) -> Callable[[SecretStr], SecretStr]:
    """A check that a secret, if there is one, begins as Slack's do: the two tokens are easily swapped."""

    def check(secret: SecretStr) -> SecretStr:
        word = secret.get_secret_value().strip()
        if word and not word.startswith(beginning):
            raise ValueError(f"must begin with “{beginning}”")
        return SecretStr(word)

    return check


def _long_enough(secret: SecretStr) -> SecretStr:
    """Refuse a secret that could be guessed."""
    word = secret.get_secret_value().strip()
    if word and len(word) < 32:
        raise ValueError("must have at least 32 characters, such as `openssl rand -base64 32` makes")
    return SecretStr(word)


def _keys(secret: SecretStr) -> SecretStr:
    """Refuse what no key can be read from; the text itself is told to nobody."""
    try:
        read_keys(secret.get_secret_value())
    except ValueError:
        raise ValueError("must be keys such as `openssl rand -base64 32` makes, commas between") from None
    return secret


def read_hook_secrets(text: str) -> dict[str, list[bytes]]:
    """The secrets of each webhook by its key, the newest first. Raises `ValueError`."""
    found: dict[str, list[bytes]] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, secret = entry.partition("=")
        key = b64decode(secret.strip().removeprefix("whsec_"), validate=True)
        if not (name.strip() and equals and 24 <= len(key) <= 64):
            raise ValueError
        found.setdefault(name.strip(), []).append(key)
    return found


def _hook_secrets(secret: SecretStr) -> SecretStr:
    """Refuse what no secrets can be read from; the text itself is told to nobody."""
    try:
        read_hook_secrets(secret.get_secret_value())
    except ValueError:
        raise ValueError("must be like crm=whsec_…, of 24 to 64 bytes in Base64, commas between") from None
    return secret


def _address(url: str) -> str:
    """Refuse what cannot stand before a path in a link."""
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must begin with “https://” (or “http://”)")
    return url.rstrip("/")


def _account(user: str) -> str:
    """Refuse a name that is not whole: the homeserver's own name is part of it."""
    if user and not (user.startswith("@") and ":" in user):
        raise ValueError("must look like “@kaiku:example.org”")
    return user


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address or name."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost"


def _stand_in(url: str) -> str:
    """Refuse a stand-in that is not on this machine: whoever runs it can speak as anybody."""
    if url and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("must be an address on this machine")
    return _address(url)


def _stays_at_home(sandbox: bool, other: ValidationInfo) -> bool:
    """In the sandbox anybody may speak as anybody, so it is not served to other machines by accident."""
    host = other.data.get("host", "")
    if sandbox and not is_loopback(host) and not other.data.get("sandbox_anywhere"):
        unless = f"unless {variable('sandbox_anywhere')} is true"
        raise ValueError(f"must be false while {variable('host')} is “{host}”, {unless}")
    return sandbox


def _needs_key(seal: bool, other: ValidationInfo) -> bool:
    """Refuse to seal with nothing; a key that was refused is told of already."""
    key = other.data.get("encryption_key")
    if seal and key is not None and not key.get_secret_value():
        raise ValueError(f"must be false while {variable('encryption_key')} is empty")
    return seal


class Settings(BaseSettings):
    """Everything that differs between two installations and is not the organisation itself."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", use_attribute_docstrings=True, frozen=True
    )

    database_url: str = "sqlite:///kaiku.db"
    """Where everything is remembered: `sqlite:///` and the path of a file, or `postgresql://user@host/name`, which
    several processes may share (docs/scaling.md)."""
    organisation: Path = Path("organisation.yaml")
    """The organisation file, for `check` and `apply`."""
    host: str = "127.0.0.1"
    """Address the web server listens on. Put a reverse proxy with TLS before it to be reachable."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port the web server listens on."""
    public_url: Annotated[str, AfterValidator(_address)] = ""
    """How people reach this server, such as `https://kaiku.example.org`; survey links and webhooks begin with it."""
    encryption_key: Annotated[SecretStr, AfterValidator(_keys)] = SecretStr("")
    """Encrypts stored tokens, voice messages, anonymous notes and answers: 32 bytes in Base64. To change it put the new
    key first: `new,old`."""
    seal_comments: Annotated[bool, AfterValidator(_needs_key)] = False
    """Encrypts what people write, too: comments, feedback, and what is said of cases and wishes. `python -m bot reseal`
    does so to what is there already, or undoes it."""
    link_secret: Annotated[SecretStr, AfterValidator(_long_enough)] = SecretStr("")
    """Signs survey links and kiosk addresses: at least 32 characters. Off when empty; changing it ends them all."""
    slack_bot_token: Annotated[SecretStr, AfterValidator(_token("xoxb-"))] = SecretStr("")
    """Bot token (`xoxb-…`). Slack is off when empty."""
    slack_app_token: Annotated[SecretStr, AfterValidator(_token("xapp-"))] = SecretStr("")
    """App-level token (`xapp-…`) for Socket Mode, which needs no public address."""
    slack_signing_secret: SecretStr = SecretStr("")
    """Signing secret, for HTTP mode: with it, and without an app token, Slack is heard at `/slack/events`."""
    slack_client_id: str = ""
    """Client id of a Slack app that many workspaces install at `/slack/install`, instead of one bot token."""
    slack_client_secret: SecretStr = SecretStr("")
    """Client secret of that Slack app."""
    slack_api_url: str = "https://slack.com/api/"
    """Where Slack's Web API is. Only tests change it."""
    teams_app_id: str = ""
    """Microsoft App ID of the Teams bot. Teams is off when empty."""
    teams_app_password: SecretStr = SecretStr("")
    """Client secret of the Teams bot."""
    teams_tenant: str = ""
    """Directory (tenant) id of the Teams bot; only its people are heard. Empty for a bot of many tenants."""
    teams_stand_in: Annotated[str, AfterValidator(_stand_in)] = ""
    """An address on this machine that takes the place of Microsoft's. Only tests set it."""
    matrix_homeserver: Annotated[str, AfterValidator(_address)] = ""
    """Address of the Matrix homeserver, such as `https://matrix.example.org`."""
    matrix_user_id: Annotated[str, AfterValidator(_account)] = ""
    """The bot's account on it, such as `@kaiku:example.org`."""
    matrix_access_token: SecretStr = SecretStr("")
    """Access token of that account. Matrix is off when empty."""
    matrix_servers: str = ""
    """Homeservers whose people may invite the bot, separated by spaces; the bot's own when empty."""
    telegram_bot_token: SecretStr = SecretStr("")
    """Bot token from @BotFather (`123456789:AA…`). Telegram is off when empty."""
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_long_enough)] = SecretStr("")
    """With it, Telegram calls `/telegram/webhook` of the public address; without it, Telegram is asked (polling)."""
    telegram_api_url: Annotated[str, AfterValidator(_address)] = "https://api.telegram.org"
    """Where Telegram's Bot API is. Change it only for a Bot API server of your own."""
    sandbox_anywhere: bool = False
    """Let the sandbox be served on an address that other machines reach: on trusted networks only."""
    sandbox: Annotated[bool, AfterValidator(_stays_at_home)] = False
    """Serve the sandbox chat at `/sandbox`. Whoever reaches it can speak as anybody: demo and trials only."""
    webhook_secrets: Annotated[SecretStr, AfterValidator(_hook_secrets)] = SecretStr("")
    """Signs what webhooks tell: `crm=whsec_…`, commas between; two of one name while it is being changed."""
    webhook_inside: str = ""
    """Hosts of your own network that webhooks may reach, also without TLS, separated by spaces; docs/webhooks.md."""
    oidc_issuer: Annotated[str, AfterValidator(_address)] = ""
    """Identity provider at which people log in to the dashboard, instead of by a link in chat; off when empty."""
    oidc_client_id: str = ""
    """Client id that the identity provider gave to Kaiku."""
    oidc_client_secret: SecretStr = SecretStr("")
    """Client secret that goes with it."""
    api_requests_per_minute: int = Field(default=600, ge=1)
    """How many requests a minute each API key may make; a batch counts as one."""
    log_format: Literal["text", "json"] = "text"
    """How log lines look: `text` for people, `json` for machines."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line that is written."""

    @property
    def vault(self) -> Vault | None:
        """Seals with the encryption key; none where there is none."""
        keys = self.encryption_key.get_secret_value()
        return Vault(keys) if keys else None

    @property
    def site(self) -> str:
        """The address of our pages: the public one, in the sandbox else this machine's; empty where there is none."""
        return self.public_url or (f"http://{self.host}:{self.port}" if self.sandbox else "")


def hosts_inside(settings: Settings) -> frozenset[str]:
    """Hosts of our own network that webhooks may reach, as addresses write them."""
    return frozenset(settings.webhook_inside.lower().split())


class SettingsError(Exception):
    """Settings that cannot be used: a sentence for each mistake, all at once, never a secret's value."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(env_file: Path = Path(".env")) -> Settings:
    """The settings of the environment and of `env_file`, which may be missing. Raises `SettingsError`."""
    try:
        strangers = tuple(_strangers(env_file))
        settings = Settings(_env_file=env_file)
    except UnicodeDecodeError as error:
        raise SettingsError((f"{env_file} is not UTF-8 text. Save it as UTF-8 and start again.",)) from error
    except ValidationError as error:
        mistakes = tuple(_sentence(mistake["loc"], mistake) for mistake in error.errors())
        # `from None`: pydantic's own text shows what was typed, secrets too
        raise SettingsError(strangers + mistakes) from None
    if strangers:
        raise SettingsError(strangers)
    return settings


def _strangers(env_file: Path) -> Iterator[str]:
    """A sentence for each variable with our prefix that is no setting of ours."""
    in_file = DotEnvSettingsSource(Settings, env_file=env_file).env_vars
    given = {name.upper() for name in (*in_file, *os.environ)}
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(name.removeprefix(PREFIX) for name in given if name.startswith(PREFIX)):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = (
                f"Did you mean {PREFIX}{near[0]}?" if near else "Remove it; .env.example has every setting."
            )
            yield f"{PREFIX}{name} is not a setting. {hint}"


def _sentence(where: tuple[int | str, ...], mistake: Any) -> str:
    """What is wrong with one setting, what was typed unless it is a secret, and what the setting is for."""
    name = str(where[0])
    field = Settings.model_fields[name]
    typed = "" if _is_secret(field) else f" is “{mistake['input']}”, but it"
    return f"{variable(name)}{typed} {_demand(mistake)}. {_meaning(field)}"


_DEMANDS: dict[str, str] = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "value_error": "{error}",
}
"""What pydantic expected, in words, by its kind of mistake."""


def _demand(mistake: Any) -> str:
    words = _DEMANDS.get(mistake["type"], "cannot be read")
    return words.format(**mistake.get("ctx", {})).replace("'", "")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def example() -> str:
    """The text of `.env.example`: every setting with its sentence and its default."""
    head = (
        "# Kaiku's settings. Copy this file to .env, and take the # away before what you want to change.\n"
        "# What is commented out shows the default. Written by: python -m bot.settings > .env.example\n"
    )
    return head + "".join(_example_of(name, field) for name, field in Settings.model_fields.items())


def _example_of(name: str, field: FieldInfo) -> str:
    default = field.default.get_secret_value() if _is_secret(field) else field.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    sentence = textwrap.fill(_meaning(field), 108, initial_indent="# ", subsequent_indent="# ")
    return f"\n{sentence}\n#{variable(name)}={shown}\n"


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


if __name__ == "__main__":
    sys.stdout.write(example())
