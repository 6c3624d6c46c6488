"""Which open case is the same matter: found by its customer, however many cases a service has had."""

from pathlib import Path

import pytest

from storage import repeats
from storage.database import Database
from tests.helpers.town import fresh_database


@pytest.mark.sqlite("its plans, in its words")
def test_a_low_score_looks_only_at_the_cases_of_its_customer(tmp_path: Path) -> None:
    with Database(fresh_database(tmp_path)) as database:
        for statement, index in (
            (repeats._OF_CUSTOMER, "cases_of_customer"),
            (repeats._OF_ACCOUNT, "cases_of_account"),
        ):
            plan = database.read_now(
                lambda session, sql=statement.sql: [  # type: ignore[misc]
                    row[3]
                    for row in session.connection().exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {sql}", tuple([None] * sql.count("?"))
                    )
                ]
            )
            assert index in plan[0]
