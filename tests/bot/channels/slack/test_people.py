"""An e-mail address links people, so it is taken only where our own workspace vouches for it."""

import pytest

from bot.channels.slack.people import _described
from handlers.events import Sender

PROFILE = {"real_name": "Nina Niemi", "email": "nina@example.org"}


@pytest.mark.parametrize(
    ("standing", "email"),
    [
        ({}, "nina@example.org"),
        ({"is_stranger": True}, ""),
        ({"is_restricted": True}, ""),
        ({"is_bot": True}, ""),
    ],
)
def test_a_strangers_address_links_nobody(standing: dict[str, bool], email: str) -> None:
    assert _described(Sender("slack", "U1"), {"profile": PROFILE, **standing}).email == email
