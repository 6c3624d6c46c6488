"""The loop without a browser: lived through by actors, printed as it is said."""

import asyncio
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

import typer

from bot.channels import Sent
from bot.demo.actors import Stage
from bot.demo.house import clock_at, example, friendly_hour, playing, settings_for
from handlers.messages import Message, Verb
from handlers.rules.hours import coming
from handlers.rules.scales import NOT_YET, YES
from handlers.wording.language import local_moment
from handlers.wording.plain import as_text

_FRIDAY = 4
_NAMES = {"omar": "Omar", "maya": "Maya"}
"""Whose conversations are printed."""
_COMMENT = "I waited 40 minutes and then got two different answers."
_REPLY = "Thank you, that is clear now. No need to call."


def script() -> None:
    """Live through the whole loop and print it: asked, answered, routed, closed, digested."""
    with TemporaryDirectory(prefix="kaiku-demo-") as folder:
        asyncio.run(_play(Path(folder)))


async def _play(folder: Path) -> None:
    zone = example().time_zone
    async with playing(settings_for(folder), clock_at(friendly_hour(zone))) as stage:
        transcript = Transcript(stage, zone)
        stage.audience = transcript.said
        await _asked_and_answered(stage, transcript)
        await _routed(stage, transcript)
        await _closed(stage, transcript)
        transcript.tell("Friday comes.")
        stage.clock.skip_to(coming(_FRIDAY, time(15), zone, stage.clock.now()))
        await stage.app.tick()


async def _asked_and_answered(stage: Stage, transcript: "Transcript") -> None:
    omar = stage.actor("omar")
    transcript.tell("Omar, headmaster of a city school, has called the pension office. Sanna took the call.")
    await stage.happens("omar", touchpoint="phone", service="pension-advice", handler="sanna")
    transcript.tell("Ten minutes later Kaiku asks him, privately.")
    await _later(stage, minutes=10)
    transcript.tell("Omar taps 2. The prompt goes on in its place, and at once Maya knows.")
    await omar.rate(2)
    await _later(stage, minutes=0)
    transcript.tell(f"He answers the other questions and writes “{_COMMENT}” What Maya sees is edited.")
    await omar.rate(2)
    await omar.rate(NOT_YET)
    await omar.write(_COMMENT)
    await omar.rate(YES)
    await _later(stage, minutes=1)


async def _routed(stage: Stage, transcript: "Transcript") -> None:
    omar, maya = stage.actor("omar"), stage.actor("maya")
    transcript.tell("Maya takes the case and writes to him through Kaiku.")
    await maya.press(Verb.TAKE)
    await maya.fill_in(
        Verb.REPLY, words="I am sorry. The right answer is 63 years and 9 months. Shall I call you?"
    )
    await _later(stage, minutes=5)
    transcript.tell(f"Omar answers in the same conversation: “{_REPLY}”")
    await omar.write(_REPLY)
    await _later(stage, minutes=5)


async def _closed(stage: Stage, transcript: "Transcript") -> None:
    maya = stage.actor("maya")
    transcript.tell("Maya closes the case with its outcome, and Omar hears.")
    await maya.fill_in(
        Verb.CLOSE, outcome="explained", words="We now check the answer together before we call back."
    )
    await _later(stage, minutes=1)


async def _later(stage: Stage, *, minutes: int) -> None:
    stage.clock.skip_to(stage.clock.now() + timedelta(minutes=minutes))
    await stage.app.tick()


class Transcript:
    """Prints what is told and what Kaiku says to the people of the play."""

    def __init__(self, stage: Stage, zone: str) -> None:
        self._stage = stage
        self._zone = zone
        self._printed: set[tuple[str, str]] = set()

    def tell(self, sentence: str) -> None:
        """The narrator speaks."""
        typer.echo(f"\n── {sentence}\n")

    def said(self, sent: Sent, message: Message, edited: bool) -> None:
        """Kaiku speaks, or edits what it said; the same to the same person once more is not printed."""
        name, text = _NAMES.get(sent.conversation), as_text(message)
        if name is None or (name, text) in self._printed:
            return
        self._printed.add((name, text))
        what = f"Kaiku edits what {name} sees" if edited else f"Kaiku to {name}"
        typer.echo(f"{local_moment(self._stage.clock.now(), self._zone, 'en')} · {what}:")
        typer.echo(indent(text, "    ") + "\n")
