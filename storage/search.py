"""Searching what people wrote: by the stems of words, in Finnish, Swedish and English at once.

Nobody says in which language a comment is, so each word is indexed by its stem in each of them; what is looked
for is stemmed the same way. A stem is also found as the beginning of a longer word, which is where compounds of
Finnish and Swedish have it: *lasku* finds *laskun* and *laskutus*.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Text,
    column,
    delete,
    insert,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session
from sqlmodel import select as model_select

from storage.dialects import indexed, matches
from storage.search_index import GONE, INDEXED
from storage.tables import Answer, Feedback, Unindexed, core
from storage.words import BEGINS, Sealing, sealing_in, sealing_of

_LANGUAGES = ("finnish", "swedish", "english")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
"""Letters of a word that count: what is longer is no word anybody looks for."""
_TERMS = 12
"""Words looked for at most."""
_GRADED = ((re.compile(r"(?<=[aeiouyäö])ks$"), "s"), (re.compile(r"(?<=\w\w)im$"), "in"))
"""*tilauksen* has the stem *tilauks* and *puhelimen* the stem *puhelim*; they are *tilaus* and *puhelin*."""

_NOUNS = {"answers": core(Answer), "feedback": core(Feedback)}


def stems(words: str, sealing: Sealing | None = None) -> str:
    """The stems of a text, as they are indexed."""
    found = {stem for word in _words(words) for stem in _stems_of(word)}
    return " ".join(sorted(set(sealing.indexed(found)) if sealing else found))


def query(words: str, sealing: Sealing | None = None) -> str:
    """What to look for, in the index's own language: every word, by any of its stems. Empty when there is none.

    Only letters and digits are left of what was typed, so there is nothing in it that the index would obey.
    """
    wanted = list(dict.fromkeys(_words(words)))[:_TERMS]
    return " AND ".join(f"({' OR '.join(_terms(word, sealing))})" for word in wanted)


class Wanted(TypeDecorator[str]):
    """Words that are looked for: the index is asked for them as the installation indexes them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        """The question."""
        return query(value or "", sealing_of(dialect))


def found(kind: str, row_id: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Whether a row of `answers` or `feedback` has all of the words; nothing has none."""
    if not query(words):
        return row_id.is_(None)
    index = table(INDEXED[kind], column("rowid"), column("stems"))
    matching = matches(literal_column(INDEXED[kind]), index.c.stems, literal(words, Wanted))
    return row_id.in_(select(index.c.rowid).where(matching))


def index_waiting(session: Session, most: int) -> int:
    """Index what was said since; how many rows. Stems are found here, so that no tap waits for them."""
    waiting = session.exec(model_select(Unindexed).where(Unindexed.kind != GONE).limit(most)).all()
    for one in waiting:
        said = _NOUNS[one.kind]
        words = session.connection().scalar(select(said.c.words).where(said.c.id == one.row_id))
        if words:
            index = table(INDEXED[one.kind], column("rowid"), column("stems"))
            found = stems(words, sealing_in(session))
            session.connection().execute(insert(index).values(rowid=one.row_id, stems=indexed(found)))
    for kind in INDEXED:
        numbers = [one.row_id for one in waiting if one.kind == kind]
        queue = core(Unindexed)
        session.connection().execute(delete(queue).where(queue.c.kind == kind, queue.c.row_id.in_(numbers)))
    session.expire_all()
    return len(waiting)


def tidy(session: Session, pages: int) -> bool:
    """Let the index forget words that were taken out, so many pages at a time; whether there is more to do.

    SQLite only marks what is deleted from an index, until the part it stands in is merged with the others. By its
    own words, fewer than two changes mean that nothing was left to merge.
    """
    connection, queue = session.connection(), core(Unindexed)
    if session.get(Unindexed, (GONE, 0)) is None:
        return False
    before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    for index in INDEXED.values():
        merge = f"INSERT INTO {index}({index}, rank) VALUES ('merge', ?)"  # noqa: S608 -- a name of ours
        connection.exec_driver_sql(merge, (-pages,))
    after = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    if after - before >= 2 * len(INDEXED):
        return True
    connection.execute(delete(queue).where(queue.c.kind == GONE))
    return False


def _words(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFC", text).casefold()
    return (word[:_LONGEST] for word in _WORD.findall(folded))


@lru_cache(maxsize=50_000)
def _stems_of(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_graded(stemmer.stemWord(word)) for stemmer in _stemmers()))


def _graded(stem: str) -> str:
    for ending, basic in _GRADED:
        stem = ending.sub(basic, stem)
    return stem


@cache
def _stemmers() -> tuple[Any, ...]:
    import snowballstemmer  # three megabytes of rules, for whoever has words to search

    return tuple(snowballstemmer.stemmer(language) for language in _LANGUAGES)


def _terms(word: str, sealing: Sealing | None) -> Iterator[str]:
    for stem in _stems_of(word):
        yield f'"{stem}"*' if len(stem) >= BEGINS else f'"{stem}"'
        yield from (f'"{hidden}"' for hidden in (sealing.hidden(stem) if sealing else ()))
