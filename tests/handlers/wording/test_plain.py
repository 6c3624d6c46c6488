"""Plain text for terminals."""

import pytest

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Chips,
    Facts,
    Heading,
    Message,
    Paragraph,
    Part,
    Picture,
    Quote,
    Scale,
    Small,
    TrendChart,
    TrendPoint,
    Verb,
)
from handlers.wording.plain import as_text
from tests.helpers.samples import HEARD

PRESS = Action(Verb.TAKE)


def said(*parts: Part, width: int = 40) -> str:
    return as_text(Message(parts, "sense"), width)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Heading("Title"), "Title\n─────"),
        (
            Paragraph("one two three four five six seven eight nine"),
            "one two three four five six seven eight\nnine",
        ),
        (Paragraph("first\nsecond"), "first\nsecond"),
        (Quote("a\nb", by="Tom"), "│ a\n│ b\n  — Tom"),
        (Facts((("a", "1"), ("long", "2"))), "a     1\nlong  2"),
        (Facts((("x" * 30, "1"), ("a", "2"))), f"{'x' * 30}\n   1\na  2"),
        (Bullets(("one", "two")), "• one\n• two"),
        (
            Scale((Button("1", PRESS), Button("2", PRESS, chosen=True)), "bad", "good"),
            "[1] [✓ 2]\n1 = bad · 2 = good",
        ),
        (Scale((), "bad", "good"), ""),
        (Chips((Button("a", PRESS, chosen=True), Button("b", PRESS))), "☑ a  ☐ b"),
        (Buttons((Button("x" * 20, PRESS), Button("y" * 20, PRESS))), f"[{'x' * 20}]\n[{'y' * 20}]"),
        (Small("fine print"), "fine print"),
        (Picture(TrendChart("t", ()), "nothing yet"), "nothing yet"),
        (HEARD, HEARD.elsewhere),
    ],
)
def test_each_kind_of_part(part: Part, text: str) -> None:
    assert said(part) == text


def test_a_trend_is_a_row_of_bars_with_a_dot_where_answers_were_too_few() -> None:
    points = tuple(TrendPoint("w", 9, value, value, value) for value in (0.0, None, 0.5, 1.0, -0.4))
    assert said(Picture(TrendChart("t", points), "finding")) == "▁·▅█▁\nfinding"


def test_parts_are_set_apart_and_buttons_stay_together() -> None:
    rows = (Buttons((Button("a", PRESS),)), Buttons((Button("b", PRESS),)))
    assert said(Heading("H"), Paragraph("p"), *rows) == "H\n─\np\n\n[a]\n[b]"


def test_an_empty_part_leaves_no_gap() -> None:
    assert said(Paragraph("a"), Facts(()), Paragraph("b")) == "a\n\nb"


def test_a_comment_cannot_move_the_cursor_or_turn_the_line() -> None:
    assert said(Quote("\x1b[2Jhi\u202eevil\r\x07")) == "│ [2Jhievil"
    assert said(Buttons((Button("\x1b]0;x", PRESS),))) == "[]0;x]"
