"""What the organisation says about one thing, found closest to it."""

from typing import Any

import pytest

from handlers.lookups import languages_for, survey_keys, survey_of, team_of, threshold_for, zone_of
from handlers.organisation import Organisation
from handlers.rules.scales import ScoreRange
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import Stream

GRADE, EASE, EFFORT = QUESTIONS["grade"], QUESTIONS["ease"], QUESTIONS["effort"]


def organisation(**declared: Any) -> Organisation:
    return Organisation.model_validate({"name": "Kaiku", **declared})


KITCHEN = organisation(
    thresholds={"grade": {"alert": "1-7", "reference": "9-10"}},
    touchpoints={
        "visit": {"name": "Visit"},
        "delivery": {"name": "Delivery", "thresholds": {"grade": {"alert": "1-6"}}},
    },
    services={"fitting": {"name": "Fitting", "thresholds": {"grade": {"alert": "1-5", "praise": 10}}}},
)


def test_changing_one_touchpoint_changes_only_that() -> None:
    visit = threshold_for(KITCHEN, GRADE, None, "visit")
    delivery = threshold_for(KITCHEN, GRADE, None, "delivery")

    assert (visit.alert, visit.reference) == (ScoreRange(1, 7), ScoreRange(9, 10))
    assert (delivery.alert, delivery.reference) == (ScoreRange(1, 6), ScoreRange(9, 10))


def test_the_touchpoint_goes_before_the_service_and_that_before_the_organisation() -> None:
    assert threshold_for(KITCHEN, GRADE, "fitting", "visit").alert == ScoreRange(1, 5)
    assert threshold_for(KITCHEN, GRADE, "fitting", "delivery").alert == ScoreRange(1, 6)
    assert threshold_for(KITCHEN, GRADE, "fitting", "delivery").praise == ScoreRange(10, 10)


def test_a_question_goes_before_its_metric() -> None:
    declared = organisation(thresholds={"ces": {"alert": "1-3"}, "ease": {"alert": 1}})

    assert threshold_for(declared, EASE).alert == ScoreRange(1, 1)


def test_what_nobody_said_is_as_shipped_and_follows_the_polarity() -> None:
    assert threshold_for(organisation(), EASE).alert == ScoreRange(1, 2)
    assert threshold_for(organisation(), EASE).praise == ScoreRange(5, 5)
    assert threshold_for(organisation(), EFFORT).alert == ScoreRange(4, 5)


def test_what_is_unknown_says_nothing() -> None:
    assert threshold_for(KITCHEN, GRADE, "gone", "gone").alert == ScoreRange(1, 7)


def test_shipped_surveys_are_there_without_being_declared() -> None:
    assert [question.key for question in survey_of(organisation(), "encounter").questions] == [
        "ease",
        "satisfied",
        "handled",
        "words",
        "contact",
    ]
    assert survey_of(organisation(), "staff").stream is Stream.STAFF


def test_a_survey_of_the_same_name_replaces_the_shipped_one() -> None:
    declared = organisation(surveys={"encounter": {"questions": ["grade"]}, "own": {"questions": ["words"]}})

    assert [question.key for question in survey_of(declared, "encounter").questions] == ["grade"]
    assert survey_keys(declared) == ("encounter", "own", "staff", "relationship")


def test_a_survey_that_is_nowhere_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        survey_of(organisation(), "nowhere")


def test_the_zone_is_the_persons_else_their_teams_else_the_organisations() -> None:
    declared = organisation(
        time_zone="Europe/Stockholm",
        teams={"north": {"name": "North", "time_zone": "Europe/Oslo"}, "south": {"name": "South"}},
    )

    assert zone_of(declared, "Asia/Tokyo", "north") == "Asia/Tokyo"
    assert zone_of(declared, None, "north") == "Europe/Oslo"
    assert zone_of(declared, None, "south") == "Europe/Stockholm"
    assert zone_of(declared) == "Europe/Stockholm"


def test_the_language_is_the_persons_else_the_accounts_else_the_organisations() -> None:
    declared = organisation(language="en", accounts={"acme": {"name": "Acme", "language": "sv"}})

    assert languages_for(declared, "fi", "acme")[0] == "fi"
    assert languages_for(declared, None, "acme")[0] == "sv"
    assert languages_for(declared, "de", "gone")[0] == "en"
    assert sorted(languages_for(declared)) == ["en", "fi", "sv"]


def test_the_team_of_a_service() -> None:
    declared = organisation(
        services={"desk": {"name": "Desk", "team": "it"}, "lobby": {"name": "Lobby"}},
        teams={"it": {"name": "IT"}},
    )

    team = team_of(declared, "desk")
    assert team is not None
    assert team.key == "it"
    assert (team_of(declared, "lobby"), team_of(declared, "gone"), team_of(declared, None)) == (
        None,
        None,
        None,
    )
