"""What is pasted into an SMS or an e-mail to bring somebody to their survey."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from handlers.survey_links import Carried
from handlers.wording.language import msgid, pick, translate

SMS_LENGTH = 160
"""Characters of one SMS, as long as all of them are in the alphabet of GSM 03.38."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One character outside of it makes the SMS a costlier one of 70 characters."""

_SMS = (
    msgid("{org}: thank you for contacting us. How did it go? Answer here: {url}"),
    msgid("Thank you for contacting us. How did it go? Answer here: {url}"),
    msgid("How did it go? {url}"),
)
"""The friendliest that fits is taken."""


@dataclass(frozen=True)
class Carrier:
    """One survey link with the words around it, in the customer's language. `expires_at` is UTC."""

    url: str
    sms: str
    text: str
    html: str
    language: str
    expires_at: datetime


def carrier(carried: Carried, url: str, language: str = "") -> Carrier:
    """The words for a link, in `language` or the customer's own."""
    language = language or carried.language
    org = pick(carried.organisation, language)
    asked = translate(language, "How did it go? Tell us in half a minute.")
    thanks = translate(language, "Thank you for contacting us.")
    html = f'<p>{escape(thanks)} <a href="{escape(url)}">{escape(asked)}</a><br>{escape(org)}</p>'
    text = f"{thanks} {asked}\n{url}\n{org}"
    return Carrier(url, _sms(org, url, language), text, html, language, carried.expires_at)


def _sms(org: str, url: str, language: str) -> str:
    tried = [translate(language, sentence, org=org, url=url) for sentence in _SMS]
    return next((sms for sms in tried if len(sms) <= SMS_LENGTH and _GSM.issuperset(sms)), url)
