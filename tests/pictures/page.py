"""The page on which all stand side by side."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path

from bot import pictures as charts
from bot.channels.telegram.render import pictures
from handlers.messages import Message
from tests.peers import modules
from tests.pictures.drawing import PLATFORMS

SANDBOX_CSS = Path(__file__).parents[2] / "bot/channels/sandbox/static/sandbox.css"
_BASE = "font:14px/1.45 system-ui,'Liberation Sans',sans-serif;"
_STYLES = {
    "Slack": f""":host{{{_BASE}background:#fff;color:#1d1c1d}} h3{{font-size:17px;margin:0 0 6px}} p{{margin:4px 0}}
 .small{{font-size:12px;color:#616061}} ul{{margin:2px 0;padding-left:22px}} .actions{{margin-top:6px}}
 blockquote{{border-left:4px solid #ddd;margin:4px 0;padding-left:10px}}
 button{{font:bold 13px sans-serif;background:#fff;border:1px solid #bbb;border-radius:8px;padding:6px 10px;
 margin:0 6px 6px 0}}
 .primary{{background:#007a5a;color:#fff}} .danger{{background:#e01e5a;color:#fff}}""",
    "Telegram": f""":host{{{_BASE}background:#cfdcc4;color:#000}} .bubble{{background:#fff;
 border-radius:12px;padding:8px 10px;white-space:pre-wrap;margin-bottom:4px}}
 blockquote{{display:block;border-left:3px solid #3390ec;background:#eef5fd;margin:0;padding:2px 8px}}
 .keys div{{display:flex;gap:4px;margin-bottom:4px}} button{{flex:1;min-width:0;font:13px sans-serif;color:#fff;
 background:#6f8f68;border:0;border-radius:8px;padding:8px 2px;white-space:nowrap;
 overflow:hidden;text-overflow:ellipsis}}""",
    "Teams": f":host{{{_BASE}background:#f5f5f5}} .card{{background:#fff;border-radius:6px;box-shadow:0 1px 3px #bbb}}",
    "Matrix": f""":host{{{_BASE}background:#fff;color:#1b1d22}} p{{margin:6px 0}} h3,h4{{margin:4px 0}}
 blockquote{{border-left:3px solid #ccc;margin:4px 0;padding-left:8px}}""",
    "Sandbox": "",
}
_PAGE = """<!doctype html><meta charset="utf-8"><title>Kaiku</title><style>
 body{{margin:16px;background:#e9ecef;font:15px sans-serif;width:1780px}} h1{{font-size:19px;margin:4px 0 10px}}
 .row{{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:14px;align-items:start;margin-bottom:18px}}
 h2{{font-size:14px;margin:0 0 4px;color:#444}} .pane{{padding:12px;border-radius:6px;display:block;overflow:hidden}}
 .pages{{display:flex;gap:14px;align-items:start}} img{{border-radius:6px;display:block;
 max-width:560px;max-height:760px}}
</style><body>{rows}<script>{library}</script><script>
for (const pane of document.querySelectorAll(".pane")) for (const place of pane.shadowRoot.querySelectorAll(".card")) {{
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig({{ fontFamily: "Segoe UI, system-ui, sans-serif",
    actions: {{ actionsOrientation: "horizontal", actionAlignment: "left", maxActions: 50, buttonSpacing: 8 }} }});
  card.parse(JSON.parse(place.dataset.card));
  place.append(card.render());
}}
</script></body>"""
_BUTTONS = """.ac-actionSet,.ac-actionSet>div{flex-wrap:wrap!important}
 .ac-pushButton{font:600 13px sans-serif;background:#fff;border:1px solid #c7c7c7;border-radius:4px;padding:6px 10px;
 text-align:left;margin-bottom:6px}.ac-pushButton.style-positive{background:#5b5fc7;color:#fff}"""

_FREE = ":host{display:block;height:auto;min-height:0;overflow:visible}.entries{list-style:none;padding:0}"


def page(messages: Mapping[str, Message], photographs: Mapping[str, bytes]) -> str:
    """Each message in a row, in every channel; the photographs beneath. HTML that needs nothing else."""
    rows = "".join(
        f"<h1>{escape(title)}</h1><div class='row'>{_panes(message)}</div>"
        for title, message in messages.items()
    )
    return _whole(rows, photographs)


def each_in_one(messages: Mapping[str, Message]) -> str:
    """The messages beside each other, each in another channel."""
    panes = "".join(
        _with_charts(_pane(name, message), message)
        for name, message in zip(PLATFORMS, messages.values(), strict=True)
    )
    return _whole(f"<div class='row'>{panes}</div>", {})


def _whole(rows: str, photographs: Mapping[str, bytes]) -> str:
    library = (modules() / "adaptivecards/dist/adaptivecards.min.js").read_text()
    shown = "".join(f"<div><h2>{escape(name)}</h2>{_image(png)}</div>" for name, png in photographs.items())
    return _PAGE.format(rows=f"{rows}<div class='pages'>{shown}</div>", library=library)


def _panes(message: Message) -> str:
    return _with_charts("".join(_pane(name, message) for name in PLATFORMS), message)


def _pane(name: str, message: Message) -> str:
    return (
        f"<div><h2>{name}</h2><div class='pane'><template shadowrootmode='open'><style>{_style(name)}</style>"
        f"{PLATFORMS[name](message)}</template></div></div>"
    )


def _with_charts(html: str, message: Message) -> str:
    for number, picture in enumerate(pictures(message)):
        html = html.replace(f'"chart:{number}"', f'"{_data(charts.draw(picture.chart))}"')
    return html


def _style(name: str) -> str:
    return f"{_style_of(name)}img{{max-width:100%;height:auto;display:block}}"


def _style_of(name: str) -> str:
    if name == "Sandbox":
        # What is said of the whole page there is said of the pane here.
        return SANDBOX_CSS.read_text().replace(":root", ":host").replace("body", ":host") + _FREE
    return _STYLES[name] + (_BUTTONS if name == "Teams" else "")


def _image(png: bytes) -> str:
    return f'<img alt="" src="{_data(png)}">'


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
