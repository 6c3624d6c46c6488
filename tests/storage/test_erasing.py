"""No table that points to a person, or holds what somebody wrote, is forgotten by who erases."""

import inspect

from sqlmodel import SQLModel

from storage import erasing, tables
from storage.tables import core

NOBODYS = {
    "OrganisationVersion": "handlers.erasing takes the person out of every version",
    "SurveyVersion": "the organisation's own words",
    "StaffNote": "anonymous from the beginning",
    "SheetAnswer": "anonymous from the beginning",
}


def _personal(noun: type[SQLModel]) -> bool:
    columns = core(noun).columns
    points = any(key.column.table is core(tables.Person) for column in columns for key in column.foreign_keys)
    return points or any(str(column.type) in ("TEXT", "JSON") for column in columns)


def test_every_table_that_tells_of_people_is_known_to_who_erases() -> None:
    nouns = [
        noun
        for _, noun in inspect.getmembers(tables, inspect.isclass)
        if noun.__module__ == tables.__name__ and issubclass(noun, SQLModel)
    ]
    known = set(vars(erasing)) | NOBODYS.keys()
    assert [noun.__name__ for noun in nouns if _personal(noun) and noun.__name__ not in known] == []
