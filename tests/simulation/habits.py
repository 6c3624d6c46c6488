"""What people do with what they read: they answer, tap twice, change their minds, write, put right, or forget."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Protocol

from handlers.events import Sender
from handlers.messages import Action, Buttons, Chips, ChoiceField, Form, Message, Scale, Verb
from tests.simulation.house import Customer

SOON = (2.0, 20.0)
"""Seconds, for who is just at it."""
_DEEDS = {
    Verb.CONTACTED: 5,
    Verb.REPLY: 3,
    Verb.CLOSE: 3,
    Verb.HAND_OVER: 1,
    Verb.NOT_OURS: 1,
    Verb.EXPERT: 1,
}
"""What managers do with a case they have, by how often."""


class Hands(Protocol):
    """How somebody does something a while later."""

    def press(self, action: Action, after: float) -> None:
        """Press a button of what they read."""

    def write(self, words: str, after: float) -> None:
        """Write to the bot."""


def actions_of(message: Message) -> Iterator[Action]:
    """Everything that can be pressed, in order of what is read: tokens and their shuffling have no say."""
    for part in message.parts:
        match part:
            case Scale(points=buttons) | Buttons(buttons=buttons):
                yield from (button.action for button in buttons)
            case Chips(options=buttons):
                yield from sorted((button.action for button in buttons), key=lambda action: action.value)
            case _:
                pass


def verbs_of(message: Message) -> dict[Verb, list[Action]]:
    """The same by verb."""
    found: dict[Verb, list[Action]] = {}
    for action in actions_of(message):
        found.setdefault(action.verb, []).append(action)
    return found


def customer_reads(who: Customer, message: Message, hands: Hands, dice: Random, *, own: bool) -> None:
    """`own`: it is the reply to what they have just done."""
    can = verbs_of(message)
    if Verb.FORGET in can:
        hands.press(can[Verb.FORGET][0], dice.uniform(5, 60))
    elif Verb.RATE_AGAIN in can and not own and dice.random() < who.answers:
        hands.press(_score(can[Verb.RATE_AGAIN], who, dice), dice.uniform(60, 86400))
    elif Verb.RATE in can and dice.random() < (0.9 if own else who.answers):
        _rate(can, who, hands, dice, own=own)
    elif own:
        _go_on(can, who, hands, dice)


def _rate(can: dict[Verb, list[Action]], who: Customer, hands: Hands, dice: Random, *, own: bool) -> None:
    after = (
        dice.uniform(*SOON) if own else dice.choice([60, 600, 7200, 60_000, 250_000]) * dice.uniform(0.5, 1.5)
    )
    drawn = dice.random()
    if drawn < 0.04 and Verb.DECLINE in can:
        hands.press(dice.choice(can[Verb.DECLINE]), after)
        return
    if drawn < 0.07 and Verb.PERSON in can:
        hands.press(can[Verb.PERSON][0], after)
    tapped = _score(can[Verb.RATE], who, dice)
    hands.press(tapped, after)
    if dice.random() < 0.1:
        hands.press(tapped, after + dice.uniform(0, 0.3))
    if dice.random() < 0.1:
        hands.press(dice.choice(can[Verb.RATE]), after + dice.choice([0.1, 3, 300, 40_000, 100_000]))
    if dice.random() < 0.05:
        hands.write(f"Vielä yksi asia {who.wrote}", after + dice.choice([5, 500, 50_000]))


def _score(points: list[Action], who: Customer, dice: Random) -> Action:
    """The good end is the first of *yes, not yet, no*, else the last."""
    best_last = (
        points if "handled=" not in points[0].value and "contact=" not in points[0].value else points[::-1]
    )
    good = dice.random() < who.mood
    return dice.choice(best_last[-2:] if good else best_last[:-2] or best_last[:1])


def _go_on(can: dict[Verb, list[Action]], who: Customer, hands: Hands, dice: Random) -> None:
    drawn = dice.random()
    if Verb.REASON in can and drawn < 0.3:
        hands.press(dice.choice(can[Verb.REASON]), dice.uniform(*SOON))
    elif Verb.WRITE in can and drawn < 0.7:
        hands.press(can[Verb.WRITE][0], dice.uniform(*SOON))
    elif Verb.SKIP in can and drawn < 0.9:
        hands.press(can[Verb.SKIP][0], dice.uniform(*SOON))
    elif Verb.CHANGE in can and drawn < 0.1:
        hands.press(dice.choice(can[Verb.CHANGE]), dice.uniform(5, 90_000))


def manager_reads(message: Message, hands: Hands, dice: Random, *, own: bool) -> None:
    """They take a case, do something about it, and now and then forget it."""
    can, drawn = verbs_of(message), dice.random()
    if Verb.TAKE in can and drawn < 0.8:
        hands.press(can[Verb.TAKE][0], dice.uniform(300, 30_000))
    elif Verb.CLOSE in can and drawn < (0.8 if own else 0.2):
        deeds = [verb for verb in _DEEDS if verb in can]
        [verb] = dice.choices(deeds, [_DEEDS[deed] for deed in deeds])
        hands.press(can[verb][0], dice.uniform(60, 80_000))
    elif Verb.DIGEST in can and not own and drawn < 0.3:
        hands.press(dice.choice(can[Verb.DIGEST]), dice.uniform(60, 7200))


def staff_reads(message: Message, hands: Hands, dice: Random, *, own: bool) -> None:
    """They tap what they are asked, or they do not."""
    can = verbs_of(message)
    if Verb.RATE in can and dice.random() < (0.9 if own else 0.5):
        hands.press(dice.choice(can[Verb.RATE]), dice.uniform(*SOON) if own else dice.uniform(60, 90_000))


Named = Callable[[], str]


def filled_in(form: Form, words: str, colleagues: list[str], dice: Random) -> dict[str, str]:
    """The form as they fill it in; `words` wherever some are wanted."""
    filled: dict[str, str] = {}
    for field in form.fields:
        if isinstance(field, ChoiceField):
            filled[field.key] = dice.choice([key for key, _ in field.options]) if field.options else ""
        else:
            filled[field.key] = dice.choice(colleagues) if field.key in ("to", "expert") else words
    return filled


def later(seconds: float) -> timedelta:
    """So long from now."""
    return timedelta(seconds=seconds)


def of_staff(who: Sender) -> bool:
    """Whether it is none of the customers."""
    return not who.external_id.startswith("Uzx")
