"""What the calls of the API do: plain functions that run within the transaction of their request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel

from bot.declaration import CHANNELS
from bot.settings import Settings
from bot.web.models import (
    BatchAnswer,
    Decision,
    MadeLink,
    NoLink,
    ProblemBody,
    Refused,
    Taken,
    WantedLink,
    Why,
    Withdrawn,
)
from bot.web.problems import Problem, problem_of, unfit
from bot.web.survey.carrying import carrier
from bot.web.survey.signing import address_of
from handlers import encounters, ledger
from handlers.answers import BroughtAnswer, bring_answer
from handlers.context import Context
from handlers.errors import FeedbackError
from handlers.events import EncounterCancelled, EncounterReopened, Sender
from handlers.keys import Client
from handlers.reported import EncounterRefused, reported
from handlers.survey_links import NotCarried, carry
from handlers.wording import sentences

PART = 50
"""Encounters of a batch in one transaction: other people's taps wait no longer than these take."""
LONGEST = timedelta(seconds=2)
"""How long a batch that must be one transaction may go on."""
LATE = Problem(
    503, "out-of-time", "There was no time left for this one. Send it again under another Idempotency-Key."
)


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body; it travels as text where it is remembered."""

    status: int
    body: str = ""

    @classmethod
    def of(cls, status: int, shown: BaseModel) -> "Answer":
        """The answer that shows this."""
        return cls(status, shown.model_dump_json())

    @classmethod
    def remembered(cls, text: str) -> "Answer":
        """The answer `str()` wrote down."""
        status, _, body = text.partition(" ")
        return cls(int(status), body)

    def __str__(self) -> str:
        return f"{self.status} {self.body}"

    def response(self) -> Response:
        """The answer as it is sent."""
        return Response(self.body or None, self.status, media_type="application/json" if self.body else None)


def record_single(item: Any, client: Client, delivery: str, outcomes: list[str], ctx: Context) -> Answer:
    """Take in one encounter; what became of it is added to `outcomes`. Raises `Problem` or `FeedbackError`."""
    taken = _record(item, 0, client, delivery, ctx)
    outcomes.append(taken.status)
    return Answer.of(201 if taken.status == "created" else 200, taken)


def record_part(
    items: list[Any], first: int, client: Client, delivery: str, ctx: Context
) -> list[Taken | Refused]:
    """What became of some items of a batch, from index `first` on; what is wrong is left out and told."""
    return [_record_or_tell(item, index, client, delivery, ctx) for index, item in enumerate(items, first)]


def record_batch(
    items: list[Any],
    client: Client,
    delivery: str,
    outcomes: list[str],
    ctx: Context,
    *,
    now: Callable[[], datetime],
) -> Answer:
    """A whole batch in one transaction; `outcomes` is added to.

    Its idempotency key promises that effect and answer are stored together, so it cannot be cut up; what is
    not reached within `LONGEST` is left out and told, so that it does not keep everybody's taps waiting.
    """
    results: list[Taken | Refused] = []
    for first in range(0, len(items), PART):
        part = items[first : first + PART]
        in_time = now() - ctx.now < LONGEST
        results += record_part(part, first, client, delivery, ctx) if in_time else left_out(part, first, LATE)
    return batch_answer(results, outcomes)


def left_out(items: list[Any], first: int, problem: Problem) -> list[Taken | Refused]:
    """Items of a batch that were not reached, from index `first` on, for one and the same reason."""
    return [_refused(item, index, problem.body) for index, item in enumerate(items, first)]


def batch_answer(results: list[Taken | Refused], outcomes: list[str]) -> Answer:
    """The answer to a batch; `outcomes` is added to."""
    outcomes += [result.status for result in results]
    counts = {status: outcomes.count(status) for status in ("created", "known", "refused")}
    return Answer.of(207 if counts["refused"] else 200, BatchAnswer(**counts, results=results))


def _record_or_tell(item: Any, index: int, client: Client, delivery: str, ctx: Context) -> Taken | Refused:
    try:
        with ctx.session.begin_nested():
            return _record(item, index, client, delivery, ctx)
    except Problem as problem:
        body = problem.body
    except FeedbackError as refused:
        body = problem_of(refused).body
    return _refused(item, index, body)


def _refused(item: Any, index: int, body: ProblemBody) -> Refused:
    reference = item.get("external_reference") if isinstance(item, dict) else None
    return Refused(
        index=index, external_reference=reference if isinstance(reference, str) else "", problem=body
    )


def _record(item: Any, index: int, client: Client, delivery: str, ctx: Context) -> Taken:
    """Take in one encounter. Raises `Problem` or `FeedbackError`."""
    try:
        encounter = reported(item, CHANNELS)
    except EncounterRefused as refused:
        raise unfit(refused.reasons) from None
    event = encounter.happened(_source(client), _sender(client), ctx.now, f"{delivery}/{index}")
    recorded = encounters.record_encounter(event, ctx)
    return Taken(
        index=index,
        status="created" if recorded.created else "known",
        encounter=recorded.token,
        external_reference=encounter.external_reference,
    )


def set_state(
    reference: str, state: Literal["reopened", "cancelled"], client: Client, delivery: str, ctx: Context
) -> Answer:
    """An encounter of this client was opened again or called off. Raises `UnknownEncounter`."""
    by, source = _sender(client), _source(client)
    if state == "reopened":
        again = EncounterReopened(
            by=by, at=ctx.now, delivery_id=delivery, source=source, external_reference=reference
        )
        recorded = encounters.reopen_encounter(again, ctx)
    else:
        off = EncounterCancelled(
            by=by, at=ctx.now, delivery_id=delivery, source=source, external_reference=reference
        )
        recorded = encounters.cancel_encounter(off, ctx)
    return Answer.of(200, Withdrawn(encounter=recorded.token, state=state))


def record_answer(brought: BroughtAnswer, delivery: str, ctx: Context) -> Answer:
    """Record an answer. Raises what `bring_answer` raises."""
    bring_answer(brought, delivery, ctx)
    return Answer(204)


def make_link(wanted: WantedLink, settings: Settings, client: Client, ctx: Context) -> Answer:
    """Ask a customer by link, or say why not. Raises `UnknownEncounter` or `LinksAreOff`."""
    address_of(settings, "link", "")  # refused before anything is decided
    language = wanted.language or ""
    carried = carry(wanted.encounter, ctx, source=_source(client))
    if isinstance(carried, NotCarried):
        return Answer.of(200, NoLink(sentence=why_not(carried, language or "en")))
    made = carrier(carried, address_of(settings, "link", carried.invitation), language)
    link = MadeLink(
        invitation=carried.invitation,
        url=made.url,
        sms=made.sms,
        text=made.text,
        html=made.html,
        language=made.language,
        expires_at=made.expires_at.isoformat(),
    )
    return Answer.of(200, link)


def why_not(refused: NotCarried, language: str) -> str:
    """The ledger's sentence on why there is no link."""
    if refused.decision is None:
        return sentences.not_decided_yet(language)
    return sentences.verdict(refused.decision, language)


def explain(reference: str, language: str, ctx: Context) -> Answer:
    """Everything decided about an encounter, in words. Raises `UnknownEncounter`."""
    views = ledger.why(reference, ctx)
    decisions = [
        Decision(
            verdict=view.verdict,
            sentence=sentences.verdict(view, language),
            happened_at=view.happened_at.isoformat(),
            decided_at=view.decided_at.isoformat(),
        )
        for view in views
    ]
    told = " ".join(decision.sentence for decision in decisions) or sentences.not_decided_yet(language)
    return Answer.of(200, Why(reference=reference, sentence=told, decisions=decisions))


def _source(client: Client) -> str:
    return f"api:{client.name}"


def _sender(client: Client) -> Sender:
    return Sender(channel="api", external_id=client.name)
