"""All that is stored, looked at from beside or at the end."""

import asyncio
from typing import Any

from sqlmodel import Session, SQLModel, select

from storage.database import Database
from storage.tables import Answer, AnswerChange, Case, Invitation, OutboxMessage, Response
from storage.vocabulary import OutboxState


def unsaid(session: Session) -> int:
    """How many messages are still to be said."""
    return len(session.exec(select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.QUEUED)).all())


async def everything_said(url: str) -> None:
    """Wait until the outbox is empty, looking on from beside."""
    database = Database(url)
    database.open_to_read()
    waiting = 1
    while waiting:
        await asyncio.sleep(0.1)
        waiting = await database.read(unsaid)
    database.close()


class Books:
    """All rows as they stand at the end."""

    def __init__(self, url: str) -> None:
        with Database(url) as database:
            self.responses = self._all(database, Response)
            self.answers = self._all(database, Answer)
            self.changes = self._all(database, AnswerChange)
            self.cases = self._all(database, Case)
            self.outbox = self._all(database, OutboxMessage)
            self.invitations = self._all(database, Invitation)

    def _all(self, database: Database, noun: type[SQLModel]) -> list[Any]:
        return list(database.read_now(lambda session: session.exec(select(noun)).all()))

    def scores(self) -> dict[tuple[str, str], int]:
        """Invitation and question → score."""
        tokens = {invitation.id: invitation.token for invitation in self.invitations}
        told = {response.id: tokens[response.invitation_id] for response in self.responses}
        return {(told[answer.response_id], answer.question): answer.score for answer in self.answers}
