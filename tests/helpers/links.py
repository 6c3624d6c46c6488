"""Survey links for customers who are in no chat."""

from datetime import timedelta
from functools import partial

from bot.app import App
from bot.web.survey.signing import address_of
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.survey_links import Carried, carry

PUBLIC = "https://kaiku.test"
"""Where the house that hands them out is told to stand."""


async def survey_link(app: App, number: int) -> str:
    """The path of a link for a customer of the example who was just on the phone."""
    now = app.clock.now()
    event = EncounterHappened(
        by=Sender("api", "desk"),
        at=now,
        delivery_id="",
        source="api:desk",
        touchpoint="phone",
        customer=f"customer-{number}@example.org",
        happened_at=now - timedelta(minutes=5),
        service="pension-advice",
        external_reference=f"CALL-{number}",
        about="your pension estimate",
    )
    await app.write(lambda ctx: record_encounter(event, ctx))
    carried = await app.write(partial(carry, f"CALL-{number}"))
    if not isinstance(carried, Carried):
        raise TypeError(f"no link was made: {carried}")
    return address_of(app.settings, "link", carried.invitation).removeprefix(PUBLIC)
