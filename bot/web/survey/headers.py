"""What every page of a survey tells the browser: load nothing foreign, tell nobody, keep nothing."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import HTTPException
from fastapi.responses import FileResponse, HTMLResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""The address is the key to the page: `no-referrer` keeps it from other sites, `no-store` from caches."""

_STATIC = Path(__file__).with_name("static")
_FILES = {
    "survey.css": "text/css",
    "survey.js": "text/javascript",
    "kiosk.css": "text/css",
    "kiosk.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def page(html: str, status: int = 200) -> HTMLResponse:
    """A page with its headers."""
    return HTMLResponse(html, status, headers=dict(HEADERS))


async def static(file: str) -> FileResponse:
    """One of the pages' own files."""
    if file not in _FILES:
        raise HTTPException(404)
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return FileResponse(_STATIC / file, media_type=_FILES[file], headers=headers)
