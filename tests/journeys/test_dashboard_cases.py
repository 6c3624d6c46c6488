"""The board of cases: for those who may act on them, each case as its alert shows it."""

from storage.tables import AuditEntry, Case
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town


async def stella_is_dissatisfied(town: Town, who: str = "stranger") -> str:
    """The token of the case it becomes: about Maya's service."""
    await town.asked("phone", who, service="pension-advice", customer_name="Stella Strange")
    await town.person(who).answers("2", "2", "Ei")
    await town.person(who).writes("Kukaan ei soittanut takaisin.")
    await town.settle()
    return (await town.rows(Case))[-1].token


async def test_a_case_goes_over_the_board_as_it_is_dealt_with(town: Town) -> None:
    await stella_is_dissatisfied(town)
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/cases")
        assert "Waiting for somebody 1" in maya.text
        assert "1 open case" in maya.text
        await town.maya.taps("Take it")
        await maya.open("/dashboard/cases?whose=mine")
        assert "Taken 1" in maya.text
        assert await maya.follow("Stella Strange") == 200
        assert "Kukaan ei soittanut takaisin." in maya.text
        assert "Maya Virtanen" in maya.text
        await town.maya.fills("Close", outcome="resolved", words="Soitettu.")
        await maya.open("/dashboard/cases")
        assert "Closed in two weeks 1" in maya.text
    assert ("read", "case") in [(row.did, row.subject) for row in await town.rows(AuditEntry)]


async def test_what_is_overdue_is_marked(town: Town) -> None:
    await stella_is_dissatisfied(town)
    async with logged_in(town, "maya") as maya:
        await town.later(hours=8)
        await maya.open("/dashboard/cases")
        assert "1 overdue" in maya.text
        assert "⚠ overdue since" in maya.text


async def test_somebody_who_changes_the_id_in_the_address_is_refused_and_it_is_written_down(
    town: Town,
) -> None:
    case = await stella_is_dissatisfied(town)
    async with logged_in(town, "ville") as ville, logged_in(town, "sanna") as sanna:
        assert await ville.open(f"/dashboard/cases/{case}") == 403
        assert "Stella" not in ville.page.text
        await ville.open("/dashboard/cases")
        assert "Stella" not in ville.page.text
        assert await ville.open("/dashboard/cases/xxxxxxxxxxxx") == 404
        assert await sanna.open(f"/dashboard/cases/{case}") == 403
        for query in ("", "?whose=all", "?service=pension-advice"):
            assert await sanna.open(f"/dashboard/cases{query}") == 200
            assert "Stella" not in sanna.page.text
    refused = [row.subject_id for row in await town.rows(AuditEntry) if row.did == "was refused"]
    assert refused == [f"/dashboard/cases/{case}"] * 2


async def test_somebody_of_the_staff_sees_the_cases_that_are_theirs_and_no_others(town: Town) -> None:
    await stella_is_dissatisfied(town)
    services = dict(town.app.organisation.services)
    services["pension-advice"] = services["pension-advice"].model_copy(update={"owner": "sanna"})
    town.app.apply(town.app.organisation.model_copy(update={"services": services}), "a test")
    await stella_is_dissatisfied(town, "another")
    async with logged_in(town, "sanna") as sanna:
        await sanna.open("/dashboard/cases")
        assert "1 avoin tapaus" in sanna.text
        assert "Kaikki minua koskevat" not in sanna.text
        assert await sanna.follow("Stella Strange") == 200
        assert "Kukaan ei soittanut takaisin." in sanna.text


async def test_an_expert_who_was_asked_reads_that_case(town: Town) -> None:
    case = await stella_is_dissatisfied(town)
    await town.maya.taps("Take it")
    await town.maya.fills("Ask an expert", expert="ville", words="Was the line down?")
    async with logged_in(town, "ville") as ville:
        assert await ville.open(f"/dashboard/cases/{case}") == 200
        assert "Kukaan ei soittanut takaisin." in ville.text


async def test_the_cx_lead_sees_every_case(town: Town) -> None:
    case = await stella_is_dissatisfied(town)
    async with logged_in(town, "liisa") as liisa:
        await liisa.open("/dashboard/cases")
        assert "Stella Strange" in liisa.text
        assert await liisa.open(f"/dashboard/cases/{case}") == 200
