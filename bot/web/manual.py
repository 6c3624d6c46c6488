"""The page at `/api/docs`: what the OpenAPI document says, for people. No script, and nothing from elsewhere."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from bot.web.templating import templates

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = Path(__file__).with_name("static") / "manual.css"

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of a body, or a parameter: its name, what may stand in it, and what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Call:
    """One call: how it is made, what it takes, what is answered, and examples to copy."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    examples: Mapping[str, str]
    answers: Mapping[str, str]


def routes(describe: Callable[[], dict[str, Any]]) -> APIRouter:
    """`/api/docs` and its style; `describe` gives the OpenAPI document."""
    router = APIRouter(prefix="/api", include_in_schema=False)

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        headers = {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(drawn(describe()), headers=headers)

    @router.get("/docs.css")
    async def style() -> FileResponse:
        return FileResponse(_STYLE, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    return router


def drawn(document: Json) -> str:
    """The page of an OpenAPI document."""
    page = templates("bot.web").get_template("manual.html")
    return page.render(info=document["info"], calls=list(calls(document)))


def calls(document: Json) -> Iterator[Call]:
    """Every call of an OpenAPI document, in its order."""
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield Call(
                anchor=call["operationId"],
                method=method.upper(),
                path=path,
                summary=call["summary"],
                description=call.get("description", ""),
                parameters=tuple(_parameter(p) for p in call.get("parameters", ())),
                fields=tuple(_fields(content.get("schema", {}))),
                examples={name: _shown(e["value"]) for name, e in content.get("examples", {}).items()},
                answers={status: a["description"] for status, a in sorted(call["responses"].items())},
            )


def _parameter(said: Json) -> Field:
    where = {"path": "in the path", "query": "in the query", "header": "a header"}[said["in"]]
    kind = f"{_kind(said['schema'])}, {where}"
    return Field(said["name"], kind, said.get("required", False), said.get("description", ""))


def _fields(schema: Json) -> Iterator[Field]:
    """The fields of a body; of one or many, those of one."""
    one = schema.get("oneOf", [schema])[0]
    for name, said in one.get("properties", {}).items():
        yield Field(name, _kind(said), name in one.get("required", ()), said.get("description", ""))


_KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}


def _kind(schema: Json) -> str:
    """What may stand in a field, in words."""
    said = next((s for s in schema.get("anyOf", ()) if s.get("type") != "null"), schema)
    if "enum" in said:
        return " · ".join(map(str, said["enum"]))
    if said.get("format") == "date-time":
        return "time"
    kind = _KINDS.get(said.get("type", ""), "value")
    return f"{kind}, at most {said['maxLength']} characters" if "maxLength" in said else kind


def _shown(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)
