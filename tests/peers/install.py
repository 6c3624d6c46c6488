"""Installs what the tests need beyond Python: npm packages, the schemas made from them, a Matrix
homeserver, Chromium, fonts.

    python -m tests.peers.install

Running it twice does nothing the second time.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.peers import places, slack_types

DEBIAN = ("chromium", "fonts-noto-color-emoji", "fonts-dejavu-core")


def install_packages() -> None:
    """Fill the cache folder of this package.json: all of it or none of it."""
    if not (places.CACHE / "node_modules").is_dir():
        print("Installing the npm packages of tests/peers/package.json …", flush=True)
        places.CACHE.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix="partial-", dir=places.CACHE.parent))
        for name in ("package.json", ".npmrc"):
            shutil.copy(places.HERE / name, workshop)
        path = f"{places.NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command: list[str | Path] = [places.NODE, places.NPM, "install", "--silent"]
        subprocess.run(command, cwd=workshop, env=os.environ | {"PATH": path}, check=True)
        workshop.rename(places.CACHE)
    if places.LINK.resolve() != places.CACHE / "node_modules":
        places.LINK.unlink(missing_ok=True)
        places.LINK.symlink_to(os.path.relpath(places.CACHE / "node_modules", places.HERE))


def install_synapse() -> None:
    """Put the homeserver into its own environment: all of it or none of it."""
    if (places.SYNAPSE / "complete").is_file():
        return
    print("Installing the Matrix homeserver of tests/peers/synapse-requirements.txt …", flush=True)
    venv.create(places.SYNAPSE, clear=True, with_pip=True)
    pip: list[str | Path] = [
        places.SYNAPSE / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--quiet",
    ]
    subprocess.run([*pip, "install", "--require-hashes", "-r", places.SYNAPSE_PINS], check=True)
    # An environment cannot be moved once made, so its being whole is told by a mark.
    (places.SYNAPSE / "complete").touch()


def missing_debian_packages() -> list[str]:
    """What dpkg does not have; elsewhere than on Debian only the browser counts."""
    if not shutil.which("dpkg-query"):
        return [] if places.find_chromium() else ["chromium"]
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *DEBIAN]
    listed = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    wanted = [name for name in DEBIAN if f"{name} installed" not in listed]
    return [name for name in wanted if name != "chromium" or not places.find_chromium()]


def install_browser() -> None:
    """Ask Debian for Chromium and fonts where we may; else say the command."""
    wanted = missing_debian_packages()
    if not wanted:
        return
    command = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *wanted]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"The browser tests need {', '.join(wanted)}. Run once: sudo {' '.join(command)}")
    print(f"Installing {', '.join(wanted)} …", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "--quiet=2"], command):
        subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    """Install all, then make the schemas, so that tests running side by side only read them."""
    install_packages()
    install_synapse()
    for schema in slack_types.SCHEMAS:
        schema()
    install_browser()


if __name__ == "__main__":
    main()
