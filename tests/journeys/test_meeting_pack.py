"""Everything about one account since it was met last: on demand, and by itself on the day before the meeting."""

from storage.tables import AuditEntry, DigestRun
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

ACME = {"meetings": ["2026-09-01", "2026-12-01"], "targets": {"satisfied": 90, "nps": "+40"}}
DAY_BEFORE = helsinki("2026-11-30 09:00")


async def _acme_town(build_town: BuildTown) -> Town:
    town = await build_town(
        accounts={"acme": ACME},
        annotations=[{"on": "2026-11-20", "words": "New version"}, {"on": "2026-08-20", "words": "Long ago"}],
    )
    await town.heard([5] * 5 + [1], "satisfied", "ticket", account="acme")
    await town.maya.logs(customer="Acme", words="One login, please.", type="idea", service="helpdesk")
    return town


async def test_a_pack_holds_everything_since_the_last_meeting(build_town: BuildTown) -> None:
    town = await _acme_town(build_town)
    told = await town.maya.writes("/feedback pack Acme")
    assert told.startswith("Meeting pack: Acme Oy")
    assert "Since the meeting on 1 Sept 2026 · next meeting on 1 Dec 2026" in told
    assert "Of 6 asked, 6 answered (100%)." in told
    assert "83% good · n = 6, interval 44–97%" in told
    assert "Acme Oy: Satisfaction\n83% good · target 90% · near target · n = 6" in told
    assert "2 open cases" in told, "the poor score, and the wish that waits for an answer"
    assert "What they wished for\nOne login, please. · noted" in told
    assert "20 Nov 2026 · New version" in told
    assert "Long ago" not in told
    assert told.endswith("People we know there\nTom Korhonen, hankintapäällikkö"), "not those without a name"


async def test_who_has_read_it_is_written_down(build_town: BuildTown) -> None:
    town = await _acme_town(build_town)
    await town.maya.writes("pack acme")
    assert ("read", "meeting pack", "acme") in [
        (entry.did, entry.subject, entry.subject_id) for entry in await town.rows(AuditEntry)
    ]


async def test_an_account_that_does_not_concern_somebody_is_unknown_to_them(build_town: BuildTown) -> None:
    town = await _acme_town(build_town)
    told = await town.ville.writes("/feedback paketti Acme")
    assert "Acme Oy" not in told
    assert "Kasvatus ja koulutus" in told, "their own are named"
    assert "Acme Oy" not in await town.omar.writes("/feedback pack Acme")
    assert "Kokouspaketti: Acme Oy" in await town.liisa.writes("/feedback pack acme"), "the director"


async def test_it_comes_by_itself_the_day_before_the_meeting_and_once(build_town: BuildTown) -> None:
    town = await _acme_town(build_town)
    await town.until(DAY_BEFORE)
    for _ in range(5):
        await town.later(hours=5)
    packs = [entry for entry in await town.maya.conversation() if entry.text.startswith("Meeting pack")]
    assert len(packs) == 1
    [run] = [run for run in await town.rows(DigestRun) if run.audience == "account"]
    assert (run.audience_key, run.window) == ("acme", "2026-12-01")


async def test_after_the_meeting_it_does_not_come_any_more(build_town: BuildTown) -> None:
    town = await _acme_town(build_town)
    await town.until(helsinki("2026-12-02 09:00"))
    assert [run for run in await town.rows(DigestRun) if run.audience == "account"] == []


async def test_without_any_meeting_it_reaches_back_three_months(town: Town) -> None:
    told = await town.maya.writes("/feedback pack acme")
    assert "Since 26 Aug 2026; no earlier meeting is written down" in told
    assert "Nobody was asked." in told
