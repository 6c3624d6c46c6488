"""What the OpenAPI page says about each call, with examples to copy."""

from typing import Any

from bot.web.models import (
    BatchAnswer,
    GivenAnswer,
    MadeLink,
    NoLink,
    ProblemBody,
    Taken,
    WantedLink,
    Why,
    Withdrawn,
)
from bot.web.problems import MEDIA_TYPE
from handlers.reported import ReportedEncounter

_EXAMPLE = {
    "touchpoint": "phone",
    "happened_at": "2026-11-27T15:00:00+02:00",
    "customer_email": "liisa@example.org",
    "customer_name": "Liisa Lahti",
    "service": "pensions",
    "external_reference": "CALL-1042",
    "about": "your call about the pension estimate",
}

_SAID_WITH_PROBLEM = {
    400: "The body is not JSON, or broke off.",
    401: "No key came along, or one that is not in force.",
    403: "The key does not open this, or the invitation is somebody else's.",
    413: "The body is too large: 256 KB for one thing, 2 MB for a batch.",
    415: "The body is not `application/json`.",
    422: "Understood, but not acceptable: `detail` and `errors` say why. Nothing was stored.",
    429: "Too many requests; `Retry-After` says when to try again.",
    503: "Nothing could be stored; try again after `Retry-After`.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": words} for status, words in _SAID_WITH_PROBLEM.items()
}


def problems_by_name(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with refusals as what they are, `application/problem+json`: FastAPI calls all of it JSON."""
    for methods in document["paths"].values():
        for call in methods.values():
            for status, answer in call["responses"].items():
                content = answer.get("content", {})
                if status >= "400" and "application/json" in content:
                    content[MEDIA_TYPE] = content.pop("application/json")
    return document


NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemBody, "description": "There is nothing of that name."}
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "1 to 255 visible characters of your choice. Sent again with the same body within seven days it has no "
        "second effect and gets the same answer; with another body it is refused (422)."
    ),
    "schema": {"type": "string", "maxLength": 255},
}


def _body(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """What FastAPI cannot find out, because bodies are read by hand."""
    shown = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": schema, "examples": shown}}
    return {"parameters": [_IDEMPOTENCY_KEY], "requestBody": {"required": True, "content": content}}


_ENCOUNTER = ReportedEncounter.model_json_schema()

ENCOUNTERS: dict[str, Any] = {
    "tags": ["Encounters"],
    "summary": "Report encounters",
    "description": (
        "Send one encounter as an object, or up to 1 000 as an array. Reported again under the same "
        "`external_reference` it changes nothing; after it was reopened, that reports it closed. "
        "Of a batch, what is wrong is left out and told, the rest is stored."
    ),
    "responses": {
        201: {"model": Taken, "description": "One encounter, new."},
        200: {
            "model": Taken | BatchAnswer,
            "description": "One encounter, known already; or a batch, all stored.",
        },
        207: {"model": BatchAnswer, "description": "A batch of which some were refused."},
    },
    "openapi_extra": _body(
        {"oneOf": [_ENCOUNTER, {"type": "array", "items": _ENCOUNTER, "minItems": 1, "maxItems": 1000}]},
        {"one": _EXAMPLE, "batch": [_EXAMPLE, {**_EXAMPLE, "external_reference": "CALL-1043"}]},
    ),
}
_STATE: dict[str, Any] = {
    "tags": ["Encounters"],
    "responses": {200: {"model": Withdrawn, "description": "Done, or so before."}, **NOT_FOUND},
    "openapi_extra": {"parameters": [_IDEMPOTENCY_KEY]},
}
REOPENED: dict[str, Any] = {
    **_STATE,
    "summary": "It was opened again",
    "description": "If the customer was not asked yet, they are not, until the encounter is reported once more.",
}
CANCELLED: dict[str, Any] = {
    **_STATE,
    "summary": "It is not to be asked about",
    "description": "If the customer was not asked yet, they are not. A prompt that has left is not taken back.",
}
WHY: dict[str, Any] = {
    "tags": ["Encounters"],
    "summary": "Why asked, or why not",
    "description": "`reference` is your external reference or our token.",
    "responses": {200: {"model": Why, "description": "Every decision, oldest first."}, **NOT_FOUND},
}
ANSWERS: dict[str, Any] = {
    "tags": ["Answers"],
    "summary": "Bring an answer",
    "description": (
        "Answers one question of an invitation in the name of the person who was asked. A score that is not on "
        "the question's scale is refused; within the edit window a new answer takes the place of the old one."
    ),
    "status_code": 204,
    "responses": {
        204: {"description": "Recorded."},
        409: {"model": ProblemBody, "description": "The time to change an answer is over."},
        410: {"model": ProblemBody, "description": "The invitation has expired."},
        **NOT_FOUND,
    },
    "openapi_extra": _body(
        GivenAnswer.model_json_schema(),
        {
            "score": {"question": "ease", "score": 4},
            "words": {"question": "words", "words": "Quick and kind."},
        },
    ),
}
LINK: dict[str, Any] = {
    "tags": ["Answers"],
    "summary": "Make a survey link",
    "description": (
        "For a customer who is in no chat: a signed link for one person and one encounter, with the text of an SMS "
        "and the end of an e-mail. The rules on asking hold; asked for again it is the same link. Sending it is yours."
    ),
    "responses": {
        200: {"model": MadeLink | NoLink, "description": "The link; or why the customer is not to be asked."},
        **NOT_FOUND,
    },
    "openapi_extra": _body(
        WantedLink.model_json_schema(), {"link": {"encounter": "CALL-1042", "language": "fi"}}
    ),
}
