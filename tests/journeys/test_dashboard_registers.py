"""Who was asked and why not; and what customers wish for: on pages, for those who act on cases."""

from storage.tables import AuditEntry, Wish
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town


async def test_every_decision_is_told_with_its_reason(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", external_reference="T-1")
    await town.asked("phone", "omar", service="pension-advice", external_reference="T-2")
    await town.asked("ticket", "stranger", service="helpdesk", customer_name="Stella Strange")
    async with logged_in(town, "maya") as maya:
        assert await maya.open("/dashboard/ledger") == 200
        assert "1 of 2 decisions were to ask." in maya.text
        assert "already asked today" in maya.text
        assert "Stella" not in maya.text
        await maya.follow("Asked")
        assert "already asked today" not in maya.text
        await maya.follow("Not asked, and why")
        assert "already asked today" in maya.text
    assert ("read", "ledger") in [(row.did, row.subject) for row in await town.rows(AuditEntry)]


async def test_the_ledger_goes_on_page_by_page(town: Town) -> None:
    for number in range(60):
        await town.asked(
            "phone", f"customer-{number}", customer_name=f"Asiakas {number}.", service="pension-advice"
        )
    seen: list[str] = []
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/ledger")
        seen += [f"{number}" for number in range(60) if f"Asiakas {number}." in maya.text]
        await maya.follow("Older ones")
        seen += [f"{number}" for number in range(60) if f"Asiakas {number}." in maya.text]
        for wrong in ("x", "-1", "1e9", "9" * 40):
            assert await maya.open(f"/dashboard/ledger?before={wrong}") == 404
    assert sorted(seen, key=int) == [str(number) for number in range(60)]


async def test_a_wish_stands_in_the_register_with_who_shares_it(town: Town) -> None:
    await town.sanna.writes("/feedback log = Acme: Please open on Saturdays. #pension-advice #idea")
    [wish] = await town.rows(Wish)
    async with logged_in(town, "maya") as maya, logged_in(town, "sanna") as sanna:
        await maya.open("/dashboard/wishes")
        assert "1 wish" in maya.text
        assert await maya.follow("Please open on Saturdays.") == 200
        assert "Acme" in maya.text
        assert await maya.open("/dashboard/wishes/xxxxxxxxxxxx") == 404
        for path in ("/dashboard/wishes", f"/dashboard/wishes/{wish.token}", "/dashboard/ledger"):
            assert await sanna.open(path) == 403
