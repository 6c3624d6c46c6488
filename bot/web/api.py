"""The HTTP API: other programs report encounters, bring answers and ask why.

Each request is one transaction, and each encounter of a batch a savepoint in it. With an `Idempotency-Key`
the answer is stored in the same transaction as the effect, so that a retry after a lost answer hears it again.
Bodies are read by hand, because nothing of them is worth reading before the key is known to be good.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from prometheus_client import Counter
from pydantic import BaseModel
from pydantic_core import from_json

from bot.app import App
from bot.web import describing
from bot.web.limits import MANY, ONE, Buckets, read_body
from bot.web.models import (
    AnswerRefused,
    BatchAnswer,
    Decision,
    Refused,
    Taken,
    Why,
    Withdrawn,
    given_answer,
)
from bot.web.problems import Problem, ProblemRoute, problem_of, unfit
from handlers import invite, keys, ledger
from handlers.answers import BroughtAnswer, bring_answer
from handlers.context import Context
from handlers.errors import FeedbackError
from handlers.events import EncounterCancelled, EncounterReopened, Sender
from handlers.keys import Client
from handlers.reported import EncounterRefused, reported
from handlers.wording import sentences
from storage.vocabulary import Scope

BATCH = 1000
"""Encounters in one request at most."""

ENCOUNTERS = Counter(
    "kaiku_api_encounters", "Encounters reported by the API, by what became of them.", ["outcome"]
)

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_BEARER = re.compile(r"Bearer +(\S{1,200})", re.IGNORECASE)
_bearer = HTTPBearer(auto_error=False, description="A key made by `python -m bot key create`.")

Language = Literal["fi", "sv", "en"]


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


Effect = Callable[[Context], Answer]


def routes(app: App) -> APIRouter:
    """Everything below `/api/v1`."""
    desk = Desk(app)
    router = APIRouter(
        prefix="/api/v1",
        route_class=ProblemRoute,
        dependencies=[Security(_bearer)],
        responses=describing.PROBLEMS,
    )
    add = router.add_api_route
    add("/encounters", desk.take_encounters, methods=["POST"], **describing.ENCOUNTERS)
    add("/encounters/{reference:path}/reopened", desk.reopen, methods=["POST"], **describing.REOPENED)
    add("/encounters/{reference:path}/cancelled", desk.cancel, methods=["POST"], **describing.CANCELLED)
    add("/encounters/{reference:path}/why", desk.why, methods=["GET"], **describing.WHY)
    add("/invitations/{token}/answers", desk.take_answer, methods=["POST"], **describing.ANSWERS)
    return router


class Desk:
    """Where clients are served: admitted by their key, read, and answered once the effect is durable."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._buckets = Buckets(app.settings.api_requests_per_minute, lambda: app.clock.now().timestamp())

    async def take_encounters(self, request: Request) -> Response:
        """Report one encounter (an object) or up to 1 000 (an array)."""
        client = await self._admit(request, Scope.ENCOUNTERS_WRITE)
        body, document = await _read_json(request, lambda start: MANY if start.lstrip()[:1] == b"[" else ONE)
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        if isinstance(document, list):
            effect: Effect = partial(_record_batch, _fitting(document), client, delivery)
        else:
            effect = partial(_record_single, document, client, delivery)
        return await self._do(request, client, body, effect)

    async def reopen(self, request: Request, reference: str) -> Response:
        """The matter was opened again: it is not asked about until it is reported once more."""
        return await self._withdraw(request, reference, "reopened")

    async def cancel(self, request: Request, reference: str) -> Response:
        """It did not happen, or is not to be asked about."""
        return await self._withdraw(request, reference, "cancelled")

    async def take_answer(self, request: Request, token: str) -> Response:
        """Answer one question of an invitation in the name of the person who was asked."""
        client = await self._admit(request, Scope.ANSWERS_WRITE)
        body, document = await _read_json(request, lambda _start: ONE)
        try:
            given = given_answer(document)
        except AnswerRefused as refused:
            raise unfit(refused.reasons) from None
        brought = BroughtAnswer(token, given.question, given.score, given.words or "")
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        return await self._do(request, client, body, partial(_record_answer, brought, delivery))

    async def why(self, request: Request, reference: str, language: Language = "en") -> Response:
        """Why the customer was asked about an encounter, or was not."""
        await self._admit(request, Scope.LEDGER_READ)
        answer = await self._app.read(partial(_explain, reference, language))
        return answer.response()

    async def _withdraw(
        self, request: Request, reference: str, state: Literal["reopened", "cancelled"]
    ) -> Response:
        client = await self._admit(request, Scope.ENCOUNTERS_WRITE)
        body = await read_body(request, lambda _start: ONE)
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        return await self._do(request, client, body, partial(_set_state, reference, state, client, delivery))

    async def _admit(self, request: Request, scope: Scope) -> Client:
        """The client whose key came along, if it may do this now. Raises `Problem`."""
        client = await admit(self._app, request, scope)
        wait = self._buckets.take(client.name)
        if wait:
            seconds = int(wait) + 1
            detail = f"More requests than your key may make in a minute. Try again in {seconds} s."
            raise Problem(429, "too-many-requests", detail, headers={"Retry-After": str(seconds)})
        return client

    async def _do(self, request: Request, client: Client, body: bytes, effect: Effect) -> Response:
        """Have the effect; with an idempotency key once, whatever number of times it is asked for."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return (await self._app.write(effect)).response()
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise Problem(
                400, "unfit-idempotency-key", "Idempotency-Key must be 1 to 255 visible ASCII characters."
            )
        digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
        text = await self._app.write(
            lambda ctx: keys.once(client.name, key, digest, lambda c: str(effect(c)), ctx)
        )
        return Answer.remembered(text).response()


async def admit(app: App, request: Request, scope: Scope) -> Client:
    """The client whose key came along, if the key opens this. Raises `Problem` 401 or 403."""
    match = _BEARER.fullmatch(request.headers.get("authorization", ""))
    client = await app.read(partial(keys.client_of, match[1])) if match else None
    if client is None:
        detail = (
            "Send a key that is in force: “Authorization: Bearer kaiku_…”. An administrator can make one."
        )
        raise Problem(401, "no-key", detail, headers={"WWW-Authenticate": "Bearer"})
    if scope not in client.scopes:
        detail = f"The key of “{client.name}” does not open this: it lacks the scope {scope.value}."
        raise Problem(403, "missing-scope", detail)
    return client


# Reading.


async def _read_json(request: Request, most: Callable[[bytes], int]) -> tuple[bytes, Any]:
    """The body as it came and the JSON in it. Raises `Problem`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "not-json", "Send JSON, uncompressed, with “Content-Type: application/json”.")
    body = await read_body(request, most)
    try:
        return body, from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "broken-json", f"The body is not JSON: {error}.") from None


def _fitting(items: list[Any]) -> list[Any]:
    if not 1 <= len(items) <= BATCH:
        detail = f"A batch has 1 to {BATCH} encounters; this one has {len(items)}. Nothing was stored."
        raise Problem(422, "unfit-batch", detail)
    return items


# Effects: each runs within the transaction of its request.


def _record_single(item: Any, client: Client, delivery: str, ctx: Context) -> Answer:
    taken = _record(item, 0, client, delivery, ctx)
    ENCOUNTERS.labels(taken.status).inc()
    return Answer.of(201 if taken.status == "created" else 200, taken)


def _record_batch(items: list[Any], client: Client, delivery: str, ctx: Context) -> Answer:
    """What is wrong is left out and told; the rest is stored."""
    results = [_record_or_tell(item, index, client, delivery, ctx) for index, item in enumerate(items)]
    outcomes = [result.status for result in results]
    for outcome in outcomes:
        ENCOUNTERS.labels(outcome).inc()
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
    reference = item.get("external_reference") if isinstance(item, dict) else None
    return Refused(
        index=index, external_reference=reference if isinstance(reference, str) else "", problem=body
    )


def _record(item: Any, index: int, client: Client, delivery: str, ctx: Context) -> Taken:
    """Take in one encounter. Raises `Problem` or `FeedbackError`."""
    try:
        encounter = reported(item)
    except EncounterRefused as refused:
        raise unfit(refused.reasons) from None
    event = encounter.happened(_source(client), _sender(client), ctx.now, f"{delivery}/{index}")
    recorded = invite.record_encounter(event, ctx)
    return Taken(
        index=index,
        status="created" if recorded.created else "known",
        encounter=recorded.token,
        external_reference=encounter.external_reference,
    )


def _set_state(
    reference: str, state: Literal["reopened", "cancelled"], client: Client, delivery: str, ctx: Context
) -> Answer:
    by, source = _sender(client), _source(client)
    if state == "reopened":
        again = EncounterReopened(
            by=by, at=ctx.now, delivery_id=delivery, source=source, external_reference=reference
        )
        recorded = invite.reopen_encounter(again, ctx)
    else:
        off = EncounterCancelled(
            by=by, at=ctx.now, delivery_id=delivery, source=source, external_reference=reference
        )
        recorded = invite.cancel_encounter(off, ctx)
    return Answer.of(200, Withdrawn(encounter=recorded.token, state=state))


def _record_answer(brought: BroughtAnswer, delivery: str, ctx: Context) -> Answer:
    bring_answer(brought, delivery, ctx)
    return Answer(204)


def _explain(reference: str, language: str, ctx: Context) -> Answer:
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
