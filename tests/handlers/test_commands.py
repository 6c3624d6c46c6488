"""Commands as they are typed, and what is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.commands import Command, LoggedLine, read, read_logged
from handlers.errors import (
    FeedbackError,
    NotAllowed,
    UnknownCommand,
    UnknownCustomer,
    UnknownEncounter,
    UnknownService,
    UnknownTouchpoint,
)
from handlers.events import CommandGiven, FeedbackRequested, Sender
from handlers.messages import Nothing, OpenForm, Say
from storage.tables import Encounter, Person
from storage.vocabulary import Tone
from tests.helpers.desk import Desk


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("help", Command("help", "")),
        ("  HELP  ", Command("help", "")),
        ("?", Command("help", "")),
        ("ohjeet", Command("help", "")),
        ("hjälp mig", Command("help", "mig")),
        ("kirjaa + Acme: hyvä", Command("log", "+ Acme: hyvä")),
        ("ANTECKNA bra", Command("log", "bra")),
        ("fråga <@U1>", Command("ask", "<@U1>")),
        ("varför T-1", Command("why", "T-1")),
        ("miksi  T-1 ", Command("why", "T-1")),
        ("lopeta", Command("stop", "")),
        ("börja", Command("start", "")),
        ("torkku", Command("snooze", "")),
        ("kieli suomi", Command("language", "suomi")),
        ("", None),
        ("   ", None),
        ("helpful people", None),
        ("unstoppable", None),
        ("log+Acme", None),
    ],
)
def test_a_command_is_its_first_word(typed: str, understood: Command | None) -> None:
    assert read(typed) == understood


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (
            "+ Acme: quick fix, thanked Ville #helpdesk",
            LoggedLine(Tone.POSITIVE, "Acme", "quick fix, thanked Ville", ("helpdesk",)),
        ),
        ("- Acme: slow", LoggedLine(Tone.NEGATIVE, "Acme", "slow", ())),
        ("– Acme: slow", LoggedLine(Tone.NEGATIVE, "Acme", "slow", ())),
        ("-Acme: slow", LoggedLine(Tone.NEGATIVE, "Acme", "slow", ())),
        ("= Acme: asked about hours", LoggedLine(Tone.NEUTRAL, "Acme", "asked about hours", ())),
        ("Acme: fine", LoggedLine(Tone.NEUTRAL, "Acme", "fine", ())),
        ("just words", LoggedLine(Tone.NEUTRAL, "", "just words", ())),
        ("+ thanks, at 9:30 all was well", LoggedLine(Tone.POSITIVE, "thanks, at 9", "30 all was well", ())),
        ("#a Acme: x #b y #c-d", LoggedLine(Tone.NEUTRAL, "Acme", "x y", ("a", "b", "c-d"))),
        ("Acme: see issue#12", LoggedLine(Tone.NEUTRAL, "Acme", "see issue#12", ())),
        ("x" * 81 + ": long", LoggedLine(Tone.NEUTRAL, "", "x" * 81 + ": long", ())),
        ("two\nlines: here", LoggedLine(Tone.NEUTRAL, "", "two\nlines: here", ())),
        ("+", LoggedLine(Tone.POSITIVE, "", "", ())),
        ("", LoggedLine(Tone.NEUTRAL, "", "", ())),
    ],
)
def test_a_logged_line_is_a_sign_a_customer_words_and_tags(typed: str, understood: LoggedLine) -> None:
    assert read_logged(typed) == understood


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    command = read(text)
    assert command is None or command.rest == command.rest.strip()
    line = read_logged(text)
    assert line.tone in Tone
    assert not any(tag.startswith("#") for tag in line.tags)


def _type(desk: Desk, by: str, words: str) -> str:
    reply = desk.hear(CommandGiven, by, words=words)
    assert isinstance(reply, Say)
    return reply.message.summary


@pytest.mark.parametrize(
    ("by", "words", "problem"),
    [
        ("maya", "frobnicate", UnknownCommand),
        ("maya", "language klingon", UnknownCommand),
        ("maya", "language", UnknownCommand),
        ("maya", "why C-9", UnknownEncounter),
        ("maya", "ask nobody-of-that-key", UnknownCustomer),
        ("omar", "cases", NotAllowed),
        ("omar", "why C-9", NotAllowed),
        ("omar", "ask @aino", NotAllowed),
        ("olli", "cases", NotAllowed),
        ("olli", "ask @aino", NotAllowed),
        ("sanna", "why C-9", NotAllowed),
        ("somebody-new", "cases", NotAllowed),
    ],
)
def test_what_cannot_be_done_is_refused(
    desk: Desk, by: str, words: str, problem: type[FeedbackError]
) -> None:
    with pytest.raises(problem):
        desk.hear(CommandGiven, by, words=words)


def test_commands_without_more_open_their_forms(desk: Desk) -> None:
    for words in ("", "log", "ask", "kysy"):
        assert isinstance(desk.hear(CommandGiven, "sanna", words=words), OpenForm)


def test_ask_takes_the_touchpoint_and_the_service_where_they_are_named(desk: Desk) -> None:
    _type(desk, "sanna", "ask @omar Visit #Lobby the form")
    encounter = desk.only(Encounter)
    assert (encounter.touchpoint, encounter.service, encounter.about) == ("visit", "lobby", "the form")


def test_ask_takes_the_usual_touchpoint_else(desk: Desk) -> None:
    _type(desk, "sanna", "ask omar about the form")
    encounter = desk.only(Encounter)
    assert (encounter.touchpoint, encounter.service, encounter.about) == ("phone", None, "about the form")


def test_a_mention_is_somebody_in_that_channel(desk: Desk) -> None:
    _type(desk, "sanna", "ask <@newcomer|Nora>")
    [nora] = [row for row in desk.rows(Person) if row.name == "Nora"]
    assert desk.only(Encounter).customer_id == nora.id


def test_somebody_who_has_left_may_do_what_a_customer_may(desk: Desk) -> None:
    desk.change_person("maya", left_at=desk.now)
    with pytest.raises(NotAllowed):
        desk.hear(CommandGiven, "maya", words="cases")


def test_a_reaction_of_a_customer_means_nothing(desk: Desk) -> None:
    reply = desk.hear(FeedbackRequested, "omar", customer=Sender("sandbox", "aino"), source="reaction")
    assert reply == Nothing()
    assert desk.rows(Encounter) == []


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [("touchpoint", "moon", UnknownTouchpoint), ("service", "moon", UnknownService)],
)
def test_a_request_names_what_is_not_known(
    desk: Desk, field: str, value: str, problem: type[FeedbackError]
) -> None:
    with pytest.raises(problem):
        desk.hear(FeedbackRequested, "maya", customer="omar", **{field: value})
    assert desk.rows(Encounter) == []
