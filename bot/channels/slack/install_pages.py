"""What somebody reads who comes back from Slack: one calm page, in their browser's language."""

import base64
import hashlib
import re
from enum import Enum
from html import escape

from fastapi.responses import HTMLResponse

from handlers.wording.language import LANGUAGES, msgid, wording

_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;color:#1d2b36;background:#f5f7f8;margin:0}"
    "main{max-width:34rem;margin:12vh auto;padding:2rem}h1{font-size:1.6rem;line-height:1.3}"
    "a{color:#0b5a8a}@media(prefers-color-scheme:dark){body{color:#e8edf0;background:#14202a}a{color:#8cc8f0}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""The address holds a code: `no-referrer` and `no-store` keep it here."""


class Ending(Enum):
    """How an installation ended: HTTP status, heading, sentence."""

    DONE = (
        200,
        msgid("Kaiku is now in your Slack"),
        msgid("You may close this page. In Slack, write to Kaiku or open its Home tab to begin."),
    )
    DENIED = (
        200,
        msgid("Kaiku was not installed"),
        msgid("That is fine: nothing was changed, and nothing was kept."),
    )
    STALE = (
        400,
        msgid("This page is not valid any more"),
        msgid("An installation must be finished within ten minutes, once, in the browser where it began."),
    )
    FAILED = (
        502,
        msgid("Slack did not finish the installation"),
        msgid("Nothing was installed. Please try again in a moment."),
    )
    WHOLE_ORGANISATION = (
        400,
        msgid("Please choose one workspace"),
        msgid("Kaiku is installed into one workspace at a time, not into a whole organisation."),
    )

    @property
    def can_try_again(self) -> bool:
        """Whether there is a point in beginning anew."""
        return self is not Ending.DONE


def page(ending: Ending, language: str) -> HTMLResponse:
    """The page in one of our languages."""
    status, heading, sentence = ending.value
    again = (
        f'<p><a href="/slack/install">{escape(wording(language, msgid("Install Kaiku in Slack")))}</a></p>'
        if ending.can_try_again
        else ""
    )
    title = escape(wording(language, heading))
    html = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{title}</title><style>{_STYLE}</style>"
        f"<main><h1>{title}</h1><p>{escape(wording(language, sentence))}</p>{again}</main></html>"
    )
    return HTMLResponse(html, status, headers=dict(_HEADERS))


def language_of(accepted: str) -> str:
    """The first of our languages in a browser's list; English when there is none."""
    wanted = (match[0].lower() for match in re.finditer(r"\b[a-zA-Z]{2}\b(?=[-;,]|$)", accepted[:200]))
    return next((language for language in wanted if language in LANGUAGES), "en")
