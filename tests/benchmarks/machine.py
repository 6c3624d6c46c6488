"""What the figures were measured on."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("slack-bolt", "uvicorn", "sqlalchemy", "aiohttp")


def described() -> str:
    """Processor, cores, how busy they are by others, and the versions that matter."""
    busy, _, _ = os.getloadavg()
    return " · ".join(
        [
            f"{_processor()}, {os.cpu_count()} cores, load {busy:.1f} before the run",
            f"{platform.python_implementation()} {platform.python_version()}",
            f"SQLite {sqlite3.sqlite_version}",
            *(f"{library} {version(library)}" for library in LIBRARIES),
        ]
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())
