"""Four weeks that were: customers of the pension office and of the city's IT were asked, and answered.

All of it goes through the handlers, day by day on the skipping clock, so that the demo's digests,
cases and ledger are what weeks of use leave behind. The dice are seeded: every demo has the same past.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.demo.actors import Actor, Stage
from handlers.events import Sender
from handlers.messages import Verb
from handlers.rules.scales import NO

WEEKS = 4
_DAYS_A_WEEK = 5
DAYS = WEEKS * _DAYS_A_WEEK
"""Office days of the past."""
_CUSTOMERS_A_DAY = 2
_RESPONSE_RATE = 0.75
_SHARE_OF_WORDS = 0.5

_FIRST = (
    "Anna",
    "Eino",
    "Helmi",
    "Johan",
    "Kaarina",
    "Leena",
    "Mikael",
    "Noora",
    "Otso",
    "Ritva",
    "Stina",
    "Veikko",
)
_LAST = ("Ahonen", "Berg", "Hakala", "Karhu", "Lindholm", "Niemi", "Ojala", "Rantanen", "Sjöberg", "Toivonen")


@dataclass(frozen=True)
class Kind:
    """Encounters of one team: what they are, and how the share of pleased customers went week by week."""

    touchpoint: str
    service: str
    owner: str
    pleased: tuple[float, ...]
    praise: tuple[str, ...]
    blame: tuple[str, ...]


PENSION = Kind(
    "phone",
    "pension-advice",
    "maya",
    (0.6, 0.6, 0.8, 0.95),
    (
        "Neuvoja oli ystävällinen ja tiesi asiansa.",
        "Asia hoitui yhdellä soitolla.",
        "Tydliga svar, tack!",
        "Minulle soitettiin takaisin silloin kun luvattiin.",
        "Nyt ymmärrän päätöksen.",
    ),
    (
        "Odotin puhelimessa yli puoli tuntia.",
        "Sain kaksi eri vastausta samaan asiaan.",
        "Kirjeestä ei saanut selvää, eikä siitä osattu kertoa puhelimessakaan.",
        "Jag blev kopplad tre gånger.",
    ),
)
CITY_IT = Kind(
    "ticket",
    "helpdesk",
    "ville",
    (0.9, 0.8, 0.8, 0.7),
    (
        "Quick and friendly.",
        "Snabb hjälp, skrivaren fungerar igen.",
        "Tulostin saatiin kuntoon samana päivänä.",
        "Ohje oli selvä, pääsin itse eteenpäin.",
        "Thank you for explaining what had gone wrong.",
    ),
    (
        "The same fault came back the next day.",
        "Tukipyyntö suljettiin, vaikka vika ei poistunut.",
        "Kukaan ei kertonut, että korjaus kestää viikon.",
        "Fick svara på samma frågor två gånger.",
    ),
)


async def live_through(stage: Stage, start: datetime, lived: Callable[[], None] = lambda: None) -> None:
    """Four weeks of office days, beginning on the day of `start` (a Tuesday at 10:00) and ending before the fifth.

    `lived` is called after each of the `DAYS`.
    """
    dice = random.Random("kaiku")  # noqa: S311 - a past, not a secret
    for week in range(WEEKS):
        for day in range(_DAYS_A_WEEK):
            # From Tuesday: the fourth day on is Saturday, so Monday comes last.
            at = start + timedelta(weeks=week, days=day if day < 4 else 6)
            await _office_day(stage, at, week, dice)
            # What came in on the last day is left open, to whoever plays.
            if (week, day) != (WEEKS - 1, _DAYS_A_WEEK - 1):
                await _put_right(stage)
            if at.weekday() == 4:
                await _digests(stage, at)
            lived()


async def _office_day(stage: Stage, at: datetime, week: int, dice: random.Random) -> None:
    stage.clock.skip_to(at)
    served = [
        (kind, f"guest-{stage.number()}") for kind in (PENSION, CITY_IT) for _ in range(_CUSTOMERS_A_DAY)
    ]
    for kind, guest in served:
        customer = Sender(stage.name, guest, name=f"{dice.choice(_FIRST)} {dice.choice(_LAST)}")
        await stage.happens(customer, touchpoint=kind.touchpoint, service=kind.service)
    stage.clock.skip_to(at + timedelta(hours=1))
    await stage.app.tick()
    answering = [(kind, guest) for kind, guest in served if dice.random() < _RESPONSE_RATE]
    moods = [(kind, guest, dice.random() < kind.pleased[week], dice) for kind, guest in answering]
    await asyncio.gather(
        *(_answer(stage.actor(guest), kind, pleased, dice) for kind, guest, pleased, dice in moods)
    )
    await _said(stage)


async def _answer(guest: Actor, kind: Kind, pleased: bool, dice: random.Random) -> None:
    """Two scores and often a sentence; who is not pleased says also that the matter was not handled."""
    good, words = ((4, 5), kind.praise) if pleased else ((1, 2), kind.blame)
    scores, said = (dice.choice(good), dice.choice(good)), dice.choice(words)
    for score in scores if pleased else (*scores, NO):
        await guest.rate(score)
    if dice.random() < _SHARE_OF_WORDS:
        await guest.write(said)


async def _put_right(stage: Stage) -> None:
    """The owners close what is open."""
    for owner in (stage.actor(PENSION.owner), stage.actor(CITY_IT.owner)):
        while owner.sees(Verb.TAKE):
            await owner.press(Verb.TAKE)
            await owner.fill_in(
                Verb.CLOSE, outcome="resolved", words="Soitettu ja sovittu, miten asia korjataan."
            )
            await _said(stage)


async def _said(stage: Stage) -> None:
    """What is to be said is said; to look at what falls due as well would double the time."""
    await stage.app.delivery.drain()


async def _digests(stage: Stage, friday: datetime) -> None:
    stage.clock.skip_to(friday + timedelta(hours=5))
    await stage.app.tick()
