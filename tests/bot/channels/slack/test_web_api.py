"""What a call of Slack's Web API does besides calling."""

from bot.channels.slack.web_api import WebApi
from tests.helpers.slack_server import slack_server


class Untold(dict[str, str]):
    """Something that may be sent, but of which nobody makes a sentence."""

    def __repr__(self) -> str:
        raise AssertionError("what is sent was put into words for a log")


async def test_what_is_sent_is_not_put_into_words_for_a_log_that_nobody_keeps() -> None:
    async with slack_server() as slack:
        api = WebApi("xoxb-local", slack.api)
        await api.open()
        try:
            await api.call("chat.postMessage", channel="D0TOM", blocks=[Untold(type="divider")])
        finally:
            await api.close()
        assert slack.to("chat.postMessage") == [{"channel": "D0TOM", "blocks": [{"type": "divider"}]}]
