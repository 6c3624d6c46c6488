"""What is a person's own, on one page."""

from datetime import timedelta

import pytest

from handlers.buttons import pressed
from handlers.context import Context
from handlers.events import (
    AskingChosen,
    CaseClosed,
    CaseTaken,
    HomeOpened,
    LanguageChosen,
    Sender,
    WordsReceived,
)
from handlers.messages import (
    Action,
    Button,
    Buttons,
    EditInPlace,
    Message,
    Paragraph,
    Reply,
    Say,
    Small,
    Verb,
)
from storage.tables import Case, Invitation
from storage.vocabulary import InvitationState, Outcome
from tests.helpers.desk import Desk
from tests.helpers.town import TUESDAY_TEN


def shown(reply: Reply) -> Message:
    assert isinstance(reply, Say | EditInPlace)
    return reply.message


def words_of(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, Paragraph | Small))


def buttons_of(message: Message) -> list[Button]:
    return [button for part in message.parts if isinstance(part, Buttons) for button in part.buttons]


def labels(message: Message) -> list[str]:
    return [button.label for button in buttons_of(message)]


def home(desk: Desk, who: str) -> Message:
    return shown(desk.hear(HomeOpened, who))


def test_who_works_here_opens_the_dashboard_from_home(desk: Desk) -> None:
    assert "Open the dashboard" not in labels(home(desk, "maya"))
    desk.site = "https://kaiku.test"
    assert "Open the dashboard" in labels(home(desk, "maya"))
    assert "Open the dashboard" not in labels(home(desk, "customer"))


def test_an_owner_sees_open_cases_oldest_first_each_a_button_away(desk: Desk) -> None:
    for n in range(12):
        desk.hear(WordsReceived, f"customer{n}", words=f"Complaint number {n}, please call me.")
        desk.later(minutes=1)
    reader = desk.rows(Case)[0].owner_id
    who = next(key for key in ("liisa", "maya", "ville") if desk.person(key).id == reader)
    page = home(desk, who)
    shows = [button.action.ref for button in buttons_of(page) if button.action.verb is Verb.SHOW_CASE]
    mine = [case.token for case in desk.rows(Case) if case.owner_id == reader]
    assert shows == mine[:10]


def test_a_customer_sees_what_they_said_and_where_it_stands(desk: Desk) -> None:
    desk.hear(WordsReceived, "omar", words="The printer on the second floor is broken again.")
    assert "with the person responsible" in words_of(english(desk, "omar"))
    case = desk.only(Case)
    holder = next(key for key in ("liisa", "maya", "ville") if desk.person(key).id == case.owner_id)
    desk.hear(CaseTaken, holder, case=case.token)
    assert f"being worked on: {desk.person(holder).name}" in words_of(english(desk, "omar"))
    desk.hear(CaseClosed, holder, case=case.token, outcome=Outcome.RESOLVED, words="A new one is there.")
    page = words_of(english(desk, "omar"))
    assert "“The printer on the second floor is broken again.” – done: Put right" in page
    assert "printer" not in words_of(english(desk, "tom"))


def english(desk: Desk, who: str) -> Message:
    return shown(desk.hear(LanguageChosen, who, language="en"))


def test_a_request_waits_for_its_answer_until_it_expires(desk: Desk) -> None:
    desk.ask(about="the ticket about the printer")

    def sent(ctx: Context) -> None:
        invitation = ctx.session.get(Invitation, 1)
        assert invitation
        invitation.state, invitation.sent_at = InvitationState.SENT, ctx.now
        ctx.session.add(invitation)

    desk.do(sent)
    line = "the ticket about the printer – waiting for your answer"
    assert line in words_of(english(desk, "omar"))
    desk.now = desk.only(Invitation).expires_at + timedelta(seconds=1)
    assert line not in words_of(english(desk, "omar"))


def test_the_page_is_in_the_language_that_was_chosen(desk: Desk) -> None:
    titles = [
        shown(desk.hear(LanguageChosen, "omar", language=language)).summary for language in ("fi", "sv", "en")
    ]
    assert titles == ["Sinun Kaikusi", "Ditt Kaiku", "Your Kaiku"]
    chosen = [button.label for button in buttons_of(english(desk, "omar")) if button.chosen]
    assert chosen == ["English"]


def test_who_does_not_want_to_be_asked_says_so_and_may_change_their_mind(desk: Desk) -> None:
    english(desk, "maya")
    page = shown(desk.hear(AskingChosen, "maya", welcome=False))
    assert desk.person("maya").opted_out_at == TUESDAY_TEN
    assert "Ask me again" in [button.label for button in buttons_of(page)]
    page = shown(desk.hear(AskingChosen, "maya", welcome=True))
    assert desk.person("maya").opted_out_at is None
    assert "Don't ask me" in [button.label for button in buttons_of(page)]


def test_who_is_left_in_peace_for_a_while_may_end_it(desk: Desk) -> None:
    english(desk, "maya")
    desk.change_person("maya", snoozed_until=desk.now + timedelta(days=3))
    assert "Ask me again" in [button.label for button in buttons_of(home(desk, "maya"))]
    desk.hear(AskingChosen, "maya", welcome=True)
    assert desk.person("maya").snoozed_until is None


@pytest.mark.parametrize(
    ("action", "event"),
    [
        (Action(Verb.LANGUAGE, value="sv"), {"language": "sv"}),
        (Action(Verb.ASKING, value="no"), {"welcome": False}),
        (Action(Verb.ASKING, value="yes"), {"welcome": True}),
    ],
)
def test_its_buttons_mean_what_they_say(action: Action, event: dict[str, object]) -> None:
    by = Sender("sandbox", "omar")
    meant = pressed(action, by=by, at=TUESDAY_TEN, delivery_id="d")
    assert isinstance(meant, LanguageChosen | AskingChosen)
    assert {name: getattr(meant, name) for name in event} == event


def test_a_language_we_do_not_speak_is_no_button_of_ours() -> None:
    with pytest.raises(ValueError, match="no such language"):
        pressed(
            Action(Verb.LANGUAGE, value="xx"), by=Sender("sandbox", "omar"), at=TUESDAY_TEN, delivery_id="d"
        )
