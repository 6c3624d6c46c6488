"""Who may reach the sandbox's pages: this machine's browser, from our own pages."""

from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from bot.settings import Settings, is_loopback

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy: only our own files, and nothing written inline, can run or style."""


def guard(settings: Settings) -> Callable[[Request], None]:
    """A check for every request; it raises `HTTPException` 403 with a sentence."""

    def check(request: Request) -> None:
        # A foreign name that resolves to this machine (DNS rebinding) would make a foreign page same-origin.
        if not settings.sandbox_anywhere and not is_loopback(request.url.hostname or ""):
            raise HTTPException(403, "The sandbox is served to this machine only.")
        if request.method == "POST" and not _from_our_page(request):
            raise HTTPException(403, "The sandbox takes this from its own page only.")

    return check


def _from_our_page(request: Request) -> bool:
    """Browsers say where a request comes from; one that says nothing is no browser of today."""
    if site := request.headers.get("sec-fetch-site"):
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.url.netloc
