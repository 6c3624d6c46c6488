"""What the command line prints of links and kiosks."""

from functools import partial

from bot.app import App
from bot.web.effects import why_not
from bot.web.survey.carrying import carrier
from bot.web.survey.signing import address_of
from handlers.kiosks import kiosk_of
from handlers.survey_links import NotCarried, carry


def link(app: App, reference: str, language: str) -> tuple[bool, list[str]]:
    """Whether a survey link was made, and what to print. Raises `UnknownEncounter` or `LinksAreOff`."""
    address_of(app.settings, "link", "")  # refused before anything is decided
    carried = app.write_now(partial(carry, reference))
    if isinstance(carried, NotCarried):
        return False, [why_not(carried, language or "en")]
    made = carrier(carried, address_of(app.settings, "link", carried.invitation), language)
    return True, [
        made.url,
        "",
        f"SMS ({len(made.sms)} characters):",
        made.sms,
        "",
        "E-mail:",
        made.text,
        "",
        "E-mail, HTML:",
        made.html,
    ]


def kiosk(app: App, key: str) -> str:
    """The address of a kiosk. Raises `UnknownKiosk` or `LinksAreOff`."""
    return address_of(app.settings, "kiosk", app.read_now(partial(kiosk_of, key)).key)
