"""The picture in the manual is the one the code draws."""

from handlers.diagram import DOCUMENT, diagram, refreshed


def test_the_manual_shows_the_states_as_they_are() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert diagram() in document, "draw it anew: python -m handlers.diagram"
    assert refreshed(document) == document


def test_an_old_picture_is_replaced_and_the_words_around_it_stay() -> None:
    before = "Before.\n```mermaid\nstateDiagram-v2\n    old --> older\n```\nAfter."
    assert refreshed(before) == f"Before.\n```mermaid\n{diagram()}```\nAfter."
