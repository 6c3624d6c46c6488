"""The app package that is uploaded to Teams: a manifest and two icons in a zip. Pure but for the file.

The icons are drawn here, point by point: a sound and its echo.
"""

import math
import struct
import uuid
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from bot.settings import Settings, SettingsError, variable

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json"
VERSION = "1.0.0"
COLOUR = (0x1F, 0x4E, 0x5F, 255)
WHITE = (255, 255, 255, 255)
NOTHING = (255, 255, 255, 0)
WRITTEN = (2026, 1, 1, 0, 0, 0)
"""The date in the zip: the same settings give the same bytes."""

Pixel = tuple[int, int, int, int]

COMMANDS = (
    ("feedback help", "What I can do · Mitä osaan · Vad jag kan"),
    ("feedback log", "Log what a customer said · Kirjaa asiakkaan sanat · Anteckna vad kunden sade"),
    ("feedback ask", "Ask for feedback · Pyydä palautetta · Be om respons"),
    ("feedback cases", "My open cases · Avoimet tapaukseni · Mina öppna ärenden"),
    ("feedback stop", "Stop asking me · Älä kysy minulta · Fråga mig inte"),
)


def build(settings: Settings, target: Path) -> None:
    """Write the package. Raises `SettingsError` when the app id or the public address is missing."""
    needed = {"teams_app_id": settings.teams_app_id, "public_url": settings.public_url}
    missing = tuple(
        f"{variable(name)} is needed for the package." for name, value in needed.items() if not value
    )
    if missing:
        raise SettingsError(missing)
    target.write_bytes(package(settings.teams_app_id, settings.public_url))


def package(app_id: str, public_url: str) -> bytes:
    """The zip for a bot and the address at which people reach it."""
    files = {
        "manifest.json": orjson.dumps(manifest(app_id, public_url), option=orjson.OPT_INDENT_2),
        "color.png": png(192, _colour),
        "outline.png": png(32, _outline),
    }
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name, WRITTEN), content, ZIP_DEFLATED)
    return packed.getvalue()


def manifest(app_id: str, public_url: str) -> dict[str, Any]:
    """The manifest. The app's own id follows from the bot's, so that an upload replaces the one before."""
    scopes = ["personal", "team", "groupChat"]
    commands = [{"title": title, "description": description} for title, description in COMMANDS]
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.29",
        "version": VERSION,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"kaiku:{app_id}")),
        "developer": {
            "name": "Kaiku",
            "websiteUrl": public_url,
            "privacyUrl": public_url,
            "termsOfUseUrl": public_url,
        },
        "name": {"short": "Kaiku", "full": "Kaiku, customer feedback"},
        "description": {
            "short": "Asks for feedback, and makes sure that people hear back.",
            "full": (
                "Kaiku asks for feedback in the channel people already use, takes a low score to the one person "
                "who can put it right, and makes sure that the customer hears back."
            ),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": f"#{bytes(COLOUR[:3]).hex()}",
        "bots": [
            {
                "botId": app_id,
                "scopes": scopes,
                "supportsFiles": False,
                "isNotificationOnly": False,
                "commandLists": [{"scopes": scopes, "commands": commands}],
            }
        ],
        "validDomains": [urlsplit(public_url).netloc],
    }


def png(size: int, draw: Callable[[float, float], Pixel]) -> bytes:
    """A square picture; `draw` tells the pixel at a place between 0 and 1."""
    scale = [(place + 0.5) / size for place in range(size)]
    rows = b"".join(b"\x00" + b"".join(bytes(draw(x, y)) for x in scale) for y in scale)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(x: float, y: float) -> Pixel:
    return WHITE if _echo(x, y) else COLOUR


def _outline(x: float, y: float) -> Pixel:
    return WHITE if _echo(x, y) else NOTHING


def _echo(x: float, y: float) -> bool:
    """Whether the place belongs to the picture: a dot, and two rings of sound around it."""
    distance = math.hypot(x - 0.5, y - 0.5)
    return distance < 0.09 or 0.17 < distance < 0.23 or 0.31 < distance < 0.37
