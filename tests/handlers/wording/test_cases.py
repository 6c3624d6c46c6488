"""What an owner reads: everything needed to call, and only the buttons that make sense now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.messages import Action, ChoiceField, Form, Verb
from handlers.rules.scales import Question
from handlers.views import CaseEventView, CaseView, ScoreView, SpokenView
from handlers.wording import cases
from handlers.wording.pack import QUESTIONS
from handlers.wording.plain import as_text
from storage.vocabulary import Band, CaseEventKind, CaseReason, CaseState, Outcome, OwnerRule
from tests.helpers.views import CALL, CASE, CLAIMED, CLOSED, FRIDAY, OPEN_LINE, TOKEN, ZONE, actions, keys

PEOPLE = (("ville", "Ville Niemi"), ("maija", "Maija Virtanen"))

ALERT = {
    "en": """\
Low score · Tom Korhonen
────────────────────────
Customer    Tom Korhonen, ostopäällikkö
Account     Acme Oy
Encounter   Phone call · Pension advice · Fri 27 Nov 15:00
Handled by  Ville Niemi

• How satisfied are you with the service you received? 2 of 5 — poor (5 is
  best)
• Was your matter taken care of? No

Chosen reasons: Waiting time

│ Jonotin kauan.
  — Tom Korhonen

Earlier           28 Sept 2026 Phone call: 4 of 5 — good (5 is best)
Other open cases  1
May be contacted  yes
Phone             040 123 4567
Due               Fri 27 Nov 18:00
Owner             Maija Virtanen (answers for the service)

[Take it]  [I called or wrote…]  [Write to the customer…]  [Ask an expert…]
[Hand over…]  [Not our matter…]  [Note as a wish]  [Close…]""",
    "fi": """\
Matala arvio · Tom Korhonen
───────────────────────────
Asiakas      Tom Korhonen, ostopäällikkö
Asiakkuus    Acme Oy
Asiointi     Puhelu · Eläkeneuvonta · pe 27.11. klo 15.00
Asiaa hoiti  Ville Niemi

• Miten tyytyväinen olet saamaasi palveluun? 2 / 5 — heikko (5 on paras)
• Tuliko asiasi hoidetuksi? Ei

Valitut syyt: Odotusaika

│ Jonotin kauan.
  — Tom Korhonen

Aiemmin                  28.9.2026 Puhelu: 4 / 5 — hyvä (5 on paras)
Muita avoimia tapauksia  1
Saa ottaa yhteyttä       kyllä
Puhelin                  040 123 4567
Määräaika                pe 27.11. klo 18.00
Vastuuhenkilö            Maija Virtanen (vastaa palvelusta)

[Otan hoitaakseni]  [Otin yhteyttä…]  [Kirjoita asiakkaalle…]
[Kysy asiantuntijalta…]  [Siirrä toiselle…]  [Ei meidän asiamme…]
[Kirjaa toiveeksi]  [Sulje…]""",
    "sv": """\
Lågt betyg · Tom Korhonen
─────────────────────────
Kund        Tom Korhonen, ostopäällikkö
Kundkonto   Acme Oy
Kontakt     Samtal · Pensionsrådgivning · fre 27.11 kl. 15.00
Sköttes av  Ville Niemi

• Hur nöjd är du med servicen du fick? 2 av 5 — svagt (5 är bäst)
• Blev ditt ärende skött? Nej

Valda orsaker: Väntetiden

│ Jonotin kauan.
  — Tom Korhonen

Tidigare             28.9.2026 Samtal: 4 av 5 — bra (5 är bäst)
Andra öppna ärenden  1
Får kontaktas        ja
Telefon              040 123 4567
Senast               fre 27.11 kl. 18.00
Ansvarig             Maija Virtanen (ansvarar för tjänsten)

[Jag tar det]  [Jag tog kontakt…]  [Skriv till kunden…]  [Fråga en expert…]
[Lämna över…]  [Inte vårt ärende…]  [Anteckna som önskemål]  [Avsluta…]""",
}


def said(view: CaseView, language: str = "en") -> str:
    return as_text(cases.alert(view, language))


def verbs(view: CaseView) -> list[Verb]:
    return [action.verb for action in actions(cases.alert(view, "en"))]


@pytest.mark.parametrize("language", ALERT)
def test_the_alert_carries_what_is_needed_to_call(language: str) -> None:
    assert said(CASE, language) == ALERT[language]


def test_its_summary_is_its_sense_in_one_line() -> None:
    assert cases.alert(CASE, "en").summary == "Low score · Tom Korhonen · Acme Oy · 2 of 5 — poor (5 is best)"


@pytest.mark.parametrize(
    ("question", "score", "band", "judged"),
    [
        (QUESTIONS["ease"], 5, Band.GOOD, "5 of 5 — good (5 is best)"),
        (QUESTIONS["effort"], 5, Band.POOR, "5 of 5 — poor (1 is best)"),
        (QUESTIONS["recommend"], 3, Band.POOR, "Would recommend: 3 of 10 — detractor (10 is best)"),
        (QUESTIONS["recommend"], 8, Band.FAIR, "8 of 10 — passive (10 is best)"),
        (QUESTIONS["feeling"], 2, Band.POOR, "🙁 Bad"),
        (QUESTIONS["grade"], 7, None, "7 of 10"),
        (QUESTIONS["once"], 3, Band.POOR, "Was it settled in one go? No"),
    ],
)
def test_a_score_is_said_with_its_polarity(
    question: Question, score: int, band: Band | None, judged: str
) -> None:
    assert judged in said(replace(CASE, scores=(ScoreView(question, score, band),)))


def test_a_new_case_can_be_taken_and_a_taken_one_says_by_whom() -> None:
    assert verbs(CASE)[0] is Verb.TAKE
    assert Verb.TAKE not in verbs(CLAIMED)
    assert "In hand: Maija Virtanen, since Fri 27 Nov 15:00" in said(CLAIMED)


def test_what_was_done_is_told_oldest_first() -> None:
    events = (
        *CASE.events,
        CaseEventView(CaseEventKind.HANDED_OVER, FRIDAY, "Ville Niemi", "Maija Virtanen", "kuuluu sinulle"),
        CaseEventView(CaseEventKind.CONTACTED, FRIDAY + timedelta(hours=1), "Maija Virtanen", "", "Soitin."),
    )
    words = said(replace(CLAIMED, state=CaseState.CONTACTED, events=events))
    assert "The customer has been contacted." in words
    assert (
        "Fri 27 Nov 15:00 Ville Niemi: handed over → Maija Virtanen “kuuluu sinulle”\n"
        "Fri 27 Nov 16:00 Maija Virtanen: customer contacted “Soitin.”"
    ) in words
    assert "opened" not in words


def test_a_closed_case_says_how_it_ended_and_can_only_be_reopened() -> None:
    assert verbs(CLOSED) == [Verb.REOPEN]
    assert "Closed: Apologised\n\n│ Soitin ja pahoittelin.\n  — Maija Virtanen" in said(CLOSED)
    assert "Due" not in said(CLOSED)
    assert "This case was reopened." in said(replace(CASE, state=CaseState.REOPENED))


def test_without_consent_nobody_is_sent_to_the_customer() -> None:
    refused = replace(CASE, consent=False, can_write=False, phone="")
    assert "no: do not contact the customer about this" in said(refused)
    assert not {Verb.REPLY, Verb.CONTACTED} & set(verbs(refused))
    assert "not answered yet" in said(replace(CASE, consent=None))


def test_who_is_only_informed_has_no_buttons() -> None:
    assert verbs(replace(CASE, informed=True)) == []
    assert verbs(replace(CLOSED, informed=True)) == []


@pytest.mark.parametrize("rule", OwnerRule)
def test_the_owner_is_told_by_which_rule(rule: OwnerRule) -> None:
    assert "Maija Virtanen (" in said(replace(CASE, owner_rule=rule))


def test_a_deputy_is_told_for_whom_and_a_case_of_nobody_says_so() -> None:
    deputy = replace(CASE, owner_rule=OwnerRule.DEPUTY, deputy_for="Ville Niemi")
    assert "Maija Virtanen (stands in for Ville Niemi)" in said(deputy)
    assert "nobody is named as responsible" in said(replace(CASE, owner="", owner_rule=OwnerRule.NOBODY))


def test_urgent_and_overdue_stand_out() -> None:
    words = said(replace(CASE, urgent=True, overdue=True, reason=CaseReason.URGENT_WORD))
    assert words.startswith("Urgent · Urgent word in a comment · Tom Korhonen")
    assert "⚠ overdue since Fri 27 Nov 18:00" in words


def test_a_customer_without_a_name_is_not_an_empty_line() -> None:
    assert said(replace(CASE, customer="")).startswith("Low score · a customer not known by name")


def test_reminder_escalation_and_unreachable_say_what_is_the_matter() -> None:
    assert "Due Fri 27 Nov 18:00: Tom Korhonen" in as_text(cases.reminder(CASE, "en"))
    assert "Maija Virtanen has not taken the case." in as_text(cases.escalation(CASE, "en"))
    idle = as_text(cases.escalation(CLAIMED, "en"))
    assert "Maija Virtanen has taken the case, but has not contacted the customer." in idle
    assert "The case has no owner." in as_text(cases.escalation(replace(CASE, owner=""), "en"))
    assert "Cannot be reached: Tom Korhonen" in as_text(cases.unreachable_notice(CASE, "en"))


def test_a_nudge_offers_to_take_what_nobody_has_taken() -> None:
    assert Action(Verb.TAKE, TOKEN) in actions(cases.escalation(CASE, "fi"))
    assert Action(Verb.TAKE, TOKEN) not in actions(cases.escalation(CLAIMED, "fi"))


def test_an_expert_reads_the_question_and_the_customers_words() -> None:
    words = as_text(cases.expert_request(CASE, "Mitä laki sanoo?", "Maija Virtanen", "en"))
    assert "Maija Virtanen asks for your help" in words
    assert "│ Mitä laki sanoo?\n  — Maija Virtanen" in words
    assert "│ Jonotin kauan.\n  — Tom Korhonen" in words


def test_a_customers_reply_can_be_answered_where_the_bot_can_write() -> None:
    assert [a.verb for a in actions(cases.customer_words(CASE, "Kiitos", "en"))] == [
        Verb.REPLY,
        Verb.CLOSE,
        Verb.SHOW_CASE,
    ]
    mute = cases.customer_words(replace(CASE, can_write=False), "Kiitos", "en")
    assert Verb.REPLY not in [a.verb for a in actions(mute)]


def test_the_list_of_cases_counts_what_it_leaves_out() -> None:
    message = cases.case_list((OPEN_LINE,) * 12, 14, "en", ZONE)
    words = as_text(message)
    assert words.startswith("14 open cases\n")
    assert "10. Tom Korhonen, Acme Oy · Low score · Maija Virtanen · ⚠ overdue since Wed" in words
    assert "11. Tom" not in words
    assert "and 4 more" in words
    assert actions(message) == [*[Action(Verb.SHOW_CASE, TOKEN)] * 10, Action(Verb.MY_CASES, "", "10")]


def test_no_open_cases_is_one_line() -> None:
    assert as_text(cases.case_list((), 0, "fi", ZONE)) == "Ei avoimia tapauksia."


def test_praise_names_the_one_who_did_the_work() -> None:
    scores = (ScoreView(QUESTIONS["satisfied"], 5, Band.GOOD),)
    words = as_text(cases.praise("Ville Niemi", "Kiitos avusta!", scores, CALL, "fi"))
    assert "Kiitos, Ville Niemi!" in words
    assert "5 / 5 — hyvä (5 on paras)" in words
    assert "│ Kiitos avusta!" in words


def test_a_reference_is_asked_for_by_a_person() -> None:
    scores = (ScoreView(QUESTIONS["grade"], 9, Band.GOOD),)
    message = cases.reference_request(
        person="Tom Korhonen", account="Acme Oy", words="", scores=scores, touchpoint=CALL, language="en"
    )
    assert message.summary == "Could give a reference: Tom Korhonen, Acme Oy"
    assert "This is a good moment to ask. I leave the asking to you." in as_text(message)


FORMS: dict[Verb, Callable[[str], Form]] = {
    Verb.HAND_OVER: lambda language: cases.hand_over_form(TOKEN, PEOPLE, language),
    Verb.CONTACTED: lambda language: cases.contacted_form(TOKEN, language),
    Verb.REPLY: lambda language: cases.reply_form(CASE, language),
    Verb.EXPERT: lambda language: cases.expert_form(TOKEN, PEOPLE, language),
    Verb.NOT_OURS: lambda language: cases.not_ours_form(TOKEN, "Liisa Heino", language),
    Verb.CLOSE: lambda language: cases.close_form(TOKEN, language),
}


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        (Verb.HAND_OVER, ["to", "reason"]),
        (Verb.CONTACTED, ["words"]),
        (Verb.REPLY, ["words"]),
        (Verb.EXPERT, ["expert", "words"]),
        (Verb.NOT_OURS, ["reason"]),
        (Verb.CLOSE, ["outcome", "words"]),
    ],
)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_form_asks_for_what_its_event_needs(verb: Verb, fields: list[str], language: str) -> None:
    form = FORMS[verb](language)
    assert form.action == Action(verb, TOKEN)
    assert keys(form) == fields
    assert len(form.title) <= 24


def test_closing_offers_every_outcome_and_demands_one() -> None:
    outcome, words = cases.close_form(TOKEN, "fi").fields
    assert isinstance(outcome, ChoiceField)
    assert [key for key, _ in outcome.options] == [member.value for member in Outcome]
    assert outcome.required
    assert not words.required


SPOKEN = replace(CASE, spoken=(SpokenView("v0Ld", 200, lost=True), SpokenView("v7Gk", 12)))


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ("1 voice message could not be fetched.", "[▶ Listen, 0:12]")),
        ("fi", ("1 ääniviestiä ei saatu haettua.", "[▶ Kuuntele, 0:12]")),
        ("sv", ("1 röstmeddelande gick inte att hämta.", "[▶ Lyssna, 0:12]")),
    ],
)
def test_what_was_said_aloud_is_a_button_away(language: str, lines: tuple[str, ...]) -> None:
    told = cases.alert(SPOKEN, language)
    assert all(line in as_text(told) for line in lines)
    assert Action(Verb.LISTEN, "v7Gk") in actions(told)
    assert Action(Verb.LISTEN, "v0Ld") not in actions(told)


def test_who_is_only_informed_does_not_listen() -> None:
    assert actions(cases.alert(replace(SPOKEN, informed=True), "en")) == []
