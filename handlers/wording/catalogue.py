"""The catalogues kept in step with the code: `python -m handlers.wording.catalogue`.

Adds every new sentence with an empty translation, drops those that nobody says any more and keeps
the rest. A test is red until a person has written what is empty.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from handlers.wording.language import CATALOGUES

ROOT = Path(__file__).parents[2]
TRANSLATED = ("fi", "sv")
"""Languages with a catalogue; English is in the code."""

_SENTENCE_AT = {"translate": (1,), "plural": (1, 2), "wording": (1,), "msgid": (0,), "everywhere": (0,)}
"""Which arguments of our functions are sentences."""


@dataclass(frozen=True)
class Sentence:
    """One msgid, with its plural where it has one, and the module that says it."""

    source: str
    msgid: str
    plural: str = ""


def sentences() -> Iterator[Sentence]:
    """All that `handlers` and `bot` say: marked strings, and the docstrings that are error sentences."""
    for room in ("handlers", "bot"):
        for path in sorted((ROOT / room).rglob("*.py")):
            source = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text("utf-8"))
            yield from _marked(tree, source)
            if source == "handlers/errors.py":
                yield from _documented(tree, source)


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language is kept."""
    return CATALOGUES / language / "LC_MESSAGES" / "kaiku.po"


def read(language: str) -> Catalog:
    """The catalogue as it is on the disk; empty when there is none."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def refreshed(before: Catalog, language: str) -> Catalog:
    """A catalogue of what the code says now, with the translations there were."""
    now = Catalog(
        locale=language,
        header_comment=f"# What Kaiku says, language: {language}.",
        project="Kaiku",
        version="1",
        msgid_bugs_address="the issues of this repository",
        last_translator="Kaiku contributors",
        language_team=language,
        creation_date=before.creation_date,
        revision_date=before.creation_date,
        fuzzy=False,
    )
    for said in sentences():
        key = (said.msgid, said.plural) if said.plural else said.msgid
        known = before.get(said.msgid)
        now.add(key, known.string if known else None, locations=[(said.source, 0)])
    return now


def main() -> None:
    """Bring both catalogues in step."""
    for language in TRANSLATED:
        catalogue = refreshed(read(language), language)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            write_po(target, catalogue, width=100, include_lineno=False)


def _marked(tree: ast.Module, source: str) -> Iterator[Sentence]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if not isinstance(node.func, ast.Name):
            continue
        positions = _SENTENCE_AT.get(node.func.id, ())
        found = [_literal(node.args[at]) for at in positions if at < len(node.args)]
        if found and all(found):
            yield Sentence(source, *found)


def _documented(tree: ast.Module, source: str) -> Iterator[Sentence]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (words := ast.get_docstring(node)):
            yield Sentence(source, " ".join(words.split()))


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


if __name__ == "__main__":
    main()
