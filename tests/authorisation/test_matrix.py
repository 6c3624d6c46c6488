"""Every cell of the matrix is tried: what is allowed works, what is refused is refused and changes nothing."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from bot.app import App
from bot.web.dashboard.pages import _PAGES
from bot.web.site import create_pages
from handlers import commands, forms, keys, receive, wishes
from handlers.context import Context
from handlers.errors import FeedbackError
from handlers.events import CommentGiven, Event, RatingGiven, Sender
from handlers.messages import Action, Verb
from handlers.rules.permissions import Right, may
from handlers.rules.scales import YES
from storage.tables import Case, Wish
from storage.vault import Vault
from storage.vocabulary import Scope, WishState
from tests.authorisation.matrix import (
    API,
    COMMANDS,
    ELSEWHERE,
    EVENTS,
    EVERYBODY,
    FORMS,
    PAGES,
    Somebody,
    Try,
    document,
)
from tests.helpers.dashboard import SITE, browser, logged_in
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import ROOT, Town, example

TRIES = (*COMMANDS, *EVENTS, *FORMS)


class _Undone(Exception):
    """The try went through; it is taken back."""


class Trial:
    """One case, one survey and two wishes, on which everybody tries everything."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.vault = Vault(b64encode(b"k" * 32).decode())
        self.names: dict[str, str] = {"$colleague": "maya"}
        self._lay_out()

    def _lay_out(self) -> None:
        desk = self.desk
        tom = Sender("sandbox", "tom")
        self.names["$invitation"] = desk.ask(
            customer=tom, service="pension-advice", external_reference="T-1", account="acme"
        )
        self.names["$reference"] = "T-1"
        desk.hear(RatingGiven, "tom", invitation=self.names["$invitation"], question="ease", score=1)
        desk.hear(
            CommentGiven, "tom", invitation=self.names["$invitation"], question="words", words="A night line!"
        )
        desk.hear(RatingGiven, "tom", invitation=self.names["$invitation"], question="contact", score=YES)
        owner = desk.person("pekka").id
        desk.do(lambda ctx: self._give(ctx.session, owner))
        self.names["$case"] = desk.only(Case).token

    def _give(self, session: Session, owner: int | None) -> None:
        case = session.exec(select(Case)).one()
        case.owner_id = owner
        session.add(case)
        for name in ("$wish", "$other_wish"):
            token = f"wish{name[1:]}"
            session.add(
                Wish(
                    token=token,
                    need=name,
                    observed_at=self.desk.now,
                    state=WishState.NOTED,
                    changed_at=self.desk.now,
                )
            )
            self.names[name] = token

    def attempt(self, one: Try, who: Somebody) -> FeedbackError | None:
        """What somebody is told who tries; nothing when it went through. It leaves no trace."""
        facts = {name: self._filled(value, who) for name, value in one.facts.items()}
        event = one.kind(by=Sender("sandbox", who.identity), at=self.desk.now, delivery_id="", **facts)
        try:
            self.desk.database.write_now(lambda session: self._do(event, session))
        except _Undone:
            return None
        except FeedbackError as problem:
            return problem
        raise AssertionError("unreachable")

    def _do(self, event: Event, session: Session) -> None:
        receive.receive(event, Context(session, self.desk.organisation, self.desk.now, self.vault, site=SITE))
        raise _Undone

    def _filled(self, value: Any, who: Somebody) -> Any:
        if isinstance(value, Action):
            return Action(value.verb, self._filled(value.ref, who), value.value)
        if isinstance(value, str):
            if value == "$colleague" and who.identity == "maya":
                return "liisa"
            return re.sub(r"\$\w+", lambda match: self.names.get(match[0], match[0]), value)
        return value


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with desk_of(example(), tmp_path_factory.mktemp("trial")) as desk:
        yield Trial(desk)


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.title)
@pytest.mark.parametrize("one", TRIES, ids=lambda one: one.what)
def test_each_may_do_what_the_matrix_says_and_nothing_else(trial: Trial, one: Try, who: Somebody) -> None:
    told = trial.attempt(one, who)

    if one.rule(who):
        assert told is None or isinstance(told, one.beyond), f"{who.title} is told {told!r}"
    else:
        assert isinstance(told, receive._TRESPASS), f"{who.title} is told {told!r}"


# Nothing is left out.


def test_every_command_has_its_row() -> None:
    typed = [commands.read(str(one.facts["words"])) for one in COMMANDS]
    assert sorted(command.name for command in typed if command) == sorted(commands._DO)


def test_every_event_has_its_row_or_its_rule() -> None:
    rows = [one.kind.__name__ for one in EVENTS]
    assert sorted([*rows, *ELSEWHERE]) == sorted(kind.__name__ for kind in receive._VERBS)


def test_every_form_has_its_row() -> None:
    opened = {one.facts["action"].verb for one in FORMS}
    assert opened == {Verb.WRITE, Verb.LOG, *forms._CASE_FORMS, *forms._PLAIN_FORMS, *wishes.FORMS}


def test_every_page_that_has_a_name_has_its_row() -> None:
    assert set(PAGES) == {f"/dashboard{path}" for path in _PAGES if "{" not in path}


def test_the_document_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "authorisation.md").read_text() == document(), (
        "run python -m tests.authorisation.matrix > docs/authorisation.md"
    )


# Pages.


async def test_pages_open_to_whom_the_matrix_says(town: Town) -> None:
    for who in EVERYBODY:
        if not may(who.role, Right.READ_GENERAL):
            continue  # they get no link to log in by, as their row says
        async with logged_in(town, who.identity) as pages:
            opened = {path: await pages.open(path) for path in PAGES}
        assert opened == {path: 200 if rule(who) else 403 for path, rule in PAGES.items()}, who.title


async def test_no_page_opens_to_a_stranger(town: Town) -> None:
    async with browser(town) as pages:
        for path in PAGES:
            await pages.open(path)
            assert pages.at.startswith("/dashboard/login"), path


# The API.


def key_for(app: App, scope: Scope) -> dict[str, str]:
    name = scope.value.replace(":", "-")
    return {"Authorization": f"Bearer {app.write_now(partial(keys.create_key, name, [scope]))}"}


def calls(app: App) -> set[tuple[str, str]]:
    """Every call that the site offers to programs; a path is written as in the documentation."""
    described = create_pages(app).openapi()["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods}


async def test_every_call_of_the_api_has_its_row(town: Town) -> None:
    assert {*calls(town.app), ("GET", "/metrics")} == set(API)


async def test_a_key_opens_what_its_scope_names_and_nothing_else(town: Town) -> None:
    held = {scope: key_for(town.app, scope) for scope in Scope}
    transport = httpx.ASGITransport(create_pages(town.app))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        for (method, path), needed in API.items():
            address = re.sub(r"\{\w+\}", "nothing", path)
            assert (await client.request(method, address)).status_code == 401, path
            for scope, headers in held.items():
                status = (await client.request(method, address, headers=headers)).status_code
                assert (status == 403) is (scope is not needed), f"{method} {path} with {scope}: {status}"
                assert status != 401
