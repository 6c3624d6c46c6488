"""One case across four platforms. `pytest -s` on this file prints who saw what where."""

from pathlib import Path

import pytest
from sqlmodel import select

from handlers.context import Context
from handlers.erasing import erase
from storage.tables import Person
from tests.helpers.four_platforms import four_platforms
from tests.helpers.town import helsinki

pytestmark = pytest.mark.peer

COMPLAINT = "I waited 40 minutes and then got two different answers."
APOLOGY = "We are sorry. From now on we check the answer together before we call back."


async def test_a_customer_in_telegram_a_manager_in_teams_a_director_in_matrix_a_digest_in_slack(
    tmp_path: Path,
) -> None:
    async with four_platforms(tmp_path) as (house, tom, maya, liisa, team):
        await house.tell("Tom Guest of Acme Oy has called. A sign at the desk has the link into Telegram.")
        link = await house.phone_call("CALL-1042", customer="Tom Guest", link_to=tmp_path / "code.png")
        await house.later(minutes=15)
        await tom.opens(link)
        await tom.reads("It was easy for me to get my matter handled.")

        await house.tell("Tom, in Telegram, gives 1.")
        await tom.gives(1)
        await maya.reads("Low score")
        await liisa.comes()
        await liisa.reads("Low score")

        await house.tell("He answers the other questions, says why, and that he may be contacted.")
        await tom.answers("How satisfied are you with the service you received?", "1")
        await tom.answers("Was your matter taken care of?", "No")
        await tom.reads("In your own words")
        await tom.writes(COMPLAINT)
        await tom.answers("May we contact you about your feedback?", "Yes")
        await maya.reads(COMPLAINT)
        await liisa.reads(COMPLAINT)

        await house.later(minutes=20)
        await house.tell("Maya, in Teams, takes the case.")
        await maya.takes_it()
        await maya.reads("In hand: Maya Virtanen")

        await house.later(minutes=40)
        await house.tell("Maya calls him, and notes what they agreed.")
        await maya.called("He had been told two things. We went through what holds.")
        await maya.reads("The customer has been contacted.")

        await house.later(minutes=5)
        await house.tell("Maya closes the case. Tom hears how it ended; Liisa's copy says so too.")
        await maya.closes("apologised", APOLOGY)
        await tom.reads(APOLOGY)
        await liisa.reads("Closed: Apologised")

        await house.tell("Friday comes, and with it the week in figures.")
        await house.until(helsinki("2026-11-27 15:01"))
        await maya.reads("Maya Virtanen · 20 Nov 2026 – 27 Nov 2026")
        assert "Satisfaction: n = 1" in await team.reads("Pension advice")
        print(await house.transcript())


async def test_who_is_forgotten_is_forgotten_on_every_platform(tmp_path: Path) -> None:
    """What we said to Tom in Telegram goes; what Teams and Matrix tell of him no longer tells of him."""
    async with four_platforms(tmp_path) as (house, tom, maya, liisa, _):
        link = await house.phone_call("CALL-1043", customer="Tom Guest", link_to=tmp_path / "code.png")
        await house.later(minutes=15)
        await tom.opens(link)
        await tom.reads("It was easy for me to get my matter handled.")
        await tom.gives(1)
        await liisa.comes()
        await tom.answers("How satisfied are you with the service you received?", "1")
        for reader in (maya, liisa):
            await reader.reads("Tom Guest")
        await tom.reads("1 / 5")

        await house.app.write(_erase_tom)
        await tom.reads_no_more("1 / 5")
        for reader in (maya, liisa):
            await reader.reads("the customer was erased")
            await reader.reads_no_more("Tom Guest")


def _erase_tom(ctx: Context) -> None:
    tom = ctx.session.exec(select(Person).where(Person.name == "Tom Guest")).one()
    erase(tom, ctx, by=None)
