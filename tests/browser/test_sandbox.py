"""The loop in a real browser: asked, answered, routed, closed, digested, with nothing loaded anew."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.app import App
from bot.channels.sandbox.sender import SandboxChannel
from handlers.events import Event
from handlers.messages import Reply
from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SEATS = "customer=omar&staff=sanna&manager=maya"


def pane(page: Page, name: str) -> Locator:
    return page.locator(f'[data-pane="{name}"]')


async def report_a_call(page: Page) -> None:
    """Omar was on the phone with Sanna and is asked right away."""
    await page.get_by_role("button", name="Report an encounter").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Customer").select_option(label="Omar Hassan")
    await dialog.get_by_label("Touchpoint").select_option(label="Phone call")
    await dialog.get_by_label("Service").select_option(label="Pension advice by phone")
    await dialog.get_by_label("Handled by").select_option(label="Sanna Mäkelä")
    await dialog.get_by_role("button", name="Report").click()
    await expect(dialog).to_be_hidden()


async def tap(page: Page, score: int) -> None:
    await pane(page, "customer").locator(f'[data-action^="rate|"][data-action$="={score}"]').last.click()


async def test_the_whole_loop(sandbox: Open) -> None:
    async with sandbox(SEATS) as page:
        omar, sanna, maya = pane(page, "customer"), pane(page, "staff"), pane(page, "manager")
        await report_a_call(page)
        await expect(omar).to_contain_text("It was easy for me to get my matter handled.")
        await expect(sanna.locator('[data-action^="write|"]')).to_be_visible()

        await tap(page, 2)
        alert = maya.locator(".entry").filter(has_text="Low score")
        await expect(alert).to_contain_text("Omar Hassan")
        await expect(omar).to_contain_text("How satisfied are you with the service you received?")

        await tap(page, 2)
        await tap(page, 3)
        await omar.get_by_role("textbox").fill("I waited 40 minutes.")
        await omar.get_by_role("button", name="Send").click()
        await expect(alert).to_contain_text("I waited 40 minutes.")
        await expect(maya.locator(".entry")).to_have_count(1)

        await alert.get_by_role("button", name="Take it").click()
        await expect(alert).to_contain_text("In hand: Maya Virtanen")

        await alert.get_by_role("button", name="Write to the customer").click()
        form = page.get_by_role("dialog")
        await form.get_by_role("textbox").fill("I am sorry. Shall I call you?")
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_be_hidden()
        await expect(omar).to_contain_text("I am sorry. Shall I call you?")

        await omar.get_by_role("textbox").fill("No need, thank you.")
        await omar.get_by_role("textbox").press("Enter")
        await expect(maya).to_contain_text("The customer replied")

        await alert.get_by_role("button", name="Close…").click()
        await form.get_by_label("Explained").check()
        await form.get_by_role("textbox").fill("We now check the answer together.")
        await form.locator("button.primary").click()
        await expect(alert).to_contain_text("Closed: Explained")
        await expect(omar).to_contain_text("We now check the answer together.")

        await page.get_by_role("button", name="To Friday 15:00").click()
        digest = maya.locator(".entry").filter(has=page.locator("img"))
        await expect(digest).to_contain_text("I waited 40 minutes.")
        await expect(page.locator("#clock")).to_contain_text("Fri")
        picture = digest.get_by_role("img")
        assert await picture.get_attribute("alt")
        await picture.evaluate("image => image.decode()")


async def test_closing_without_an_outcome_is_refused_beside_its_field(sandbox: Open) -> None:
    async with sandbox(SEATS) as page:
        await report_a_call(page)
        await tap(page, 1)
        await pane(page, "manager").get_by_role("button", name="Close…").click()
        form = page.get_by_role("dialog")
        await form.get_by_role("textbox").fill("Called back")
        await form.locator("button.primary").click()

        await expect(form.get_by_role("alert").filter(has_text="Choose how the matter ended")).to_be_visible()
        await expect(form.get_by_role("textbox")).to_have_value("Called back")
        await expect(form.get_by_role("radio").first).to_be_focused()


async def test_a_second_tap_on_another_page_hears_the_first_answer(sandbox: Open) -> None:
    async with sandbox(SEATS) as page, sandbox(SEATS) as other:
        await report_a_call(page)
        await expect(pane(other, "customer")).to_contain_text("It was easy for me")
        await asyncio.gather(tap(page, 2), tap(other, 2))

        for each in (page, other):
            await expect(pane(each, "customer")).to_contain_text("How satisfied are you")
            await expect(pane(each, "customer").locator(".entry")).to_have_count(1)
            await expect(pane(each, "manager").locator(".entry")).to_have_count(1)


async def test_the_loop_by_keyboard_alone(sandbox: Open) -> None:
    async with sandbox(SEATS) as page:
        focused = page.locator(":focus")

        async def tab_to(wanted: Locator) -> None:
            for _ in range(80):
                if await wanted.evaluate("element => element === document.activeElement"):
                    return
                await page.keyboard.press("Tab")
            raise AssertionError("the keyboard does not get there")

        await page.keyboard.press("Tab")
        await expect(focused).to_have_text("Skip to the conversations")
        await tab_to(page.get_by_role("button", name="Report an encounter"))
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await tab_to(dialog.get_by_label("Customer"))
        await page.keyboard.type("Omar")
        await tab_to(dialog.get_by_label("Touchpoint"))
        await page.keyboard.type("Phone")
        await tab_to(dialog.get_by_label("Service"))
        await page.keyboard.type("Pension advice by p")
        await tab_to(dialog.get_by_role("button", name="Report"))
        await page.keyboard.press("Enter")

        omar = pane(page, "customer")
        await expect(omar).to_contain_text("It was easy for me")
        await tab_to(omar.locator('[data-action$="ease=2"]'))
        await page.keyboard.press("Space")
        await expect(omar).to_contain_text("How satisfied are you")
        # Who tapped stays where they tapped, on the question that came.
        await expect(omar.locator("[data-action]:focus")).to_have_count(1)

        alert = pane(page, "manager").locator(".entry").filter(has_text="Low score")
        await tab_to(alert.get_by_role("button", name="Take it"))
        await page.keyboard.press("Enter")
        await expect(alert).to_contain_text("In hand: Maya Virtanen")
        await tab_to(alert.get_by_role("button", name="Close…"))
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog input:focus")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(alert.get_by_role("button", name="Close…")).to_be_focused()


async def test_what_was_not_kept_is_said_calmly_and_can_be_repeated(sandbox: Open, app: App) -> None:
    async def full_disk(event: Event) -> Reply:
        raise OSError("no space left on device")

    channel = app.channels["sandbox"]
    assert isinstance(channel, SandboxChannel)
    async with sandbox(SEATS) as page:
        omar = pane(page, "customer")
        await channel.start(full_disk)
        await omar.get_by_role("textbox").fill("A long story")
        await omar.get_by_role("textbox").press("Enter")
        await expect(omar.get_by_role("alert")).to_have_text(
            "That was not saved. Please try again in a moment."
        )
        await expect(omar.get_by_role("textbox")).to_have_value("A long story")

        await channel.start(app.receive)
        await omar.get_by_role("textbox").press("Enter")
        await expect(omar.locator(".entry.said .bubble")).to_have_text("A long story")
        await expect(omar.get_by_role("alert")).to_be_hidden()


async def test_a_telephone_shows_one_pane_at_a_time_and_marks_news_in_the_others(sandbox: Open) -> None:
    async with sandbox(SEATS, viewport={"width": 390, "height": 844}) as page:
        await expect(pane(page, "manager")).to_be_hidden()
        await report_a_call(page)
        await tap(page, 1)
        tab = page.locator('[data-tab="manager"]')
        await expect(tab.locator(".dot")).to_be_visible()
        await tab.click()
        await expect(pane(page, "manager")).to_contain_text("Low score")
        await expect(pane(page, "customer")).to_be_hidden()
        await expect(tab.locator(".dot")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_hostile_words_run_nowhere(sandbox: Open) -> None:
    hostile = '<img src=x onerror="window.hurt=1"> <script>window.hurt=1</script> <!channel> *bold* @everyone'
    async with sandbox("customer=sanna%23advice&manager=maya%23advice") as page:
        await pane(page, "customer").get_by_role("textbox").fill(hostile)
        await pane(page, "customer").get_by_role("textbox").press("Enter")
        for name in ("customer", "manager"):
            await expect(pane(page, name).locator(".bubble p")).to_have_text(hostile)
        assert await page.evaluate("window.hurt") is None


async def test_another_person_is_chosen_and_stays_chosen(sandbox: Open, tmp_path: Path) -> None:
    async with sandbox(SEATS) as page:
        await pane(page, "customer").get_by_label("Who you are here").select_option(label="Linnea Sundqvist")
        await expect(pane(page, "customer")).to_have_attribute("data-seat", "linnea")
        await expect(pane(page, "customer").get_by_label("Who you are here")).to_be_focused()
        assert "customer=linnea" in page.url
