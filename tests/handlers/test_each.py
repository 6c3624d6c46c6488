"""One broken row keeps nobody else waiting: it is put off by an hour, and the others go on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from handlers import deadlines, invite
from handlers.context import Context
from handlers.digests.due import compose_due
from handlers.each import each
from handlers.events import Sender, WordsReceived
from handlers.found import found
from handlers.invite import prompt_sent
from storage import people
from storage.errors import StorageFull
from storage.tables import Case, DigestRun, Encounter, Invitation
from storage.vocabulary import EncounterState
from tests.helpers.databases import take_no_rows
from tests.helpers.desk import Desk
from tests.helpers.town import helsinki

HOUR = timedelta(hours=1)


def _move_to_mars(desk: Desk, identity: str) -> None:
    """The person gets a time zone that there is not."""

    def work(ctx: Context) -> None:
        person = found(people.person_by_identity(ctx.session, "sandbox", identity))
        person.time_zone = "Mars/Phobos"
        ctx.session.add(person)

    desk.do(work)


def _two_cases(desk: Desk) -> None:
    """Two cases, of whose first nothing can be written down any more."""
    desk.hear(WordsReceived, "aino", words="Ovi narisee.")
    desk.hear(WordsReceived, "omar", words="The lift squeaks.")
    desk.do(lambda ctx: take_no_rows(ctx.session, "case_events", "new.case_id = 1"))
    desk.later(days=3)


def test_an_encounter_that_cannot_be_decided_about_is_put_off(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.encounter(external_reference="A-1", ask_at_once=True)
    desk.encounter(external_reference="A-2", ask_at_once=True, customer=Sender("sandbox", "aino"))
    _move_to_mars(desk, "omar")

    assert desk.do(invite.decide_due) == 1

    first, second = desk.rows(Encounter)
    assert (first.state, first.ask_at) == (EncounterState.WAITING, desk.now + HOUR)
    assert second.state == EncounterState.DECIDED
    assert f"encounter {first.id} failed" in caplog.text
    assert desk.do(invite.decide_due) == 0, "it is not due again at the next tick"


def test_a_reminder_that_cannot_be_sent_is_put_off(desk: Desk) -> None:
    desk.ask(external_reference="A-1")
    desk.ask(external_reference="A-2", customer=Sender("sandbox", "aino"))

    def sent(ctx: Context) -> None:
        for invitation in ctx.session.exec(select(Invitation)).all():
            prompt_sent(invitation, ctx)

    desk.do(sent)
    _move_to_mars(desk, "omar")
    desk.later(days=3)

    assert desk.do(invite.remind_due) == 1
    assert [row.remind_at for row in desk.rows(Invitation)] == [desk.now + HOUR, None]


@pytest.mark.parametrize(
    ("job", "when"), [(deadlines.remind_due, "remind_at"), (deadlines.escalate_due, "escalate_at")]
)
def test_a_case_that_cannot_be_told_of_is_put_off(
    job: Callable[[Context], int], when: str, desk: Desk
) -> None:
    _two_cases(desk)

    assert desk.do(job) == 1
    put_off, told = (getattr(row, when) for row in desk.rows(Case))
    assert put_off == desk.now + HOUR
    assert told != put_off


def test_one_digest_that_cannot_be_composed_keeps_no_other_waiting(desk: Desk) -> None:
    desk.change_person("maya", time_zone="Mars/Phobos")
    desk.now = helsinki("2026-11-27 15:00")

    assert desk.do(compose_due) == 3
    assert "maya" not in {run.audience_key for run in desk.rows(DigestRun)}


@pytest.mark.sqlite("it has PRAGMA to make a disk full")
def test_a_full_disk_is_not_the_fault_of_one_row(desk: Desk) -> None:
    def fill(_number: int, ctx: Context) -> None:
        used = ctx.session.execute(text("PRAGMA page_count")).scalar_one()
        ctx.session.execute(text(f"PRAGMA max_page_count = {used}"))
        ctx.session.execute(text("CREATE TABLE much AS SELECT randomblob(100000) AS bytes"))

    with pytest.raises(StorageFull):
        desk.do(lambda ctx: each({"row 1": 1}, fill, ctx))
