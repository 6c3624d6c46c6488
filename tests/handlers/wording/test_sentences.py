"""Single sentences, forms, and what may be sent in a button."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.errors import (
    AlreadyClaimed,
    FeedbackError,
    HappensInTheFuture,
    NotOnTheScale,
    UnknownInvitation,
)
from handlers.messages import Action, ChoiceField, Facts, Verb
from handlers.wording import sentences
from handlers.wording.labels import LABELS, label
from handlers.wording.pack import QUESTIONS, REASONS_HIGH, REASONS_LOW
from handlers.wording.plain import as_text
from storage.vocabulary import DeclineReason, FeedbackType, Stream, Tone, Verdict
from tests.helpers.views import FRIDAY, TOKEN, ZONE, decision, keys

LANGUAGES = ["fi", "sv", "en"]
SERVICES = (("advice", "Eläkeneuvonta"),)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "99 ei ole asteikolla 1–5, joten en kirjannut sitä. Valitse luku asteikolta."),
        ("sv", "99 finns inte på skalan 1–5, så jag registrerade det inte. Välj ett tal på skalan."),
        ("en", "99 is not on the scale 1–5, so I did not record it. Please choose a number on it."),
    ],
)
def test_an_error_is_its_docstring_with_its_facts(language: str, sentence: str) -> None:
    assert sentences.error(NotOnTheScale(score=99, lowest=1, highest=5), language) == sentence


def test_an_instant_in_an_error_is_local() -> None:
    assert "Fri 27 Nov 15:00" in sentences.error(HappensInTheFuture(at=FRIDAY, zone=ZONE), "en")
    assert "Fri 27 Nov 13:00" in sentences.error(HappensInTheFuture(at=FRIDAY), "en")


@pytest.mark.parametrize("problem", [FeedbackError(), UnknownInvitation()])
def test_an_error_without_facts_is_a_sentence(problem: FeedbackError) -> None:
    assert sentences.error(problem, "fi").endswith(".")


def test_a_name_with_braces_is_only_a_name() -> None:
    assert "{name}" in sentences.error(AlreadyClaimed(name="{name}", since="now"), "en")


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_is_a_sentence(verdict: Verdict, language: str) -> None:
    sentence = sentences.verdict(decision(verdict), language)
    assert sentence.startswith("Tom Korhonen, ")
    assert sentence.endswith(".")
    assert "{" not in sentence


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_on_staff_does_not_speak_of_a_customers_wish(verdict: Verdict) -> None:
    sentence = sentences.verdict(decision(verdict, Stream.STAFF), "en")
    assert sentence.startswith("Tom Korhonen (who served), ")
    assert "because the customer" not in sentence
    assert "the customer wished" not in sentence


def test_a_verdict_says_why_not() -> None:
    assert sentences.verdict(decision(Verdict.ALREADY_ASKED_TODAY), "en") == (
        "Tom Korhonen, Phone call, Fri 27 Nov 15:00: not asked: already asked today about eläkepäätös."
    )
    assert "vain 30\u00a0%" in sentences.verdict(decision(Verdict.NOT_SAMPLED), "fi")
    assert "0,5 dygn" in sentences.verdict(decision(Verdict.COOL_DOWN_ANY), "sv")


@pytest.mark.parametrize("kind", LABELS)
def test_every_member_of_a_set_people_read_has_a_label(kind: type) -> None:
    assert list(LABELS[kind]) == [member.name for member in kind]  # type: ignore[attr-defined]


def test_members_of_equal_value_keep_their_own_labels() -> None:
    assert label(FeedbackType.OTHER, "fi") == "Muu"
    assert label(Tone.NEGATIVE, "sv") == "Negativ"


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_fits_one_screen_and_staff_are_told_more(language: str) -> None:
    everybody, staff = (sentences.help_text(language, staff=works_here) for works_here in (False, True))
    assert len(as_text(staff).splitlines()) <= 24
    assert len(as_text(everybody)) < len(as_text(staff))


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_tells_only_commands_that_are_understood(language: str) -> None:
    from handlers.commands import read

    (facts,) = [
        p for p in sentences.help_text(language, staff=True, manager=True).parts if isinstance(p, Facts)
    ]
    understood = [command.name for typed, _ in facts.rows if (command := read(typed))]
    assert understood == [
        *(
            "log",
            "ask",
            "login",
            "anonymous",
            "away",
            "cases",
            "wishes",
            "pack",
            "note",
            "why",
            "stop",
            "home",
            "link",
            "privacy",
            "help",
        )
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_to_write_back_are_understood(language: str) -> None:
    from handlers.commands import read

    for message, name in ((sentences.opted_out(language), "start"), (sentences.opted_in(language), "stop")):
        quoted = message.summary.replace("“", "”").split("”")[1]
        command = read(quoted)
        assert command is not None
        assert command.name == name


def test_short_replies() -> None:
    assert sentences.snoozed(FRIDAY + timedelta(days=30), ZONE, "fi").summary == (
        "En kysy sinulta palautetta ennen päivää 27.12.2026."
    )
    assert sentences.language_set("sv").summary == "Från och med nu talar jag svenska med dig."
    assert sentences.passed_on("Maija", "fi") == "Kiitos, Maija saa vastauksesi."
    assert sentences.passed_on("", "fi") == "Kiitos, vastauksesi on välitetty."
    assert sentences.person_will_call("Maija", "fi") == "Toiveesi on välitetty: Maija ottaa sinuun yhteyttä."
    assert "a person will contact you" in sentences.person_will_call("", "en")
    assert sentences.internal_error("K-7", "en").summary.endswith("tell your administrator: K-7")
    assert sentences.not_decided_yet("sv").startswith("Ingenting har avgjorts ännu")


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_ask_for_what_their_events_carry(language: str) -> None:
    log = sentences.log_form(SERVICES, language)
    about = ["customer", "words", "type", "tone", "service", "category", "came_by", "source", "consent"]
    assert keys(log) == about
    tell = sentences.tell_form(Action(Verb.LOG), SERVICES, language)
    assert keys(tell) == ["words", "service"]
    ask = sentences.ask_form((("call", "Puhelu"),), SERVICES, Action(Verb.ASK), language)
    assert keys(ask) == ["customer", "touchpoint", "service", "about"]
    assert all(len(form.title) <= 24 for form in (log, tell, ask))


def test_forms_leave_out_what_has_no_options_or_is_known() -> None:
    assert "service" not in keys(sentences.log_form((), "en"))
    assert keys(sentences.tell_form(Action(Verb.LOG), (), "en")) == ["words"]
    assert keys(sentences.ask_form((), (), Action(Verb.ASK, "tom"), "en")) == ["touchpoint", "about"]


def test_the_options_of_a_form_are_words_of_the_vocabulary() -> None:
    choices = {f.key: f for f in sentences.log_form((), "en").fields if isinstance(f, ChoiceField)}
    assert [FeedbackType(key) for key, _ in choices["type"].options] == list(FeedbackType)
    assert [Tone(key) for key, _ in choices["tone"].options] == list(Tone)


LONGEST = max(QUESTIONS, key=len)


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        *((verb, "") for verb in Verb),
        *((verb, LONGEST) for verb in (Verb.SKIP, Verb.CHANGE, Verb.WRITE)),
        *((Verb.DECLINE, reason.name.lower()) for reason in DeclineReason),
        *((Verb.RATE, f"{LONGEST}=10") for _ in range(1)),
        *((Verb.REASON, f"{LONGEST}={option.key}") for option in (*REASONS_LOW, *REASONS_HIGH)),
    ],
)
def test_an_action_fits_the_shortest_button(verb: Verb, value: str) -> None:
    action = Action(verb, TOKEN, value)
    assert len(TOKEN) == 12
    assert len(action.encode().encode("ascii")) <= 64
    assert Action.decode(action.encode()) == action


def test_no_sentence_depends_on_the_hour_it_is_made() -> None:
    then = datetime(2020, 1, 1, tzinfo=UTC)
    assert (
        sentences.snoozed(then, "UTC", "en").summary == "I will not ask you for feedback before 1 Jan 2020."
    )
