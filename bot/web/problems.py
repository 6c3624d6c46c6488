"""What the API answers when it cannot do what was asked: RFC 9457, with a sentence that says what to do."""

import logging
import re
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client import Counter
from starlette.exceptions import HTTPException

from bot.web.models import FieldProblem, ProblemBody
from handlers import errors
from handlers.errors import FeedbackError
from handlers.reported import Refusal
from handlers.wording import sentences
from storage.errors import StorageError

log = logging.getLogger(__name__)

REQUESTS = Counter("kaiku_api_requests", "Requests to the API that were answered, by status.", ["status"])

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[type[FeedbackError], int] = {
    errors.UnknownInvitation: 404,
    errors.UnknownEncounter: 404,
    errors.InvitationExpired: 410,
    errors.NotYourInvitation: 403,
    errors.EditWindowClosed: 409,
}
"""What a refusal is over HTTP; every other one is 422: understood, and not acceptable as it is."""


class Problem(Exception):
    """A request that is refused. `code` names the kind for programs, `detail` says it to people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: Iterable[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})
        self.body = ProblemBody(
            title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, errors=list(fields)
        )

    def response(self) -> Response:
        """The problem as it is sent."""
        body = orjson.dumps(self.body.model_dump(exclude_defaults=False))
        return Response(body, self.body.status, self.headers, MEDIA_TYPE)


def problem_of(refused: FeedbackError) -> Problem:
    """A refusal of a handler, with its sentence in English."""
    sentence = sentences.error(refused, "en")
    status = next((code for kind, code in _STATUS.items() if isinstance(refused, kind)), 422)
    return Problem(status, _kebab(type(refused).__name__), sentence, fields=_pointed(refused.field, sentence))


def unfit(reasons: Iterable[Refusal]) -> Problem:
    """Fields that are not as they must be, all at once."""
    reasons = tuple(reasons)
    fields = [field for reason in reasons for field in _pointed(reason.field, reason.sentence)]
    detail = " ".join(reason.sentence for reason in reasons)
    return Problem(422, "unfit-fields", detail, fields=fields)


async def nothing_here(request: Request, error: Exception) -> Response:
    """What is said where no route is: below the API a problem like any other, elsewhere as Starlette says it."""
    if not isinstance(error, HTTPException):
        raise error
    if request.url.path.startswith("/api/"):
        return Problem(error.status_code, "not-here", str(error.detail), headers=error.headers).response()
    return await http_exception_handler(request, error)


async def refuse(_request: Request, problem: Exception) -> Response:
    """What is said of a problem where a page, and no part of the API, came upon it."""
    if not isinstance(problem, Problem):
        raise problem
    return problem.response()


async def unfit_request(_request: Request, error: Exception) -> Response:
    """What is said where a page was sent something else than it takes. FastAPI's own answer would repeat all of it,
    and fail over half a character.
    """
    if not isinstance(error, RequestValidationError):
        raise error
    return _unfit_parameters(error).response()


class ProblemRoute(APIRoute):
    """A route of which everything that goes wrong is answered as a problem, and counted."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its exceptions turned into answers."""
        handle = super().get_route_handler()

        async def handle_or_tell(request: Request) -> Response:
            try:
                response = await handle(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is logged or told, never both lost
                response = _told(error).response()
            REQUESTS.labels(str(response.status_code)).inc()
            return response

        return handle_or_tell


def _told(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case FeedbackError():
            return problem_of(error)
        case StorageError():
            log.warning("not stored: %s", error)
            return Problem(503, "not-stored", f"{error}", headers={"Retry-After": "5"})
        case HTTPException():
            code = "too-large" if error.status_code == 413 else "not-possible"
            return Problem(error.status_code, code, str(error.detail), headers=error.headers)
        case RequestValidationError():
            return _unfit_parameters(error)
        case _:
            return _ours(error)


def _unfit_parameters(error: RequestValidationError) -> Problem:
    named = [(_whole(mistake["loc"][-1]), _whole(mistake["msg"])) for mistake in error.errors()]
    return unfit(Refusal(name, f"“{name}”: {message}.") for name, message in named)


def _whole(said: object) -> str:
    """Without halves of characters, which a name in JSON may have and an answer may not."""
    return str(said).encode("utf-8", "replace").decode()


def _ours(error: Exception) -> Problem:
    """A mistake of ours: logged whole, told calmly with a reference to look for in the log."""
    reference = secrets.token_hex(4)
    log.error("a request failed, reference %s", reference, exc_info=error)
    detail = f"This is our mistake, not yours, and nothing was stored. Its reference is {reference}."
    return Problem(500, "our-mistake", detail)


def _pointed(field: str, sentence: str) -> list[FieldProblem]:
    """The field with its JSON pointer (RFC 6901)."""
    escaped = field.replace("~", "~0").replace("/", "~1")
    return [FieldProblem(field=field, pointer=f"/{escaped}", detail=sentence)] if field else []


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
