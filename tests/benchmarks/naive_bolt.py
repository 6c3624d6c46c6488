"""A bot as one may well begin it: Bolt as it comes, a session and a transaction for each click, then it acknowledges.

`python -m tests.benchmarks.naive_bolt PORT FILE` serves it on uvicorn as Kaiku is served. Its sessions are not
asynchronous: over SQLite those are slower still, and need a driver that nothing else here needs.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy import Engine
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine, select

from tests.benchmarks.bare_bolt import authorize, over_http, serve
from tests.helpers.slack_payloads import SECRET

LOW = 2
"""The worst score of which somebody is alerted."""


class Noun(SQLModel, registry=registry()):
    """What it remembers, apart from what Kaiku does."""


class Answer(Noun, table=True):
    """What a customer gave, once for each prompt."""

    id: int | None = Field(default=None, primary_key=True)
    prompt: str = Field(unique=True)
    person: str
    score: int
    at: datetime


class Alert(Noun, table=True):
    """Somebody is to be told of it."""

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int
    text: str
    sent_at: datetime | None = None


def opened(file: str) -> Engine:
    """Its database, with its tables."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False})
    Noun.metadata.create_all(engine)
    return engine


def store(engine: Engine, prompt: str, person: str, score: int) -> None:
    """The answer, unless there is one, and an alert if it is low; durable when this returns."""
    with Session(engine) as session:
        if session.exec(select(Answer).where(Answer.prompt == prompt)).first():
            return
        answer = Answer(prompt=prompt, person=person, score=score, at=datetime.now(UTC))
        session.add(answer)
        session.flush()
        if score <= LOW:
            session.add(Alert(answer_id=answer.id or 0, text=f"{person} gave {score}."))
        session.commit()


def naive_bolt(engine: Engine) -> AsyncApp:
    """The application."""
    app = AsyncApp(signing_secret=SECRET, authorize=authorize)

    @app.action({"action_id": "rate.0"})
    async def rated(ack: AsyncAck, body: dict[str, Any]) -> None:
        value = body["actions"][0]["value"]
        store(engine, value.rpartition("=")[0], body["user"]["id"], int(value[-1]))
        await ack()

    return app


if __name__ == "__main__":
    serve(over_http(naive_bolt(opened(sys.argv[2]))), int(sys.argv[1]))
