"""Messages as their readers have them before them: each platform's own form, drawn as its client draws it.

What a platform is given comes from the product's renderers; only the client's part is played here. Cards of
Teams are drawn by Microsoft's own library, in the page. A picture's address is `chart:` and its number in the message.
"""

import json
from html import escape
from typing import Any

from telegram import MessageEntity

from bot.channels.matrix import render as matrix
from bot.channels.sandbox import render as sandbox
from bot.channels.slack import render as slack
from bot.channels.teams import render as teams
from bot.channels.telegram import render as telegram
from handlers.messages import Message, Picture

Json = dict[str, Any]
_STYLES = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
_ENTITIES = {
    MessageEntity.TEXT_LINK: "a",
    "bold": "b",
    "italic": "i",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


def in_slack(message: Message) -> str:
    """Block Kit as the desktop client draws it."""
    return "".join(map(_block, slack.blocks(message, _addresses(message))))


def _addresses(message: Message) -> dict[Picture, str]:
    """Where each picture of a message is, once a platform has taken it."""
    return {picture: f"chart:{number}" for number, picture in enumerate(telegram.pictures(message))}


def _image(address: str) -> str:
    return f'<img src="{address}">'


def _block(block: Json) -> str:  # noqa: PLR0911 -- one line for each kind of block
    match block["type"]:
        case "header":
            return f"<h3>{_said(block['text'])}</h3>"
        case "section":
            return f"<p>{_said(block['text'])}</p>"
        case "context":
            return f'<p class="small">{" ".join(map(_said, block["elements"]))}</p>'
        case "image":
            return _image(block["slack_file"]["id"])
        case "divider":
            return "<hr>"
        case "actions":
            return f'<div class="actions">{"".join(map(_button, block["elements"]))}</div>'
        case "rich_text":
            return "".join(map(_rich, block["elements"]))
        case other:
            raise ValueError(f"a block of the kind {other} is not drawn yet")


def _button(button: Json) -> str:
    return f'<button class="{button.get("style", "")}">{_said(button["text"])}</button>'


def _said(text: Json) -> str:
    return escape(text["text"]).replace("\n", "<br>") if "text" in text else ""


def _rich(element: Json) -> str:
    inner = "".join(map(_rich_inner, element["elements"]))
    match element["type"]:
        case "rich_text_list":
            return f"<ul>{inner}</ul>"
        case "rich_text_quote":
            return f"<blockquote>{inner}</blockquote>"
        case _:
            return f"<p>{inner}</p>"


def _rich_inner(element: Json) -> str:
    if element["type"] == "rich_text_section":
        return f"<li>{''.join(map(_rich_inner, element['elements']))}</li>"
    words = _said(element)
    for style in element.get("style", {}):
        words = f"<{_STYLES[style]}>{words}</{_STYLES[style]}>"
    return words


def in_telegram(message: Message) -> str:
    """Text with its entities in a bubble, and the keyboard beneath."""
    drawn = telegram.draw(message)
    rows = drawn.keyboard.inline_keyboard if drawn.keyboard else ()
    keys = "".join(
        f"<div>{''.join(f'<button>{escape(key.text)}</button>' for key in row)}</div>" for row in rows
    )
    bubbles = "".join(
        f'<div class="bubble">{_marked(text.text, text.entities)}</div>' for text in (drawn.main, *drawn.rest)
    )
    shown = "".join(
        f'<div class="bubble">{_image(address)}{escape(telegram.caption(picture))}</div>'
        for picture, address in _addresses(message).items()
    )
    return f'{bubbles}<div class="keys">{keys}</div>{shown}'


def _marked(text: str, entities: tuple[MessageEntity, ...]) -> str:
    """Offsets count UTF-16 units, as Telegram's do."""
    units, marks = text.encode("utf-16-le"), sorted(entities, key=lambda entity: entity.offset)
    told, end = "", 0
    for mark in marks:
        inner = units[2 * mark.offset : 2 * (mark.offset + mark.length)].decode("utf-16-le")
        tag = _ENTITIES[mark.type]
        told += (
            escape(units[2 * end : 2 * mark.offset].decode("utf-16-le")) + f"<{tag}>{escape(inner)}</{tag}>"
        )
        end = mark.offset + mark.length
    told += escape(units[2 * end :].decode("utf-16-le"))
    # A quote is a block of its own: the lines break around it by themselves.
    return told.replace("\n<blockquote>", "<blockquote>").replace("</blockquote>\n", "</blockquote>")


def in_teams(message: Message) -> str:
    """A place for the card, which the page's script draws."""
    card = json.dumps(teams.card(message), ensure_ascii=False)
    beside = "".join(map(_image, _addresses(message).values()))
    return f'<div class="card" data-card="{escape(card, quote=True)}"></div>{beside}'


def in_matrix(message: Message) -> str:
    """The formatted body, which clients draw as it is."""
    return str(matrix.content(message, _addresses(message))["formatted_body"])


def in_sandbox(message: Message) -> str:
    """The sandbox's own HTML."""
    html, places = sandbox.html(message), sandbox.charts(message)
    for number, place in enumerate(places):
        html = html.replace(f"{sandbox.PICTURES}/-{place}.png", f"chart:{number}")
    return f'<ul class="entries"><li class="entry bot"><div class="bubble">{html}</div></li></ul>'


PLATFORMS = {
    "Slack": in_slack,
    "Telegram": in_telegram,
    "Teams": in_teams,
    "Matrix": in_matrix,
    "Sandbox": in_sandbox,
}
