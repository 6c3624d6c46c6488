"""Whether two wishes may be for the same need: a suggestion that shows its reason, for a person to confirm.

Words are compared by their stems, in Finnish, Swedish and English at once. It knows no synonyms and translates
nothing; what it does not find, a person joins by hand.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LIKE = 0.5
"""From this share of common stems on, two wishes are suggested to be one."""
MOST = 5

_STEM = 6
"""Letters that make a stem: what follows is mostly ending, in all three languages."""
_SHORTEST = 3
_ENDINGS = sorted(
    (
        *("ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "nsa", "nsä", "mme", "tte"),
        *("den", "tta", "ttä", "ien", "jen", "ja", "jä", "ia", "iä", "in", "an", "än", "on", "un", "yn"),
        *("arna", "erna", "orna", "ens", "ets", "ing", "ed", "es", "en", "et", "ar", "er", "or"),
        *("s", "n", "t", "a", "ä", "e", "i"),
    ),
    key=len,
    reverse=True,
)
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
        että joka jotta kun jos niin mutta myös sekä tai vain olla ovat olisi voisi voida pitäisi saada saisi haluan
        haluaisin toivon toivoisin toive tämä tämän sitä siitä minun meidän teidän heidän hyvä enemmän kanssa ilman
        och att det den som kan ska skulle vara inte med för till från har hade vill önskar önskan måste också mera
        detta våra vår ert era deras
        and the that this with for from could would should can may have has had not please want wish wishes need
        needs there their they our your you into more also able like get one all
        """,
    )
)
"""Words that wishes have in common whatever they are for."""


@dataclass(frozen=True)
class Likeness:
    """How alike two wishes are, and the words of the first by which they are."""

    share: float
    shared: tuple[str, ...] = ()


def likeness(one: str, other: str) -> Likeness:
    """The stems both have, as a share of those of the shorter, from 0 to 1; 0 where fewer than two are common."""
    mine, theirs = _stems(one), _stems(other)
    common = mine.keys() & theirs.keys()
    if len(common) < 2:
        return Likeness(0.0)
    shared = tuple(word for stem, word in mine.items() if stem in common)
    return Likeness(len(common) / min(len(mine), len(theirs)), shared)


def alike(need: str, others: Iterable[tuple[str, str]]) -> list[tuple[str, Likeness]]:
    """Keys of other wishes, (key, words) each, that may be for the same need; the likest first, `MOST` at most."""
    found = [(key, likeness(need, words)) for key, words in others]
    close = [(key, like) for key, like in found if like.share >= LIKE]
    return sorted(close, key=lambda pair: (-pair[1].share, -len(pair[1].shared)))[:MOST]


def _stems(text: str) -> Mapping[str, str]:
    """Stem → the word it was first met in, of every word that means something."""
    folded = unicodedata.normalize("NFC", text).casefold()
    words = [word for word in re.findall(r"[^\W\d_]+", folded) if len(word) > 2 and word not in _COMMON]
    return {_stem(word): word for word in reversed(words)}


def _stem(word: str) -> str:
    """Without its endings, one after the other: *iltaisin*, *iltaan* and *ilta* are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return _stem(word[: -len(ending)])
    return word if len(word) <= _STEM else _stem(word[:_STEM])
