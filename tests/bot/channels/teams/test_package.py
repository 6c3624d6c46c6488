import json
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from jsonschema import ValidationError
from jsonschema.validators import validator_for
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.channels.teams.package import manifest, package
from tests.helpers.teams_server import APP

ROOT = Path(__file__).parents[4]
SPECS = Path(os.environ.get("KAIKU_SPECS", ROOT.parent / "shared" / "specs"))
SCHEMA = SPECS / "teams-manifest.schema.json"
ADDRESS = "https://kaiku.example.org"
needs_schema = pytest.mark.skipif(
    not SCHEMA.exists(),
    reason=f"Microsoft's manifest schema is not at {SCHEMA}; KAIKU_SPECS says where else it is",
)


def check(document: Any) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    validator_for(schema)(schema).validate(document)


@needs_schema
def test_the_manifest_is_as_microsoft_wants_it() -> None:
    check(manifest(APP, ADDRESS))


@needs_schema
@pytest.mark.parametrize(
    "change",
    [
        {"id": "not a uuid"},
        {"version": None},
        {"name": {"short": "x" * 31}},
        {"accentColor": "blue"},
        {"bots": [{"botId": APP, "scopes": ["everywhere"]}]},
        {"bots": [{"botId": "kaiku", "scopes": ["personal"]}]},
        {"icons": {"color": "color.png"}},
        {"developer": {}},
        {"unheardOf": True},
    ],
    ids=str,
)
def test_the_schema_would_have_told(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check({**manifest(APP, ADDRESS), **change})


def test_the_package_holds_the_manifest_and_two_icons_of_the_right_size() -> None:
    with ZipFile(BytesIO(package(APP, ADDRESS))) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(archive.read("manifest.json"))["bots"][0]["botId"] == APP
        sizes = {name: picture(archive.read(f"{name}.png")) for name in ("color", "outline")}
    assert sizes["color"][0] == 192
    assert sizes["outline"][0] == 32
    outline = set(sizes["outline"][1])
    assert outline == {(255, 255, 255, 255), (255, 255, 255, 0)}, "white on nothing, as Teams wants it"


def picture(png: bytes) -> tuple[int, list[tuple[int, ...]]]:
    """The side of a square PNG of ours, and its pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == height
    (length,) = struct.unpack(">I", png[33:37])
    rows = zlib.decompress(png[41 : 41 + length])
    pixels = [rows[y * (4 * width + 1) + 1 :][: 4 * width] for y in range(height)]
    return width, [tuple(row[x : x + 4]) for row in pixels for x in range(0, 4 * width, 4)]


def test_the_same_settings_give_the_same_package() -> None:
    assert package(APP, ADDRESS) == package(APP, ADDRESS)
    assert manifest(APP, ADDRESS)["id"] != manifest(APP.replace("1", "2"), ADDRESS)["id"]


def test_the_command_writes_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(cli, ["teams-package", "kaiku.zip"])
    assert told.exit_code == 1
    assert "KAIKU_TEAMS_APP_ID" in told.stderr
    assert "KAIKU_PUBLIC_URL" in told.stderr
    monkeypatch.setenv("KAIKU_TEAMS_APP_ID", APP)
    monkeypatch.setenv("KAIKU_PUBLIC_URL", ADDRESS)
    assert CliRunner().invoke(cli, ["teams-package", "kaiku.zip"]).exit_code == 0
    assert (tmp_path / "kaiku.zip").read_bytes() == package(APP, ADDRESS)
    assert CliRunner().invoke(cli, ["teams-package", "nowhere/kaiku.zip"]).exit_code == 2
