"""A house with much to do: many services with an owner each, and many customers who were just asked.

Everything comes into being through the handlers, up to the prompts that stand before the customers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.channels.slack import render
from handlers import organise
from handlers.compose import Outgoing, compose
from handlers.context import Context
from handlers.delivered import record_sent
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.invite import decide_due
from handlers.messages import Action, Verb
from handlers.organisation import Organisation
from storage import outbox
from storage.database import Database
from storage.tables import Invitation
from tests.helpers.slack_payloads import TEAM, as_form, block_action

ORGANISATION = Organisation.model_validate(
    {
        "name": "Pension Office",
        "language": "en",
        "cx_lead": "lead",
        "asking": {"quiet_from": "00:00", "quiet_until": "00:00", "reminder_after": None},
        "people": {
            "lead": {"name": "Liisa Lead", "role": "cx lead", "identities": {"slack": "U0LEAD"}},
            **{
                f"owner{n}": {
                    "name": f"Owner {n}",
                    "role": "manager",
                    "identities": {"slack": f"U0OWNER{n}"},
                    "deputy": f"deputy{n}",
                }
                for n in range(40)
            },
            **{
                f"deputy{n}": {
                    "name": f"Deputy {n}",
                    "role": "manager",
                    "identities": {"slack": f"U0DEPUTY{n}"},
                }
                for n in range(40)
            },
        },
        "teams": {"advice": {"name": "Advice", "lead": "lead"}},
        "services": {
            f"service{n}": {"name": f"Service {n}", "owner": f"owner{n}", "team": "advice"} for n in range(40)
        },
        "touchpoints": {"phone": {"name": "Phone call", "survey": "encounter", "delay": "0 min"}},
    }
)
"""Forty owners with a deputy each, so that nothing waits long for the pace of one conversation."""


@dataclass(frozen=True)
class Prompt:
    """A prompt that stands before a customer in Slack."""

    invitation: str
    person: str
    conversation: str
    message: str
    blocks: list[dict[str, Any]] = field(repr=False)

    def tap(self, question: str, score: int, nonce: str = "1795500060.123456") -> bytes:
        """The body of the request when a score is tapped: the whole prompt travels with it, as Slack does it."""
        action = Action(Verb.RATE, self.invitation, f"{question}={score}")
        payload = block_action(
            action, user=self.person, conversation=self.conversation, message=self.message, at=nonce
        )
        payload["message"]["blocks"] = self.blocks
        return as_form(payload)


def furnish(database: Database, customers: int, now: datetime | None = None) -> list[Prompt]:
    """Apply `ORGANISATION` and ask so many customers about a call that has just ended."""
    now = now or datetime.now(UTC)
    database.write_now(lambda session: organise.apply(ORGANISATION, "a test", session, now))
    prompts: list[Prompt] = []
    numbers = count(1)
    while len(prompts) < customers:
        more = [next(numbers) for _ in range(min(200, customers - len(prompts)))]
        prompts += database.write_now(lambda session: list(_asked(more, Context(session, ORGANISATION, now))))  # noqa: B023  run at once
    return prompts


def _asked(numbers: list[int], ctx: Context) -> Iterator[Prompt]:
    for number in numbers:
        record_encounter(_call(number, ctx.now), ctx)
    decide_due(ctx, limit=len(numbers))
    for row in outbox.claim(ctx.session, ctx.now + timedelta(days=7), "nobody", len(numbers)):
        outgoing = compose(row, ["slack"], ctx)
        if not isinstance(outgoing, Outgoing):
            raise TypeError(f"the prompt could not be composed: {outgoing}")
        conversation, message = f"D{outgoing.person}", f"1795500000.{row.id:06}"
        record_sent(row, outgoing, conversation, [message], ctx)
        invitation = ctx.session.get_one(Invitation, row.subject_id)
        yield Prompt(
            invitation.token, outgoing.person, conversation, message, render.blocks(outgoing.message)
        )


def _call(number: int, at: datetime) -> EncounterHappened:
    return EncounterHappened(
        touchpoint="phone",
        customer=Sender("slack", f"U{number:08}", workspace=TEAM, name=f"Customer {number}"),
        service=f"service{number % 40}",
        source="telephony",
        external_reference=f"call-{number}",
        happened_at=at,
        about="your call about the pension",
        by=Sender("api", "telephony"),
        at=at,
        delivery_id="",
    )
