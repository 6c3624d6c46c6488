"""What every page of the dashboard tells the browser: there is no script, and nothing comes from elsewhere."""

from pathlib import Path

from fastapi.responses import HTMLResponse, Response

from bot.web.headers import ICON, private, serving

HEADERS = private("style-src 'self'; img-src 'self'; form-action 'self'")

static = serving(Path(__file__).with_name("static") / "dashboard.css", ICON)


def file(name: str, text: str) -> Response:
    """A table to save. Its mark at the beginning is how spreadsheets know UTF-8."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


def page(html: str, status: int = 200) -> HTMLResponse:
    """A page with its headers."""
    return HTMLResponse(html, status, headers=dict(HEADERS))
