"""What is missing before Teams works, in words."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from bot.channels.errors import DeliveryError
from bot.channels.teams.connector import TIMEOUT, Connector
from bot.channels.teams.door import keys_of
from bot.findings import Finding
from bot.settings import Settings

PASSWORD = "Teams client secret"  # noqa: S105 - a label


async def examine(settings: Settings) -> list[Finding]:
    """Look at the settings and ask Microsoft about them: one finding for each thing that must be right."""
    return [await _about_secret(settings), await _about_keys(settings), *_about_address(settings)]


async def _about_secret(settings: Settings) -> Finding:
    if not settings.teams_app_password.get_secret_value():
        return Finding(
            False,
            PASSWORD,
            "KAIKU_TEAMS_APP_PASSWORD is empty.",
            "Make a client secret under Certificates & secrets of the bot's app registration in Microsoft Entra.",
        )
    connector = Connector(settings)
    await connector.open()
    try:
        await connector.token()
    except DeliveryError as failure:
        return Finding(
            False,
            PASSWORD,
            f"Microsoft gives the bot no token: {failure.reason}.",
            "Compare app id, tenant and secret with the app registration; secrets expire. docs/teams.md tells more.",
        )
    finally:
        await connector.close()
    return Finding(True, PASSWORD, "Microsoft gives the bot a token.")


async def _about_keys(settings: Settings) -> Finding:
    """Without Microsoft's keys nothing that Teams sends can be verified."""
    url = keys_of(settings)
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            (await client.get(url)).raise_for_status()
    except httpx.HTTPError as failure:
        return Finding(
            False,
            "Teams keys",
            f"Microsoft's keys could not be fetched: {type(failure).__name__}.",
            f"Let this machine reach {urlsplit(url).hostname}, through a proxy if you need one.",
        )
    return Finding(True, "Teams keys", "Microsoft's keys can be fetched.")


def _about_address(settings: Settings) -> Iterator[Finding]:
    if settings.public_url.startswith("https://"):
        where = f"Teams sends to {settings.public_url}/api/messages."
        yield Finding(True, "Teams endpoint", where)
        return
    yield Finding(
        False,
        "Teams endpoint",
        "Teams can only reach an address that begins with https://.",
        "Set KAIKU_PUBLIC_URL, and give it with /api/messages as the messaging endpoint of the bot in Azure.",
    )
