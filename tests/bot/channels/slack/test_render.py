from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.channels.slack import render
from handlers.messages import Action, Button, Buttons, Heading, Link, Message, Paragraph, Quote, Scale, Verb
from tests.helpers.samples import (
    ALERT,
    CHIPS,
    DIGEST,
    FORMS,
    HOSTILE,
    HUGE,
    LOGGING,
    MESSAGES,
    PROMPT,
    TREND,
    scale,
)


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for inner in tree.values():
            yield from nodes(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from nodes(inner)


def buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [node for node in nodes(blocks) if node.get("type") == "button"]


def read(tree: Any) -> list[str]:
    """What a person reads: `plain_text` as Slack decodes it, `rich_text` as it is."""
    return [
        node["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if node["type"] == "plain_text"
        else node["text"]
        for node in nodes(tree)
        if node.get("type") in ("plain_text", "text")
    ]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_keeps_within_the_limits_slack_sdk_knows(message: Message) -> None:
    blocks = render.blocks(message, {TREND: "F0PICTURE1"})
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    assert len(blocks) <= 50


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_keeps_within_the_limits_nobody_checks_for_us(message: Message) -> None:
    blocks = render.blocks(message)
    texts = [node["text"] for node in nodes(blocks) if isinstance(node.get("text"), str)]
    assert all(texts)
    assert sum(map(len, texts)) <= 13_000
    for button in buttons(blocks):
        assert len(button["text"]["text"]) <= 75
        assert len(button.get("accessibility_label", "")) <= 75
    for block in blocks:
        if block["type"] == "context":
            assert all(len(element["text"]) <= 2000 for element in block["elements"])
    assert len(render.text(message)) <= 3000


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_keeps_within_the_limits_slack_sdk_knows(form: Any) -> None:
    view = render.view(form, "take|c4Se|\nD0MAYA\n1.2")
    View(**view).validate_json()
    for node in nodes(view):
        assert len(node.get("options", ())) <= 100
    assert len(view["title"]["text"]) <= 24
    assert len(view["submit"]["text"]) <= 24


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_ids_are_unique(message: Message) -> None:
    blocks = render.blocks(message)
    ids = [block["block_id"] for block in blocks]
    assert len(set(ids)) == len(ids)
    for block in blocks:
        actions = [button["action_id"] for button in buttons([block])]
        assert len(set(actions)) == len(actions)


def test_a_changed_message_has_new_block_ids() -> None:
    before, after = (render.blocks(Message((scale(chosen),), "x")) for chosen in (1, 2))
    assert {block["block_id"] for block in before}.isdisjoint(block["block_id"] for block in after)


@pytest.mark.parametrize(
    "tree", [render.blocks(MESSAGES["ugly"]), render.view(LOGGING)], ids=["blocks", "view"]
)
def test_nothing_is_ever_markup(tree: Any) -> None:
    kinds = {node["type"] for node in nodes(tree) if "type" in node}
    assert kinds.isdisjoint(
        {"mrkdwn", "markdown", "user", "usergroup", "broadcast", "channel", "emoji", "date"}
    )
    links = {node["url"] for node in nodes(tree) if node.get("type") == "link"}
    assert links <= {part.address for part in MESSAGES["ugly"].parts if isinstance(part, Link)}
    for node in nodes(tree):
        if node.get("type") == "plain_text":
            assert node["emoji"] is False
            assert "<" not in node["text"]
            assert ">" not in node["text"]


def test_hostile_words_read_as_typed() -> None:
    for part in (Paragraph(HOSTILE), Quote(HOSTILE), Heading(HOSTILE[:100])):
        assert read(render.blocks(Message((part,), "x"))) == [part.text]


def test_the_notification_escapes_what_would_ping() -> None:
    assert "<" not in render.text(Message((), HOSTILE))
    assert render.text(Message((), "a < b & c")) == "a &lt; b &amp; c"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x00b\x1b[31mred", "ab[31mred"),
        ("line\n\tone", "line\n\tone"),
        ("", "–"),
        ("\ud800lone", "lone"),
        ("\u200fשלום 👩", "\u200fשלום 👩"),
    ],
)
def test_control_characters_go_and_letters_stay(typed: str, shown: str) -> None:
    assert read(render.blocks(Message((Paragraph(typed),), "x"))) == [shown]


def test_no_escape_is_cut_in_half() -> None:
    [header] = render.blocks(Message((Heading("&" * 200),), "x"))
    text = header["text"]["text"]
    assert len(text) <= 150
    assert text.replace("&amp;", "") == "…"


def test_a_button_carries_its_action_and_says_what_it_does() -> None:
    take = buttons(render.blocks(ALERT))[0]
    assert Action.decode(take["value"]) == Action(Verb.TAKE, "c4Se")
    assert take["style"] == "primary"
    assert take["accessibility_label"] == "Take the case of Tom Guest"
    assert buttons(render.blocks(ALERT))[3]["style"] == "danger"


def test_a_chosen_chip_is_marked() -> None:
    slow, passed_on, _ = buttons(render.blocks(CHIPS))
    assert (slow["text"]["text"], slow["style"]) == ("✓ Slow", "primary")
    assert (passed_on["text"]["text"], passed_on.get("style")) == ("Passed on", None)


def test_a_scale_is_one_row_with_its_anchors_beneath() -> None:
    actions, anchors = render.blocks(Message((scale(),), "x"))
    assert [button["text"]["text"] for button in actions["elements"]] == ["1", "2", "3", "4", "5"]
    assert read(anchors) == ["1 = Strongly disagree · 5 = Strongly agree"]


def test_a_scale_without_anchors_is_the_row_alone() -> None:
    [actions] = render.blocks(Message((Scale(scale().points),), "x"))
    assert actions["type"] == "actions"


def test_a_picture_is_shown_when_uploaded_and_told_in_words_when_not() -> None:
    shown = next(b for b in render.blocks(DIGEST, {TREND: "F0PICTURE1"}) if b["type"] == "image")
    assert shown["slack_file"] == {"id": "F0PICTURE1"}
    assert shown["alt_text"] == TREND.alt
    assert TREND.alt in read(render.blocks(DIGEST))


def test_the_buttons_of_an_overlong_message_are_all_there() -> None:
    drawn = buttons(render.blocks(HUGE))
    assert len(drawn) == 11 + 60 + 1
    assert drawn[-1]["value"] == "take|c4Se|"


def test_the_longest_texts_give_way_first() -> None:
    blocks = render.blocks(Message((Paragraph("short"), Quote("x" * 20_000), Paragraph("y" * 3000)), "x"))
    short, long, middling = read(blocks)
    assert short == "short"
    assert len(middling) == 3000
    assert 7000 < len(long) < 8000
    assert long.endswith("…")


@pytest.mark.parametrize(
    ("lengths", "room", "level"),
    [
        ([], 10, 0),
        ([3, 4], 10, 4),
        ([3, 40], 10, 7),
        ([40, 40], 10, 5),
        ([1, 40, 40], 11, 5),
        ([9] * 20, 10, 1),
    ],
)
def test_water_level(lengths: list[int], room: int, level: int) -> None:
    assert render.water_level(lengths, room) == level


def test_more_than_twenty_five_buttons_take_several_rows() -> None:
    many = tuple(Button(str(n), Action(Verb.TAKE, str(n))) for n in range(60))
    rows = render.blocks(Message((Buttons(many),), "x"))
    assert [len(row["elements"]) for row in rows] == [25, 25, 10]


def test_the_words_alone_hold_everything_that_was_said() -> None:
    words = render.words(ALERT)
    for said in ("Tom Guest was dissatisfied", "passed on three times", "040 123 4567"):
        assert said in words


def test_a_field_is_named_by_its_key() -> None:
    view = render.view(LOGGING)
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == [
        "customer", "service", "type", "none", "words",
    ]  # fmt: skip
    assert view["blocks"][1]["element"]["initial_value"] == "Acme"


def test_a_choice_is_radio_buttons_a_menu_or_a_grouped_menu_as_it_grows() -> None:
    few = render.view(FORMS["closing"])["blocks"][1]["element"]
    assert (few["type"], few["initial_option"]["value"]) == ("radio_buttons", "explained")
    _, _, service, kind, none, _ = (block.get("element") for block in render.view(LOGGING)["blocks"])
    assert [len(group["options"]) for group in service["option_groups"]] == [100, 100, 46]
    assert (kind["type"], len(kind["options"])) == ("static_select", 12)
    assert none["type"] == "plain_text_input"


def test_a_form_takes_its_origin_along() -> None:
    assert (
        render.view(FORMS["closing"], "close|c4Se|\nD0MAYA\n1.2")["private_metadata"]
        == "close|c4Se|\nD0MAYA\n1.2"
    )


def test_the_same_message_is_drawn_the_same() -> None:
    assert render.blocks(PROMPT) == render.blocks(PROMPT)
