"""Who read, excluded or was refused what is written down, by numbers."""

from storage.tables import AuditEntry, Case, Person
from tests.helpers.town import Town


async def _trail(town: Town) -> list[tuple[str, str, str, str]]:
    people = {person.id: person.key or "" for person in await town.rows(Person)}
    return [
        (people.get(row.person_id, "") if row.person_id else "", row.did, row.subject, row.subject_id)
        for row in await town.rows(AuditEntry)
    ]


async def test_who_opens_a_case_or_asks_why_is_written_down(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", external_reference="T-7")
    await town.omar.taps("1")
    [case] = await town.rows(Case)
    await town.maya.writes("/feedback cases")
    await town.maya.taps("Show 1")
    await town.maya.writes("/feedback why T-7")
    trail = await _trail(town)
    assert ("maya", "read", "case", str(case.id)) in trail
    assert ("maya", "read", "ledger", str(case.encounter_id)) in trail
    assert "T-7" not in str(trail), "numbers alone: they tell nobody anything once the person is erased"


async def test_whose_response_was_marked_as_not_theirs_is_written_down(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("1", "Not my matter")
    assert ("omar", "excluded", "response", "1") in await _trail(town)
