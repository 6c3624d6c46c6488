import logging

import pytest
from sqlmodel import Session, select

from bot.channels import Destination
from bot.channels.teams.listener import NOT_SAVED
from bot.channels.teams.places import Place
from bot.channels.teams.render import SUBMIT
from handlers.events import CommandGiven, Event, FormAsked, WordsReceived
from handlers.messages import EditInPlace, FormErrors, Message, OpenForm, Paragraph, Reply, Say
from storage import people
from storage.tables import Identity
from tests.helpers.samples import ALERT, CLOSING, PROMPT
from tests.helpers.teams_channel import Teams
from tests.helpers.teams_server import BOT, MAYA, TENANT, TOM, Refusal, actions, words
from tests.helpers.town import TUESDAY_TEN

RATE = {"type": "Action.Execute", "verb": "press", "data": {"action": "rate|x7Gk|ease=2"}}
CLOSE = {"type": "Action.Submit", "data": {"msteams": {"type": "task/fetch"}, "action": "close|c4Se|"}}
GROUP = {"id": "19:abc@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
THANKS = Message((Paragraph("Thank you!"),), "Thanks")


async def standing(teams: Teams, conversation: str = "a:tom") -> list[str]:
    cards = [activity for _, activity in teams.server.standing(conversation)]
    return [
        words(card["attachments"][0]["content"]) if "attachments" in card else card["text"] for card in cards
    ]


async def prompt(teams: Teams) -> str:
    place = Place("a:tom", teams.server.url)
    return (await teams.channel.send(_to(place), PROMPT, "1")).message


def _to(place: Place) -> Destination:
    return Destination(TOM.directory, str(place), TENANT)


def _lose(session: Session) -> None:
    people.lose(session, session.exec(select(Identity)).one(), "removed the app", TUESDAY_TEN)


async def test_a_press_is_answered_with_the_new_card_and_the_activity_is_updated_too(teams: Teams) -> None:
    message = await prompt(teams)
    teams.replies = [EditInPlace(THANKS)]
    answer = await teams.hears(teams.server.press(message, RATE))
    assert (answer["statusCode"], answer["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    assert words(answer["value"]) == "Thank you!"
    assert await standing(teams) == ["Thank you!"]


async def test_a_card_that_is_gone_is_said_anew(teams: Teams) -> None:
    teams.replies = [EditInPlace(THANKS)]
    await teams.hears(teams.server.press("1699", RATE))
    assert await standing(teams) == ["Thank you!"]


async def test_an_update_is_tried_again_while_teams_is_busy(teams: Teams) -> None:
    message = await prompt(teams)
    teams.replies = [EditInPlace(THANKS)]
    teams.server.scripted.append(Refusal(429, headers={"Retry-After": "0"}))
    await teams.hears(teams.server.press(message, RATE))
    assert await standing(teams) == ["Thank you!"]


async def test_nothing_to_say_is_still_an_answer(teams: Teams) -> None:
    answer = await teams.hears(teams.server.press("1700", RATE))
    assert (answer["statusCode"], answer["value"]) == (200, "✓")


async def test_among_others_a_private_word_goes_to_the_one_who_pressed(teams: Teams) -> None:
    teams.replies = [Say(THANKS)]
    pressed = teams.server.press("1700", RATE)
    answer = await teams.hears({**pressed, "conversation": GROUP})
    assert answer["value"] == "Thanks"
    assert await standing(teams) == ["Thank you!"]
    assert await standing(teams, GROUP["id"]) == []


async def test_a_dialog_opens_keeps_what_is_wrong_open_and_closes(teams: Teams) -> None:
    message = await prompt(teams)
    errors = FormErrors({"words": "Please write something."})
    teams.replies = [OpenForm(CLOSING), errors, OpenForm(CLOSING), EditInPlace(THANKS)]
    opened = await teams.hears(teams.server.press(message, CLOSE))
    card = opened["task"]["value"]["card"]["content"]
    wrong = await teams.hears(
        teams.server.submit(card, entered={"field.words": "?", "field.outcome": "resolved"})
    )
    again = wrong["task"]["value"]["card"]["content"]
    assert "Please write something." in words(again)
    assert next(part for part in again["body"] if part.get("id") == "field.words")["value"] == "?"
    assert await teams.hears(teams.server.submit(again, entered={"field.outcome": "resolved"})) is None
    assert await standing(teams) == ["Thank you!"]


async def test_asking_for_the_same_form_again_is_no_delivery(teams: Teams) -> None:
    teams.replies = [FormErrors({"words": "?"}), OpenForm(CLOSING)]
    card = {"actions": [{"data": {"action": "close|c4Se|", "origin": "1700"}}]}
    await teams.hears(teams.server.submit(card))
    asked = teams.events[-1]
    assert isinstance(asked, FormAsked)
    assert (asked.delivery_id, asked.action.ref, asked.message) == ("", "c4Se", "1700")


@pytest.mark.parametrize("submitted", [True, False])
async def test_a_form_that_is_out_of_reach_by_now_says_what_was_wrong(
    teams: Teams, *, submitted: bool
) -> None:
    teams.replies = [FormErrors({"words": "Too late."}), Say(THANKS)]
    data = {"action": "close|c4Se|", "origin": ""}
    if submitted:
        answer = await teams.hears(teams.server.submit({"actions": [{"data": data}]}))
        assert answer == {"task": {"type": "message", "value": "Too late."}}
    else:
        answer = await teams.hears(teams.server.press("1700", {"verb": SUBMIT, "data": data}))
        assert answer["value"] == "Too late."


async def test_a_form_asked_for_in_words_stands_in_the_conversation_until_it_is_done(teams: Teams) -> None:
    teams.replies = [
        OpenForm(CLOSING),
        FormErrors({"words": "Please write."}),
        OpenForm(CLOSING),
        Say(THANKS),
    ]
    await teams.hears(teams.server.activity("message", text="feedback log"))
    ((message, activity),) = teams.server.standing("a:tom")
    (submit,) = actions(activity["attachments"][0]["content"])
    wrong = await teams.hears(teams.server.press(message, submit, entered={"field.outcome": "resolved"}))
    assert "Please write." in words(wrong["value"])
    (submit,) = actions(wrong["value"])
    done = await teams.hears(teams.server.press(message, submit, entered={"field.outcome": "resolved"}))
    assert words(done["value"]) == "Thank you!"
    assert await standing(teams) == ["Thank you!"]


async def test_words_are_answered_in_the_direct_conversation(teams: Teams) -> None:
    teams.replies = [Say(THANKS), Say(THANKS), FormErrors({"words": "*No.*"})]
    await teams.hears(teams.server.activity("message", text="hello"))
    mentioned = {"type": "mention", "mentioned": {"id": BOT}, "text": "<at>Kaiku</at>"}
    await teams.hears(
        teams.server.activity("message", text="<at>Kaiku</at> hi", conversation=GROUP, entities=[mentioned])
    )
    await teams.hears(teams.server.activity("message", text="hello"))
    assert await standing(teams) == ["Thank you!", "Thank you!", "*No.*"]
    _, plain = teams.server.standing("a:tom")[-1]
    assert plain["textFormat"] == "plain"


async def test_people_are_introduced_as_teams_knows_them(teams: Teams) -> None:
    mention = {"type": "mention", "mentioned": {"id": MAYA.account}, "text": "<at>Maya</at>"}
    for _ in range(2):
        await teams.hears(
            teams.server.activity("message", text="feedback ask <at>Maya</at> phone", entities=[mention])
        )
    command = teams.events[-1]
    assert isinstance(command, CommandGiven)
    assert command.words == f"ask <@{MAYA.directory}> phone"
    assert (command.by.email, command.by.name) == (TOM.email, TOM.name)
    assert len([path for _, path in teams.server.calls if "members" in path]) == 2, "each is asked about once"


async def test_people_of_whom_teams_knows_nothing_are_heard_all_the_same(teams: Teams) -> None:
    teams.server.scripted.append(Refusal(404, "MemberNotFoundInConversation"))
    await teams.hears(teams.server.activity("message", text="hello"))
    (event,) = teams.events
    assert isinstance(event, WordsReceived)
    assert event.by.email == ""


async def test_the_newest_address_of_a_conversation_is_kept_with_the_person(teams: Teams) -> None:
    await teams.hears(teams.server.activity("installationUpdate", action="add"))
    assert (await teams.identity()).conversation == str(Place("a:tom", teams.server.url))
    moved = f"{teams.server.url}/emea"
    await teams.hears(teams.server.activity("message", text="hello", serviceUrl=moved))
    assert (await teams.identity()).conversation == str(Place("a:tom", moved))
    await teams.hears({**teams.server.activity("message", text="hello"), "conversation": GROUP})
    assert (await teams.identity()).conversation == str(Place("a:tom", moved)), "others read there"


async def test_somebody_who_takes_the_app_back_is_reachable_again(teams: Teams) -> None:
    await teams.hears(teams.server.activity("installationUpdate", action="add"))
    await teams.database.write(_lose)
    assert (await teams.identity()).unreachable_at is not None
    await teams.hears(teams.server.activity("installationUpdate", action="add"))
    assert (await teams.identity()).unreachable_at is None


async def test_what_nobody_knows_is_acknowledged_and_wondered_at_once(
    teams: Teams, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await teams.hears(teams.server.activity("handoff", text="a secret"))
    (told,) = [record.message for record in caplog.records if "not understood" in record.message]
    assert "handoff" in told
    assert "secret" not in caplog.text
    assert teams.events == []


class Full:
    """A house whose disk is full."""

    async def receive(self, event: Event) -> Reply:
        raise OSError("no space left on device")


async def test_what_could_not_be_stored_is_never_said_to_be(
    teams: Teams, caplog: pytest.LogCaptureFixture
) -> None:
    await teams.channel.stop()
    await teams.channel.start(Full().receive)
    with caplog.at_level(logging.CRITICAL):
        pressed = await teams.hears(teams.server.press("1700", RATE))
        asked = await teams.hears(teams.server.press("1700", CLOSE))
        written = await teams.channel._hear(teams.server.activity("message", text="hello"))
        removed = await teams.channel._hear(teams.server.activity("installationUpdate", action="remove"))
    await teams.channel._replies.finish(within=5)
    assert pressed["statusCode"] == 500
    assert asked == {"task": {"type": "message", "value": NOT_SAVED}}
    assert (written, removed) == ((503, None), (503, None))
    assert await standing(teams) == [NOT_SAVED, NOT_SAVED], "whoever pressed and whoever wrote are told"


async def test_nobody_is_told_anything_before_the_start_and_after_the_end(teams: Teams) -> None:
    await teams.channel.stop()
    assert await teams.channel._hear(teams.server.press("1700", RATE)) == (503, None)
    await teams.channel.start(teams.receive)


async def test_of_many_edits_under_way_the_newest_stands(teams: Teams) -> None:
    message = await prompt(teams)
    teams.replies = [EditInPlace(PROMPT), EditInPlace(ALERT), EditInPlace(THANKS)]
    for _ in range(3):
        await teams.channel._hear(teams.server.press(message, RATE))
    await teams.channel._replies.finish(within=5)
    assert await standing(teams) == ["Thank you!"]


async def test_an_edit_that_was_left_out_keeps_no_later_one_back(teams: Teams) -> None:
    message = await prompt(teams)
    teams.replies = [EditInPlace(ALERT), EditInPlace(THANKS)]
    courtesies = teams.channel._replies._courtesies
    courtesies.most = 0
    await teams.channel._hear(teams.server.press(message, RATE))
    courtesies.most = 1
    await teams.channel._hear(teams.server.press(message, RATE))
    await teams.channel._replies.finish(within=5)
    assert await standing(teams) == ["Thank you!"]
