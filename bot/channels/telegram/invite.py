"""The deep link of an encounter, with its QR code in the terminal and as a picture."""

from io import StringIO
from pathlib import Path

import segno

from bot.app import App
from bot.channels.errors import DeliveryError
from bot.channels.telegram import links
from bot.channels.telegram.bot_api import BotApi
from bot.settings import Settings, SettingsError
from handlers.links import token_of

NO_TOKEN = "KAIKU_TELEGRAM_BOT_TOKEN is empty. Get a token from @BotFather; docs/telegram.md shows how."  # noqa: S105
NO_ANSWER = (
    "Telegram does not say what the bot is called: {reason}. Run `python -m bot doctor`, which tells more."
)
SCALE, BORDER = 8, 4
"""Pixels of a module, and modules of quiet around: what a telephone reads from a counter's sign."""


async def invite(app: App, reference: str, picture: Path | None = None) -> list[str]:
    """Write the picture, named after the encounter unless told otherwise, and return what to print.

    `reference` is the encounter's token, or its reference where it came from. `app` is open, to read is
    enough. Raises `UnknownEncounter`, and `SettingsError` while Telegram does not know the bot.
    """
    encounter = app.read_now(lambda ctx: token_of(reference, ctx))
    secret = app.settings.telegram_bot_token.get_secret_value()
    if not secret:
        raise SettingsError((NO_TOKEN,))
    link = links.address(await _name_of_bot(app.settings), links.payload(encounter, secret, app.clock.now()))
    code = segno.make(link, error="m")
    target = picture or Path(f"telegram-{encounter}.png")
    code.save(str(target), scale=SCALE, border=BORDER)
    drawn = StringIO()
    code.terminal(drawn, compact=True)
    return [link, drawn.getvalue(), f"The picture is {target}. The link is for one person, for 14 days."]


async def _name_of_bot(settings: Settings) -> str:
    api = BotApi(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)
    try:
        return (await api.me()).username or ""
    except DeliveryError as failure:
        raise SettingsError((NO_ANSWER.format(reason=failure.reason),)) from None
    finally:
        await api.close()
