"""What changes from one organisation to the next, in sentences."""

from typing import Any

import pytest

from handlers.difference import difference
from handlers.organisation import Organisation

DESK = {"name": "Desk", "owner": "maya"}
CALENDAR = {"hours": [{"days": ["mon", "fri"], "opens": "8:00", "closes": "16:00"}]}


def organisation(**declared: Any) -> Organisation:
    return Organisation.model_validate({"name": "Kaiku", **declared})


def test_the_first_time_everything_is_new() -> None:
    assert difference(None, organisation(services={"desk": DESK}, teams={"lobby": {"name": "Lobby"}})) == (
        "+ organisation",
        "+ team lobby",
        "+ service desk",
    )


def test_equal_organisations_have_no_difference() -> None:
    assert difference(organisation(services={"desk": DESK}), organisation(services={"desk": DESK})) == ()


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        (
            {"services": {"desk": DESK}},
            {"services": {"desk": {**DESK, "owner": "ville", "respond_within": "2 h"}}},
            ("service desk: owner maya → ville", "service desk: respond within 4 h → 2 h"),
        ),
        ({"teams": {"a": {"name": "A"}}}, {"teams": {"b": {"name": "B"}}}, ("+ team b", "− team a")),
        ({}, {"cx_lead": "liisa"}, ("organisation: cx lead nothing → liisa",)),
        (
            {},
            {"asking": {"cool_down": "14 d", "reminder_after": None, "days": ["mon", "tue"]}},
            (
                "organisation: asking cool down 30 d → 14 d",
                "organisation: asking days mon, tue, wed, thu, fri → mon, tue",
                "organisation: asking reminder after 2 d → nothing",
            ),
        ),
        (
            {"touchpoints": {"visit": {"name": "Visit", "thresholds": {"grade": {"alert": "1-7"}}}}},
            {"touchpoints": {"visit": {"name": "Visit", "thresholds": {"grade": {"alert": "1-6"}}}}},
            ("touchpoint visit: thresholds grade alert 1–7 → 1–6",),
        ),
        (
            {"services": {"desk": DESK}},
            {"services": {"desk": {**DESK, "name": {"fi": "Tiski", "sv": "Desk", "en": "Desk"}}}},
            ("service desk: name fi Desk → Tiski",),
        ),
        (
            {"surveys": {"own": {"questions": ["ease", "words"]}}},
            {"surveys": {"own": {"questions": ["words", "grade"]}}},
            ("survey own: questions ease, words → words, grade",),
        ),
        (
            {"calendars": {"office": CALENDAR}},
            {"calendars": {"office": {**CALENDAR, "closed": ["2026-12-31"], "country": "FI"}}},
            (
                "calendar office: country nothing → FI",
                "calendar office: closed nothing → 2026-12-31",
            ),
        ),
        (
            {"calendars": {"office": CALENDAR}},
            {"calendars": {"office": {"hours": [{**CALENDAR["hours"][0], "opens": "9:00"}]}}},
            ("calendar office: hours 1 opens 08:00 → 09:00",),
        ),
        (
            {"people": {"maya": {"name": "Maya", "identities": {"slack": "U1"}}}},
            {"people": {"maya": {"name": "Maya", "identities": {"slack": "U2"}}}},
            ("person maya: identities slack U1 → U2",),
        ),
    ],
)
def test_a_change_is_told_in_a_sentence(
    before: dict[str, Any], after: dict[str, Any], sentences: tuple[str, ...]
) -> None:
    assert difference(organisation(**before), organisation(**after)) == sentences


def test_a_reworded_question_is_told_and_a_long_text_shortened() -> None:
    def asking(words: str) -> Organisation:
        question = {"key": "nice", "metric": "csat", "wording": {"en": words}}
        return organisation(surveys={"own": {"questions": [question]}})

    assert difference(asking("Nice?"), asking("n" * 80)) == (
        f"survey own: questions nice wording en Nice? → {'n' * 59}…",
    )
