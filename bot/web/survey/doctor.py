"""Whether survey links and kiosks can be used, and what is missing. Whether the address is safe, `bot.doctor` tells."""

from collections.abc import Iterator

from bot.findings import Finding
from bot.settings import Settings, variable

SUBJECT = "Survey links"


def examine(settings: Settings) -> Iterator[Finding]:
    """Nothing where nobody wants links; else whether they can be made."""
    if not settings.link_secret.get_secret_value():
        return
    url = settings.public_url
    if not url:
        step = f"Set {variable('public_url')} to how people reach this server."
        yield Finding(False, SUBJECT, "There is a secret, but no address to begin links with.", step)
    else:
        yield Finding(True, SUBJECT, f"Links begin with {url}/s/.")
