"""The working tables of each document: its page text and its joined rows, made where they are not current."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped, Stage
from zc_pipeline.model import Problem
from zc_pipeline.parse.accounts import check_pages
from zc_pipeline.parse.document import StitchResult, hash_file, stitch_items
from zc_pipeline.pipeline.context import RunContext, StageReport, holding_lock
from zc_pipeline.pipeline.executors import FileChanged, read_files, reading_executor
from zc_pipeline.pipeline.gating import (
    GATE_CODES,
    gate_problems,
    internal_problem,
    merge_gates,
    stop_on,
    worst_codes,
)
from zc_pipeline.pipeline.raw import RawDocument, documents_of, forget_hashes, withdrawn_of
from zc_pipeline.pipeline.working_files import (
    WorkingFile,
    WorkingIndex,
    limits_note,
    why_read,
    why_stitch,
)
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.settings import read_settings
from zc_pipeline.storage.memory import give_back_memory
from zc_pipeline.storage.parquet import read_table, write_table
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
_PREVIEW: Final = 20


@holding_lock
def read_pages(context: RunContext, year: int) -> StageReport:
    """Read the pages of each document that has no current `page_text` yet, several at once.

    Raises:
        FileChanged: a file has no longer the content that was listed. What was read of others is kept.
        PublicationStopped: nobody is left to read, or readers cannot be started.
    """

    def make(documents: Sequence[RawDocument]) -> Generator[_Made, None, None]:
        with reading_executor(read_settings()) as reading:
            files = [(document.path, document.document_id) for document in documents]
            results = read_files(reading, files, context.limits)
            for document, result in zip(documents, results, strict=True):
                frame = page_text_frame(document.document_id, year, result.items)
                notes = {
                    "pages": pages_to_json(result.pages),
                    "second_reading": context.limits.second_reading.value,
                    **limits_note(result.problems, context.limits),
                }
                made = frame, notes, list(result.problems)
                del result, frame  # a long document's take much memory, and its rows are stored meanwhile
                yield made
                del made

    index = WorkingIndex(context.paths, "page_text", year)

    def why(document: RawDocument) -> str:
        return why_read(index.look(document.document_id), context.limits)

    try:
        return _make_working_tables(context, year, documents_of(context, year), index, why, make)
    except FileChanged as error:
        forget_hashes(context, year, error.path)
        raise


@holding_lock
def stitch_pages(context: RunContext, year: int) -> StageReport:
    """Join the rows of each document whose `page_text` changed since its `stitched_rows` were made."""

    def source(document: RawDocument) -> Path:
        return context.paths.working("page_text", year, document.document_id)

    def make_one(document: RawDocument) -> _Made:
        stored = read_table(source(document), "page_text")
        if stored is None:
            raise PublicationStopped(
                f"The page text of {document.source_file} is not there: make page_text of {year} first."
            )
        items = page_items(stored.arrow)
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

    pages = WorkingIndex(context.paths, "page_text", year)
    index = WorkingIndex(context.paths, "stitched_rows", year)

    def why(document: RawDocument) -> str:
        return why_stitch(index.look(document.document_id), pages.look(document.document_id))

    def make(documents: Sequence[RawDocument]) -> Generator[_Made, None, None]:
        yield from map(make_one, documents)

    # Of a file that is gone the pages may be there, as they were read: its rows follow the parser too.
    gone = [
        one
        for one in withdrawn_of(context, year)
        if not why_read(pages.look(one.document_id), context.limits)
    ]
    return _make_working_tables(context, year, [*documents_of(context, year), *gone], index, why, make)


def guarded_stitch(items: Sequence[Any]) -> StitchResult:
    """Join rows; what our own code fails on becomes a problem of the document."""
    try:
        return stitch_items(items)
    except Exception as error:
        log.exception("the program failed while stitching")
        return StitchResult((), (), (internal_problem(Stage.STITCHED_ROWS, error),))


_Made = tuple[pd.DataFrame, dict[str, Any], list[Problem]]
_Make = Callable[[Sequence[RawDocument]], Generator[_Made, None, None]]


def _make_working_tables(
    context: RunContext,
    year: int,
    documents: Sequence[RawDocument],
    index: WorkingIndex,
    why: Callable[[RawDocument], str],
    make: _Make,
) -> StageReport:
    """Make the working table of every document that has no current one, gates first, batch by batch.

    A document with rows that a gate refuses gets a problem that holds it. Rows that the content gate refuses
    are kept for a person to look at; rows that do not have the table's shape cannot be stored in it.

    Args:
        context: the run.
        year: the fiscal year.
        documents: which.
        index: what is known of the table's files.
        why: why a document's file must be made; empty if it need not.
        make: rows, notes and problems of each of some documents, in their order.
    """
    table = index.table
    todo: list[RawDocument] = []
    standing: list[tuple[RawDocument, WorkingFile]] = []
    for document in documents:
        stood = index.look(document.document_id)
        if stood is None or why(document):
            todo.append(document)
        else:
            standing.append((document, stood))
    gates = _standing_gates(table, standing)
    row_count = sum(one.rows for _, one in standing)
    done, pages = 0, 0
    preview = _first_rows(context, table, year, standing)
    with contextlib.closing(make(todo)) as made_in_order:
        for batch in _batches(todo, _BATCH):
            made: list[tuple[RawDocument, pd.DataFrame, dict[str, Any], list[Problem]]] = []
            stopped: PublicationStopped | None = None
            for document in batch:
                done += 1
                try:
                    made.append((document, *next(made_in_order)))
                except PublicationStopped as error:
                    stopped = error  # what was made before it is kept
                    break
                frame, problems = made[-1][1], made[-1][3]
                log.info(
                    "%s %d/%d  %s: %d rows%s",
                    table,
                    done,
                    len(todo),
                    document.source_file,
                    len(frame),
                    worst_codes(problems),
                    extra={"document": document.source_file, "stage": table},
                )
                pages += len(made[-1][2].get("pages", ()))
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
                index.note(document.document_id, len(kept), notes)
            if stopped is not None:
                index.save()
                raise stopped
            row_count += len(whole)
            preview = preview or [_preview_of(whole)]
            del made, whole, frame
            give_back_memory()
    index.save()
    return StageReport(
        table,
        year,
        len(documents),
        len(todo),
        row_count,
        tuple(merge_gates(table, gates)),
        join_frames(table, preview),
        context.paths.table_dir(table) / str(year),
        pages,
    )


def _batches(items: Sequence[RawDocument], size: int) -> Iterator[list[RawDocument]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _standing_gates(table: str, standing: Sequence[tuple[RawDocument, WorkingFile]]) -> list[GateResult]:
    """What the gates said of working tables that were made in earlier runs."""
    rows = sum(one.rows for _, one in standing)
    return [
        GateResult(
            table,
            gate,
            rows,
            tuple(
                GateFailure(problem.code, document.document_id, document.source_file, problem.message)
                for document, one in standing
                for problem in one.gate_problems
                if problem.code == GATE_CODES[gate]
            ),
        )
        for gate in ("shape", "content")
    ]


def _first_rows(
    context: RunContext, table: str, year: int, standing: Sequence[tuple[RawDocument, WorkingFile]]
) -> list[pd.DataFrame]:
    """The first rows of the first document that has any, for the preview."""
    for document, one in standing:
        if one.rows:
            stored = read_table(context.paths.working(table, year, document.document_id), table)
            return [_preview_of(stored.frame)] if stored else []
    return []


def _preview_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The first rows, copied: as a slice they would keep all the others in memory."""
    return frame.take(range(min(len(frame), _PREVIEW)))
