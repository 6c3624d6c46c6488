"""Photographs what Kaiku sends on every channel, and draws charts, in three languages, into docs/pictures.

`python -m tests.pictures FOLDER` also puts every digest and report in every channel into a folder, to be looked at.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.async_api import Browser
from pydantic import SecretStr

from bot.app import App
from bot.demo.house import clock_at, example, settings_for
from bot.web.survey.signing import address_of
from bot.wiring import build
from handlers.organisation import Kiosk
from handlers.wording import cases, prompts
from storage.schema import migrate
from tests.helpers import views
from tests.helpers.links import PUBLIC, survey_link
from tests.helpers.sandbox import served
from tests.helpers.town import TUESDAY_TEN
from tests.peers.browser import browser
from tests.pictures import charts
from tests.pictures.page import each_in_one, page
from tests.pictures.past import Past, lived
from tests.pictures.reports import reports

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE = {"width": 390, "height": 760}
DESK = {"width": 1812, "height": 900}
TABLET = {"width": 900, "height": 675}


async def photograph(everything: Path | None) -> None:
    """A picture for each language."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="kaiku-pictures-") as folder:
        async with house(Path(folder)) as (app, address), browser() as chromium:
            for number, language in enumerate(("fi", "sv", "en")):
                link = f"{address}{await survey_link(app, number)}"
                kiosk = address + address_of(app.settings, "kiosk", "lobby").removeprefix(PUBLIC)
                messages = {
                    "Prompt": prompts.survey(views.SURVEY, language),
                    "Alert": cases.alert(views.CASE, language),
                }
                photographs = {
                    "Survey link": await shot(chromium, link, language, PHONE),
                    "Kiosk": await shot(chromium, kiosk, language, TABLET),
                }
                drawn = await asyncio.to_thread(keep, page(messages, photographs), folder, language)
                whole = await shot(chromium, drawn, language, DESK)
                small(whole, PICTURES / f"channels-{language}.png")
        async with browser() as chromium:
            with lived(Path(folder, "city")) as past:
                await of_the_city(past, folder, chromium, everything)


async def of_the_city(past: Past, folder: str, chromium: Browser, everything: Path | None) -> None:
    """Charts, and what managers are sent: each in one channel for the manual, in every channel into `everything`."""
    for language, sheet in charts.sheets(past):
        small(sheet, PICTURES / f"charts-{language}.png", colours=200)
    for language, messages in reports(past):
        drawn = keep(each_in_one(messages), folder, f"reports-{language}")
        whole = await shot(chromium, drawn, language, DESK)
        small(whole, PICTURES / f"reports-{language}.png", colours=64, width=960)
        if everything is None:
            continue
        for title, message in messages.items():
            drawn = keep(page({title: message}, {}), folder, f"{title}-{language}")
            whole = await shot(chromium, drawn, language, DESK)
            (everything / f"{title.lower()}-{language}.png").write_bytes(whole)


def keep(html: str, folder: str, language: str) -> str:
    """The address of the page as a file: a browser reads its shadow roots only from there."""
    file = Path(folder, f"{language}.html")
    file.write_text(html, "utf-8")
    return file.as_uri()


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[tuple[App, str]]:
    """The example with links and a kiosk on, served at an address."""
    settings = settings_for(folder).model_copy(
        update={"link_secret": SecretStr("s" * 32), "public_url": PUBLIC}
    )
    migrate(settings.database_url)
    app = build(settings, clock_at(TUESDAY_TEN))
    lobby = Kiosk(key="lobby", name="Lobby", touchpoint="phone", service="pension-advice", pin="2580")
    app.open()
    app.apply(example().model_copy(update={"kiosks": {"lobby": lobby}}), "a picture")
    app.close()
    async with served(app) as sandbox:
        yield app, sandbox.removesuffix("/sandbox")


async def shot(chromium: Browser, address: str, language: str, size: dict[str, int]) -> bytes:
    """A whole page as a PNG."""
    context = await chromium.new_context(
        locale=language, viewport={"width": size["width"], "height": size["height"]}
    )
    opened = await context.new_page()
    await opened.goto(address)
    if await (start := opened.locator('[data-do="start"]')).count():
        await start.click()
    png = await opened.screenshot(full_page=True)
    await context.close()
    return png


def small(png: bytes, file: Path, colours: int = 48, width: int | None = None) -> None:
    """Kept in few colours, of which none that is rare is lost: 48 are enough for words, and a third of the bytes."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    if width:
        picture = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    picture.quantize(colours, Image.Quantize.MAXCOVERAGE).save(file, optimize=True)


if __name__ == "__main__":
    asyncio.run(photograph(Path(sys.argv[1]) if sys.argv[1:] else None))
