"""What a browser may send: foreign JSON, tamed at the door."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from handlers.declared import Language
from handlers.messages import Action

Nonce = Annotated[str, Field(min_length=8, max_length=80)]
"""The browser's own name for one deed: the same when it is sent again, so that it is done once."""


def _ours(action: str) -> str:
    """Refuse an action that no button of ours carries."""
    Action.decode(action)
    return action


def _name(message: str) -> str:
    """Refuse what no message can be called: our messages are called by their numbers."""
    if message and not (message.isdecimal() and len(message) < 19):
        raise ValueError("There is no such message.")
    return message


class Deed(BaseModel):
    """Something done in a seat, on a message of its conversation or on none."""

    seat: str
    message: Annotated[str, AfterValidator(_name)] = ""
    nonce: Nonce


class Press(Deed):
    """A button was pressed."""

    action: Annotated[str, AfterValidator(_ours)]


class Submission(Press):
    """A form was submitted."""

    fields: dict[str, str]


class Words(Deed):
    """Something was written."""

    words: str


class Block(Deed):
    """Kaiku is blocked, or let in again."""

    blocked: bool


class Speech(Deed):
    """The language in which the person wants to be spoken to."""

    language: Language


class Skip(BaseModel):
    """How far ahead the clock goes."""

    to: Literal["hour", "monday", "friday"]


class Report(BaseModel):
    """An encounter, as reported in the bar. Customer and handler are keys of the organisation file."""

    customer: str
    touchpoint: str
    service: str = ""
    handler: str = ""
    about: str = ""
    ask_now: bool = False
    nonce: Nonce
