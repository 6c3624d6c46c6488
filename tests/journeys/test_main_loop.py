"""The main job, end to end: asked, answered, routed, closed, digested."""

from tests.helpers.town import Town, helsinki


async def test_a_low_score_reaches_the_owner_and_the_customer_hears_back(town: Town) -> None:
    await town.encounter("phone", "tom", service="pension-advice", handler="sanna", about="eläkehakemus")
    await town.later(minutes=9)
    assert await town.tom.conversation() == []

    await town.later(minutes=2)
    assert "Asiani hoitaminen oli minulle helppoa." in await town.tom.latest()
    assert "Maya Virtanen" in await town.tom.latest()

    await town.tom.taps("2")
    alert = await town.maya.latest()
    assert "Tom Korhonen" in alert
    assert "Acme Oy" in alert
    assert "2" in alert
    assert "Sanna Mäkelä" in alert

    await town.tom.taps("1")
    await town.tom.taps("Ei")
    await town.tom.fills("Kirjoita", words="Jonotin tunnin & sain <b>väärän</b> neuvon")
    assert len(await town.maya.conversation()) == 1, "the alert is edited, not repeated"
    assert "Jonotin tunnin & sain <b>väärän</b> neuvon" in await town.maya.latest()

    await town.tom.taps("Kyllä")
    assert "Maya Virtanen" in await town.tom.latest()
    assert "+358 40 555 0101" in await town.maya.latest()

    await town.maya.taps("Take it")
    await town.maya.fills("Write to the customer", words="Pahoittelen. Soitanko huomenna?")
    assert "Pahoittelen. Soitanko huomenna?" in await town.tom.latest()

    await town.tom.writes("Kiitos, soita aamulla.")
    assert "Kiitos, soita aamulla." in await town.maya.reads()

    told = await town.maya.fills("Close", outcome="", words="")
    assert told.errors, "closing without an outcome is refused"
    await town.maya.fills("Close", outcome="apologised", words="Hakemus käsiteltiin heti.")
    assert "Hakemus käsiteltiin heti." in await town.tom.latest()

    await town.until(helsinki("2026-11-27 15:01"))
    digest = await town.maya.latest()
    assert "n = 1" in digest
    assert "Jonotin tunnin" in digest


async def test_an_answer_after_the_end_opens_the_case_again_and_thanks_does_not(town: Town) -> None:
    await town.aino.writes("Jonotusaika on liian pitkä")
    await town.liisa.fills("Sulje", outcome="explained", words="Lisäämme väkeä ensi viikolla.")
    await town.aino.writes("Kiitos!")
    assert await town.liisa.can("Avaa uudelleen")

    await town.aino.writes("Mutta tänään jonotin taas tunnin.")
    assert "Mutta tänään jonotin taas tunnin." in await town.liisa.reads()
    assert await town.liisa.can("Sulje…")


async def test_everybody_in_a_conversation_may_be_asked_from_there(town: Town) -> None:
    told = await town.pekka.at("#city-it").writes("/feedback ask here ticket #helpdesk")
    assert "Kysyn kaikilta" in told
    await town.omar.at("#city-it").taps("2")
    assert "Omar Hassan" in await town.ville.latest()
