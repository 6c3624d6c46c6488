"""What pages for people tell the browser: load nothing foreign, tell nobody, keep nothing. And their own files."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import HTTPException
from fastapi.responses import FileResponse

ICON = Path(__file__).with_name("static") / "icon.svg"

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def private(policy: str) -> Mapping[str, str]:
    """The headers of a page whose address may be a key: `no-referrer` keeps it from other sites, `no-store` from
    caches. `policy` is what the page may load and run.
    """
    return {
        "Content-Security-Policy": f"default-src 'none'; {policy}; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


def serving(*files: Path) -> Callable[[str], Awaitable[FileResponse]]:
    """Serves these files by name, and nothing else."""
    known = {file.name: file for file in files}

    async def static(file: str) -> FileResponse:
        if file not in known:
            raise HTTPException(404)
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return FileResponse(known[file], media_type=_TYPES[known[file].suffix], headers=headers)

    return static
