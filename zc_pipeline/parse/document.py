"""What a file's page text comes to, and what the pipeline must know of a document; no PDF is opened here.

The PDF libraries are ``reading``'s alone: who joins rows or asks for a version does not load them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.model import (
    PageFacts,
    PageItem,
    Problem,
    TableFacts,
    TableRow,
)
from zc_pipeline.parse.accounts import check_rows
from zc_pipeline.parse.settle import settle_kinds
from zc_pipeline.parse.stitch import stitch_table
from zc_pipeline.parse.target_tables import find_target_tables

# Raised whenever the same file could give another `page_text` (readers, ligatures, alignment, grid, pages,
# compare, drawn, shapes, looks, accounts): every file is then read again, once.
READER_VERSION: Final = "5"
# Raised whenever the same `page_text` could give other rows, values or verdicts: rows are then joined and
# judged again, and no file is opened.
PARSER_VERSION: Final = "4"

_YEAR_FOLDER: Final = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class PageTextResult:
    """What the pages of one file show.

    ``read_twice`` are the pages that the second reader read in full; what comes from another process does
    not say which those were.
    """

    pages: tuple[PageFacts, ...]
    items: tuple[PageItem, ...]
    problems: tuple[Problem, ...]
    read_twice: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class StitchResult:
    """The target tables of one file as joined rows. ``rows`` of all tables, in printed order."""

    tables: tuple[TableFacts, ...]
    rows: tuple[TableRow, ...]
    problems: tuple[Problem, ...]


def hash_file(path: Path) -> str:
    """sha256 of a file's bytes in hex: the ``document_id``."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stitch_items(items: Sequence[PageItem]) -> StitchResult:
    """Find the target tables in a file's page text and join their rows over page breaks."""
    try:
        found = find_target_tables(items)
        problems = list(found.problems)
        rows: list[TableRow] = []
        for table in found.tables:
            stitched = stitch_table(table)
            settled, doubts = settle_kinds(stitched.rows, table.facts.money_unit)
            rows += settled
            problems += [*table.problems, *stitched.problems, *doubts]
            problems += check_rows({row.part: row.cells for row in table.rows}, settled)
    except DocumentError as error:
        return StitchResult((), (), (problem_of(error, Stage.STITCHED_ROWS),))
    except Exception as error:  # whatever a file holds, the others are still to be read
        return StitchResult((), (), (internal_error(error, Stage.STITCHED_ROWS),))
    return StitchResult(tuple(table.facts for table in found.tables), tuple(rows), tuple(problems))


def choose_year(path: Path, tables: Iterable[TableFacts], given: int | None = None) -> int | None:
    """The fiscal year of a file: given, else its folder's name, else as printed, else None."""
    if given is not None:
        return given
    folder = path.resolve().parent.name
    if _YEAR_FOLDER.fullmatch(folder):
        return int(folder)
    return next((table.printed_year for table in tables if table.printed_year is not None), None)


def problem_of(error: DocumentError, stage: Stage = Stage.PAGE_TEXT) -> Problem:
    """An error that ends the reading of a document, as a problem of it."""
    return Problem(stage, error.code, error.message, page=error.page, raw=error.raw)


def internal_error(error: Exception, stage: Stage) -> Problem:
    """A fault of this program as a problem of the document that met it."""
    return Problem(stage, "internal_error", f"The program failed: {error!r}")
