"""What every page of a survey tells the browser, and the files the pages are made of."""

from pathlib import Path

from fastapi.responses import HTMLResponse

from bot.web.headers import ICON, private, serving

HEADERS = private(
    "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
)

_STATIC = Path(__file__).with_name("static")

static = serving(*(_STATIC / name for name in ("survey.css", "survey.js", "kiosk.css", "kiosk.js")), ICON)


def page(html: str, status: int = 200) -> HTMLResponse:
    """A page with its headers."""
    return HTMLResponse(html, status, headers=dict(HEADERS))
