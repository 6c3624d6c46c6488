"""What a reader of a piece of HTML sees, and what its buttons do."""

import re
from html import unescape


def text_of(html: str) -> str:
    """The text without the labels of buttons."""
    without = re.sub(r"<button[^>]*>.*?</button>", "", html, flags=re.DOTALL)
    spaced = re.sub(r"</?(p|div|h\d|li|ul|dl|dt|dd|blockquote|br|footer|figure)[^>]*>", "\n", without)
    lines = unescape(re.sub(r"<[^>]+>", "", spaced)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def buttons_of(html: str, tag: str = "button") -> dict[str, str]:
    """Label → encoded action, in order; for forms, whatever stands in them → their action."""
    found = re.findall(rf'<{tag}[^>]*data-action="([^"]*)"[^>]*>(.*?)</{tag}>', html, re.DOTALL)
    return {unescape(re.sub(r"<[^>]+>", "", inner)): unescape(action) for action, inner in found}
