"""The HTTP API: other programs report encounters, bring answers and ask why; `bot.web.reading` tells what was said.

Each request is one transaction, a batch several of them, and each encounter of a batch a savepoint. With an
`Idempotency-Key` the answer is stored in one transaction with the whole effect, so that a retry after a lost
answer hears it again.
Bodies are read by hand, because nothing of them is worth reading before the key is known to be good.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from prometheus_client import Counter
from pydantic_core import from_json

from bot.app import App
from bot.web import describing, reading
from bot.web.admission import BEARER, Doorkeeper
from bot.web.effects import (
    PART,
    Answer,
    batch_answer,
    explain,
    left_out,
    make_link,
    record_answer,
    record_batch,
    record_part,
    record_single,
    set_state,
)
from bot.web.limits import MANY, ONE, read_body
from bot.web.models import AnswerRefused, LinkRefused, Refused, Taken, given_answer, wanted_link
from bot.web.problems import Problem, ProblemRoute, unfit
from handlers import keys
from handlers.answers import BroughtAnswer
from handlers.context import Context
from handlers.keys import Client
from storage.errors import StorageError
from storage.vocabulary import Scope

BATCH = 1000
"""Encounters in one request at most."""

ENCOUNTERS = Counter(
    "kaiku_api_encounters", "Encounters reported by the API, by what became of them.", ["outcome"]
)

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Language = Literal["fi", "sv", "en"]


Effect = Callable[[Context], Answer]


def routes(app: App) -> APIRouter:
    """Everything below `/api/v1`."""
    doorkeeper = Doorkeeper(app)
    desk = Desk(app, doorkeeper)
    router = APIRouter(
        prefix="/api/v1",
        route_class=ProblemRoute,
        dependencies=[Security(BEARER)],
        responses=describing.PROBLEMS,
    )
    add = router.add_api_route
    add("/encounters", desk.take_encounters, methods=["POST"], **describing.ENCOUNTERS)
    add("/encounters/{reference:path}/reopened", desk.reopen, methods=["POST"], **describing.REOPENED)
    add("/encounters/{reference:path}/cancelled", desk.cancel, methods=["POST"], **describing.CANCELLED)
    add("/encounters/{reference:path}/why", desk.why, methods=["GET"], **describing.WHY)
    add("/invitations/link", desk.take_wish, methods=["POST"], **describing.LINK)
    add("/invitations/{token}/answers", desk.take_answer, methods=["POST"], **describing.ANSWERS)
    reading.add_to(router, app, doorkeeper)
    return router


class Desk:
    """Where clients are served: admitted by their key, read, and answered once the effect is durable."""

    def __init__(self, app: App, doorkeeper: Doorkeeper) -> None:
        self._app, self._doorkeeper = app, doorkeeper

    async def take_encounters(self, request: Request) -> Response:
        """Report one encounter (an object) or up to 1 000 (an array)."""
        client = await self._doorkeeper.admit(request, Scope.ENCOUNTERS_WRITE)
        body, document = await _read_json(request, lambda start: MANY if start.lstrip()[:1] == b"[" else ONE)
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        outcomes: list[str] = []
        single = partial(record_single, document, client, delivery, outcomes)
        if not isinstance(document, list):
            response = await self._do(request, client, body, single)
        elif "idempotency-key" in request.headers:
            whole = partial(
                record_batch, _fitting(document), client, delivery, outcomes, now=self._app.clock.now
            )
            response = await self._do(request, client, body, whole)
        else:
            results = await self._take_in_parts(_fitting(document), client, delivery)
            response = batch_answer(results, outcomes).response()
        for outcome in outcomes:  # counted once stored; empty when the answer was a remembered one
            ENCOUNTERS.labels(outcome).inc()
        return response

    async def _take_in_parts(self, items: list[Any], client: Client, delivery: str) -> list[Taken | Refused]:
        """What became of each; what is stored stays so, and what then cannot be is told. Raises `StorageError`."""
        results: list[Taken | Refused] = []
        for first in range(0, len(items), PART):
            part = partial(record_part, items[first : first + PART], first, client, delivery)
            try:
                results += await self._app.write(part)
            except StorageError as error:
                if not results:
                    raise
                return results + left_out(items[first:], first, Problem(503, "not-stored", f"{error}"))
        return results

    async def reopen(self, request: Request, reference: str) -> Response:
        """The matter was opened again: it is not asked about until it is reported once more."""
        return await self._withdraw(request, reference, "reopened")

    async def cancel(self, request: Request, reference: str) -> Response:
        """It did not happen, or is not to be asked about."""
        return await self._withdraw(request, reference, "cancelled")

    async def take_answer(self, request: Request, token: str) -> Response:
        """Answer one question of an invitation in the name of the person who was asked."""
        client = await self._doorkeeper.admit(request, Scope.ANSWERS_WRITE)
        body, document = await _read_json(request, lambda _start: ONE)
        try:
            given = given_answer(document)
        except AnswerRefused as refused:
            raise unfit(refused.reasons) from None
        brought = BroughtAnswer(token, given.question, given.score, given.words or "")
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        return await self._do(request, client, body, partial(record_answer, brought, delivery))

    async def take_wish(self, request: Request) -> Response:
        """Ask the customer of an encounter by a survey link, for you to send."""
        client = await self._doorkeeper.admit(request, Scope.ANSWERS_WRITE)
        body, document = await _read_json(request, lambda _start: ONE)
        try:
            wanted = wanted_link(document)
        except LinkRefused as refused:
            raise unfit(refused.reasons) from None
        return await self._do(request, client, body, partial(make_link, wanted, self._app.settings, client))

    async def why(self, request: Request, reference: str, language: Language = "en") -> Response:
        """Why the customer was asked about an encounter, or was not."""
        await self._doorkeeper.admit(request, Scope.LEDGER_READ)
        answer = await self._app.read(partial(explain, reference, language))
        return answer.response()

    async def _withdraw(
        self, request: Request, reference: str, state: Literal["reopened", "cancelled"]
    ) -> Response:
        client = await self._doorkeeper.admit(request, Scope.ENCOUNTERS_WRITE)
        body = await read_body(request, lambda _start: ONE)
        delivery = request.headers.get("idempotency-key") or uuid.uuid4().hex
        return await self._do(request, client, body, partial(set_state, reference, state, client, delivery))

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
