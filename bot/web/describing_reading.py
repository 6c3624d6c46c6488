"""What the OpenAPI page says about reading, from the columns that files have too."""

from types import GenericAlias
from typing import Any

from pydantic import create_model

from bot.web.describing import NOT_FOUND
from bot.web.models import FiguresShown, Shown
from handlers.exports import COLUMNS, Column, Kind
from handlers.filters import LONGEST_SEARCH
from storage.counts import DIMENSIONS
from storage.vocabulary import Band, Stream

NAMED = {Kind.RESPONSES: "response", Kind.FEEDBACK: "feedback", Kind.CASES: "case"}
"""What one row of a kind is called by."""
USUAL = 100
"""Rows of a page when nothing is said."""
MOST = 500
"""Rows of a page at most."""
_OF_AN_ANSWER = ("question", "metric", "score", "band", "choice", "answered_at", "words")


def _parameter(name: str, meaning: str, schema: dict[str, Any], where: str = "query") -> dict[str, Any]:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "description": meaning, "schema": schema, **required}


def _several(name: str, meaning: str, **items: Any) -> dict[str, Any]:
    schema = {"type": "array", "items": {"type": "string", **items}}
    return _parameter(name, f"{meaning} May come several times.", schema)


_DAY = {"type": "string", "format": "date"}
_FILTERS = [
    _several("service", "Key of a service."),
    _several("team", "Key of a team."),
    _several("touchpoint", "Key of a touchpoint or a round."),
    _several("account", "Key of an account."),
    _several("stream", "Whose voice it is.", enum=[str(stream) for stream in Stream]),
    _parameter("since", "The first day, in the organisation's zone.", _DAY),
    _parameter("until", "The last day, included.", _DAY),
]
_OF_ROWS = [
    _several("band", "What a score means.", enum=[str(band) for band in Band]),
    _parameter(
        "words",
        "Words that were written, all of them; the key must have `names:read`.",
        {"type": "string", "maxLength": LONGEST_SEARCH},
    ),
]
_NAMES = _parameter(
    "names",
    "Whether to tell who it was and what they wrote; the key must have `names:read`, and it is written down.",
    {"type": "boolean"},
)
_PAGE = [
    _parameter(
        "limit", "Rows of a page.", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    ),
    _parameter("after", "The `next` of an earlier answer.", {"type": "string"}),
]
_TAG = _parameter(
    "If-None-Match", "The `ETag` of an earlier answer: 304 when it is the same.", {"type": "string"}, "header"
)
_SAME: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is what there is."}}


def _model(name: str, columns: list[Column], **more: Any) -> type[Shown]:
    """What is answered; what names people is there only when names are wanted."""
    fields: dict[str, Any] = {
        column.name: (column.type | None, None if column.names_people else ...) for column in columns
    }
    return create_model(name, __base__=Shown, **fields, **more)


def _list_of(model: type[Shown]) -> Any:
    return GenericAlias(list, (model,))


_ANSWER = _model("AnswerRow", [column for column in COLUMNS[Kind.RESPONSES] if column.name in _OF_AN_ANSWER])
_OF_A_RESPONSE = [column for column in COLUMNS[Kind.RESPONSES] if column.name not in _OF_AN_ANSWER]
_ROWS = {
    Kind.RESPONSES: _model("ResponseRow", _OF_A_RESPONSE, answers=(_list_of(_ANSWER), ...)),
    Kind.FEEDBACK: _model("FeedbackRow", list(COLUMNS[Kind.FEEDBACK])),
    Kind.CASES: _model("CaseRow", list(COLUMNS[Kind.CASES])),
}
_PAGES = {
    kind: _model(
        f"{kind.capitalize()}Page", [], items=(_list_of(row), ...), next=(str, ...), more=(bool, ...)
    )
    for kind, row in _ROWS.items()
}


def rows(kind: Kind) -> dict[str, Any]:
    """Reading a page of a kind."""
    return {
        "tags": ["Reading"],
        "summary": f"Read {kind}",
        "description": (
            "In the order in which they were first written down. `next` goes on after the last one, also tomorrow; "
            "`more` says whether to go on at once. docs/export.md tells what the fields are."
        ),
        "responses": {200: {"model": _PAGES[kind], "description": "A page."}, **_SAME},
        "openapi_extra": {"parameters": [*_FILTERS, *_OF_ROWS, _NAMES, *_PAGE, _TAG]},
    }


def row(kind: Kind) -> dict[str, Any]:
    """Reading one of a kind."""
    named = _parameter(NAMED[kind], "As other answers and webhooks call it.", {"type": "string"}, "path")
    return {
        "tags": ["Reading"],
        "summary": f"Read one of the {kind}",
        "description": "Answers to confidential surveys are not found, as they are in no page.",
        "responses": {200: {"model": _ROWS[kind], "description": "It."}, **_SAME, **NOT_FOUND},
        "openapi_extra": {"parameters": [named, _NAMES, _TAG]},
    }


FIGURES: dict[str, Any] = {
    "tags": ["Reading"],
    "summary": "Read figures",
    "description": (
        "As digests tell them: shares of good answers and NPS with their intervals, against as many days before. "
        "Without days the last thirteen weeks; without a stream customers after encounters."
    ),
    "responses": {200: {"model": FiguresShown, "description": "Figures."}, **_SAME},
    "openapi_extra": {
        "parameters": [
            *_FILTERS,
            _parameter("by", "Take them apart.", {"type": "string", "enum": list(DIMENSIONS)}),
            _TAG,
        ]
    },
}
