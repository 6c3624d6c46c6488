"""The API does what its description says, whatever is sent: other people's program reads it and tries."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from bot.app import App
from bot.web.site import create_site
from storage.vocabulary import Scope

pytestmark = pytest.mark.whole

load_all_checks()
_SOME = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def calls(app: App) -> list[Any]:
    """Every call of the API that is described."""
    described = schemathesis.openapi.from_asgi("/api/openapi.json", create_site(app)).include(
        path_regex="^/api/"
    )
    found: list[Any] = list(described.get_all_operations())
    return [call.ok() for call in found]


@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_sent_is_answered_as_described(
    mode: GenerationMode, calls: list[Any], key: Callable[..., dict[str, str]]
) -> None:
    """What has the right form may still be unknown here; and of a batch, what is wrong is told among its results."""
    header = key()
    for call in calls:

        @_SOME
        @given(case=call.as_strategy(generation_mode=mode))
        def answered(case: Any) -> None:
            answer = case.call(headers=header)
            told_one_by_one = (
                [negative_data_rejection] if answer.status_code == HTTPStatus.MULTI_STATUS else []
            )
            but = [positive_data_acceptance, *told_one_by_one]
            case.validate_response(answer, headers=header, excluded_checks=but)

        answered()
    assert len(calls) == 13


@pytest.mark.parametrize("scope", [None, *Scope])
def test_no_key_opens_more_than_it_says(
    scope: Scope | None, calls: list[Any], key: Callable[..., dict[str, str]]
) -> None:
    """Each call without a key, with one that is none, and with a key of each one scope."""
    header = key(scope) if scope else {"Authorization": "Bearer kaiku_nobody"}
    opened: set[str] = set()
    for call in calls:

        @settings(_SOME, max_examples=2)
        @given(case=call.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def admitted(case: Any) -> None:
            assert case.call().status_code == 401
            if case.call(headers=header).status_code not in (401, 403):
                opened.add(case.operation.path)

        admitted()
    assert {path for path in opened if not any(path.startswith(one) for one in OPENS.get(scope, ()))} == set()
    assert bool(opened) is bool(OPENS.get(scope))


OPENS: dict[Scope | None, tuple[str, ...]] = {
    Scope.ENCOUNTERS_WRITE: ("/api/v1/encounters",),
    Scope.ANSWERS_WRITE: ("/api/v1/invitations",),
    Scope.LEDGER_READ: ("/api/v1/encounters/{reference}/why",),
    Scope.FIGURES_READ: ("/api/v1/figures",),
    Scope.RESPONSES_READ: ("/api/v1/responses", "/api/v1/feedback"),
    Scope.CASES_READ: ("/api/v1/cases",),
}
