"""What is missing before Matrix works, in words."""

from collections.abc import AsyncIterator

from bot.channels.errors import DeliveryError
from bot.channels.matrix.homeserver import Homeserver
from bot.findings import Finding
from bot.settings import Settings

ACCOUNT, SERVER = "Matrix account", "Matrix homeserver"


async def examine(settings: Settings) -> list[Finding]:
    """Look at the settings and ask the homeserver about them: one finding for each thing that must be right."""
    if not settings.matrix_homeserver:
        return [
            Finding(
                False,
                SERVER,
                "KAIKU_MATRIX_HOMESERVER is empty.",
                "Set it to the homeserver's address, such as https://matrix.example.org.",
            )
        ]
    token = settings.matrix_access_token.get_secret_value()
    home = Homeserver(settings.matrix_homeserver, settings.matrix_user_id, token)
    try:
        return [finding async for finding in _findings(settings, home)]
    finally:
        await home.close()


async def _findings(settings: Settings, home: Homeserver) -> AsyncIterator[Finding]:
    try:
        user = await home.whoami()
    except DeliveryError as failure:
        yield _refused(settings, failure)
        return
    if user != settings.matrix_user_id:
        yield Finding(
            False,
            ACCOUNT,
            f"The access token belongs to {user}, but KAIKU_MATRIX_USER_ID is “{settings.matrix_user_id}”.",
            "Write the account that the token was made for.",
        )
        return
    yield Finding(True, ACCOUNT, f"{settings.matrix_homeserver} knows us as {user}.")


def _refused(settings: Settings, failure: DeliveryError) -> Finding:
    if failure.reason.startswith("token:"):
        return Finding(
            False,
            ACCOUNT,
            f"The homeserver refuses the access token: {failure.reason.removeprefix('token: ')}.",
            "Sign in to the account once more, as docs/matrix.md shows, and copy the new token.",
        )
    return Finding(
        False,
        SERVER,
        f"{settings.matrix_homeserver} does not answer as a homeserver: {failure.reason}.",
        "Check the address, and the network from this machine to it.",
    )
