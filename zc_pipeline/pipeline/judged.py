"""What a year's last publication was made from, document by document: so that only what is new is judged.

The record lies beside the tables, in ``state/judged_<year>.json``, and is no part of them. It names the
sha256 of each file it speaks of: a record that does not fit the files that lie there (a run was stopped
between the two, a file was put back or changed by hand) is no record, and all documents of the year are
judged anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zc_pipeline import __version__
from zc_pipeline.errors import PublicationStopped
from zc_pipeline.model import Disclosure, Problem, Release
from zc_pipeline.parse.document import PARSER_VERSION, READER_VERSION, hash_file
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.files import replace_file, text_writer
from zc_pipeline.storage.parquet import read_facts, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.links import comparable
from zc_pipeline.tables.notes import problems_to_json

_KEY_DIGITS: Final = 12  # hex digits: 48 bits, for comparisons within one department


@dataclass(frozen=True, slots=True)
class TableOfFacts:
    """What is known of one target table without its rows.

    Attributes:
        verdict: its own, before anything that other documents decide.
        unit_names: distinct, sorted; empty text for projects below no unit row.
        project_keys: distinct, sorted :func:`project_key` of its projects.
    """

    table_number: int
    department_name: str | None
    title: str | None
    verdict: str
    unit_names: tuple[str, ...]
    project_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What is known of one document without its rows: enough to see which other documents it belongs with.

    Attributes:
        withdrawn_at: when its file was found gone; None while it is there.
        replaced_by: ``document_id`` of what lies in its place; None for nothing.
    """

    document_id: str
    source_file: str
    first_seen_at: datetime
    tables: tuple[TableOfFacts, ...]
    withdrawn_at: datetime | None = None
    replaced_by: str | None = None


def project_key(unit_name: str | None, project_name: str) -> str:
    """A short name for a project of a unit, for comparison: widths of characters and blanks do not count."""
    text = f"{comparable(unit_name)}\t{comparable(project_name)}"
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def tables_of_facts(disclosure: Disclosure) -> tuple[TableOfFacts, ...]:
    """What is kept of a judged disclosure's tables."""
    return tuple(
        TableOfFacts(
            table.table_number,
            table.facts.department_name if table.facts else None,
            table.facts.title if table.facts else None,
            table.verdict.value,
            tuple(sorted({project.unit_name or "" for project in table.projects})),
            tuple(sorted({project_key(one.unit_name, one.project_name) for one in table.projects})),
        )
        for table in disclosure.tables
    )


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """What a document was judged from, and what came out.

    Attributes:
        judged_from: :func:`inputs_of` of it.
        tables: its facts.
        decision: what other documents of the year decided of it, as a stable text; empty for nothing.
    """

    judged_from: str
    tables: tuple[TableOfFacts, ...]
    decision: str = ""


def inputs_of(
    *,
    document_id: str,
    source_file: str,
    first_seen_at: datetime,
    problems: Iterable[Problem],
    releases: Iterable[Release],
    stitched_sha256: str,
) -> str:
    """All that a document's own verdict rests on, as one hash: equal inputs give equal rows.

    Args:
        document_id: sha256 of the PDF.
        source_file: its path below ``raw/``.
        first_seen_at: stands in its rows.
        problems: what was found before its pages were read.
        releases: all of them; those of other documents are passed over.
        stitched_sha256: of the file of its joined rows, which carries what the stages before found.
    """
    facts = [
        _versions(),
        document_id,
        source_file,
        first_seen_at.isoformat(),
        problems_to_json(problems),
        [[str(one), one.reason] for one in releases if one.document_id == document_id],
        stitched_sha256,
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def _versions() -> str:
    return f"{__version__} {READER_VERSION} {PARSER_VERSION} {SCHEMA_VERSION}"


class _PublishedFrames(Mapping[str, pd.DataFrame]):
    """A year's published tables, each read when it is asked for, and not held."""

    def __init__(self, paths: DataPaths, year: int, tables: Sequence[str]) -> None:
        self._paths, self._year, self._tables = paths, year, tuple(tables)

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in self._tables:
            raise KeyError(table)
        stored = read_table(self._paths.published(table, self._year), table)
        if stored is None:
            raise PublicationStopped(
                f"The published table {table} of {self._year} was changed or taken away while a run was "
                f"using it. Run `zc-pipeline run --year {self._year}` again."
            )
        return stored.frame

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


@dataclass(frozen=True, slots=True)
class LastPublication:
    """A year's published tables, read when they are asked for, with what each document was judged from."""

    publication_id: str
    frames: Mapping[str, pd.DataFrame]
    documents: Mapping[str, JudgedDocument]

    def is_same(self, publication_id: str, frames: Mapping[str, pd.DataFrame]) -> bool:
        """Whether these tables are the published ones, to the last value."""
        return publication_id == self.publication_id and all(
            table in self.frames and frame.equals(self.frames[table]) for table, frame in frames.items()
        )


def read_last_publication(paths: DataPaths, year: int, tables: Sequence[str]) -> LastPublication | None:
    """The year's published tables, if they lie there just as the last run left them.

    Args:
        paths: the data folder.
        year: the fiscal year.
        tables: the tables that are published together.

    Returns:
        None where there is no publication, or no record of it, or a file is another than the record says, or
        was made by another version of the program: everything is to be judged anew.
    """
    record = _read(paths.judged(year))
    if record is None or record.get("versions") != _versions():
        return None
    try:
        digests = {table: hash_file(paths.published(table, year)) for table in tables}
        if digests != record["tables"]:
            return None
        documents = {
            document_id: JudgedDocument(
                one["judged_from"], tuple(map(_table_of, one["tables"])), one["decision"]
            )
            for document_id, one in record["documents"].items()
        }
    except (OSError, KeyError, TypeError):
        return None
    stored = [read_facts(paths.published(table, year), table) for table in tables]
    ids = {None if one is None or one.why_not_current else one.notes.get("publication_id") for one in stored}
    if ids != {record["publication_id"]}:
        return None
    return LastPublication(record["publication_id"], _PublishedFrames(paths, year, tables), documents)


def write_judged(
    paths: DataPaths,
    year: int,
    publication_id: str,
    documents: Mapping[str, JudgedDocument],
    files: Mapping[str, Path],
) -> None:
    """Note what a publication was made from, once its files are in place.

    Args:
        paths: the data folder.
        year: the fiscal year.
        publication_id: what the files share.
        documents: by ``document_id``.
        files: table → its published file.
    """
    content = {
        "versions": _versions(),
        "publication_id": publication_id,
        "tables": {table: hash_file(path) for table, path in files.items()},
        "documents": {document_id: asdict(one) for document_id, one in documents.items()},
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    replace_file(paths.judged(year), text_writer(text + "\n"))


def _table_of(value: dict[str, Any]) -> TableOfFacts:
    return TableOfFacts(
        **{**value, "unit_names": tuple(value["unit_names"]), "project_keys": tuple(value["project_keys"])}
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
