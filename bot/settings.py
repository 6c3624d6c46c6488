"""Process settings, from the environment or `.env`: typed, a sentence each, secrets as secrets."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs between two installations and is not the organisation itself."""

    model_config = SettingsConfigDict(
        env_prefix="KAIKU_", env_file=".env", extra="forbid", use_attribute_docstrings=True, frozen=True
    )

    database_url: str = "sqlite:///kaiku.db"
    """Where everything is remembered: `sqlite:///` and a path, or a PostgreSQL address."""
    organisation: Path = Path("organisation.yaml")
    """The organisation file, for `check` and `apply`."""
    host: str = "127.0.0.1"
    """Address the web server listens on. Put a reverse proxy with TLS before it to be reachable."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port the web server listens on."""
    public_url: str = ""
    """How people reach this server from outside, such as `https://kaiku.example.org`; for links."""
    slack_bot_token: SecretStr = SecretStr("")
    """Bot token (`xoxb-…`). Slack is off when empty."""
    slack_app_token: SecretStr = SecretStr("")
    """App-level token (`xapp-…`) for Socket Mode, which needs no public address."""
    slack_signing_secret: SecretStr = SecretStr("")
    """Signing secret, for HTTP mode: set it to receive Slack's requests at `/slack/events` instead of a socket."""
    slack_api_url: str = "https://slack.com/api/"
    """Where Slack's Web API is. Only tests change it."""
    sandbox: bool = False
    """Serve the sandbox chat at `/sandbox`. Anybody who reaches it can speak as anybody: demo and trials only."""
    log_format: Literal["text", "json"] = "text"
    """How log lines look: `text` for people, `json` for machines."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line that is written."""
