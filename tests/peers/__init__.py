"""Other people's programs that Kaiku is held against: real servers, real types, a real browser.

Nothing of theirs is in the repository; ``make peers`` installs it. A test that needs a peer carries the
marker ``peer`` (or ``browser``) and fails, never skips, where the peer is missing.
"""

from pathlib import Path

import pytest

from tests.peers import places

_REMEDY = "Run `make peers` (or `python -m tests.peers.install` in the environment) once."


def node() -> Path:
    """Node.js, from its wheel."""
    if not places.NODE.is_file():
        pytest.fail(f"Node.js is not in this environment. {_REMEDY}")
    return places.NODE


def modules() -> Path:
    """The node_modules folder with every package of package.json in it."""
    folder = places.CACHE / "node_modules"
    if not folder.is_dir() or places.LINK.resolve() != folder:
        pytest.fail(f"The npm packages of tests/peers/package.json are not installed. {_REMEDY}")
    return folder


def chromium() -> Path:
    """Chromium, for Playwright's ``executable_path``."""
    found = places.find_chromium()
    if found is None:
        pytest.fail(f"Chromium is not on this machine. {_REMEDY}")
    return found
