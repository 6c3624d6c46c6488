"""Searching what people wrote: by the stems of words, in Finnish, Swedish and English at once.

Nobody says in which language a comment is, so each word is indexed by its stem in each of them; what is looked
for is stemmed the same way. A stem is also found as the beginning of a longer word, which is where compounds of
Finnish and Swedish have it: *lasku* finds *laskun* and *laskutus*.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
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
    type_coerce,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session
from sqlmodel import select as model_select

from storage.dialects import indexed, matches
from storage.search_index import GONE, INDEXED
from storage.tables import Answer, Feedback, Unindexed, core
from storage.vault import HIDDEN, UnknownKey
from storage.words import Sealing, key_of, sealing_in, sealing_of

_LANGUAGES = ("finnish", "swedish", "english")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
"""Letters of a word that count: what is longer is no word anybody looks for."""
_BEGINS = 4
"""A stem of fewer letters is looked for as a whole: too many words begin with it."""
_TERMS = 12
"""Words looked for at most."""
_LETTERS = 20_000
"""Indexed at a time, or one text: a tenth of a second of the writer's."""
_GRADED = ((re.compile(r"(?<=[aeiouyäö])ks$"), "s"), (re.compile(r"(?<=\w\w)im$"), "in"))
"""*tilauksen* has the stem *tilauks* and *puhelimen* the stem *puhelim*; they are *tilaus* and *puhelin*."""

_NOUNS = {"answers": core(Answer), "feedback": core(Feedback)}


def stems(words: str, hide: Callable[[str], str] | None = None) -> str:
    """The stems of a text, as they are indexed; hidden, each stands there with everything that it begins with."""
    found = {stem for word in _words(words) for stem in _stems_of(word)}
    if hide is not None:
        found = {hide(one) for stem in found for one in _beginnings(stem)}
    return " ".join(sorted(found))


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
    if next(_words(words), None) is None:
        return row_id.is_(None)
    index = table(INDEXED[kind], column("rowid"), column("stems"))
    matching = matches(literal_column(INDEXED[kind]), index.c.stems, literal(words, Wanted))
    return row_id.in_(select(index.c.rowid).where(matching))


def index_waiting(session: Session, most: int) -> int:
    """Index what was said since, fewer where much was said; how many rows. No tap waits for stems to be found."""
    waiting = list(session.exec(model_select(Unindexed).where(Unindexed.kind != GONE).limit(most)))
    letters = 0
    for place, one in enumerate(waiting, 1):
        said = _NOUNS[one.kind].c
        stored = select(type_coerce(said.words, Text)).where(said.id == one.row_id)
        words = session.connection().scalar(stored) or ""
        if found := _indexable(words, sealing_in(session)):
            index = table(INDEXED[one.kind], column("rowid"), column("stems"))
            session.connection().execute(insert(index).values(rowid=one.row_id, stems=indexed(found)))
        letters += len(words)
        if letters > _LETTERS:
            waiting = waiting[:place]
            break
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


def _indexable(stored: str, sealing: Sealing | None) -> str:
    """The stems of words as they are stored. Whoever reads the index learns no more of them than of the words."""
    key = key_of(stored)
    if not key:
        return stems(stored)
    try:
        return stems(sealing.opened(stored), partial(sealing.hidden, key=key)) if sealing else ""
    except UnknownKey:
        return ""


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
        whole = len(stem) < _BEGINS or stem.startswith(HIDDEN)
        yield f'"{stem}"' if whole else f'"{stem}"*'
        if sealing is not None:
            yield from (f'"{sealing.hidden(stem, key)}"' for key in sorted(sealing.keys))


def _beginnings(stem: str) -> Iterator[str]:
    """What a stem is found by, each as a whole, where it cannot be looked for by how it begins."""
    yield from (stem[:letters] for letters in range(_BEGINS, len(stem)))
    yield stem
