"""Reading by the API: responses, feedback and cases row by row, and figures; the same as in files and digests.

Rows come in the order in which they were first written down, a page at a time. `next` goes on after the last of a
page, also tomorrow: a copy is kept by asking with it again.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from bot.app import App
from bot.web import describing_reading as describing
from bot.web.admission import Doorkeeper
from bot.web.describing_reading import MOST, USUAL
from bot.web.problems import Problem, unfit
from handlers import readings
from handlers.context import Context
from handlers.exports import Extract, Kind
from handlers.filters import NAMES, filters_from
from handlers.keys import Client
from handlers.readings import Reading
from handlers.reported import Refusal, did_you_mean
from handlers.views import FigureView
from storage.counts import DIMENSIONS, Dimension
from storage.vocabulary import Metric, Scope

_SCOPES = {
    Kind.RESPONSES: Scope.RESPONSES_READ,
    Kind.FEEDBACK: Scope.RESPONSES_READ,
    Kind.CASES: Scope.CASES_READ,
}
_ANSWERS = {"true": True, "false": False}
_MAY_BE_EMPTY = ("after",)
"""So that a loop over pages begins like it goes on."""


def add_to(router: APIRouter, app: App, doorkeeper: Doorkeeper) -> None:
    """The calls that read."""
    desk = ReadingDesk(app, doorkeeper)
    add = router.add_api_route
    add("/figures", desk.figures, methods=["GET"], **describing.FIGURES)
    for kind in Kind:
        name = f"/{kind}/{{{describing.NAMED[kind]}}}"
        add(f"/{kind}", partial(desk.rows, kind), methods=["GET"], **describing.rows(kind))
        add(name, partial(desk.row, kind), methods=["GET"], **describing.row(kind))


class ReadingDesk:
    """Where clients read."""

    def __init__(self, app: App, doorkeeper: Doorkeeper) -> None:
        self._app, self._doorkeeper = app, doorkeeper

    async def rows(self, kind: Kind, request: Request) -> Response:
        """A page of rows."""
        client = await self._doorkeeper.admit(request, _SCOPES[kind])
        given = _given(request, (*NAMES, "names", "limit", "after"))
        filters = filters_from(given, self._app.organisation)
        asked = dict(given)
        if filters.words:
            _demand_names("words", client)
        after, most = _place(asked.get("after", "")), _limit(asked.get("limit", ""))
        extract = Extract(kind, filters, _named(asked, client))
        await self._note(extract, client)
        rows, last = await self._app.read(partial(extract.take, after, most))
        page = {"items": rows, "next": _cursor(last or after), "more": len(rows) == most}
        return _answer(request, page)

    async def row(self, kind: Kind, request: Request) -> Response:
        """One row by its name."""
        client = await self._doorkeeper.admit(request, _SCOPES[kind])
        given = _given(request, ("names",))
        extract = Extract(kind, filters_from((), self._app.organisation), _named(dict(given), client))
        await self._note(extract, client)
        row = await self._app.read(partial(extract.one, request.path_params[describing.NAMED[kind]]))
        if row is None:
            raise Problem(
                404, f"unknown-{describing.NAMED[kind]}", f"There is nothing of that name in {kind}."
            )
        return _answer(request, row)

    async def figures(self, request: Request) -> Response:
        """Figures of some days."""
        await self._doorkeeper.admit(request, Scope.FIGURES_READ)
        given = _given(request, (*NAMES, "by"))
        by = _dimension(dict(given).get("by", ""))
        filters = filters_from(given, self._app.organisation)

        def read(ctx: Context) -> Reading:
            return readings.figures(filters, by, ctx)

        return _answer(request, _reading(await self._app.read(read)))

    async def _note(self, extract: Extract, client: Client) -> None:
        """Who reads names is written down before they are read."""
        if extract.named:
            await self._app.write(partial(extract.note, f"key {client.name}"))


# What was asked.


def _given(request: Request, known: tuple[str, ...]) -> list[tuple[str, str]]:
    """The parameters. Raises `Problem` for an unknown or empty one: passed over, it would let everything through."""
    given = request.query_params.multi_items()
    strangers = dict.fromkeys(name for name, _ in given if name not in known)
    empty = dict.fromkeys(name for name, value in given if not value.strip() and name not in _MAY_BE_EMPTY)
    refused = [
        Refusal(name, f"I do not know the parameter “{name}”. {did_you_mean(name, known)}".strip())
        for name in strangers
    ] or [Refusal(name, f"“{name}” is empty. Leave it out, or say what is wanted.") for name in empty]
    if refused:
        raise unfit(refused)
    return given


def _named(asked: Mapping[str, str], client: Client) -> bool:
    """Whether names are wanted. Raises `Problem` when the key does not open them."""
    word = asked.get("names", "false")
    if word not in _ANSWERS:
        raise unfit([Refusal("names", "“names” must be true or false.")])
    if _ANSWERS[word]:
        _demand_names("names", client)
    return _ANSWERS[word]


def _demand_names(what: str, client: Client) -> None:
    """Whoever may look for words learns, word by word, what was written. Raises `Problem`."""
    if Scope.NAMES_READ not in client.scopes:
        detail = f"The key of “{client.name}” does not open {what}: it lacks the scope {Scope.NAMES_READ}."
        raise Problem(403, "missing-scope", detail)


def _limit(text: str) -> int:
    if not text:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise unfit([Refusal("limit", f"“limit” must be a whole number from 1 to {MOST}.")])
    return int(text)


def _dimension(text: str) -> Dimension | None:
    found = next((dimension for dimension in DIMENSIONS if dimension == text), None)
    if text and found is None:
        raise unfit([Refusal("by", f"“by” must be one of {', '.join(DIMENSIONS)}.")])
    return found


def _cursor(number: int) -> str:
    return urlsafe_b64encode(f"after {number}".encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    """The number a cursor stands for. Raises `Problem`."""
    if not cursor:
        return 0
    try:
        word, _, number = urlsafe_b64decode(f"{cursor}==").decode("ascii").partition(" ")
        place = int(number) if word == "after" and number.isdecimal() and len(number) < 19 else None
    except ValueError:
        place = None
    if place is None:
        raise unfit([Refusal("after", "“after” must be the “next” of an earlier answer.")])
    return place


# What is answered.


def _answer(request: Request, shown: Any) -> Response:
    """JSON with its tag; only the tag where the client has it already."""
    body = orjson.dumps(shown)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "since": reading.days.since,
        "until": reading.days.until,
        "time_zone": reading.days.zone,
        "stream": reading.stream,
        "groups": [
            {
                "key": group.key,
                "asked": group.asked,
                "answered": group.answered,
                "figures": [_figure(view) for view in group.figures],
            }
            for group in reading.groups
        ],
    }


def _figure(view: FigureView) -> dict[str, Any]:
    nps = view.question.metric is Metric.NPS
    return {
        "question": view.question.key,
        "metric": view.question.metric,
        "figure": "nps" if nps else "share of good answers",
        "n": view.n,
        "value": view.value,
        "low": view.low,
        "high": view.high,
        "mean": view.mean,
        "previous_n": view.previous_n,
        "previous_value": view.previous_value,
        "change": view.change,
        "n_with_excluded": view.whole_n,
        "value_with_excluded": view.whole_value,
    }
