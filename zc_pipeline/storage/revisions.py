"""`revisions.yaml`: a person's word on which documents are versions of one disclosure, and which are not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import yaml

from zc_pipeline.errors import UsageError
from zc_pipeline.model import Relation, RevisionWord
from zc_pipeline.schemas.fields import SHA256

_KEYS: Final = ("documents", "relation", "reason", "name", "date")
_WORDS: Final = _KEYS[2:]


def read_revision_words(path: Path) -> tuple[RevisionWord, ...]:
    """Read what people said of revisions; nothing where there is no file.

    The file is a list of entries with ``documents`` (two or more document ids, all 64 digits), ``relation``
    (``different``, or ``revised`` with the oldest document first), ``reason``, ``name`` and ``date``.

    Raises:
        UsageError: the file is not of that form, or two entries contradict each other; the sentence names
            the entry.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no YAML: {error}") from error
    if content is None:
        return ()
    if not isinstance(content, list):
        raise UsageError(f"{path} must be a list of entries.")
    words = tuple(_read_entry(path, number, entry) for number, entry in enumerate(content, start=1))
    _refuse_contradictions(path, words)
    return words


def pairs_of(words: Iterable[RevisionWord]) -> Iterator[tuple[str, str, Relation]]:
    """Each pair of documents that a word is about, with what it says; the older one of ``revised`` first."""
    for word in words:
        for one, other in combinations(word.documents, 2):
            yield one, other, word.relation


def _read_entry(path: Path, number: int, entry: object) -> RevisionWord:
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict) or set(entry) != set(_KEYS):
        raise UsageError(f"{where} must have exactly the keys {', '.join(_KEYS)}.")
    values = {key: str(entry[key]).strip() for key in _WORDS}
    empty = [key for key in _WORDS if entry[key] is None or not values[key]]
    if empty:
        raise UsageError(f"{where} leaves {', '.join(empty)} empty.")
    if entry["relation"] not in list(Relation):
        raise UsageError(
            f"{where}: {entry['relation']!r} is no relation; it is one of {', '.join(Relation)} (versions of "
            "one disclosure, the oldest first)."
        )
    return RevisionWord(_read_documents(where, entry["documents"]), Relation(entry["relation"]), **values)


def _read_documents(where: str, found: Any) -> tuple[str, ...]:
    documents = [str(one) for one in found] if isinstance(found, list) else []
    if len(documents) < 2:
        raise UsageError(f"{where}: documents must be a list of two or more document ids.")
    for one in documents:
        if not re.fullmatch(SHA256, one):
            raise UsageError(f"{where}: {one!r} is no document_id: it has 64 digits, as in `documents`.")
    if len(set(documents)) < len(documents):
        raise UsageError(f"{where} names a document twice.")
    return tuple(documents)


def _refuse_contradictions(path: Path, words: Iterable[RevisionWord]) -> None:
    said: dict[frozenset[str], tuple[int, str, Relation]] = {}
    for number, word in enumerate(words, start=1):
        for one, other, relation in pairs_of([word]):
            earlier = said.setdefault(frozenset((one, other)), (number, one, relation))
            if earlier[2] is not relation or (relation is Relation.REVISED and earlier[1] != one):
                raise UsageError(
                    f"{path}: entries {earlier[0]} and {number} contradict each other about the documents "
                    f"{one[:12]}… and {other[:12]}…."
                )
