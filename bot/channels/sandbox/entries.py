"""A message of the sandbox between its row and the page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from markupsafe import Markup
from pydantic import BaseModel, Field

from bot.channels.sandbox import render
from handlers.messages import Chart, Message
from storage.chat import BACK, BOT, LEFT
from storage.tables import ChatMessage


class Drawn(BaseModel):
    """What the bot said, drawn once when it was said; the charts of its pictures are drawn when looked at."""

    html: str
    summary: str
    charts: dict[int, Chart] = Field(default_factory=dict)

    @classmethod
    def of(cls, message: Message, name: str) -> Self:
        """The message under the name the chat gave it."""
        return cls(html=render.html(message, name), summary=message.summary, charts=render.charts(message))

    @classmethod
    def of_row(cls, row: ChatMessage) -> Self | None:
        """What the bot drew in a row; none in a person's or a notice."""
        return (
            cls.model_validate_json(row.body) if row.author == BOT and row.body not in {LEFT, BACK} else None
        )


@dataclass(frozen=True)
class Entry:
    """One line of a conversation: the bot's, a person's, or a notice (`left`, `back`)."""

    conversation: str
    name: str
    author: str
    at: datetime
    edited_at: datetime | None
    html: Markup = field(default_factory=Markup)
    words: str = ""
    summary: str = ""
    notice: str = ""

    @property
    def version(self) -> str:
        """Differs whenever the entry looks different."""
        return (self.edited_at or self.at).isoformat()

    @classmethod
    def of(cls, row: ChatMessage) -> Self:
        """The entry that a row holds."""
        about = (row.conversation, str(row.id), row.author, row.at, row.edited_at)
        if drawn := Drawn.of_row(row):
            # Safe: only `render`, which escapes every text, wrote it.
            return cls(*about, html=Markup(drawn.html), summary=drawn.summary)  # noqa: S704
        if row.author == BOT:
            return cls(*about, notice="left" if row.body == LEFT else "back")
        return cls(*about, words=row.body)
