"""Which kind of database an address means."""

from storage.errors import UnknownDatabase

_KINDS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql",
    "postgresql+psycopg": "postgresql",
    "postgres": "postgresql",
}


def shown(url: str) -> str:
    """An address as it may be shown: without who opens it or by which password."""
    if not is_postgresql(url):
        return url
    from storage.postgresql import name_of

    return name_of(url)


def is_postgresql(url: str) -> bool:
    """Whether an address is one of PostgreSQL, not of SQLite; any other kind is refused with `UnknownDatabase`."""
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in _KINDS:
        # Whatever else it is may hold a password.
        raise UnknownDatabase(kind=scheme if colon else url)
    return _KINDS[scheme] == "postgresql"
