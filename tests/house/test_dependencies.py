"""No pin is older than the version that mended a hole we know of.

The list is short and no audit: `pip-audit` knows more, where its data can be had (docs/security.md). It keeps a pin
from being put back behind a hole.
"""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

from tests.helpers.town import ROOT

SAFE_FROM = {
    "aiohttp": ("3.14.3", "bodies and headers that cost too much to read"),
    "authlib": ("1.6.5", "CVE-2025-61920: endless tokens"),
    "certifi": ("2024.7.4", "CVE-2024-39689: a root that is trusted no more"),
    "cryptography": ("44.0.1", "CVE-2024-12797: OpenSSL took a peer for somebody else"),
    "fonttools": ("4.60.2", "CVE-2025-66034: files written anywhere"),
    "h11": ("0.16.0", "CVE-2025-43859: one request taken for two"),
    "h2": ("4.3.0", "CVE-2025-57804: one request taken for two"),
    "idna": ("3.7", "CVE-2024-3651: names that take for ever"),
    "jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox"),
    "mako": ("1.2.2", "CVE-2022-40023: templates that take for ever"),
    "pillow": ("11.3.0", "CVE-2025-48379: writing beyond a buffer"),
    "pyarrow": ("14.0.1", "CVE-2023-47248: code in a file"),
    "pycryptodome": ("3.19.1", "CVE-2023-52323: a side channel"),
    "pyjwt": ("2.10.1", "CVE-2024-53861: an issuer that is part of another"),
    "python-multipart": ("0.0.27", "forms that cost too much to read; best absent"),
    "pyyaml": ("5.4", "CVE-2020-14343: code in a file"),
    "requests": ("2.32.4", "CVE-2024-47081: passwords sent elsewhere"),
    "setuptools": ("78.1.1", "CVE-2025-47273: files written anywhere"),
    "starlette": ("1.0.1", "CVE-2025-62727 and after: ranges that cost too much"),
    "urllib3": ("2.6.0", "CVE-2025-66418: answers that unpack without end"),
    "werkzeug": ("3.1.4", "CVE-2025-66221: names of devices"),
}
"""The first version without the hole, and the hole."""
PINS = sorted(ROOT.glob("requirements*.txt"))


def pins_in(file: Path) -> list[tuple[str, str]]:
    """What a file installs; some things in two versions, for different Pythons."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", file.read_text(), re.MULTILINE)
    return [(name.lower().replace("_", "-"), version) for name, version in found]


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_no_pin_is_older_than_what_is_safe(file: Path) -> None:
    pins = [(name, version) for name, version in pins_in(file) if name in SAFE_FROM]
    assert len(pins) > 5
    assert [pin for pin in pins if Version(pin[1]) < Version(SAFE_FROM[pin[0]][0])] == []


def test_each_line_of_the_list_is_about_something_that_is_installed() -> None:
    """A line about nothing would be believed; what is best absent may be."""
    pinned = {name for file in PINS for name, _ in pins_in(file)}
    assert set(SAFE_FROM) - pinned <= {"python-multipart"}


def test_the_rules_of_bandit_are_on_and_nothing_of_ours_is_left_out() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not [rule for rule in lint["ignore"] if re.match(r"S\d", rule)]
    left_out = {
        place for place, rules in lint["per-file-ignores"].items() for rule in rules if re.match(r"S\d", rule)
    }
    assert left_out == {"tests/**"}
