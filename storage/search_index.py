"""The index by which comments and feedback are searched, of the stems of words: SQLite's FTS5, PostgreSQL's GIN.

A row of `answer_words` or `feedback_words` has the number of what it was made of. Triggers keep the promise
that nothing is found which is not said any more, whoever changes it: overwritten or emptied, words leave the
index in the same transaction. New words only join `search_waiting`, because stems take milliseconds.
"""

from collections.abc import Iterator

INDEXED = {"answers": "answer_words", "feedback": "feedback_words"}
"""The table in which words stand, and the index of it."""


GONE = "gone"
"""Stands in `search_waiting` when words were taken out and the index has still to forget them."""


def is_shadow(table: str) -> bool:
    """Whether a table is the index's own: SQLite keeps it in tables that it names after it."""
    return table.startswith(tuple(INDEXED.values()))


def _of(table: str, index: str, searched: str) -> Iterator[str]:
    # Names of ours alone: no statement about tables takes them as parameters.
    waits = f"INSERT OR IGNORE INTO search_waiting (kind, row_id) VALUES ('{table}', new.id)"  # noqa: S608
    taken = f"DELETE FROM {index} WHERE rowid = old.id"  # noqa: S608
    gone = f"{taken}; INSERT OR IGNORE INTO search_waiting (kind, row_id) VALUES ('{GONE}', 0)"  # noqa: S608
    done = f"DELETE FROM search_waiting WHERE kind = '{table}' AND row_id = old.id"  # noqa: S608
    yield f"CREATE VIRTUAL TABLE {index} USING fts5(stems, detail = none, tokenize = 'unicode61 remove_diacritics 0')"
    yield f"CREATE TRIGGER {index}_said AFTER INSERT ON {table} WHEN {searched} BEGIN {waits}; END"
    changed = f"AFTER UPDATE OF words ON {table} WHEN new.words IS NOT old.words"
    yield f"CREATE TRIGGER {index}_changed {changed} AND {searched} BEGIN {gone}; {waits}; END"
    yield f"CREATE TRIGGER {index}_emptied {changed} AND NOT ({searched}) BEGIN {gone}; {done}; END"
    yield f"CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} BEGIN {gone}; {done}; END"


def _of_postgresql(table: str, index: str, searched: str) -> Iterator[str]:
    waits = f"INSERT INTO search_waiting (kind, row_id) VALUES ('{table}', new.id) ON CONFLICT DO NOTHING"  # noqa: S608
    taken = f"DELETE FROM {index} WHERE rowid = old.id"  # noqa: S608
    done = f"DELETE FROM search_waiting WHERE kind = '{table}' AND row_id = old.id"  # noqa: S608
    yield f"CREATE TABLE {index} (rowid bigint PRIMARY KEY, stems tsvector NOT NULL)"
    yield f"CREATE INDEX {index}_stems ON {index} USING gin (stems)"
    yield (
        f"CREATE FUNCTION {index}_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {taken}; {done}; END IF; "
        f"IF TG_OP <> 'DELETE' THEN IF {searched} THEN {waits}; END IF; END IF; "
        "RETURN NULL; END $$"
    )
    follow = f"EXECUTE FUNCTION {index}_follow()"
    yield f"CREATE TRIGGER {index}_said AFTER INSERT OR DELETE ON {table} FOR EACH ROW {follow}"
    changed = "FOR EACH ROW WHEN (new.words IS DISTINCT FROM old.words)"
    yield f"CREATE TRIGGER {index}_changed AFTER UPDATE OF words ON {table} {changed} {follow}"


_ANSWERS = ("answers", "answer_words", "new.metric = 'words' AND coalesce(new.words, '') <> ''")
_FEEDBACK = ("feedback", "feedback_words", "coalesce(new.words, '') <> ''")

INDEX = {
    "sqlite": (*_of(*_ANSWERS), *_of(*_FEEDBACK)),
    "postgresql": (*_of_postgresql(*_ANSWERS), *_of_postgresql(*_FEEDBACK)),
}
"""The statements that make it, by engine."""
