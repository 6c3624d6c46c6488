"""The wish register: no wish is dropped, the same need is one wish, and who wished for it hears what came of it."""

from handlers.messages import Action, Verb
from storage.tables import AuditEntry, Case, Feedback, Invitation, Person, Wish, WishGiver
from storage.vocabulary import OutboxKind, WishState
from tests.helpers.town import Town, helsinki

ONE_LOGIN = (
    ("Education", "One login for all the systems, please."),
    ("Library", "We need a single login to every system."),
    ("Acme", "Could staff sign in once and reach everything?"),
)


async def _logged(town: Town, customer: str, words: str, **fields: str) -> None:
    await town.maya.logs(customer=customer, words=words, type="idea", service="helpdesk", **fields)


async def _heard_from_omar(town: Town) -> Wish:
    await town.omar.writes("I wish the form could be saved halfway.")
    await town.ville.taps("Kirjaa toiveeksi")
    [wish] = await town.rows(Wish)
    return wish


async def test_an_idea_that_is_logged_stands_in_the_register(town: Town) -> None:
    await _logged(town, "Tom Korhonen", "Could tickets be filed by e-mail?")
    register = await town.maya.writes("/feedback wishes")
    assert "1 wish" in register
    assert "Could tickets be filed by e-mail? · noted · 1 customer" in register
    [wish] = await town.rows(Wish)
    assert (wish.state, wish.service, wish.observed_at) == (WishState.NOTED, "helpdesk", town.clock.at)


async def test_what_is_no_idea_does_not(town: Town) -> None:
    await town.maya.logs(customer="Acme", words="The printer smokes.", type="defect", service="helpdesk")
    assert "Nobody has wished for anything yet." in await town.maya.writes("/feedback wishes")


async def test_scenario_6_three_units_wish_for_one_login_and_it_is_one_wish(town: Town) -> None:
    for unit, words in ONE_LOGIN:
        await _logged(town, unit, words)
        await town.later(days=1)
    first, second, third = await town.rows(Wish)
    await town.maya.presses(Action(Verb.SHOW_WISH, second.token))
    assert "May be the same need: “One login for all the systems, please.”" in await town.maya.latest()
    assert len(await town.rows(Wish)) == 3, "it is suggested, and nothing is joined by itself"

    for other in (second, third):
        await town.maya.submits(Action(Verb.JOIN_WISH, other.token), to=first.token)
    await town.maya.presses(Action(Verb.SHOW_WISH, third.token))
    told = await town.maya.latest()
    assert "3 customers · 3 accounts" in told
    assert "First heard\n24 Nov 2026" in told
    assert "Last heard\n26 Nov 2026" in told
    for _, words in ONE_LOGIN:
        assert words in told, "each unit's own words are kept"
    assert "1 wish" in await town.maya.writes("wishes")


async def test_the_same_customer_counts_once(town: Town) -> None:
    for words in ("Dark colours for the portal", "The portal in dark colours"):
        await _logged(town, "Tom Korhonen", words)
    first, second = await town.rows(Wish)
    await town.maya.submits(Action(Verb.JOIN_WISH, second.token), to=first.token)
    assert "1 customer" in await town.maya.writes("wishes")
    assert len(await town.rows(WishGiver)) == 2


async def test_a_wish_is_weighed_and_the_change_is_written_down(town: Town) -> None:
    wish = await _heard_from_omar(town)
    await town.maya.submits(
        Action(Verb.WEIGH_WISH, wish.token),
        need="Save a form halfway",
        impact="large",
        budgeted="no",
        fits="yes",
    )
    text = await town.maya.latest()
    assert "Save a form halfway" in text
    assert "Impact\nlarge" in text
    assert "Is there money for it?\nno" in text
    [wish] = await town.rows(Wish)
    assert (wish.impact, wish.budgeted, wish.fits) == ("large", False, True)
    assert [entry.did for entry in await town.rows(AuditEntry) if entry.subject == "wish"] == [
        "noted",
        "weighed: impact large, budgeted False, fits True",
    ]


async def test_a_wish_in_a_comment_is_noted_by_a_button_once(town: Town) -> None:
    await town.asked("phone", "omar", service="helpdesk")
    await town.omar.taps("2")
    assert not await town.ville.can("Kirjaa toiveeksi"), "there are no words yet"
    await town.omar.writes("I wish somebody would call back.")
    await town.ville.taps("Kirjaa toiveeksi")
    await town.ville.taps("Kirjaa toiveeksi")
    [giver] = await town.rows(WishGiver)
    assert giver.words == "I wish somebody would call back."
    assert giver.response_id is not None


# A wish in the comment of somebody who was pleased, where no case was opened.

HALFWAY = "Splendid. If only a form could be saved halfway!"


async def _pleased(town: Town, customer: str = "omar") -> None:
    await town.asked("phone", customer, service="helpdesk")
    await town.person(customer).answers("5", "5", "Yes")
    await town.person(customer).writes(HALFWAY)


async def test_a_wish_in_the_words_of_who_was_pleased_is_noted_from_the_digest_once(town: Town) -> None:
    await _pleased(town)
    assert await town.rows(Case) == []
    await town.until(helsinki("2026-11-27 15:01"))
    assert HALFWAY in await town.person("#city-it").latest()
    assert not await town.person("#city-it").can("Kirjaa toiveeksi"), "where everybody reads, words only"
    for _ in range(2):
        await town.ville.taps("Kirjaa toiveeksi: ”Splendid. If only a form coul…”")
    [giver] = await town.rows(WishGiver)
    assert giver.words == HALFWAY
    assert giver.account == "education"
    [wish] = await town.rows(Wish)
    assert (wish.need, wish.service) == (HALFWAY, "helpdesk")
    assert "Omar Hassan" in await town.ville.latest()


async def test_a_wish_is_noted_from_the_praise_that_a_manager_reads(town: Town) -> None:
    await town.asked("phone", "omar", service="helpdesk", handler="ville")
    await town.omar.taps("5")
    await town.omar.writes(HALFWAY)
    await town.later(minutes=15)
    await town.ville.taps("Kirjaa toiveeksi")
    assert [giver.words for giver in await town.rows(WishGiver)] == [HALFWAY]


async def test_staff_who_are_praised_have_no_such_button(town: Town) -> None:
    await town.asked("phone", "omar", service="helpdesk", handler="pekka")
    await town.omar.taps("5")
    await town.omar.writes(HALFWAY)
    await town.later(minutes=15)
    assert HALFWAY in await town.pekka.latest()
    assert not await town.pekka.can("Kirjaa toiveeksi")
    invitation = (await town.rows(Invitation))[0]
    await town.pekka.presses(Action(Verb.NOTE_WISH, invitation.token, "1"))
    assert await town.rows(Wish) == [], "nor does a button edited by hand help"
    assert await town.refusals() == ["WishNoted"]


async def test_of_several_who_answered_in_one_conversation_the_right_one_is_noted(town: Town) -> None:
    await town.asked("phone", "omar", service="helpdesk", shared_conversation="sandbox:#city-it")
    [invitation] = await town.rows(Invitation)
    for name, words in (("omar", "Thank you."), ("aino", HALFWAY)):
        there = town.person(name).at("#city-it")
        await there.taps("5")
        await there.submits(Action(Verb.WRITE, invitation.token, "words"), words=words)
    await town.until(helsinki("2026-11-27 15:01"))
    await town.ville.taps("Kirjaa toiveeksi: ”Splendid")
    [giver] = await town.rows(WishGiver)
    aino = next(row for row in await town.rows(Person) if row.key == "aino")
    assert (giver.person_id, giver.words) == (aino.id, HALFWAY)


async def test_what_nobody_wrote_is_no_wish(town: Town) -> None:
    await town.asked("phone", "omar", service="helpdesk")
    await town.omar.taps("5")
    [invitation] = await town.rows(Invitation)
    for place in ("1", "2", "0"):
        await town.ville.presses(Action(Verb.NOTE_WISH, invitation.token, place))
    assert await town.rows(Wish) == []


async def test_who_wished_is_told_that_it_goes_ahead_and_that_it_is_done_once_each(town: Town) -> None:
    wish = await _heard_from_omar(town)
    decide = Action(Verb.DECIDE_WISH, wish.token)
    await town.ville.submits(decide, state="considered", words="")
    assert await town.sent(OutboxKind.WISH_DECIDED) == 0
    for _ in range(2):
        await town.ville.submits(decide, state="goes ahead", words="It comes in spring.")
    told = await town.omar.latest()
    assert "Something you wished for goes ahead." in told
    assert "I wish the form could be saved halfway." in told
    assert "It comes in spring." in told
    assert await town.sent(OutboxKind.WISH_DECIDED) == 1

    await town.later(days=90)
    await town.ville.submits(decide, state="done", words="Try it.")
    assert "Hello Omar Hassan! What you wished for is done." in await town.omar.latest()
    assert await town.sent(OutboxKind.WISH_DECIDED) == 2


async def test_each_hears_it_in_their_own_language(town: Town) -> None:
    await town.aino.logs(words="Toivoisin, että lomake näkyisi puhelimella.", service="helpdesk")
    await town.ville.taps("Kirjaa toiveeksi")
    [wish] = await town.rows(Wish)
    await town.ville.submits(Action(Verb.DECIDE_WISH, wish.token), state="done", words="")
    assert "Toivomasi asia on valmis." in await town.aino.latest()


async def test_not_now_needs_a_reason_and_stays_in_the_register(town: Town) -> None:
    wish = await _heard_from_omar(town)
    decide = Action(Verb.DECIDE_WISH, wish.token)
    refused = await town.maya.submits(decide, state="not now", words=" ")
    assert "why it is not done now" in refused.errors["words"]
    await town.maya.submits(decide, state="not now", words="The supplier does it next year.")
    assert "It stays on our list." in await town.omar.latest()
    assert "The supplier does it next year." in await town.omar.latest()
    assert "not now" in await town.maya.writes("wishes")


async def test_who_joins_late_hears_what_was_decided_already(town: Town) -> None:
    wish = await _heard_from_omar(town)
    await town.ville.submits(Action(Verb.DECIDE_WISH, wish.token), state="goes ahead", words="In spring.")
    await town.linnea.writes("Jag önskar att blanketten kunde sparas.")
    await town.ville.taps("Kirjaa toiveeksi")
    later = (await town.rows(Wish))[-1]
    await town.ville.submits(Action(Verb.JOIN_WISH, later.token), to=wish.token)
    assert "In spring." in await town.linnea.latest()
    assert await town.sent(OutboxKind.WISH_DECIDED) == 2


async def test_nobody_is_told_who_did_not_allow_it(town: Town) -> None:
    """Said to a person and logged; a comment without consent; opted out since: three who hear nothing."""
    await _logged(town, "Tom Korhonen", "Tickets by e-mail")
    await town.asked("phone", "aino", service="helpdesk")
    await town.aino.taps("2")
    await town.aino.writes("Soittakaa takaisin.")
    await town.ville.taps("Kirjaa toiveeksi")
    await _heard_from_omar_again(town)
    await town.omar.writes("stop")
    before = {who: await town.person(who).reads() for who in ("tom", "aino", "omar")}
    for wish in await town.rows(Wish):
        await town.maya.submits(Action(Verb.DECIDE_WISH, wish.token), state="goes ahead", words="Soon.")
    assert {who: await town.person(who).reads() for who in before} == before
    assert await town.sent(OutboxKind.WISH_DECIDED) == 0


async def _heard_from_omar_again(town: Town) -> None:
    await town.omar.writes("I wish for longer hours.")
    await town.ville.taps("Kirjaa toiveeksi")


async def test_the_register_is_for_managers(town: Town) -> None:
    wish = await _heard_from_omar(town)
    assert "You do not have the right" in await town.omar.writes("/feedback wishes")
    await town.sanna.submits(Action(Verb.DECIDE_WISH, wish.token), state="done", words="")
    assert "Liisa Heino" in await town.sanna.latest()
    [wish] = await town.rows(Wish)
    assert wish.state == WishState.NOTED
    assert await town.refusals() == ["CommandGiven", "WishDecided"]


async def test_a_long_register_has_pages(town: Town) -> None:
    for number in range(20):
        await _logged(town, f"Customer {number}", f"Wish number {number}")
    assert "20 wishes" in await town.maya.writes("wishes")
    await town.maya.presses(Action(Verb.WISHES, value="2"))
    text = await town.maya.latest()
    assert "17. " in text
    assert "20. " in text
    assert "9. " not in text.replace("19. ", "")
    await town.maya.presses(Action(Verb.WISHES, value="99"))
    assert "20 wishes" in await town.maya.latest()


async def test_a_wish_joined_to_itself_and_one_that_is_not_there_are_refused(town: Town) -> None:
    wish = await _heard_from_omar(town)
    refused = await town.maya.submits(Action(Verb.JOIN_WISH, wish.token), to=wish.token)
    assert "same wish already" in refused.errors["to"]
    await town.maya.presses(Action(Verb.SHOW_WISH, "nowhere"))
    assert "I do not know this wish." in await town.maya.latest()
    assert len(await town.rows(Feedback)) == len(await town.rows(Case)) == 1
