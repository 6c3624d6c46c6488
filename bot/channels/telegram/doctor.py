"""What is missing before Telegram works, in words."""

from collections.abc import AsyncIterator

from telegram import WebhookInfo

from bot.channels.errors import DeliveryError
from bot.channels.telegram.bot_api import BotApi
from bot.channels.telegram.door import PATH
from bot.findings import Finding
from bot.settings import Settings

TOKEN = "Telegram bot token"  # noqa: S105 - a label
HEARING = "Telegram updates"
MANY = 100
"""So many waiting updates are a sign that nobody takes them in."""


async def examine(settings: Settings) -> list[Finding]:
    """Look at the settings and ask Telegram about them: one finding for each thing that must be right."""
    api = BotApi(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_url)
    try:
        return [finding async for finding in _findings(settings, api)]
    finally:
        await api.close()


async def _findings(settings: Settings, api: BotApi) -> AsyncIterator[Finding]:
    try:
        bot = await api.me()
        calls = await api.webhook()
    except DeliveryError as failure:
        yield _refused(failure)
        return
    yield Finding(True, TOKEN, f"Telegram knows us as @{bot.username}.")
    secret = settings.telegram_webhook_secret.get_secret_value()
    yield _about_webhook(settings, calls) if secret else _about_polling(calls)


def _refused(failure: DeliveryError) -> Finding:
    if failure.reason.startswith("token"):
        return Finding(
            False,
            TOKEN,
            "Telegram refuses it.",
            "Ask @BotFather for the bot's token (/mybots → API Token) and copy it whole into "
            "KAIKU_TELEGRAM_BOT_TOKEN.",
        )
    return Finding(
        False,
        TOKEN,
        f"{failure.reason}.",
        "Check the network from this machine to api.telegram.org, and a proxy if you need one.",
    )


def _about_polling(calls: WebhookInfo) -> Finding:
    if calls.url:
        return Finding(
            False,
            HEARING,
            "Telegram still calls a webhook, so that it cannot be asked.",
            "Starting Kaiku (`python -m bot run`) removes the webhook; "
            "if it comes back, another program uses the same bot: make a bot of its own for each.",
        )
    return _about_waiting(calls, "Telegram is asked for them (polling).")


def _about_webhook(settings: Settings, calls: WebhookInfo) -> Finding:
    wanted = f"{settings.public_url}{PATH}"
    if calls.url != wanted:
        return Finding(
            False,
            HEARING,
            f"Telegram calls {calls.url or 'nobody'}, not {wanted}.",
            "Start Kaiku (`python -m bot run`): it tells Telegram the address.",
        )
    if calls.last_error_message and calls.pending_update_count:
        return Finding(
            False,
            HEARING,
            f"Telegram calls {wanted} in vain: {calls.last_error_message}.",
            "The address must be reachable from outside, with TLS, on port 443, 80, 88 or 8443.",
        )
    return _about_waiting(calls, f"Telegram calls {wanted}.")


def _about_waiting(calls: WebhookInfo, how: str) -> Finding:
    waiting = calls.pending_update_count
    if waiting < MANY:
        return Finding(True, HEARING, f"{how} Waiting: {waiting}.")
    return Finding(
        False,
        HEARING,
        f"{how} Waiting: {waiting}.",
        "Is Kaiku running? If it is, its log says what keeps it.",
    )
