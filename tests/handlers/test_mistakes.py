"""What is wrong with an organisation although each of its words is right."""

from datetime import date
from typing import Any

import pytest

from handlers.mistakes import mistakes
from handlers.organisation import Organisation

MAYA = {"name": "Maya", "role": "manager", "identities": {"sandbox": "maya"}}
VILLE = {"name": "Ville", "role": "manager", "identities": {"sandbox": "ville"}}
PEOPLE = {"maya": MAYA, "ville": VILLE}
ROUND = {"name": "R", "starts": "2027-01-01"}
DESK = {"name": "Desk", "owner": "maya"}
OPEN = {"days": ["mon", "tue"], "opens": "08:00", "closes": "16:00"}
EFFORT = {"key": "hard", "metric": "ces", "polarity": "low is good", "wording": "Hard?"}


def rules(*declared: Any, **changes: Any) -> dict[str, Any]:
    """Maya and Ville, the team `it`, the service `d`, and these rules."""
    return {
        "people": PEOPLE,
        "teams": {"it": {"name": "IT"}},
        "services": {"d": DESK},
        "touchpoints": {"c": {"name": "C"}},
        **changes,
        "routing": {"rules": declared},
    }


def people(**changes: Any) -> dict[str, Any]:
    return {"people": {**PEOPLE, "maya": {**MAYA, **changes}}}


def calendar(**changes: Any) -> dict[str, Any]:
    return {"calendars": {"office": {"hours": [OPEN], **changes}}}


def survey(*questions: Any, **changes: Any) -> dict[str, Any]:
    return {"surveys": {"own": {"questions": list(questions), **changes}}}


def asked(*questions: Any, **touchpoint: Any) -> dict[str, Any]:
    """A survey that is asked at the touchpoint `call`."""
    return {**survey(*questions), "touchpoints": {"call": {"name": "Call", "survey": "own", **touchpoint}}}


def report(**changes: Any) -> dict[str, Any]:
    """The report `r` to Maya."""
    return {**people(), "reports": {"r": {"name": "R", "to": ["maya"], **changes}}}


ERRORS: list[tuple[dict[str, Any], str, str]] = [
    ({"cx_lead": "lisa"}, "cx_lead", "“lisa” is not among the people."),
    ({"calendar": "office"}, "calendar", "“office” is not among the calendars."),
    (
        {"teams": {"it": {"name": "IT", "lead": "mya"}}, **people()},
        "teams.it.lead",
        "“mya” is not among the people.",
    ),
    (people(team="it"), "people.maya.team", "“it” is not among the teams."),
    (people(account="acme"), "people.maya.account", "“acme” is not among the accounts."),
    (people(deputy="vile"), "people.maya.deputy", "“vile” is not among the people."),
    (
        people(away=[{"starts": "2026-12-01", "ends": "2026-12-02", "deputy": "x"}]),
        "people.maya.away.0.deputy",
        "“x” is not among the people.",
    ),
    ({"services": {"d": {**DESK, "owner": "x"}}}, "services.d.owner", "“x” is not among the people."),
    (
        {"services": {"d": {**DESK, "informed": ["ville", "x"]}}, **people()},
        "services.d.informed.1",
        "“x” is not among the people.",
    ),
    (
        {"services": {"d": {**DESK, "team": "x"}}, **people()},
        "services.d.team",
        "“x” is not among the teams.",
    ),
    (
        {"services": {"d": {**DESK, "calendar": "x"}}, **people()},
        "services.d.calendar",
        "“x” is not among the calendars.",
    ),
    (
        {"touchpoints": {"c": {"name": "C", "survey": "encountr"}}},
        "touchpoints.c.survey",
        "“encountr” is not among the surveys.",
    ),
    (
        {"touchpoints": {"c": {"name": "C", "staff_survey": "x"}}},
        "touchpoints.c.staff_survey",
        "“x” is not among the surveys.",
    ),
    (
        {"pilot": {"touchpoints": ["r", "phne"]}, "rounds": {"r": ROUND}},
        "pilot.touchpoints.1",
        "“phne” is not among the touchpoints.",
    ),
    (
        {"pilot": {"dry_run": "slak:C1"}},
        "pilot.dry_run",
        "“slak” is not a channel.",
    ),
    (
        {"rounds": {"r": {**ROUND, "survey": "x"}}},
        "rounds.r.survey",
        "“x” is not among the surveys.",
    ),
    (
        {"rounds": {"r": {**ROUND, "who": {"accounts": ["x"]}}}},
        "rounds.r.who.accounts.0",
        "“x” is not among the accounts.",
    ),
    (
        {"rounds": {"r": {**ROUND, "survey": "staff"}}},
        "rounds.r.survey",
        "“staff” is for staff, and a round asks customers.",
    ),
    (
        {"rounds": {"c": ROUND}, "touchpoints": {"c": {"name": "C"}}},
        "rounds.c",
        "“c” is also a touchpoint, and their answers must not be mistaken for each other.",
    ),
    (
        {"rounds": {"r": {**ROUND, "slices": 12}}},
        "rounds.r.slices",
        "A half-year has 6 months, and a slice takes one at least.",
    ),
    (
        {"rounds": {"r": {**ROUND, "quiet": [{"starts": "2027-07-31", "ends": "2027-07-01"}]}}},
        "rounds.r.quiet.0.ends",
        "The quiet period ends before it starts.",
    ),
    (
        {"accounts": {"a": {"name": "A", "manager": "x"}}},
        "accounts.a.manager",
        "“x” is not among the people.",
    ),
    (
        {"accounts": {"a": {"name": "A", "director": "x"}}},
        "accounts.a.director",
        "“x” is not among the people.",
    ),
    (
        {"services": {"d": {"name": "D"}}},
        "services.d",
        "The service “d” has no owner, no team lead and no CX lead: nobody would get its cases.",
    ),
    (
        {"services": {"d": DESK}, **people(role="provider")},
        "services.d.owner",
        "Maya is the owner of “d” but has the role provider, which may not own cases.",
    ),
    (
        {"accounts": {"a": {"name": "A", "manager": "maya"}}, **people(role="customer")},
        "accounts.a.manager",
        "Maya is the manager of the account “a” but has the role customer, which may not own cases.",
    ),
    (
        {"services": {"d": DESK}, **people(identities={})},
        "people.maya",
        "Maya is the owner of “d” but cannot be reached: no identity in any channel is declared.",
    ),
    (
        {"people": {"maya": MAYA, "ville": {**VILLE, "identities": {"sandbox": "maya"}}}},
        "people.ville.identities.sandbox",
        "Ville and Maya have the same sandbox identity “maya”.",
    ),
    (
        {"people": {"maya": {**MAYA, "email": "A@b.fi"}, "ville": {**VILLE, "email": "a@B.fi"}}},
        "people.ville.email",
        "Ville and Maya have the same e-mail identity “a@b.fi”.",
    ),
    (people(prefers="slack"), "people.maya.prefers", "Maya prefers slack but has no identity there."),
    (people(identities={"sandbx": "maya"}), "people.maya.identities.sandbx", "“sandbx” is not a channel."),
    (
        {"teams": {"it": {"name": "IT", "channel": {"irc": "#it"}}}},
        "teams.it.channel.irc",
        "“irc” is not a channel.",
    ),
    (
        people(away=[{"starts": "2026-12-05", "ends": "2026-12-01"}]),
        "people.maya.away.0.ends",
        "Maya's absence ends (2026-12-01) before it starts (2026-12-05).",
    ),
    (people(deputy="maya"), "people.maya.deputy", "Maya is their own deputy."),
    (
        people(away=[{"starts": "2026-12-01", "ends": "2026-12-02", "deputy": "maya"}]),
        "people.maya.away.0.deputy",
        "Maya is their own deputy.",
    ),
    (
        {"people": {"maya": {**MAYA, "deputy": "ville"}, "ville": {**VILLE, "deputy": "maya"}}},
        "people.maya.deputy",
        "The deputies go round in a circle: maya → ville → maya.",
    ),
    (
        {"accounts": {"a": {"name": "Acme"}, "b": {"name": "Other", "aliases": ["ACME"]}}},
        "accounts.b",
        "“acme” could be any of the accounts a and b.",
    ),
    (survey("words", "words"), "surveys.own.questions", "The survey “own” asks “words” 2 times."),
    (
        survey({**EFFORT, "key": "ease"}),
        "surveys.own.questions.0",
        "Another question “ease” has a different metric, scale or polarity.",
    ),
    (survey(), "surveys.own.questions", "The survey “own” asks nothing."),
    (
        survey("staff_said", "staff_felt", "guidance", stream="staff"),
        "surveys.own.questions",
        "“own” has 3 questions; staff are asked two at most.",
    ),
    (
        {"touchpoints": {"c": {"name": "C", "survey": "staff"}}},
        "touchpoints.c.survey",
        "“staff” is for staff, and `survey` is put to customers.",
    ),
    (
        {"touchpoints": {"c": {"name": "C", "staff_survey": "encounter"}}},
        "touchpoints.c.staff_survey",
        "“encounter” is for customers, and `staff_survey` is put to staff.",
    ),
    (
        survey("ease", "contact", privacy="anonymous"),
        "surveys.own.questions.1",
        "“own” is anonymous, and nobody could contact who answers that we may.",
    ),
    (
        survey("ease", "words", privacy="anonymous", reasons_low=[{"key": "slow", "label": "Slow"}]),
        "surveys.own.reasons_low",
        "“own” is anonymous, and which reasons are offered would tell the score.",
    ),
    (
        survey("ease", privacy="anonymous", call_backs=True),
        "surveys.own.call_backs",
        "“own” is anonymous, and nobody can be called back.",
    ),
    (
        {**asked("ease", thresholds={"ease": {"alert": "1-3"}}), **survey("ease", privacy="anonymous")},
        "touchpoints.call.thresholds.ease",
        "“call” is asked about anonymously, and nobody can act on a single answer.",
    ),
    (
        {"thresholds": {"csta": {"alert": "1-2"}}},
        "thresholds.csta",
        "“csta” is neither a question nor a metric.",
    ),
    (
        {**asked("ease"), "thresholds": {"ease": {"alert": "4-5"}}},
        "thresholds.ease.alert",
        "Alert at 4–5 on “ease” would alert on the best answers, because high is good; did you mean 1–2?",
    ),
    (
        asked(EFFORT, thresholds={"ces": {"alert": "1-2"}}),
        "touchpoints.call.thresholds.ces.alert",
        "Alert at 1–2 on “hard” would alert on the best answers, because low is good; did you mean 4–5?",
    ),
    (
        {
            **asked("satisfied"),
            **people(),
            "services": {"d": {**DESK, "thresholds": {"csat": {"praise": "1-5"}}}},
        },
        "services.d.thresholds.csat.praise",
        "Praise at 1–5 on “satisfied” would praise the worst answers, because high is good",
    ),
    (
        asked("grade", thresholds={"grade": {"alert": "1-11"}}),
        "touchpoints.call.thresholds.grade.alert",
        "Alert at 1–11 on “grade” reaches outside the scale 1–10.",
    ),
    (
        {
            **asked("grade", thresholds={"grade": {"reference": "7-10"}}),
            "thresholds": {"grade": {"alert": "1-7"}},
        },
        "touchpoints.call.thresholds.grade",
        "Alert at 1–7 and reference at 7–10 on “grade” overlap; one score cannot be both.",
    ),
    ({"time_zone": "Helsinki"}, "time_zone", "There is no time zone “Helsinki”."),
    (
        people(time_zone="Europe/Helsinky"),
        "people.maya.time_zone",
        "There is no time zone “Europe/Helsinky”.",
    ),
    (calendar(time_zone="x"), "calendars.office.time_zone", "There is no time zone “x”."),
    (
        calendar(country="Finland"),
        "calendars.office.country",
        "I do not know the public holidays of “Finland”.",
    ),
    (
        calendar(hours=[]),
        "calendars.office.hours",
        "The calendar “office” has no office days, so that no case would ever be due.",
    ),
    (
        calendar(hours=[{**OPEN, "closes": "07:00"}]),
        "calendars.office.hours.0.closes",
        "These hours close (07:00) before they open (08:00).",
    ),
    (
        calendar(hours=[OPEN, {"days": ["tue"], "opens": "12:00", "closes": "18:00"}]),
        "calendars.office.hours.1",
        "These hours overlap with others on tue.",
    ),
    ({"asking": {"days": []}}, "asking.days", "Nobody would ever be asked: there is no day for it."),
    ({"asking": {"expires_after": "0 d"}}, "asking.expires_after", "Requests would expire at once."),
    (
        {"asking": {"reminder_after": "20 d"}},
        "asking.reminder_after",
        "The reminder would come after the request expired (14 d).",
    ),
    (
        asked("ease", delay="2 w"),
        "touchpoints.call.delay",
        "Nobody would be asked: after 14 d an encounter is too old (5 d).",
    ),
    ({"teams": {"it": {"name": " "}}}, "teams.it.name", "This text is empty."),
    (rules({"service": "x", "owner": "maya"}), "routing.rules.0.service.0", "“x” is not among the services."),
    (
        rules({"account": "x", "owner": "maya"}),
        "routing.rules.0.account.0",
        "“x” is not among the accounts.",
    ),
    (
        rules({"touchpoint": ["c", "x"], "owner": "maya"}),
        "routing.rules.0.touchpoint.1",
        "“x” is not among the touchpoints.",
    ),
    (rules({"owner": "x"}), "routing.rules.0.owner", "“x” is not among the people."),
    (rules({"rota": ["maya", "x"]}), "routing.rules.0.rota.1", "“x” is not among the people."),
    (
        rules({"owner": "maya", "informed": ["x"]}),
        "routing.rules.0.informed.0",
        "“x” is not among the people.",
    ),
    (rules({"service": "d"}), "routing.rules.0", "This rule names nobody."),
    (
        rules({"owner": "maya", "rota": ["ville"]}),
        "routing.rules.0.rota",
        "This rule names an owner and a rota.",
    ),
    (
        rules({"touchpoint": "c", "type": "idea", "owner": "maya"}),
        "routing.rules.0.touchpoint",
        "No case fits this rule",
    ),
    (
        rules({"rota": "it"}),
        "routing.rules.0.rota.0",
        "The rota is nobody's: nobody in the team “it” may own a case.",
    ),
    (
        rules({"rota": ["maya", "ville", "maya"]}),
        "routing.rules.0.rota.2",
        "“maya” is in this rota twice.",
    ),
    (
        rules({"rota": "maya"}, teams={"maya": {"name": "M"}}),
        "routing.rules.0.rota.0",
        "“maya” is a person and a team.",
    ),
    (
        rules({"service": "d", "owner": "maya"}, {"service": "d", "type": "idea", "owner": "ville"}),
        "routing.rules.1",
        "No case comes as far as this rule: rule 1 takes them all.",
    ),
    (
        rules({"owner": "ville"}, people={**PEOPLE, "ville": {**VILLE, "role": "provider"}}),
        "routing.rules.0.owner",
        "Ville is the owner by rule 1 but has the role provider, which may not own cases.",
    ),
    (
        rules({"rota": ["ville"]}, people={**PEOPLE, "ville": {**VILLE, "role": "provider"}}),
        "routing.rules.0.rota.0",
        "Ville is in the rota of rule 1 but has the role provider, which may not own cases.",
    ),
    (
        rules(
            {"rota": ["ville"]},
            people={**PEOPLE, "ville": {**VILLE, "team": "it"}},
            teams={"it": {"name": "IT", "receives_only": True}},
        ),
        "routing.rules.0.rota.0",
        "Ville works in the team “it”, which only receives and owns nothing that is another's.",
    ),
    (
        {
            "people": {"maya": {**MAYA, "deputy": "ville"}, "ville": {**VILLE, "team": "it"}},
            "teams": {"it": {"name": "IT", "receives_only": True}},
        },
        "people.maya.deputy",
        "Ville works in the team “it”, which only receives and owns nothing that is another's.",
    ),
    (report(to=[]), "reports.r", "Nobody gets this report."),
    (report(to="mya"), "reports.r.to.0", "“mya” is not among the people."),
    (report(services=["x"]), "reports.r.services.0", "“x” is not among the services."),
    (report(teams="x"), "reports.r.teams.0", "“x” is not among the teams."),
    (report(accounts="x"), "reports.r.accounts.0", "“x” is not among the accounts."),
    (report(channel={"slak": "C1"}), "reports.r.channel.slak", "“slak” is not a channel."),
    (report(time_zone="Mars"), "reports.r.time_zone", "There is no time zone “Mars”."),
    (report(parts=[]), "reports.r.parts", "This digest would hold nothing."),
    ({"digest": {"parts": []}}, "digest.parts", "This digest would hold nothing."),
    (
        {**report(), "people": {**PEOPLE, "maya": {**MAYA, "role": "provider"}}},
        "reports.r.to.0",
        "Maya may not read digests, because they are a provider.",
    ),
    (
        {**people(), "reports": {"ville": {"name": "R", "to": ["maya"]}}},
        "reports.ville",
        "“ville” is also a team or a person, and each has a digest of its own.",
    ),
    ({"targets": {"satisfyed": 85}}, "targets.satisfyed", "“satisfyed” is neither a question nor a metric"),
    ({"targets": {"words": 85}}, "targets.words", "“words” is neither a question nor a metric"),
    (
        {"accounts": {"a": {"name": "A", "targets": {"csat": -5}}}},
        "accounts.a.targets.csat",
        "“csat” is a share, and no share is below 0.",
    ),
    (
        {"annotations": [{"on": "2026-11-20", "words": "New version", "services": "x"}]},
        "annotations.0.services.0",
        "“x” is not among the services.",
    ),
]

WARNINGS: list[tuple[dict[str, Any], str, str]] = [
    (
        report(weekday="fri"),
        "reports.r.weekday",
        "`weekday` does nothing in a report that comes every month.",
    ),
    (
        report(period="week", day=3),
        "reports.r.day",
        "`day` does nothing in a report that comes every week.",
    ),
    (asked("ease"), "touchpoints.call", "Nobody would get the cases of “call” that concern no service."),
    (
        {
            "services": {"d": {"name": "D", "team": "it"}},
            "teams": {"it": {"name": "I", "lead": "maya"}},
            **people(),
        },
        "services.d",
        "The service “d” has no owner; its cases go to Maya.",
    ),
    (
        {"services": {"d": {"name": "D"}}, "cx_lead": "ville", **people()},
        "services.d",
        "The service “d” has no owner; its cases go to Ville.",
    ),
    (
        survey("ease", "satisfied", "handled", "grade", "words", "contact"),
        "surveys.own.questions",
        "“own” has 4 closed questions; with more than three, fewer people answer.",
    ),
    (
        {**asked("ease"), "thresholds": {"nps": {"alert": "0-6"}}},
        "thresholds.nps",
        "“nps” is not asked here, so this threshold does nothing.",
    ),
    (
        asked("ease", thresholds={"satisfied": {"alert": "1-2"}}),
        "touchpoints.call.thresholds.satisfied",
        "“satisfied” is not asked here, so this threshold does nothing.",
    ),
    (
        {"asking": {"account_cap": 5}},
        "asking.account_cap",
        "The account cap does nothing, because there are no accounts.",
    ),
    (
        asked("words", margin=5),
        "touchpoints.call.margin",
        "The margin does nothing: the survey “own” asks for no score.",
    ),
    (
        {"name": {"fi": "Virasto", "en": "Office"}},
        "name",
        "This text is missing in Swedish.",
    ),
    (
        survey(
            {
                "key": "x",
                "metric": "choice",
                "wording": "X",
                "options": [
                    {"key": "a", "label": "A"},
                    {"key": "b", "label": {"fi": "B"}},
                ],
            }
        ),
        "surveys.own.questions.0.options.1.label",
        "This text is missing in Swedish and English.",
    ),
    (
        survey({**EFFORT, "low_anchor": {"fi": "x", "sv": "y"}}, purpose={"fi": "x", "sv": "y", "en": ""}),
        "surveys.own.purpose",
        "This text is missing in English.",
    ),
]


def found(declared: dict[str, Any]) -> list[tuple[str, str, bool]]:
    organisation = Organisation.model_validate({"name": "Kaiku", **declared})
    return [
        (".".join(map(str, mistake.path)), mistake.sentence, mistake.warning)
        for mistake in mistakes(organisation, ("sandbox", "slack"))
    ]


@pytest.mark.parametrize(("declared", "where", "sentence"), ERRORS, ids=[case[1] for case in ERRORS])
def test_a_mistake_is_told_where_it_is(declared: dict[str, Any], where: str, sentence: str) -> None:
    errors = [(path, words) for path, words, warning in found(declared) if not warning]

    assert len(errors) == 1
    assert errors[0][0] == where
    assert errors[0][1].startswith(sentence)


@pytest.mark.parametrize(("declared", "where", "sentence"), WARNINGS, ids=[case[1] for case in WARNINGS])
def test_what_one_can_live_with_is_a_warning(declared: dict[str, Any], where: str, sentence: str) -> None:
    assert (where, sentence, True) in found(declared)
    assert all(warning for _, _, warning in found(declared))


def test_every_mistake_says_what_to_do() -> None:
    for declared, *_ in (*ERRORS, *WARNINGS):
        organisation = Organisation.model_validate({"name": "Kaiku", **declared})
        for mistake in mistakes(organisation, ("sandbox",)):
            assert mistake.advice.endswith((".", "?"))


def test_a_bare_organisation_is_without_fault() -> None:
    assert found({}) == []


def test_the_same_hours_on_other_days_do_not_overlap() -> None:
    assert (
        found(
            calendar(hours=[OPEN, {**OPEN, "days": ["wed"]}, {**OPEN, "opens": "16:00", "closes": "18:00"}])
        )
        == []
    )


def test_targets_are_said_by_question_or_metric_also_below_zero_where_a_figure_goes_there() -> None:
    assert found({"targets": {"satisfied": "85 %", "nps": "+40", "recommend": -10}}) == []


def test_a_line_of_deputies_is_no_circle() -> None:
    liisa = {**VILLE, "name": "Liisa", "identities": {"sandbox": "liisa"}}
    line = {"maya": {**MAYA, "deputy": "ville"}, "ville": {**VILLE, "deputy": "liisa"}, "liisa": liisa}

    assert found({"people": line}) == []


def test_below_eight_or_above_eight_can_be_said() -> None:
    declared = asked("grade", thresholds={"grade": {"alert": "1-7", "reference": "9-10"}})
    assert found({**declared, "cx_lead": "ville", **people()}) == []


def test_rules_that_fit_different_matters_are_in_order() -> None:
    own = {"people": {"maya": {**MAYA, "team": "it"}, "ville": VILLE}}
    declared = rules(
        {"service": "d", "type": "idea", "owner": "maya"},
        {"service": "d", "owner": "ville", "informed": ["maya"]},
        {"rota": ["it", "ville"]},
        **own,
    )
    assert found(declared) == []


def test_a_service_that_a_rule_gives_to_somebody_is_no_gap() -> None:
    assert found(rules({"service": "d", "owner": "maya"}, services={"d": {"name": "D"}})) == []


@pytest.mark.parametrize(
    ("today", "deputy", "told"),
    [
        (date(2026, 11, 24), None, True),
        (date(2026, 12, 2), None, True),
        (date(2026, 12, 3), None, False),
        (date(2026, 11, 24), "ville", False),
    ],
)
def test_an_absence_that_is_not_over_needs_somebody_who_stands_in(
    today: date, deputy: str | None, *, told: bool
) -> None:
    away = [{"starts": "2026-12-01", "ends": "2026-12-02"}]
    declared = {"name": "Kaiku", **people(away=away, deputy=deputy), "services": {"d": DESK}}
    warned = mistakes(Organisation.model_validate(declared), today=today)
    sentence = "Maya is away until 2026-12-02 and nobody stands in: cases go to the next in line."
    assert [(m.path, m.sentence, m.warning) for m in warned] == (
        [(("people", "maya", "away", 0), sentence, True)] if told else []
    )


def test_who_answers_for_nothing_may_be_away() -> None:
    away = [{"starts": "2026-12-01", "ends": "2026-12-02"}]
    organisation = Organisation.model_validate({"name": "Kaiku", **people(away=away)})
    assert mistakes(organisation, today=date(2026, 11, 24)) == ()
