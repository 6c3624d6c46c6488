import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.response import BoltResponse

from bot.channels.slack import people
from bot.channels.slack.listener import NOT_SAVED, Listener
from bot.channels.slack.replies import Replies
from bot.channels.slack.web_api import WebApi
from bot.channels.slack.workspaces import OneWorkspace
from bot.clock import Clock
from handlers.events import CaseShown, Event, FeedbackRequested, HomeOpened, LanguageChosen, Sender
from handlers.messages import (
    Action,
    EditInPlace,
    FormErrors,
    Message,
    Nothing,
    OpenForm,
    Paragraph,
    Reply,
    Say,
    Verb,
)
from tests.helpers import slack_payloads as slack
from tests.helpers.samples import CLOSING, PROMPT
from tests.helpers.slack_server import Refusal, SlackServer, slack_server

TAP = slack.block_action(Action(Verb.RATE, "x7Gk", "ease=2"))
SUBMITTED = slack.view_submission(Action(Verb.CLOSE, "c4Se"), {"words": ""}, choices={"outcome": None})
THANKS = Message((Paragraph("Thank you."),), "Thank you.")


class House:
    """Takes events in as the house does: gives the reply it is told to, or fails."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reply: Reply = Nothing()
        self.failure: Exception | None = None

    async def receive(self, event: Event) -> Reply:
        if self.failure:
            raise self.failure
        self.events.append(event)
        return self.reply


class Slack:
    """A listener with Slack on one side and the house on the other."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.house = House()
        self.api = WebApi("xoxb-local", server.api, hooks=f"{server.url}/hooks/")
        self.workspace = OneWorkspace(self.api)
        self.replies = Replies(self.workspace)
        self.listener = Listener(self.workspace, self.replies, self.house.receive, Clock())

    @property
    def said(self) -> list[str]:
        """The methods by which something was said."""
        return [call.method for call in self.server.calls if call.method != "users.info"]

    async def hear(self, payload: dict[str, Any], reply: Reply | None = None) -> BoltResponse:
        """The acknowledgement of a payload, once everything is said."""
        self.house.reply = reply or self.house.reply
        answer = await self.listener.hear(payload)
        await self.replies.finish(within=5)
        return answer


@pytest.fixture
async def here() -> AsyncIterator[Slack]:
    async with slack_server() as server:
        slack_here = Slack(server)
        await slack_here.api.open()
        slack_here.workspace.know_bot(user="U0KAIKU", bot="B0KAIKU")
        yield slack_here
        await slack_here.api.close()


@pytest.mark.parametrize(
    "payload",
    [
        TAP,
        SUBMITTED,
        slack.message_shortcut(),
        slack.slash_command("help"),
        slack.direct_message("hi"),
        slack.reaction(),
    ],
    ids=["tap", "form", "shortcut", "command", "words", "reaction"],
)
async def test_what_is_stored_is_acknowledged(here: Slack, payload: dict[str, Any]) -> None:
    answer = await here.hear(payload)
    assert (answer.status, answer.body) == (200, "")
    assert len(here.house.events) == 1


async def test_a_tap_is_answered_in_place(here: Slack) -> None:
    await here.hear(TAP, EditInPlace(THANKS))
    update = here.server.to("chat.update")[0]
    assert (update["channel"], update["ts"]) == ("D0TOM", "1795500000.000100")
    assert (update["parse"], update["link_names"]) == ("none", False)
    assert update["text"] == "Thank you."


async def test_the_acknowledgement_does_not_wait_for_the_reply(here: Slack) -> None:
    here.server.slow["chat.update"] = 0.3
    here.house.reply = EditInPlace(THANKS)
    assert (await here.listener.hear(TAP)).status == 200
    assert here.server.to("chat.update") == []
    await here.replies.finish(within=5)
    assert len(here.server.to("chat.update")) == 1


async def test_of_edits_that_overtake_each_other_the_newest_stands(here: Slack) -> None:
    here.server.slow["chat.update"] = 0.05
    for n in range(10):
        here.house.reply = EditInPlace(Message((), f"edit {n}"))
        await here.listener.hear(TAP)
    await here.replies.finish(within=5)
    texts = [update["text"] for update in here.server.to("chat.update")]
    assert texts[-1] == "edit 9"
    assert len(texts) <= 3


async def test_a_reply_left_unsaid_is_not_put_into_words_and_the_next_one_is_said(here: Slack) -> None:
    def words() -> Message:
        raise AssertionError("nobody will read them")

    here.replies.courtesies.most = 0
    here.house.reply = EditInPlace(words)
    assert (await here.listener.hear(TAP)).status == 200
    here.replies.courtesies.most = 1
    await here.hear(TAP, EditInPlace(THANKS))
    assert [update["text"] for update in here.server.to("chat.update")] == ["Thank you."]


async def test_while_slack_asks_for_patience_the_other_replies_of_the_workspace_wait(here: Slack) -> None:
    here.server.scripted["chat.update"].append(Refusal(status=429, headers={"Retry-After": "1"}))
    here.house.reply = EditInPlace(THANKS)
    taps = [slack.block_action(Action(Verb.RATE, "x7Gk", "ease=2"), message=f"179550.{n}") for n in range(30)]
    for tap in taps:
        await here.listener.hear(tap)
    await asyncio.sleep(0.5)
    asked = len(here.server.to("chat.update"))
    assert asked <= 21, "those that came together, of which one was refused"
    await here.replies.finish(within=5)
    assert len(here.server.to("chat.update")) == 31


async def test_a_method_that_is_refused_us_keeps_no_other_reply_waiting(here: Slack) -> None:
    here.server.scripted["chat.update"].append(Refusal("missing_scope"))
    here.house.reply = EditInPlace(THANKS)
    for message in ("179550.1", "179550.2"):
        await here.listener.hear(slack.block_action(Action(Verb.RATE, "x7Gk", "ease=2"), message=message))
        await asyncio.sleep(0.3)
    assert [update["ts"] for update in here.server.to("chat.update")] == ["179550.1", "179550.2"]
    await here.replies.finish(within=0)


async def test_a_reply_for_which_words_cannot_be_found_disturbs_nobody(
    here: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    def words() -> Message:
        raise KeyError("ease")

    await here.hear(TAP, EditInPlace(words))
    assert "could not be put into words" in caplog.text
    await here.hear(TAP, EditInPlace(THANKS))
    assert len(here.server.to("chat.update")) == 1


async def test_a_message_that_is_gone_is_answered_by_another(here: Slack) -> None:
    here.server.scripted["chat.update"].append(Refusal("message_not_found"))
    await here.hear(TAP, EditInPlace(THANKS))
    assert here.server.to("chat.postMessage")[0]["channel"] == "D0TOM"


async def test_a_message_only_one_person_sees_is_changed_through_its_address(here: Slack) -> None:
    address = f"{here.server.url}/hooks/mine"
    tap = slack.block_action(Action(Verb.RATE, "t", "q=2"), ephemeral=True, response_url=address)
    await here.hear(tap, EditInPlace(THANKS))
    [changed] = here.server.to("/hooks/mine")
    assert changed["replace_original"] is True
    assert here.server.to("chat.update") == []


@pytest.mark.parametrize(
    "address", ["{}/elsewhere", "http://169.254.169.254/latest", "https://hooks.slack.com@evil.example/"]
)
async def test_an_address_that_is_not_slacks_is_not_called(here: Slack, address: str) -> None:
    tap = slack.block_action(
        Action(Verb.RATE, "t", "q=2"), ephemeral=True, response_url=address.format(here.server.url)
    )
    await here.hear(tap, EditInPlace(THANKS))
    assert [call.method for call in here.server.calls] == ["chat.postMessage"]


async def test_a_redirect_is_not_followed(here: Slack) -> None:
    address = f"{here.server.url}/hooks/elsewhere"
    tap = slack.block_action(Action(Verb.RATE, "t", "q=2"), ephemeral=True, response_url=address)
    await here.hear(tap, EditInPlace(THANKS))
    assert here.server.to("/hooks/trap") == []


async def test_where_others_read_it_is_said_to_the_one_person(here: Slack) -> None:
    await here.hear(slack.block_action(Action(Verb.RATE, "t", "q=2"), conversation="C0SUPPORT"), Say(THANKS))
    [said] = here.server.to("chat.postEphemeral")
    assert (said["channel"], said["user"]) == ("C0SUPPORT", "U0TOM")
    assert here.server.to("chat.postMessage") == []


async def test_where_the_bot_is_no_member_it_is_said_directly(here: Slack) -> None:
    here.server.scripted["chat.postEphemeral"].append(Refusal("not_in_channel"))
    await here.hear(slack.message_shortcut(), Say(THANKS))
    assert here.server.to("conversations.open") == [{"users": "U0MAYA"}]
    assert here.server.to("chat.postMessage")[0]["channel"] == "D0OPENED"


async def test_words_in_a_thread_are_answered_there(here: Slack) -> None:
    await here.hear(slack.direct_message("hi", thread_ts="1795500000.000100"), Say(THANKS))
    assert here.server.to("chat.postMessage")[0]["thread_ts"] == "1795500000.000100"


async def test_a_command_is_answered_in_its_acknowledgement(here: Slack) -> None:
    answer = await here.hear(slack.slash_command("cases"), Say(THANKS))
    assert '"response_type": "ephemeral"' in answer.body
    assert "Thank you." in answer.body
    assert here.said == []


@pytest.mark.parametrize("payload", [TAP, slack.message_shortcut(), slack.slash_command("")])
async def test_a_form_is_opened_with_the_trigger(here: Slack, payload: dict[str, Any]) -> None:
    answer = await here.hear(payload, OpenForm(CLOSING))
    assert (answer.status, answer.body) == (200, "")
    [opened] = here.server.to("views.open")
    assert opened["trigger_id"] == payload["trigger_id"]
    assert opened["view"]["private_metadata"].startswith("close|c4Se|\n")


async def test_a_form_that_does_not_open_is_told(here: Slack) -> None:
    here.server.scripted["views.open"].append(Refusal("expired_trigger_id"))
    assert (await here.hear(TAP, OpenForm(CLOSING))).status == 200
    assert "did not open" in here.server.to("chat.postMessage")[0]["text"]


async def test_a_form_after_a_form_takes_its_place(here: Slack) -> None:
    answer = await here.hear(SUBMITTED, OpenForm(CLOSING))
    assert answer.body.startswith('{"response_action": "update"')


async def test_a_form_that_cannot_be_taken_stays_open(here: Slack) -> None:
    answer = await here.hear(SUBMITTED, FormErrors({"outcome": "Choose one.", "elsewhere": "Not here."}))
    assert answer.status == 200
    assert '"errors": {"outcome": "Choose one.", "words": "Not here."}' in answer.body


async def test_the_reply_to_a_form_edits_the_message_it_was_asked_on(here: Slack) -> None:
    await here.hear(SUBMITTED, EditInPlace(PROMPT))
    [update] = here.server.to("chat.update")
    assert (update["channel"], update["ts"]) == ("D0MAYA", "1795500000.000200")


async def test_what_is_not_stored_is_not_acknowledged(here: Slack, caplog: pytest.LogCaptureFixture) -> None:
    here.house.failure = OSError("disk full")
    assert (await here.hear(slack.direct_message("hi"))).status == 503
    assert (await here.hear(slack.reaction())).status == 503
    assert here.said == []
    assert "could not be stored: Ev0DM" in caplog.text


async def test_what_is_not_stored_is_told_calmly(here: Slack) -> None:
    here.house.failure = OSError("disk full")
    assert (await here.hear(TAP)).status == 503
    assert here.server.to("chat.postMessage")[0]["text"] == NOT_SAVED
    command = await here.hear(slack.slash_command("x"))
    assert "could not be saved" in command.body
    form = await here.hear(SUBMITTED)
    assert form.status == 200
    assert '{"words": "Tallennus' in form.body


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "workflow_step_edit", "callback_id": "x"},
        {"type": "event_callback", "event": {"type": "team_join"}},
        {"type": "block_actions", "actions": []},
        {"nothing": "known"},
        {**TAP, "enterprise": "not an object"},
        {**TAP, "is_enterprise_install": ["odd"]},
        {**TAP, "message": "odd", "view": 5, "event": 7, "authorizations": "x"},
    ],
)
async def test_what_nobody_knows_is_acknowledged_and_logged_once(
    here: Slack, caplog: pytest.LogCaptureFixture, payload: dict[str, Any]
) -> None:
    with caplog.at_level(logging.WARNING, "bot"):
        answers = [(await here.hear(payload)).status for _ in range(3)]
    assert answers == [200, 200, 200]
    assert caplog.text.count("is not understood") <= 1


async def test_the_bot_does_not_listen_to_itself(here: Slack) -> None:
    assert (await here.hear(slack.reaction(user="U0KAIKU"))).status == 200
    assert (await here.hear(slack.direct_message("echo", user="U0KAIKU"))).status == 200
    assert here.house.events == []


async def test_people_are_known_by_name_address_and_language(here: Slack) -> None:
    await here.hear(slack.direct_message("hi"))
    await here.hear(slack.direct_message("again"))
    for event in here.house.events:
        assert event.by == Sender("slack", "U0TOM", "T0CLINIC", "Tom Guest", "tom@example.com", "fi")
    assert len(here.server.to("users.info")) == 1


async def test_a_customer_somebody_points_at_is_known_too(here: Slack) -> None:
    await here.hear(slack.reaction())
    [requested] = here.house.events
    assert isinstance(requested, FeedbackRequested)
    assert isinstance(requested.customer, Sender)
    assert requested.customer.email == "tom@example.com"
    assert [asked["user"] for asked in here.server.to("users.info")] == ["U0MAYA", "U0TOM"]


async def test_when_slack_does_not_say_who_it_is_nothing_is_lost(
    here: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.server.scripted["users.info"].append(Refusal("missing_scope"))
    await here.hear(slack.direct_message("hi"))
    monkeypatch.setattr(people, "PATIENCE", 0.05)
    here.server.slow["users.info"] = 0.5
    await here.hear(slack.direct_message("again"))
    assert [event.by for event in here.house.events] == [Sender("slack", "U0TOM", "T0CLINIC")] * 2


async def test_nobody_asks_slack_who_we_are_for_each_event(here: Slack) -> None:
    for _ in range(3):
        await here.hear(TAP)
    assert here.server.calls == []


async def test_a_reply_is_tried_again_when_slack_asks_to_wait(here: Slack) -> None:
    here.server.scripted["chat.update"].append(Refusal("ratelimited", 429, {"Retry-After": "0"}))
    here.server.scripted["chat.update"].append({})
    await here.hear(TAP, EditInPlace(THANKS))
    assert len(here.server.to("chat.update")) == 2


HOME = Message((Paragraph("Yours."),), "Yours.")


async def test_the_home_tab_is_shown_when_it_is_opened(here: Slack) -> None:
    assert (await here.hear(slack.home_opened(), Say(HOME))).status == 200
    [published] = here.server.to("views.publish")
    assert (published["user_id"], published["view"]["type"]) == ("U0MAYA", "home")
    assert "Yours." in str(published["view"]["blocks"])
    assert here.said == ["views.publish"]


async def test_opening_the_conversation_is_not_opening_the_home_tab(here: Slack) -> None:
    assert (await here.hear(slack.home_opened(tab="messages"))).status == 200
    assert here.house.events == []


async def test_what_is_chosen_in_the_home_tab_changes_it(here: Slack) -> None:
    chosen = slack.home_action(Action(Verb.LANGUAGE, value="sv"), action_id="lang.1")
    await here.hear(chosen, EditInPlace(HOME))
    assert [type(event) for event in here.house.events] == [LanguageChosen]
    assert here.said == ["views.publish"]


async def test_what_is_shown_from_the_home_tab_is_said_directly_and_the_tab_renewed(here: Slack) -> None:
    await here.hear(slack.home_action(Action(Verb.SHOW_CASE, "c4Se")), Say(HOME))
    assert [type(event) for event in here.house.events] == [CaseShown, HomeOpened]
    assert sorted(here.said) == ["chat.postMessage", "conversations.open", "views.publish"]


async def test_a_form_opens_from_the_home_tab(here: Slack) -> None:
    await here.hear(slack.home_action(Action(Verb.CLOSE, "c4Se")), OpenForm(CLOSING))
    assert "views.open" in here.said


async def test_a_workflow_asks_for_feedback_and_hears_what_came_of_it(here: Slack) -> None:
    step = slack.workflow_step(touchpoint="phone", about="the printer &amp; more")
    assert (await here.hear(step, Say(THANKS))).status == 200
    [requested] = here.house.events
    assert isinstance(requested, FeedbackRequested)
    assert isinstance(requested.customer, Sender)
    assert (requested.by.external_id, requested.customer.external_id) == ("U0MAYA", "U0TOM")
    assert (requested.touchpoint, requested.about) == ("phone", "the printer & more")
    assert (requested.source, requested.external_reference) == ("workflow", "slack:Fx0RUN")
    assert here.server.to("functions.completeSuccess") == [
        {"function_execution_id": "Fx0RUN", "outputs": {"answer": "Thank you."}}
    ]
    assert here.server.calls[-1].token == "xwfp-for-this-run"
    assert here.said == ["functions.completeSuccess"]


@pytest.mark.parametrize("refusal", [Say(THANKS, refused=True), FormErrors({"touchpoint": "Thank you."})])
async def test_a_workflow_that_is_refused_is_told_why(here: Slack, refusal: Reply) -> None:
    assert (await here.hear(slack.workflow_step(), refusal)).status == 200
    assert here.server.to("functions.completeError") == [
        {"function_execution_id": "Fx0RUN", "error": "Thank you."}
    ]


async def test_a_workflow_whose_request_was_not_stored_is_heard_again(here: Slack) -> None:
    here.house.failure = OSError("disk full")
    assert (await here.hear(slack.workflow_step())).status == 503
    assert here.said == []


async def test_a_step_that_is_not_ours_or_asked_by_nobody_is_logged(
    here: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    for step in (slack.workflow_step(callback_id="other"), slack.workflow_step(asked_by="")):
        assert (await here.hear(step)).status == 200
    assert here.house.events == []
    assert "xwfp" not in caplog.text


async def test_stopping_breaks_off_what_hangs(here: Slack) -> None:
    here.server.slow["chat.update"] = 5
    here.house.reply = EditInPlace(THANKS)
    await here.listener.hear(TAP)
    async with asyncio.timeout(1):
        await here.replies.finish(within=0.05)
