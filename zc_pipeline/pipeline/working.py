"""The working tables of each document: its page text and its joined rows, made where they are not current."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped, Stage, ZcPipelineError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import read_page_text_isolated
from zc_pipeline.model import Problem
from zc_pipeline.parse.accounts import check_pages
from zc_pipeline.parse.document import PageTextResult, StitchResult, hash_file, stitch_items
from zc_pipeline.pipeline.context import RunContext, StageReport
from zc_pipeline.pipeline.gating import (
    GATE_CODES,
    gate_problems,
    internal_problem,
    merge_gates,
    stop_on,
    worst_codes,
)
from zc_pipeline.pipeline.raw import RawDocument, documents_of
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.parquet import StoredTable, read_table, write_table
from zc_pipeline.tables.frames import join_frames
from zc_pipeline.tables.notes import (
    pages_from_json,
    pages_to_json,
    problems_from_json,
    problems_to_json,
    tables_to_json,
)
from zc_pipeline.tables.page_text import page_items, page_text_frame
from zc_pipeline.tables.stitched_rows import stitched_rows_frame

log = logging.getLogger("zc_pipeline")

# Documents whose working tables pass the gates together: enough to spread the cost of the suites' set-up,
# few enough to stay small in memory.
_BATCH: Final = 50


def read_pages(context: RunContext, year: int) -> StageReport:
    """Read the pages of each document that has no current `page_text` yet."""

    def make(document: RawDocument) -> tuple[pd.DataFrame, dict[str, Any], list[Problem]]:
        result = guarded_read(document.path, context.limits)
        frame = page_text_frame(document.document_id, year, result.items)
        return frame, {"pages": pages_to_json(result.pages)}, list(result.problems)

    def current(document: RawDocument) -> StoredTable | None:
        return read_table(context.paths.working("page_text", year, document.document_id), "page_text")

    return _make_working_tables(context, year, "page_text", current, make)


def guarded_read(path: Path, limits: Limits) -> PageTextResult:
    """Read a file in a process of its own; what our own code fails on becomes a problem of that file.

    Raises:
        PublicationStopped: no such process can be started.
    """
    try:
        return read_page_text_isolated(path, limits)
    except ZcPipelineError:
        raise
    except Exception as error:
        log.exception("%s: the program failed while reading it", path.name)
        return PageTextResult((), (), (internal_problem(Stage.PAGE_TEXT, error),))


def stitch_pages(context: RunContext, year: int) -> StageReport:
    """Join the rows of each document whose `page_text` changed since its `stitched_rows` were made."""

    def source(document: RawDocument) -> Path:
        return context.paths.working("page_text", year, document.document_id)

    def make(document: RawDocument) -> tuple[pd.DataFrame, dict[str, Any], list[Problem]]:
        stored = read_table(source(document), "page_text")
        if stored is None:
            raise PublicationStopped(
                f"The page text of {document.source_file} is not there: make page_text of {year} first."
            )
        items = page_items(stored.frame)
        # What went to disk and came back is what the pages show, or a problem says so.
        lost = check_pages(pages_from_json(stored.notes["pages"]), items) if items else []
        result = guarded_stitch(items) if items else StitchResult((), (), ())
        frame = stitched_rows_frame(document.document_id, year, result.rows)
        notes = {
            "tables": tables_to_json(result.tables),
            "page_count": len(stored.notes["pages"]),
            "page_text_sha256": hash_file(source(document)),
        }
        known = problems_from_json(stored.notes["problems"])
        return frame, notes, [*known, *(one for one in lost if one not in known), *result.problems]

    def current(document: RawDocument) -> StoredTable | None:
        target = context.paths.working("stitched_rows", year, document.document_id)
        stored = read_table(target, "stitched_rows")
        is_current = (
            stored is not None
            and source(document).is_file()
            and stored.notes.get("page_text_sha256") == hash_file(source(document))
        )
        return stored if is_current else None

    return _make_working_tables(context, year, "stitched_rows", current, make)


def guarded_stitch(items: Sequence[Any]) -> StitchResult:
    """Join rows; what our own code fails on becomes a problem of the document."""
    try:
        return stitch_items(items)
    except Exception as error:
        log.exception("the program failed while stitching")
        return StitchResult((), (), (internal_problem(Stage.STITCHED_ROWS, error),))


_Make = Callable[[RawDocument], tuple[pd.DataFrame, dict[str, Any], list[Problem]]]


def _make_working_tables(
    context: RunContext,
    year: int,
    table: str,
    current: Callable[[RawDocument], StoredTable | None],
    make: _Make,
) -> StageReport:
    """Make the working table of every document that has no current one, gates first, batch by batch.

    A document with rows that a gate refuses gets a problem that holds it. Rows that the content gate refuses
    are kept for a person to look at; rows that do not have the table's shape cannot be stored in it.
    """
    documents = documents_of(context, year)
    todo: list[RawDocument] = []
    gates: list[GateResult] = []
    row_count, done = 0, 0
    preview: list[pd.DataFrame] = []
    for document in documents:
        stored = current(document)
        if stored is None:
            todo.append(document)
            continue
        gates += _standing_gates(table, document, stored)
        row_count += len(stored.frame)
        preview = preview or [stored.frame.head(20)]
    for batch in _batches(todo, _BATCH):
        made = []
        for document in batch:
            done += 1
            made.append((document, *make(document)))
            frame, problems = made[-1][1], made[-1][3]
            log.info(
                "%s %d/%d  %s: %d rows%s",
                table,
                done,
                len(todo),
                document.source_file,
                len(frame),
                worst_codes(problems),
            )
        whole = join_frames(table, [frame for _, frame, _, _ in made])
        results = [check_shape(table, whole), check_content(table, whole)]
        gates += results
        stop_on(results)
        found = gate_problems(Stage(table), results)
        misshapen = {failure.document_id for gate in results[:1] for failure in gate.failures}
        for document, frame, notes, problems in made:
            notes["problems"] = problems_to_json([*problems, *found.get(document.document_id, ())])
            kept = frame.iloc[:0] if document.document_id in misshapen else frame
            write_table(context.paths.working(table, year, document.document_id), table, kept, notes)
        row_count += len(whole)
        preview = preview or [whole.head(20)]
    return StageReport(
        table,
        year,
        len(documents),
        len(todo),
        row_count,
        tuple(merge_gates(table, gates)),
        join_frames(table, preview),
        context.paths.table_dir(table) / str(year),
    )


def _batches(items: Sequence[RawDocument], size: int) -> Iterator[list[RawDocument]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _standing_gates(table: str, document: RawDocument, stored: StoredTable) -> Iterator[GateResult]:
    """What the gates said of a working table that was made in an earlier run."""
    problems = problems_from_json(stored.notes.get("problems", ()))
    for gate in ("shape", "content"):
        failures = [
            GateFailure(problem.code, document.document_id, document.source_file, problem.message)
            for problem in problems
            if problem.stage == Stage(table) and problem.code == GATE_CODES[gate]
        ]
        yield GateResult(table, gate, len(stored.frame), tuple(failures))
