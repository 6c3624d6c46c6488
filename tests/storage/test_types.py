from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from storage.types import EmailAddress, SharedText, UtcDateTime

moments = Table("moments", MetaData(), Column("at", UtcDateTime, nullable=True))
zones = st.timezones() | st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001  zones are drawn


def remembered(value: datetime | None) -> datetime | None:
    with create_engine("sqlite://").begin() as connection:
        moments.create(connection)
        connection.execute(insert(moments).values(at=value))
        return connection.scalar(select(moments.c.at))


@given(instants)
def test_an_instant_comes_back_as_the_same_instant_in_utc(instant: datetime) -> None:
    back = remembered(instant)
    assert back == instant.astimezone(UTC)
    assert back.tzinfo is UTC


@given(st.datetimes())
def test_a_naive_datetime_is_refused(naive: datetime) -> None:
    with pytest.raises(StatementError, match="give it a time zone"):
        remembered(naive)


def test_nothing_stays_nothing() -> None:
    assert remembered(None) is None


letters = Table("letters", MetaData(), Column("address", EmailAddress, nullable=True))


@pytest.mark.parametrize("sought", ["liisa@example.org", "LIISA@example.org ", " Liisa@Example.Org"])
def test_an_address_is_found_whatever_its_capitals(sought: str) -> None:
    with create_engine("sqlite://").begin() as connection:
        letters.create(connection)
        connection.execute(insert(letters).values(address=" Liisa@Example.org"))
        found = select(letters.c.address).where(letters.c.address == sought)
        assert connection.scalar(found) == "liisa@example.org"


def test_an_empty_address_is_none() -> None:
    with create_engine("sqlite://").begin() as connection:
        letters.create(connection)
        connection.execute(insert(letters).values(address=" "))
        assert connection.scalar(select(letters.c.address)) is None


def test_a_text_that_rows_have_in_common_is_kept_once() -> None:
    wordings = Table("wordings", MetaData(), Column("said", SharedText, nullable=True))
    with create_engine("sqlite://").begin() as connection:
        wordings.create(connection)
        connection.execute(
            insert(wordings), [{"said": "How was it? " * 9}, {"said": "How was it? " * 9}, {"said": None}]
        )
        first, second, none = connection.scalars(select(wordings.c.said))
    assert first is second
    assert first == "How was it? " * 9
    assert none is None
