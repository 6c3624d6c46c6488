"""A customer is asked how a call went, at once, by an application that runs."""

from datetime import datetime

from bot.app import App
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.invite import decide_now


async def ask(app: App, customer: Sender, at: datetime) -> None:
    """They called about their pension at this instant, and the question is sent."""
    event = EncounterHappened(
        touchpoint="phone",
        customer=customer,
        service="pension-advice",
        source="test",
        happened_at=at,
        ask_at_once=True,
        by=Sender("api", "test"),
        at=at,
        delivery_id="",
    )
    await app.write(lambda ctx: decide_now(record_encounter(event, ctx).token, ctx))
    await app.tick()
