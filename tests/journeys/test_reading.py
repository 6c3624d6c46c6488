"""Other programs read by the API what was said and done, as far as their key lets them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
import schemathesis

from bot.web.site import create_site
from handlers import keys
from storage.tables import AuditEntry
from storage.vocabulary import Scope
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown

QUIET: dict[str, Any] = {
    "surveys": {"quiet": {"privacy": "confidential", "questions": ["ease", "words", "contact"]}},
    "touchpoints": {"visit": {"survey": "quiet"}},
}


class Reader:
    """A program with a key."""

    def __init__(self, town: Town, client: httpx.AsyncClient, described: Any) -> None:
        self._town, self._client, self._described = town, client, described

    async def key(self, name: str, *scopes: Scope) -> None:
        """From now on it comes with a key of these scopes."""
        secret = await self._town.app.write(partial(keys.create_key, name, scopes))
        self._client.headers["Authorization"] = f"Bearer {secret}"

    async def gets(self, path: str, **headers: str) -> httpx.Response:
        """What is answered, once it is what the description says."""
        answer = await self._client.get(f"/api/v1/{path}", headers=headers)
        kind, _, name = path.partition("?")[0].partition("/")
        called = f"/api/v1/{kind}" + (f"/{{{kind.removesuffix('s')}}}" if name else "")
        self._described[called]["GET"].validate_response(answer)
        return answer

    async def reads(self, path: str) -> Any:
        answer = await self.gets(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def reader(town: Town) -> AsyncIterator[Reader]:
    async for reader in reading(town):
        await reader.key("bi", *Scope)
        yield reader


async def reading(town: Town) -> AsyncIterator[Reader]:
    transport = httpx.ASGITransport(create_site(town.app))
    async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
        document = (await client.get("/api/openapi.json")).json()
        yield Reader(town, client, schemathesis.openapi.from_dict(document))


async def poor_call(town: Town) -> None:
    await town.asked("phone", "tom", handler="sanna", service="pension-advice", account="acme")
    await town.tom.taps("1")
    await town.tom.writes("Nobody answered, says Zebulon")


async def test_a_response_is_read_with_its_answers_and_without_names(town: Town, reader: Reader) -> None:
    await poor_call(town)
    page = await reader.reads("responses")
    (response,) = page["items"]
    assert [(answer["question"], answer["score"], answer["band"]) for answer in response["answers"]] == [
        ("ease", 1, "poor"),
        ("words", None, None),
    ]
    assert page["more"] is False
    assert datetime.fromisoformat(response["first_at"]) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert await reader.reads(f"responses/{response['response']}") == response
    for path in ("responses", "cases", "feedback", "figures"):
        told = (await reader.gets(path)).text
        for secret in ("Tom", "Korhonen", "Zebulon", "Virtanen", "Mäkelä"):
            assert secret not in told


async def test_names_are_read_with_a_key_for_names_and_it_is_written_down(town: Town, reader: Reader) -> None:
    await poor_call(town)
    await reader.key("crm", Scope.RESPONSES_READ)
    refused = await reader.gets("responses?names=true")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing-scope")
    assert "names:read" in refused.json()["detail"]
    assert (await reader.gets("responses?words=Zebulon")).status_code == 403
    await reader.key("caller", Scope.CASES_READ, Scope.RESPONSES_READ, Scope.NAMES_READ)
    (response,) = (await reader.reads("responses?names=true&service=pension-advice"))["items"]
    assert (response["customer"], response["answers"][1]["words"]) == (
        "Tom Korhonen",
        "Nobody answered, says Zebulon",
    )
    entry = (await town.rows(AuditEntry))[-1]
    assert (entry.did, entry.subject) == ("exported", "responses")
    assert entry.subject_id == "key caller with names: service=pension-advice"
    assert len((await reader.reads("responses?words=answered"))["items"]) == 1


async def test_each_key_reads_what_it_is_for(town: Town, reader: Reader) -> None:
    opens = {
        Scope.FIGURES_READ: ["figures"],
        Scope.RESPONSES_READ: ["responses", "feedback"],
        Scope.CASES_READ: ["cases"],
        Scope.NAMES_READ: [],
        Scope.LEDGER_READ: [],
    }
    for number, (scope, paths) in enumerate(opens.items()):
        await reader.key(f"key-{number}", scope)
        for path in ("figures", "responses", "feedback", "cases", "cases/x"):
            answer = await reader.gets(path)
            opened = answer.status_code in (200, 404)
            assert opened is (path.partition("/")[0] in paths), (scope, path, answer.text)


async def test_pages_go_on_one_after_the_other_and_tomorrow(town: Town, reader: Reader) -> None:
    await town.heard([5, 4, 3, 5, 4], "ease", "phone", service="lobby")
    seen: list[int] = []
    after, more = "", True
    while more:
        page = await reader.reads(f"responses?limit=2&after={after}")
        seen += [row["response"] for row in page["items"]]
        after, more = page["next"], page["more"]
    assert len(seen) == 5
    assert seen == sorted(set(seen))
    assert (await reader.reads(f"responses?after={after}"))["items"] == []
    await poor_call(town)
    assert [row["service"] for row in (await reader.reads(f"responses?after={after}"))["items"]] == [
        "pension-advice"
    ]


async def test_what_has_not_changed_is_not_sent_again(town: Town, reader: Reader) -> None:
    await poor_call(town)
    first = await reader.gets("cases")
    again = await reader.gets("cases", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await town.maya.taps("Take it")
    assert (await reader.gets("cases", **{"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_figures_say_how_much_they_rest_on(town: Town, reader: Reader) -> None:
    await town.heard([5, 5, 5, 4, 1], "ease", "phone", service="lobby")
    await town.heard([5, 1], "ease", "phone", service="pension-advice")
    whole = await reader.reads("figures")
    (group,) = whole["groups"]
    (ease,) = group["figures"]
    assert (whole["since"], whole["until"], whole["time_zone"]) == (
        "2026-08-26",
        "2026-11-24",
        "Europe/Helsinki",
    )
    assert (group["key"], group["asked"], group["answered"]) == (None, 7, 7)
    assert (ease["question"], ease["figure"], ease["n"]) == ("ease", "share of good answers", 7)
    assert ease["low"] < ease["value"] < ease["high"]
    apart = {g["key"]: g["figures"][0] for g in (await reader.reads("figures?by=service"))["groups"]}
    assert apart["lobby"]["value"] == 0.8
    assert (apart["pension-advice"]["n"], apart["pension-advice"]["value"]) == (2, None)
    teams = (await reader.reads("figures?by=team&service=lobby"))["groups"]
    assert [(g["key"], g["asked"], g["figures"][0]["n"]) for g in teams] == [("advice", None, 5)]
    assert (await reader.reads("figures?stream=staff"))["groups"][0]["figures"] == []


async def test_a_confidential_answer_is_counted_and_never_read(build_town: BuildTown) -> None:
    town = await build_town(**QUIET)
    async for reader in reading(town):
        await reader.key("bi", *Scope)
        await town.heard([5, 5, 5, 1], "ease", "visit", service="lobby", account="acme")
        assert (await reader.reads("responses?names=true"))["items"] == []
        assert (await reader.gets("responses/1")).status_code == 404
        assert (await reader.reads("figures"))["groups"][0]["figures"] == []
        (case,) = (await reader.reads("cases?names=true"))["items"]
        assert (case["account"], case["customer"], case["response"]) == (None, None, None)
        assert (await reader.reads("cases?account=acme"))["items"] == []
        await town.heard([4], "ease", "visit", service="lobby")
        assert (await reader.reads("figures"))["groups"][0]["figures"][0]["n"] == 5


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("responses?service=moon", 422, "I do not know the service “moon”"),
        ("responses?services=lobby", 422, "I do not know the parameter “services”. Did you mean “service”?"),
        ("responses?since=monday", 422, "“monday” is not a day"),
        ("responses?service=&since=", 422, "“service” is empty. Leave it out"),
        ("responses?limit=0", 422, "from 1 to 500"),
        ("responses?limit=²", 422, "from 1 to 500"),
        ("responses?limit=501", 422, "from 1 to 500"),
        ("responses?after=%00", 422, "“next” of an earlier answer"),
        ("responses?after=YWZ0ZXI", 422, "“next” of an earlier answer"),
        ("responses?names=perhaps", 422, "must be true or false"),
        ("responses/0x10", 404, "nothing of that name"),
        ("responses/99999999999999999999", 404, "nothing of that name"),
        ("cases/%00", 404, "nothing of that name"),
        ("cases/%0a", 404, "nothing of that name"),
        ("figures?by=account", 422, "service, team, touchpoint"),
        ("figures?band=poor", 422, "Figures are of all answers"),
        ("figures?stream=staff&stream=customer", 422, "never mixed"),
        ("figures?limit=5", 422, "I do not know the parameter “limit”"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_sentence(
    path: str, status: int, told: str, reader: Reader
) -> None:
    refused = await reader.gets(path)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert told in refused.json()["detail"]
