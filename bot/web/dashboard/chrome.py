"""The words of the pages themselves: where one can go, what a figure is called, what a form says."""

from collections.abc import Mapping
from functools import cache

from handlers.wording.language import msgid, wording

NAVIGATION = {
    "": "overview",
}
"""Paths below `/dashboard` and the names of their words, in the order of the menu."""

_WORDS = {
    "dashboard": msgid("Dashboard"),
    "language": msgid("Language"),
    "menu": msgid("Pages"),
    "skip": msgid("To the content"),
    "overview": msgid("Overview"),
    "log_in": msgid("Log in"),
    "log_in_as": msgid("Log in as {name}"),
    "log_in_why": msgid(
        "The link works once. You stay logged in for a week at most, and half a day without a look."
    ),
    "how_to_log_in": msgid(
        "Write “login” to Kaiku in your chat. It sends you a link that works once, for ten minutes."
    ),
    "log_out": msgid("Log out"),
    "not_shown": msgid("This cannot be shown"),
    "not_done": msgid("Nothing was changed"),
    "to_front": msgid("To the overview"),
}


@cache
def words(language: str) -> Mapping[str, str]:
    """Every word of the pages in one language, by name; placeholders as they are."""
    return {name: wording(language, text) for name, text in _WORDS.items()}
