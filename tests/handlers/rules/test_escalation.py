"""Who is told when the time of a case is over."""

import pytest

from handlers.rules.escalation import ladder


@pytest.mark.parametrize(
    ("holder", "deputy", "lead", "cx", "told"),
    [
        ("pekka", "sanna", "maya", "liisa", ("sanna", "maya", "liisa")),
        ("maya", "liisa", "maya", "liisa", ("liisa",)),
        ("pekka", None, None, "liisa", ("liisa",)),
        ("pekka", "maya", "maya", "maya", ("maya",)),
        ("liisa", "maya", "ville", "liisa", ("maya",)),
        ("liisa", None, "ville", "liisa", ()),
        ("", None, "ville", "liisa", ("ville", "liisa")),
    ],
)
def test_nobody_is_told_twice_and_never_the_holder(
    holder: str, deputy: str | None, lead: str | None, cx: str, told: tuple[str, ...]
) -> None:
    assert ladder(holder, deputy=deputy, team_lead=lead, cx_lead=cx) == told
