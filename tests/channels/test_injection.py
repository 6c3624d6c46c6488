"""Every trick against every channel: words that would ping, link, format or run somewhere read as typed everywhere."""

import pytest

from handlers.messages import Bullets, Facts, Heading, Message, Paragraph, Quote, Small
from tests.channels.contract import Stage

TRICKS = {
    "everybody in a Slack channel": "<!channel> <!here> <!everyone> @channel @here",
    "a group in Slack": "<!subteam^S0ADMINS>",
    "somebody in Slack": "<@U0MAYA> <@U0MAYA|maya>",
    "a link in Slack": "<http://evil.example|the pension office>",
    "a date in Slack": "<!date^1392734382^{date}^http://evil.example|now>",
    "Slack's own escapes": "&lt;!channel&gt; &amp;lt;",
    "an emoji by name": ":tada: :rotating_light:",
    "everybody in Teams": "<at>everyone</at> <at id='0'>Maya</at>",
    "a link in a card": "[the pension office](https://evil.example)",
    "a picture in a card": "![x](https://evil.example/pixel.png)",
    "a date in a card": "{{DATE(2026-11-27T12:00:00Z,SHORT)}}",
    "somebody in Telegram": "[Maya](tg://user?id=2) @maya_kaiku",
    "a command in Telegram": "/stop /start@kaiku_bot",
    "everybody in Matrix": "@room @maya:town.example",
    "a pill in Matrix": "https://matrix.to/#/@maya:town.example",
    "bold, slanted, struck": "*bold* _slanted_ ~struck~ **bold** __under__ ~~struck~~",
    "code": "`code` ```fence``` |cell|",
    "a quote, a list, a heading": "> quoted - item # heading 1. first",
    "tags": "<b>x</b> <a href='https://evil.example'>x</a>",
    "a script": "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "the end of an attribute": "\"><b x='\" onmouseover='alert(1)",
    "an entity": "&#60;b&#62; &nbsp;x &copy;",
    "a formula": '=HYPERLINK("https://evil.example";"x") +1+1 -1 @SUM(A1)',
    "a template": "{{7*7}} ${7*7} {0} %s %(x)s",
    "backslashes": r"\*not bold\* \\ \n \u202e",
    "an address that would become a link": "https://evil.example evil.example a@b.example",
}
"""By what it would do, where it would do it."""


def everywhere(trick: str) -> Message:
    """The trick in every kind of part that holds somebody's words."""
    return Message(
        (
            Heading(trick),
            Paragraph(trick),
            Quote(trick, by=trick),
            Facts((("From", trick),)),
            Bullets((trick,)),
            Small(trick),
        ),
        "Tom wrote",
    )


def flat(text: str) -> str:
    """The words alone: how lines break is the platform's own."""
    return " ".join(text.split())


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
async def test_a_trick_reads_as_typed(stage: Stage, trick: str) -> None:
    await stage.channel.send(stage.tom, everywhere(trick), "alert:1")

    (standing,) = await stage.standing()
    assert flat(standing.text).count(flat(trick)) == 7
    assert standing.labels == ()
    assert standing.pictures == 0
