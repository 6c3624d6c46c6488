"""What is wanted of all there is: read from an address, written back, and found among the rows."""

from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import aliased

from handlers import searching
from handlers.context import Context
from handlers.errors import (
    DayNotUnderstood,
    DaysBackwards,
    FeedbackError,
    SearchTooLong,
    UnknownAccount,
    UnknownBand,
    UnknownService,
    UnknownStream,
    UnknownTeam,
    UnknownTouchpoint,
)
from handlers.events import CommentGiven, FeedbackLogged, RatingGiven, Sender
from handlers.filters import Filters, filters_from
from handlers.wording.sentences import error
from storage import counts
from storage.scope import Scope
from storage.tables import Case, Feedback, Invitation, Response, core
from storage.vocabulary import Band, FeedbackType, Stream, Tone
from tests.helpers.desk import Desk
from tests.helpers.town import example, helsinki

EXAMPLE = example()
SEARCHES = st.text(max_size=40).map(lambda text: filters_from([("words", text)], EXAMPLE).words)
FILTERS = st.builds(
    Filters,
    services=st.frozensets(st.sampled_from(sorted(EXAMPLE.services))),
    teams=st.frozensets(st.sampled_from(sorted(EXAMPLE.teams))),
    touchpoints=st.frozensets(st.sampled_from(sorted(EXAMPLE.touchpoints))),
    accounts=st.frozensets(st.sampled_from(sorted(EXAMPLE.accounts))),
    streams=st.frozensets(st.sampled_from(Stream)),
    bands=st.frozensets(st.sampled_from(Band)),
    since=st.none() | st.dates(date(1970, 1, 1), date(2020, 1, 1)),
    until=st.none() | st.dates(date(2020, 1, 1), date(9998, 12, 31)),
    words=SEARCHES,
)


def _from(address: str) -> Filters:
    return filters_from(parse_qsl(address), EXAMPLE)


@given(FILTERS)
def test_an_address_brings_back_the_filters_it_was_made_of(filters: Filters) -> None:
    assert _from(filters.address()) == filters


def test_what_is_none_of_ours_or_empty_is_passed_over() -> None:
    assert _from("page=7&service=&since=+&utm_source=mail") == Filters()
    assert Filters().address() == ""


def test_of_one_kind_several_may_be_named_and_of_days_the_last_counts() -> None:
    read = _from("service=lobby&service=pension-advice&since=2026-01-01&since=2026-11-01&band=poor")
    assert read.services == {"lobby", "pension-advice"}
    assert read.since == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("address", "refusal", "told"),
    [
        ("service=moon", UnknownService, "moon"),
        ("team=moon", UnknownTeam, "advice"),
        ("touchpoint=moon", UnknownTouchpoint, "phone"),
        ("account=moon", UnknownAccount, "moon"),
        ("stream=moon", UnknownStream, "customer"),
        ("band=awful", UnknownBand, "poor"),
        ("since=yesterday", DayNotUnderstood, "2026-11-30"),
        ("until=2026-02-30", DayNotUnderstood, "2026-02-30"),
        ("until=9999-12-31", DayNotUnderstood, "9999"),
        ("since=2026-11-02&until=2026-11-01", DaysBackwards, "2026-11-01"),
        (f"words={'a' * 201}", SearchTooLong, "200"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    address: str, refusal: type[FeedbackError], told: str
) -> None:
    with pytest.raises(refusal) as refused:
        _from(address)
    assert told in error(refused.value, "en")
    assert refused.value.field in address


def test_days_are_whole_days_of_the_organisations_zone_and_the_last_is_included() -> None:
    chosen = _from("since=2026-10-25&until=2026-10-25").chosen(EXAMPLE)
    assert chosen.start == helsinki("2026-10-25 00:00")
    assert chosen.end == helsinki("2026-10-26 00:00")
    assert (chosen.end - chosen.start).total_seconds() == 25 * 3600  # the clocks go back that night


# Found among the rows.


def _furnish(desk: Desk) -> None:
    """A poor call about pensions with words; three days later a good visit to the lobby, and a logged complaint."""
    call = desk.ask(service="pension-advice")
    desk.hear(RatingGiven, "omar", invitation=call, question="ease", score=5)
    desk.hear(RatingGiven, "omar", invitation=call, question="handled", score=3)
    desk.hear(
        CommentGiven, "omar", invitation=call, question="words", words="100 % lost, and _nobody_ called"
    )
    desk.later(days=3)
    visit = desk.ask(touchpoint="visit", customer=Sender("sandbox", "tom"), service="lobby")
    desk.hear(RatingGiven, "tom", invitation=visit, question="grade", score=10)
    desk.hear(
        FeedbackLogged,
        "sanna",
        words="The letter got lost",
        customer="Acme",
        type=FeedbackType.COMPLAINT,
        tone=Tone.NEGATIVE,
        service="lobby",
    )
    desk.do(searching.index)


def _found(desk: Desk, address: str) -> str:
    """What the filters of an address find, by service: responses, feedback and cases."""
    filters = _from(address)

    def work(ctx: Context) -> str:
        chosen = filters.chosen(ctx.organisation)
        queries = (
            select(core(noun).c.service).where(chosen.of(noun)).order_by(core(noun).c.id)
            for noun in (Response, Feedback, Case)
        )
        return " · ".join(", ".join(ctx.session.connection().scalars(query)) for query in queries)

    return desk.do(work)


FOUND = {
    "": "pension-advice, lobby · lobby · pension-advice, lobby",
    "service=lobby": "lobby · lobby · lobby",
    "team=advice&service=lobby": "lobby · lobby · lobby",
    "team=city-it": " ·  · ",
    "touchpoint=phone": "pension-advice ·  · pension-advice",
    "account=acme": "lobby · lobby · lobby",
    "account=education&service=lobby": " ·  · ",
    "stream=customer": "pension-advice, lobby · lobby · pension-advice, lobby",
    "stream=staff": " ·  · ",
    "band=poor": "pension-advice · lobby · pension-advice, lobby",
    "band=fair": " ·  · ",
    "band=good": "lobby ·  · ",
    "since=2026-11-25": "lobby · lobby · lobby",
    "until=2026-11-24": "pension-advice ·  · pension-advice",
    "words=LOST": "pension-advice · lobby · pension-advice, lobby",
    "words=nobody+lost": "pension-advice ·  · pension-advice",
    "words=100+%25": "pension-advice ·  · pension-advice",
    "words=1%25t": " ·  · ",
    "words='\"%3B--%00": " ·  · ",
}


def test_filters_find_what_they_name_and_nothing_else(desk: Desk) -> None:
    _furnish(desk)
    assert {address: _found(desk, address) for address in FOUND} == FOUND


def test_filters_choose_out_of_what_is_somebodys(desk: Desk) -> None:
    _furnish(desk)
    theirs = Scope(services=frozenset({"pension-advice"}), accounts=frozenset({"acme"}))

    def services(address: str) -> list[str | None]:
        chosen = _from(address).chosen(EXAMPLE, theirs)
        service = core(Response).c.service
        rows = select(service).where(chosen.of(Response)).order_by(service)
        return desk.do(lambda ctx: list(ctx.session.connection().scalars(rows)))

    assert services("") == ["lobby", "pension-advice"]
    assert services("touchpoint=visit") == ["lobby"]
    assert services("service=lobby&account=education") == []


def test_what_is_counted_is_chosen_by_the_same_filters(desk: Desk) -> None:
    _furnish(desk)
    whole = helsinki("2026-11-01 00:00"), helsinki("2026-12-01 00:00")

    def counted(address: str) -> tuple[int, int]:
        """Responses, and requests, which have no team of their own."""
        scope = _from(address).chosen(EXAMPLE).scope
        requests = select(core(Invitation).c.id).where(scope.of(Invitation))

        def work(ctx: Context) -> tuple[int, int]:
            responses = counts.response_count(ctx.session, scope, *whole, stream=Stream.CUSTOMER)
            return responses, len(ctx.session.connection().execute(requests).all())

        return desk.do(work)

    assert counted("") == counted("team=advice") == (2, 2)
    assert counted("touchpoint=visit") == (1, 1)
    assert counted("team=city-it") == (0, 0)
    assert not _from("team=advice").chosen(EXAMPLE).scope.names_customers
    assert _from("account=acme").chosen(EXAMPLE).scope.names_customers


def test_an_alias_is_chosen_like_the_noun_itself(desk: Desk) -> None:
    _furnish(desk)
    other = aliased(Response)
    query = select(other).where(_from("band=poor&words=lost").chosen(EXAMPLE).of(other))
    assert desk.do(lambda ctx: ctx.session.scalars(query).one().service) == "pension-advice"
