"""The kiosk: a page that stays open in a lobby, takes taps, and is left with a PIN.

The tablet keeps what it could not send. So whatever it sends may come late, and more than once.
"""

import hmac
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.app import App
from bot.web.limits import ONE, Buckets, read_body
from bot.web.survey.drawing import LANGUAGE_NAMES, calm_page
from bot.web.survey.headers import HEADERS, page
from bot.web.survey.kiosk_chrome import words
from bot.web.survey.pages import spoken_in
from bot.web.survey.signing import signer
from bot.web.templating import templates
from handlers.errors import FeedbackError, UnknownKiosk
from handlers.kiosks import Tap, kiosk_of, record_tap, survey_of_kiosk
from handlers.organisation import Kiosk
from handlers.rules.scales import Question
from handlers.rules.words import MOST
from handlers.wording import scores
from handlers.wording.language import LANGUAGES, pick
from storage.errors import StorageError

T = TypeVar("T", bound=BaseModel)

_OLDEST = timedelta(days=30)
"""An answer that waited longer than this for a connection is not taken: its clock is more likely wrong."""
_TAPS_A_MINUTE = 120
_TRIES_A_MINUTE = 5


class Sent(BaseModel):
    """What a tablet sends of one visitor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    score: int
    at: AwareDatetime
    words: Annotated[str, Field(max_length=MOST)] = ""


class Pin(BaseModel):
    """A try to leave."""

    pin: Annotated[str, Field(max_length=20)]


def routes(app: App) -> APIRouter:
    """Everything below `/kiosk`. Raises `LinksAreOff` when no secret is set."""
    lobby = Lobby(app)
    router = APIRouter(prefix="/kiosk", include_in_schema=False)
    router.add_api_route("/{place}", lobby.look, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/{place}/answers", lobby.take, methods=["POST"], response_model=None)
    router.add_api_route("/{place}/leave", lobby.leave, methods=["POST"], response_model=None)
    return router


class Lobby:
    """Where kiosks are shown and their taps taken."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._signer = signer(app.settings, "kiosk")
        self._taps = Buckets(_TAPS_A_MINUTE, self._seconds)
        self._tries = Buckets(_TRIES_A_MINUTE, self._seconds)

    async def look(self, request: Request, place: str) -> Response:
        """The kiosk's page, in every language at once, so that it can be changed without a connection."""
        kiosk = await self._kiosk(place)
        if kiosk is None:
            spoken = spoken_in(request.headers.get("accept-language", "")) or self._app.organisation.language
            return page(calm_page("broken", "broken_why", spoken), 404)
        return page(draw(kiosk, self._app.organisation.language))

    async def take(self, request: Request, place: str) -> Response:
        """Keep one tap. 4xx: it will never be taken, forget it; 429 and 5xx: send it again later."""
        kiosk = await self._kiosk(place)
        sent = await _read(request, Sent)
        if kiosk is None or sent is None or self._too_old(sent.at):
            return _answer(404 if kiosk is None else 422)
        if wait := self._taps.take(kiosk.key):
            return _answer(429, wait)
        tap = Tap(kiosk.key, sent.nonce, sent.score, sent.at, sent.words)
        try:
            await self._app.write(partial(record_tap, tap))
        except FeedbackError:
            return _answer(422)
        except StorageError:
            return _answer(503, 5)
        return _answer(204)

    async def leave(self, request: Request, place: str) -> Response:
        """Whether the PIN is right; a few tries a minute."""
        kiosk = await self._kiosk(place)
        tried = await _read(request, Pin)
        if kiosk is None or tried is None:
            return _answer(404 if kiosk is None else 422)
        if wait := self._tries.take(kiosk.key):
            return _answer(429, wait)
        return _answer(204 if hmac.compare_digest(tried.pin.encode(), kiosk.pin.encode()) else 403)

    async def _kiosk(self, place: str) -> Kiosk | None:
        key = self._signer.name_in(place)
        try:
            return await self._app.read(partial(kiosk_of, key)) if key else None
        except UnknownKiosk:
            return None

    def _too_old(self, at: datetime) -> bool:
        return at < self._app.clock.now() - _OLDEST

    def _seconds(self) -> float:
        return self._app.clock.now().timestamp()


def draw(kiosk: Kiosk, language: str) -> str:
    """The kiosk's page; `language` is the one it returns to."""
    smileys, more = survey_of_kiosk(kiosk).questions
    return (
        templates("bot.web.survey")
        .get_template("kiosk.html")
        .render(
            kiosk=kiosk,
            first=language,
            languages={code: LANGUAGE_NAMES[code] for code in LANGUAGES},
            w={code: words(code) for code in LANGUAGES},
            question={code: pick(smileys.wording, code) for code in LANGUAGES},
            more={code: pick(more.wording, code) for code in LANGUAGES},
            points=_points(smileys),
        )
    )


def _points(smileys: Question) -> list[dict[str, Any]]:
    """Score, smiley, and what a screen reader says of it in each language."""
    drawn = {code: scores.points(smileys, "", code, None) for code in LANGUAGES}
    return [
        {
            "score": place + smileys.lowest,
            "label": button.label,
            "spoken": {code: drawn[code][place].spoken for code in LANGUAGES},
        }
        for place, button in enumerate(drawn["en"])
    ]


async def _read(request: Request, shape: type[T]) -> T | None:
    """The JSON of a request in this shape; none for anything else."""
    body = await read_body(request, lambda _start: ONE)
    try:
        return shape.model_validate_json(body)
    except ValidationError:
        return None


def _answer(status: int, wait: float = 0) -> Response:
    later = {"Retry-After": str(int(wait) + 1)} if wait else {}
    return Response(status_code=status, headers={**HEADERS, **later})
