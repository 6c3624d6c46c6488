"""Where nobody could act, and the weekly word to the CX lead about it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.compose import Obsolete, Outgoing, compose
from handlers.context import Context
from handlers.events import CommandGiven
from handlers.gaps import gaps, report_due
from handlers.wording.gaps import report, sentence
from handlers.wording.plain import as_text
from storage import outbox
from storage.tables import DigestRun, OutboxMessage
from storage.vocabulary import DigestAudience, OutboxKind
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example, helsinki

Build = Callable[..., Desk]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """A desk of the example, changed in part, with the sandbox running."""
    with ExitStack() as desks:
        yield lambda **changes: desks.enter_context(desk_of(example(**changes), tmp_path))


def _told(desk: Desk, *channels: str, language: str = "en") -> list[str]:
    return desk.do(lambda ctx: [sentence(gap, language) for gap in gaps(channels or ("sandbox",), ctx)])


def _report(desk: Desk) -> int:
    return desk.do(lambda ctx: report_due(replace(ctx, channels=frozenset({"sandbox"}))))


AWAY = {"starts": "2026-11-26", "ends": "2026-12-04"}
ADVICE = "Pension advice by phone, Service in the lobby, Pension advice by e-mail"


def test_where_everybody_is_there_nothing_is_told(build: Build) -> None:
    assert _told(build()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"services": {"lobby": {"owner": None}}},
            ["Service in the lobby: no owner is named. Cases go to Maya Virtanen."],
        ),
        (
            {"people": {"maya": {"away": [AWAY], "deputy": None}}},
            [
                f"{ADVICE}: Maya Virtanen is away on 26 Nov 2026, and nobody stands in. Cases go to Liisa Heino."
            ],
        ),
        ({"people": {"maya": {"away": [AWAY]}}}, []),
        ({"people": {"maya": {"away": [{**AWAY, "starts": "2026-12-02"}], "deputy": None}}}, []),
        (
            {"people": {"maya": {"away": [{"starts": "2026-11-28", "ends": "2026-11-29"}], "deputy": None}}},
            [],
        ),
        (
            {"cx_lead": None},
            [
                "Phone call, Visit, E-mail, Support ticket, Project phase: no owner is named. Nobody gets its cases."
            ],
        ),
        ({"cx_lead": None, "routing": {"rules": [{"rota": ["maya", "ville"]}]}}, []),
        (
            {
                "services": {"lobby": {"owner": None}},
                "routing": {"rules": [{"service": "lobby", "owner": "ville"}]},
            },
            [],
        ),
    ],
)
def test_what_is_missing_is_told_once_for_all_that_share_it(
    build: Build, changes: dict[str, Any], told: list[str]
) -> None:
    assert _told(build(**changes)) == told


def test_when_even_the_last_is_away_nobody_gets_it_instead(build: Build) -> None:
    away = {"away": [AWAY], "deputy": None}
    told = _told(build(people=dict.fromkeys(("maya", "ville", "liisa"), away)))
    assert told[0] == f"{ADVICE}: Maya Virtanen is away on 26 Nov 2026, and nobody stands in."
    assert told[-1].endswith("Project phase: Liisa Heino is away on 26 Nov 2026, and nobody stands in.")


def test_only_a_channel_that_runs_reaches_somebody(build: Build) -> None:
    desk = build()
    assert f"{ADVICE}: Maya Virtanen cannot be reached in any channel that is running." in _told(
        desk, "slack"
    )


def test_somebody_who_has_left_is_told(build: Build) -> None:
    desk = build()
    desk.change_person("maya", left_at=desk.now)
    assert _told(desk) == [f"{ADVICE}: Maya Virtanen works here no more."]


def test_who_said_in_chat_that_they_are_away_counts(build: Build) -> None:
    desk = build(people={"maya": {"deputy": None}})
    desk.hear(CommandGiven, "maya", words="away until Monday")
    [told] = _told(desk)
    assert "Maya Virtanen is away on 24 Nov 2026" in told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fi", "Maya Virtanen on poissa 26.11.2026, eikä kukaan sijaista. Tapaukset saa Liisa Heino."),
        ("sv", "Maya Virtanen är borta 26.11.2026, och ingen vikarierar. Ärendena går till Liisa Heino."),
    ],
)
def test_it_is_told_in_the_language_of_the_reader(build: Build, language: str, told: str) -> None:
    desk = build(people={"maya": {"away": [AWAY], "deputy": None}})
    assert _told(desk, language=language)[0].endswith(told)


def test_the_cx_lead_is_told_once_a_week_when_digests_are_due(build: Build) -> None:
    desk = build(services={"lobby": {"owner": None}})
    assert _report(desk) == 0, "no week has ended since Kaiku was set up"
    desk.now = helsinki("2026-11-27 15:00")
    assert [_report(desk), _report(desk)] == [1, 0]
    desk.later(days=6)
    assert _report(desk) == 0
    desk.later(days=1)
    assert _report(desk) == 1
    rows = [row for row in desk.rows(OutboxMessage) if row.kind == OutboxKind.GAP_REPORT]
    assert [row.person_id for row in rows] == [desk.person("liisa").id] * 2


def test_a_week_without_gaps_is_looked_at_and_nothing_is_said(build: Build) -> None:
    desk = build(people={"maya": {"deputy": None}})
    desk.now = helsinki("2026-11-27 15:00")
    assert _report(desk) == 0
    desk.hear(CommandGiven, "maya", words="away until Friday")
    assert _report(desk) == 0, "what comes up later is said with the next week"
    assert [run.audience for run in desk.rows(DigestRun)] == [DigestAudience.GAPS]
    assert all(row.kind != OutboxKind.GAP_REPORT for row in desk.rows(OutboxMessage))


def test_without_a_cx_lead_nobody_is_told(build: Build) -> None:
    desk = build(cx_lead=None)
    desk.later(days=7)
    assert _report(desk) == 0


def test_what_was_put_right_before_it_is_sent_is_not_said(build: Build) -> None:
    desk = build(people={"maya": {"deputy": None}})
    desk.now = helsinki("2026-11-27 15:00")
    desk.hear(CommandGiven, "maya", words="away until Thursday")
    assert _report(desk) == 1

    def composed(ctx: Context) -> object:
        there = replace(ctx, channels=frozenset({"sandbox"}))
        claimed = outbox.claim(ctx.session, ctx.now, "test", 10)
        outbox.release_all(ctx.session, "test")
        [row] = [row for row in claimed if row.kind == OutboxKind.GAP_REPORT]
        return compose(row, there.channels, there)

    before = desk.do(composed)
    assert isinstance(before, Outgoing)
    assert "Maya Virtanen" in as_text(before.message)
    desk.hear(CommandGiven, "maya", words="back")
    assert isinstance(desk.do(composed), Obsolete)


def test_a_long_report_stays_one_screen(build: Build) -> None:
    desk = build(services={"lobby": {"owner": None}})
    [gap] = desk.do(lambda ctx: gaps(("sandbox",), ctx))
    text = as_text(report((gap,) * 40, "en"))
    assert text.count("Service in the lobby") == 12
    assert "and 28 more" in text


def test_who_cannot_be_reached_gets_nothing_instead(build: Build) -> None:
    desk = build(services={"lobby": {"owner": None}})
    assert "Service in the lobby: no owner is named. Nobody gets its cases." in _told(desk, "slack")
